#include "conform/conform_int.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/must.h"
#include "base/timefmt.h"
#include "expr/expr.h"
#include "mapping/mapping.h"

#define SEED 1

static _Thread_local char said[600]; /* what the scenario under way fails by; "": it holds */

void conform_fails(struct trial *t, const char *fmt, ...)
{
    va_list args;

    (void)t;
    if (*said) /* the first is the one that counts */
        return;
    va_start(args, fmt);
    vsnprintf(said, sizeof(said), fmt, args);
    va_end(args);
}

const char *conform_err(enum err e)
{
    return e == OK ? "well" : err_info(e)->problem;
}

void conform_scenario(struct trial *t, const char *name, void (*run)(struct trial *t))
{
    struct scope *own = scope_new(), *outer = t->sc;
    struct conform_result r = {.scenario = name, .operation = t->operation, .capability = t->capability};

    *said = '\0';
    t->sc = own;
    t->scenario = name;
    own->deadline_us = 0;
    if (standin_reset(own, t->s, SEED) != OK)
        conform_fails(t, "the stand-in cannot be reset: %s", scope_fault(own)->message);
    else
        run(t);
    t->sc = outer;
    r.fault = *said ? said : NULL;
    t->tell(t->arg, &r);
    scope_free(own);
}

void conform_skip(struct trial *t, const char *name, const char *why)
{
    t->tell(
        t->arg,
        &(struct conform_result){
            .scenario = name, .operation = t->operation, .capability = t->capability, .fault = why, .skipped = true});
}

const struct doc *conform_plan(const struct trial *t, const char *member)
{
    return doc_get(t->plan, member);
}

static enum err asked(struct trial *t, const struct ask *ask, struct told *out)
{
    struct link *l;
    bool changes = t->op.changes && !ask->probe;
    enum err e;

    TRY(t->sc, link_open_bare(t->sc, t->c, t->settings, t->secrets, &l));
    if (t->lane_orders)
        link_lane(l, LANE_ORDERS);
    if (!changes)
        return link_ask(t->sc, l, ask, out);
    TRY(t->sc, link_hand_over(t->sc, l, ask));
    TRY(t->sc, link_enter_for(t->sc, l, ask));
    link_mark(l, time_boot_us() + 5000000, time_boot_us() + 20000000);
    e = link_ask(t->sc, l, ask, out);
    link_leave(l);
    return e == OK ? OK : scope_pass(t->sc, e, __FILE__, __LINE__);
}

struct outcome conform_ask(struct trial *t, const struct doc *with, const char *after, bool probe)
{
    struct ask ask = {
        .operation = t->operation, .key = t->op.changes ? t->key : NULL, .with = with, .after = after, .probe = probe};
    struct outcome o = {.told.ref = ""};

    scope_clear(t->sc);
    o.e = asked(t, &ask, &o.told);
    o.words = o.e == OK ? "" : arena_strdup(t->sc->arena, scope_fault(t->sc)->message);
    o.again_s = o.e == OK ? 0 : scope_fault(t->sc)->retry_after_s;
    scope_clear(t->sc);
    return o;
}

void conform_ends(struct trial *t, struct outcome o, enum err wanted)
{
    if (o.e != wanted)
        conform_fails(t, "it ended %s, not %s: %s", conform_err(o.e), conform_err(wanted), o.words);
}

void conform_fault(struct trial *t, const char *json)
{
    const char *route = doc_cstr(t->sc->arena, conform_plan(t, "route"));
    const struct doc *d;

    if (route && !strstr(json, "\"route\"")) /* of several requests the one that the operation is about */
        json = arena_f(t->sc->arena, "{\"route\":\"%s\",%s", route, json + 1);
    MUST_BE(doc_parse(t->sc, str_of(json), &d) == OK);
    if (standin_fault(t->sc, t->s, d) != OK)
        conform_fails(t, "the fault cannot be set: %s", scope_fault(t->sc)->message);
}

