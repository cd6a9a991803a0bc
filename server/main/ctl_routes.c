#include <stdio.h>

#include "access/access.h"
#include "api/api.h"
#include "http/http.h"
#include "main/ctl_int.h"
#include "json/doc.h"

/* What the server's tables hold: "public" routes, and "ops" for the operators' listener. With --json also what each
 * asks and takes, so that a test can try every route without knowing any: tests/isolation. */
#define ROUTE_TEXT_MAX ((size_t)1 << 20)

static void put_text(struct buf *b, const char *name, const char *value)
{
    json_put_text(b, str_of(name));
    buf_c(b, ':');
    if (value)
        json_put_text(b, str_of(value));
    else
        buf_s(b, "null");
    buf_c(b, ',');
}

static void put_flag(struct buf *b, const char *name, bool value)
{
    buf_f(b, "\"%s\":%s,", name, value ? "true" : "false");
}

static void put_query(struct buf *b, const char *const *names)
{
    buf_s(b, "\"query\":[");
    for (const char *const *name = names; name && *name; name++) {
        buf_s(b, name == names ? "" : ",");
        json_put_text(b, str_of(*name));
    }
    buf_s(b, "],");
}

static void put_route(struct buf *b, const struct route *r, const char *listener)
{
    buf_c(b, '{');
    put_text(b, "listener", listener);
    put_text(b, "method", http_method_name(r->method));
    put_text(b, "path", r->path);
    put_text(b, "may", r->may ? permission_name(r->may) : NULL);
    put_flag(b, "public", r->public_);
    put_flag(b, "raw", r->raw);
    put_flag(b, "idempotent", r->idempotent);
    put_flag(b, "etag", r->etag);
    put_flag(b, "paged", r->paged);
    put_query(b, r->query);
    buf_s(b, "\"takes\":");
    if (r->takes)
        wire_schema(b, r->takes);
    else
        buf_s(b, "null");
    buf_s(b, "}");
}

static void print_json(struct scope *sc, const struct route *r, const char *listener)
{
    struct buf b;

    buf_init(&b, sc->arena, ROUTE_TEXT_MAX);
    put_route(&b, r, listener);
    puts(buf_cstr(&b));
}

/* The permission that is asked; "public" where nobody is asked who, "-" where being known is enough. */
static const char *asked_of(const struct route *r)
{
    return r->public_ ? "public" : r->may ? permission_name(r->may) : "-";
}

static void print_tables(struct scope *sc, const struct route *const *tables, const char *listener, bool json)
{
    for (; *tables; tables++)
        for (const struct route *r = *tables; r->path; r++) {
            if (json)
                print_json(sc, r, listener);
            else
                printf("%s %s %s %s\n", listener, http_method_name(r->method), r->path, asked_of(r));
        }
}

static enum err route_list(struct scope *sc, const struct ctl_args *a)
{
    bool json = a->form == CTL_JSON;

    print_tables(sc, api_routes, "public", json);
    print_tables(sc, api_ops_routes, "ops", json);
    return OK;
}

const struct ctl_command ctl_route_commands[] = {
    {"route", "list", "", "Names every route of the server.", NULL, route_list, CTL_ALONE},
    {},
};
