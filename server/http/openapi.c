#include <stdio.h>
#include <string.h>

#include "http/http_int.h"
#include "json/doc.h"

/* The document is a reading of the tables: routes, wire types and relations. What every operation shares stands once
 * among the components (openapi_parts.c). */
#define TYPES_MAX  512
#define ROUTES_MAX 1024
#define TAG_MAX    40

struct describing {
    struct scope *sc;
    const struct http_description *d;
    struct buf *out;
    const struct wire *told[TYPES_MAX], *asked[TYPES_MAX];
    const struct route *routes[ROUTES_MAX];
    size_t told_n, asked_n, route_n;
    struct wire_names names;
};

static void put(struct describing *x, const char *json)
{
    buf_s(x->out, json);
}

static void put_text(struct describing *x, const char *text)
{
    json_put_text(x->out, str_of(text));
}

static bool is_described(const struct route *r)
{
    return strncmp(r->path, "/v1/", 4) == 0;
}

/* With the types inside it; a type of the same name counts as the same. Calls itself as deep as the descriptors go. */
static void add_type(const struct wire **list, size_t *n, const struct wire *w)
{
    for (size_t i = 0; i < *n; i++)
        if (strcmp(list[i]->name, w->name) == 0)
            return;
    MUST_BE(*n < TYPES_MAX);
    list[(*n)++] = w;
    for (const struct wire_field *f = w->fields; f->name; f++)
        if (f->of)
            add_type(list, n, f->of);
}

/* The relation "customer" of a field "customer_id". */
static const struct http_relation *relation_of(const struct describing *x, const struct wire_field *f)
{
    size_t n = strlen(f->name);

    if (f->kind != WIRE_KIND_ID || n < 4 || strcmp(f->name + n - 3, "_id") != 0)
        return NULL;
    for (const struct http_relation *r = x->d->relations; r && r->name; r++)
        if (strlen(r->name) == n - 3 && strncmp(r->name, f->name, n - 3) == 0)
            return r;
    return NULL;
}

static bool has_relations(const struct describing *x, const struct wire *w)
{
    for (const struct wire_field *f = w->fields; f->name; f++)
        if (relation_of(x, f))
            return true;
    return false;
}

static void collect(struct describing *x)
{
    for (const struct route *const *table = x->d->routes; *table; table++)
        for (const struct route *r = *table; r->path; r++) {
            if (!is_described(r))
                continue;
            MUST_BE(x->route_n < ROUTES_MAX);
            x->routes[x->route_n++] = r;
            if (r->answers)
                add_type(x->told, &x->told_n, r->answers);
            if (r->takes)
                add_type(x->asked, &x->asked_n, r->takes);
        }
    for (const struct http_relation *r = x->d->relations; r && r->name; r++)
        add_type(x->told, &x->told_n, r->wire);
    x->names = (struct wire_names){.told = x->told, .told_n = x->told_n};
}

static void put_reference(struct describing *x, const struct wire *w, enum wire_way way)
{
    put(x, "{\"$ref\":\"#/components/schemas/");
    wire_component_name(x->out, &x->names, w, way);
    put(x, "\"}");
}

static void put_parameter(struct describing *x, const char *component)
{
    if (x->out->p[x->out->n - 1] != '[')
        buf_c(x->out, ',');
    buf_f(x->out, "{\"$ref\":\"#/components/parameters/%s\"}", component);
}

static void put_own_parameter(struct describing *x, struct str name, const char *in, bool required)
{
    if (x->out->p[x->out->n - 1] != '[')
        buf_c(x->out, ',');
    put(x, "{\"name\":");
    json_put_text(x->out, name);
    buf_f(x->out, ",\"in\":\"%s\",\"required\":%s,\"schema\":{\"type\":\"string\"}}", in, required ? "true" : "false");
}

static void put_path_parameters(struct describing *x, const struct route *r)
{
    for (const char *at = strchr(r->path, '{'); at; at = strchr(at + 1, '{'))
        put_own_parameter(x, (struct str){at + 1, strcspn(at + 1, "}")}, "path", true);
}