int64_t conform_count(struct trial *t, const char *member)
{
    struct mapping_numbers_user user = {t->sc->arena};
    struct expr_run how = {.user = &user};
    const struct doc *of = conform_plan(t, "of"), *text = conform_plan(t, member), *things;
    struct expr_fault fault;
    struct expr *e;
    struct doc v;
    int64_t n = -1;

    if (standin_things(t->sc, t->s, str_dup(t->sc->arena, doc_text(of)), &things) != OK) {
        conform_fails(t, "the plan's collection \"%.*s\" is none", (int)doc_text(of).n, doc_text(of).p);
        return -1;
    }
    if (!expr_compile(t->sc->arena, doc_text(text), &mapping_numbers, &e, &fault) ||
        !expr_eval(t->sc->arena, e, &how, *things, &v, &fault) || !doc_int(&v, &n))
        conform_fails(t, "the plan's \"%s\" gives no number", member);
    return n;
}

/* ---- all operations ---- */

static const char *capability(struct scope *sc, const struct manifest_use *u)
{
    return u->object ? arena_f(sc->arena, "%s %s %s", u->object, u->direction, u->act) : "";
}

static void operation(struct scope *sc, struct trial *t, const struct manifest_use *u)
{
    struct erp_site site = {.connector = t->c, .settings = t->settings};
    const struct doc *skip;

    t->sc = sc;
    t->operation = u->operation;
    t->capability = capability(sc, u);
    t->plan = doc_get(doc_get(t->document, "operations"), u->operation);
    t->key = "conformance:1";
    t->one = u->act && strcmp(u->act, "get") == 0;
    MUST_BE(t->c->named->operation(&site, u->operation, &t->op));
    skip = conform_plan(t, "skip");
    if (skip)
        conform_skip(t, "is tried", str_dup(sc->arena, doc_text(skip)));
    else if (!t->plan)
        t->tell(t->arg, &(struct conform_result){.scenario = "is tried",
                                                 .operation = t->operation,
                                                 .capability = t->capability,
                                                 .fault = "conformance.json does not say with what it is called"});
    else if (t->op.changes)
        conform_changes(t);
    else
        conform_reads(t);
}

/* {"source": {"skip": REASON}} tells why it is not tried. */
static void source(struct scope *sc, struct trial *t)
{
    if (!conform_has_source(t->c))
        return;
    t->sc = sc;
    t->plan = doc_get(t->document, "source");
    t->capability = "";
    t->operation = "source";
    if (conform_plan(t, "skip"))
        conform_skip(t, "is tried", str_dup(sc->arena, doc_text(conform_plan(t, "skip"))));
    else
        conform_source(t);
}

enum err conform_run(struct scope *sc, const struct connector *c, struct standin *s, const struct doc *document,
                     struct net *net, void (*tell)(void *arg, const struct conform_result *r), void *arg)
{
    const struct manifest *m = manifest_of(c);
    struct trial t = {.c = c, .s = s, .document = document, .tell = tell, .arg = arg};
    struct standin_server *server;
    struct manifest_use use;
    const struct doc *d;
    struct buf b;
    int port;

    if (!m)
        return FAIL(sc, ERR_INVALID, "%s is written in C and has no manifest to be tried by", c->title);
    TRY(sc, conform_check(sc, c, s, document));
    TRY(sc, connect_thread_start(sc, net));
    TRY(sc, standin_serve(sc, s, "127.0.0.1:0", NULL, NULL, &server, &port));
    buf_init(&b, sc->arena, CONFORM_FORMAT_MAX);
    standin_settings(&b, s, port, doc_get(document, "settings"));
    TRY(sc, doc_parse(sc, buf_str(&b), &d));
    t.settings = d;
    t.secrets = doc_get(document, "secrets");
    for (size_t i = 0; i < manifest_uses(m, i, &use); i++)
        operation(sc, &t, &use);
    source(sc, &t);
    t.sc = sc;
    conform_limits(&t);
    conform_hooks(&t);
    standin_stop(server);
    connect_thread_end();
    return OK;
}
