#include <stdlib.h>

#include "conform/conform.h"
#include "http/http.h"
#include "main/ctl_connector_int.h"
#include "net/net.h"
#include "sys/config.h"

/* The trial of a connector against its stand-in, as TAP, with a report by capability. */

#define CAPABILITIES_MAX 200

struct capability {
    const char *name;
    size_t good, bad, skipped;
};

struct report {
    struct scope *sc;
    size_t n, good, bad, skipped;
    struct capability v[CAPABILITIES_MAX];
    size_t count;
};

static struct capability *capability(struct report *r, const char *name)
{
    for (size_t i = 0; i < r->count; i++)
        if (strcmp(r->v[i].name, name) == 0)
            return &r->v[i];
    if (r->count == CAPABILITIES_MAX)
        return &r->v[CAPABILITIES_MAX - 1];
    r->v[r->count].name = arena_strdup(r->sc->arena, name);
    return &r->v[r->count++];
}

static void tell(void *arg, const struct conform_result *one)
{
    struct report *r = arg;
    struct capability *c = capability(r, *one->capability ? one->capability : "(of no object)");
    bool bad = one->fault && !one->skipped;

    r->n++;
    r->good += !one->fault;
    r->bad += bad;
    r->skipped += one->skipped;
    c->good += !one->fault;
    c->bad += bad;
    c->skipped += one->skipped;
    printf("%s %zu - %s: %s%s%s\n", bad ? "not ok" : "ok", r->n, one->operation, one->scenario,
           one->skipped ? " # SKIP " : "", one->skipped ? one->fault : "");
    if (bad)
        printf("# %s\n", one->fault);
    fflush(stdout);
}

static void summed(const struct report *r)
{
    printf("1..%zu\n", r->n);
    for (size_t i = 0; i < r->count; i++)
        printf("# %-44s %4zu hold, %zu do not, %zu not tried\n", r->v[i].name, r->v[i].good, r->v[i].bad,
               r->v[i].skipped);
    printf("# %zu scenarios hold, %zu do not, %zu not tried\n", r->good, r->bad, r->skipped);
}

static enum err shipped(struct scope *sc, const char *name, const char *option, const char *path, const char *text,
                        size_t n, const struct doc **out)
{
    if (path)
        return ctl_read_json(sc, path, STANDIN_MAX, out);
    if (!text)
        return FAIL(sc, ERR_NOT_FOUND, "%s has none with it: --%s FILE", name, option);
    return doc_parse(sc, (struct str){text, n}, out);
}

static enum err documents(struct scope *sc, const struct ctl_args *a, const char *name, const struct doc **standin,
                          const struct doc **plan)
{
    const struct standin_shipped *s = NULL;
    const struct conform_shipped *p = NULL;

    for (size_t i = 0; i < standin_shipped_count; i++)
        if (strcmp(standin_shipped_table[i].name, name) == 0)
            s = &standin_shipped_table[i];
    for (size_t i = 0; i < conform_shipped_count; i++)
        if (strcmp(conform_shipped_table[i].name, name) == 0)
            p = &conform_shipped_table[i];
    TRY(sc, shipped(sc, name, "standin", ctl_option(a, "standin"), s ? s->text : NULL, s ? s->n : 0, standin));
    return shipped(sc, name, "plan", ctl_option(a, "plan"), p ? p->text : NULL, p ? p->n : 0, plan);
}

static enum err test(struct scope *sc, const struct ctl_args *a)
{
    struct report r = {.sc = sc};
    const struct connector *c;
    const struct doc *d, *plan;
    struct standin *s;
    struct net *net;
    enum err e;

    TRY(sc, http_prove(sc, config_text("H2O_BUILDS")));
    TRY(sc, ctl_connector_of(sc, a, &c));
    TRY(sc, documents(sc, a, c->name, &d, &plan));
    e = standin_open(sc, d, 1, &s);
    if (e != OK)
        return ctl_tell_items(sc, e);
    net = net_open(&(struct net_conf){.connections = 64, .host_connections = 32, .allow_private = true});
    e = conform_run(sc, c, s, plan, net, tell, &r);
    net_close(net);
    standin_close(s);
    if (e != OK)
        return ctl_tell_items(sc, e);
    summed(&r);
    return r.bad ? FAIL(sc, ERR_INVALID, "%zu of %zu scenarios do not hold", r.bad, r.n) : OK;
}

const struct ctl_command ctl_conform_commands[] = {
    {"connector", "test", "NAME|FILE [--standin FILE] [--plan FILE]",
     "Tries everything that a connector declares against its stand-in, whole and with each fault that outside systems "
     "have, and reports by capability.",
     "woocommerce", test, CTL_LOOP},
    {0},
};