static void put_query_parameters(struct describing *x, const struct route *r)
{
    for (const char *const *q = r->query; q && *q; q++) {
        if (strcmp(*q, "limit") == 0)
            put_parameter(x, "Limit");
        else if (strcmp(*q, "cursor") == 0)
            put_parameter(x, "Cursor");
        else
            put_own_parameter(x, str_of(*q), "query", false);
    }
    if (r->method != HTTP_GET || r->public_ || !r->answers)
        return;
    put_parameter(x, "Fields");
    if (has_relations(x, r->answers))
        put_parameter(x, "Expand");
}

static void put_header_parameters(struct describing *x, const struct route *r)
{
    put_parameter(x, "ApiVersion");
    if (!r->public_)
        put_parameter(x, "Customer");
    if (r->method == HTTP_GET && r->etag)
        put_parameter(x, "IfNoneMatch");
    if (r->method == HTTP_GET || r->public_)
        return;
    put_parameter(x, r->idempotent ? "IdempotencyKeyRequired" : "IdempotencyKey");
    if (r->etag && r->method != HTTP_POST)
        put_parameter(x, "IfMatch");
}

static void put_content(struct describing *x, const struct route *r)
{
    put(x, ",\"content\":{\"application/json\":{\"schema\":");
    if (r->paged)
        put(x,
            "{\"type\":\"object\",\"required\":[\"data\",\"next_cursor\"],\"properties\":{\"data\":{\"type\":\"array\","
            "\"items\":");
    put_reference(x, r->answers, WIRE_TOLD);
    if (r->paged)
        put(x, "},\"next_cursor\":{\"type\":[\"string\",\"null\"]}}}");
    put(x, "}}");
}

static void put_answer(struct describing *x, const struct route *r)
{
    int status = r->status ? r->status : 200;

    buf_f(x->out, "\"responses\":{\"%d\":{\"description\":\"%s\",\"headers\":{", status, status_reason(status));
    put(x, "\"request-id\":{\"$ref\":\"#/components/headers/RequestId\"},"
           "\"api-version\":{\"$ref\":\"#/components/headers/ApiVersion\"}");
    if (!r->public_)
        put(x, ",\"ratelimit\":{\"$ref\":\"#/components/headers/RateLimit\"},"
               "\"ratelimit-policy\":{\"$ref\":\"#/components/headers/RateLimitPolicy\"}");
    if (r->etag)
        put(x, ",\"etag\":{\"$ref\":\"#/components/headers/ETag\"}");
    if (r->paged)
        put(x, ",\"link\":{\"$ref\":\"#/components/headers/Link\"}");
    buf_c(x->out, '}');
    if (r->answers && status != 204)
        put_content(x, r);
    put(x, "},\"default\":{\"$ref\":\"#/components/responses/Problem\"}}");
}

/* "orders" of "/v1/orders/{order_id}". */
static void put_tag(struct describing *x, const struct route *r)
{
    const char *at = r->path + 4;
    char tag[TAG_MAX];

    snprintf(tag, sizeof(tag), "%.*s", (int)strcspn(at, "/"), at);
    put(x, "\"tags\":[");
    put_text(x, tag);
    put(x, "],");
}

static void put_body(struct describing *x, const struct route *r)
{
    put(x, "\"requestBody\":{\"required\":true,\"content\":{");
    if (r->takes) {
        put(x, "\"application/json\":{\"schema\":");
        put_reference(x, r->takes, WIRE_ASKED);
        buf_c(x->out, '}');
    }
    for (const struct http_body *b = r->bodies; b && b->type; b++) {
        put(x, b == r->bodies ? "" : ",");
        put_text(x, b->type);
        put(x, ":{\"schema\":{\"type\":\"string\",\"description\":");
        put_text(x, b->meaning);
        put(x, "},\"example\":");
        put_text(x, b->example);
        buf_c(x->out, '}');
    }
    put(x, "}},");
}

