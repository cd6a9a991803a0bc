#include "api/manners_int.h"
#include "kit/test.h"

static const char *described(void)
{
    struct scope *sc = test_scope();
    struct buf b;

    buf_init(&b, sc->arena, 8 << 20);
    api_describe(sc, "Acme \"Ltd\"", "https://api.acme.test", &b);
    CHECK(!b.full);
    return buf_cstr(&b);
}

static const struct doc *parsed(void)
{
    const struct doc *d = NULL;

    CHECK_OK(doc_parse(test_scope(), str_of(described()), &d));
    return d;
}

TEST(the_description_is_json_in_the_partners_name)
{
    const struct doc *d = parsed();

    CHECK(str_is(doc_text(doc_path(d, "info.title")), "Acme \"Ltd\""));
    CHECK(str_is(doc_text(doc_path(d, "servers.0.url")), "https://api.acme.test"));
    CHECK(!strcasestr(described(), "tenon"));
}

/* Every route of /v1 stands in it, under its path and method. */
TEST(every_route_is_described)
{
    static const char *const methods[] = {"get", "head", "post", "put", "patch", "delete"};
    const struct doc *paths = doc_get(parsed(), "paths");
    size_t n = 0;

    for (const struct route *const *table = api_routes; *table; table++)
        for (const struct route *r = *table; r->path; r++) {
            if (strncmp(r->path, "/v1/", 4) != 0)
                continue;
            n++;
            if (!doc_get(doc_get(paths, r->path), methods[r->method]))
                test_failed(__FILE__, __LINE__, "%s %s is not described", methods[r->method], r->path);
        }
    CHECK(n > 5);
}

TEST(every_route_has_a_name_of_its_own_and_a_sentence)
{
    for (const struct route *const *table = api_routes; *table; table++)
        for (const struct route *r = *table; r->path; r++) {
            const char *name = route_name(test_scope()->arena, r);

            if (!r->name || !r->summary || r->summary[strlen(r->summary) - 1] != '.')
                test_failed(__FILE__, __LINE__, "%s %s has no name or no sentence", http_method_name(r->method),
                            r->path);
            for (const struct route *const *t = api_routes; *t; t++)
                for (const struct route *o = *t; o->path; o++)
                    if (o != r && strcmp(route_name(test_scope()->arena, o), name) == 0)
                        test_failed(__FILE__, __LINE__, "two routes are called %s", name);
        }
}

struct named {
    const char *name;
    const struct wire *wire;
};

static struct named seen[512];
static size_t seen_n;

static void see(const struct wire *w)
{
    for (size_t i = 0; i < seen_n; i++) {
        if (strcmp(seen[i].name, w->name) == 0 && seen[i].wire != w)
            test_failed(__FILE__, __LINE__, "two types are called %s", w->name);
        if (strcmp(seen[i].name, w->name) == 0)
            return;
    }
    CHECK(seen_n < ARRAY_LEN(seen));
    seen[seen_n++] = (struct named){w->name, w};
    for (const struct wire_field *f = w->fields; f->name; f++) {
        if (!f->meaning)
            test_failed(__FILE__, __LINE__, "%s of %s has no meaning", f->name, w->name);
        if (f->of)
            see(f->of);
    }
}

TEST(no_two_types_have_one_name_and_every_member_has_a_meaning)
{
    for (const struct route *const *table = api_routes; *table; table++)
        for (const struct route *r = *table; r->path; r++) {
            if (r->answers)
                see(r->answers);
            if (r->takes)
                see(r->takes);
        }
    for (const struct http_relation *r = api_relations; r->name; r++)
        see(r->wire);
    CHECK(seen_n > 5);
}

/* Each reference leads to something. */
TEST(no_reference_leads_nowhere)
{
    const struct doc *d = parsed();
    const char *at = described();
    size_t n = 0;

    while ((at = strstr(at, "\"$ref\":\"#/"))) {
        const char *path = arena_strndup(test_scope()->arena, at + 9, strcspn(at + 9, "\""));

        n++;
        at += 9;
        if (!doc_pointer(d, path))
            test_failed(__FILE__, __LINE__, "%s leads nowhere", path);
    }
    CHECK(n > 20);
}