static void put_operation(struct describing *x, const struct route *r)
{
    buf_f(x->out,
          "\"%s\":{\"operationId\":", (const char *[]){"get", "head", "post", "put", "patch", "delete"}[r->method]);
    put_text(x, route_name(x->sc->arena, r));
    buf_c(x->out, ',');
    if (r->summary) {
        put(x, "\"summary\":");
        put_text(x, r->summary);
        buf_c(x->out, ',');
    }
    put_tag(x, r);
    if (r->public_)
        put(x, "\"security\":[],");
    if (r->may) {
        put(x, "\"x-permission\":");
        put_text(x, x->d->permission(r->may));
        buf_c(x->out, ',');
    }
    put(x, "\"parameters\":[");
    put_path_parameters(x, r);
    put_query_parameters(x, r);
    put_header_parameters(x, r);
    put(x, "],");
    if (r->takes || r->bodies)
        put_body(x, r);
    put_answer(x, r);
    buf_c(x->out, '}');
}

static void put_path(struct describing *x, size_t first)
{
    const struct route *r = x->routes[first];
    const char *comma = "";

    for (size_t i = 0; i < first; i++)
        if (strcmp(x->routes[i]->path, r->path) == 0)
            return; /* written already */
    put(x, first ? "," : "");
    put_text(x, r->path);
    put(x, ":{");
    for (size_t i = first; i < x->route_n; i++) {
        if (strcmp(x->routes[i]->path, r->path) != 0)
            continue;
        put(x, comma);
        put_operation(x, x->routes[i]);
        comma = ",";
    }
    buf_c(x->out, '}');
}

/* What `expand` may put beside the ids of a type. */
static struct str relations_of(struct describing *x, const struct wire *w)
{
    struct buf b;

    buf_init(&b, x->sc->arena, 65536);
    for (const struct wire_field *f = w->fields; f->name; f++) {
        const struct http_relation *r = relation_of(x, f);

        if (!r)
            continue;
        buf_f(&b, ",\"%s\":{\"anyOf\":[{\"$ref\":\"#/components/schemas/", r->name);
        wire_component_name(&b, &x->names, r->wire, WIRE_TOLD);
        buf_f(&b, "\"},{\"type\":\"null\"}],\"description\":\"What %s names; only with expand=%s.\"}", f->name,
              r->name);
    }
    return buf_str(&b);
}

static void put_types(struct describing *x)
{
    put(x, "\"schemas\":{");
    for (size_t i = 0; i < x->told_n; i++) {
        x->names.more = relations_of(x, x->told[i]);
        put_text(x, x->told[i]->name);
        buf_c(x->out, ':');
        wire_component(x->out, &x->names, x->told[i], WIRE_TOLD);
        buf_c(x->out, ',');
    }
    for (size_t i = 0; i < x->asked_n; i++) {
        buf_c(x->out, '"');
        wire_component_name(x->out, &x->names, x->asked[i], WIRE_ASKED);
        put(x, "\":");
        wire_component(x->out, &x->names, x->asked[i], WIRE_ASKED);
        buf_c(x->out, ',');
    }
    put(x, openapi_problem);
    buf_c(x->out, '}');
}

void http_describe(struct scope *sc, const struct http_description *d, struct buf *out)
{
    struct describing *x = ARENA_NEW(sc->arena, struct describing);

    *x = (struct describing){.sc = sc, .d = d, .out = out};
    collect(x);
    put(x, "{\"openapi\":\"3.1.0\",\"info\":{\"title\":");
    put_text(x, d->title);
    put(x, ",\"version\":");
    put_text(x, d->version);
    put(x, "},\"servers\":[{\"url\":");
    put_text(x, d->server);
    put(x, "}],\"security\":[{\"bearer\":[]},{\"session\":[]}],\"paths\":{");
    for (size_t i = 0; i < x->route_n; i++)
        put_path(x, i);
    put(x, "},\"components\":{");
    put_types(x);
    put(x, openapi_shared);
    put(x, "}}");
}
