#include "conform/conform_int.h"

#include <stdarg.h>

#include "base/nearest.h"
#include "expr/expr.h"
#include "mapping/mapping.h"

/* A plan before anything is tried: what it names there is, and what belongs together is there. What nobody looks for
 * would be tried as little as if it did not stand there, and nobody would see it. */

struct checking {
    struct scope *sc;
    const struct manifest *m;
    struct standin *s;
    unsigned faults;
};

static void fault(struct checking *c, const char *pointer, const char *code, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

static void fault(struct checking *c, const char *pointer, const char *code, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    scope_item(c->sc, pointer, code, "%s", arena_vf(c->sc->arena, fmt, args));
    va_end(args);
    c->faults++;
}

static const char *below(struct checking *c, const char *pointer, const char *name)
{
    struct buf b;

    buf_init(&b, c->sc->arena, DOC_POINTER_MAX);
    buf_s(&b, pointer);
    doc_pointer_put(&b, str_of(name));
    return buf_cstr(&b);
}

static bool object(struct checking *c, const struct doc *d, const char *pointer, const char *const *names)
{
    if (doc_kind(d) != DOC_OBJECT) {
        fault(c, pointer, d ? "wrong_type" : "required", "must be an object");
        return false;
    }
    for (size_t i = 0; i < doc_count(d); i++) {
        const char *name = str_dup(c->sc->arena, doc_key(d, i));
        size_t k = 0;

        while (names[k] && strcmp(names[k], name) != 0)
            k++;
        if (!names[k])
            fault(c, below(c, pointer, name), "unknown_member", "is not known here%s",
                  nearest_told(c->sc->arena, name, names));
    }
    return true;
}

/* What an expression of the plan may ask for: grow's. */
static bool is_known(const char *member, const char *name)
{
    return strcmp(member, "grow") == 0 && (strcmp(name, "i") == 0 || strcmp(name, "next") == 0);
}

static void expression(struct checking *c, const struct doc *d, const char *pointer, const char *member)
{
    const struct doc *v = doc_get(d, member);
    const char *here = below(c, pointer, member);
    struct expr_reads names;
    struct expr_fault f;
    struct expr *e;

    if (!v)
        return;
    if (doc_kind(v) != DOC_TEXT) {
        fault(c, here, "wrong_type", "must be an expression, as a text");
        return;
    }
    if (!expr_compile(c->sc->arena, doc_text(v), &mapping_numbers, &e, &f)) {
        fault(c, here, f.code, "%s, in line %u, column %u", f.message, f.line, f.column);
        return;
    }
    expr_names(c->sc->arena, e, &names);
    for (size_t i = 0; i < names.n; i++)
        if (!is_known(member, names.paths[i]))
            fault(c, here, "unknown_name", "nothing has the name $%s", names.paths[i]);
}

static void collection(struct checking *c, const struct doc *d, const char *pointer, bool needed)
{
    const char *of = doc_cstr(c->sc->arena, doc_get(d, "of"));
    struct scope *own = scope_new(); /* a failure takes the faults with it that were named before */
    const struct doc *things;

    if (!of && (needed || doc_get(d, "of")))
        fault(c, below(c, pointer, "of"), "required",
              "must name the collection of the stand-in that total, grow and made are read on");
    else if (of && standin_things(own, c->s, of, &things) != OK)
        fault(c, below(c, pointer, "of"), "not_found", "the stand-in has no collection \"%s\"", of);
    scope_free(own);
}

static bool changes(const struct connector *connector, const char *name)
{
    struct erp_site site = {.connector = connector};
    struct operation op;

    return connector->named->operation(&site, name, &op) && op.changes;
}

static void operation(struct checking *c, const struct connector *connector, const char *name, const struct doc *d)
{
    static const char *const of_changes[] = {"with", "of",    "made",   "ref",     "refused",
                                             "skip", "route", "handed", "comment", NULL};
    static const char *const of_questions[] = {"with", "missing", "of",        "total",   "grow",
                                               "skip", "route",   "elsewhere", "comment", NULL};
    const char *here = below(c, "/operations", name);
    bool is_change = changes(connector, name);

    if (!object(c, d, here, is_change ? of_changes : of_questions) || doc_get(d, "skip"))
        return;
    if (is_change && !doc_get(d, "made"))
        fault(c, below(c, here, "made"), "required", "must be an expression that says how often it was made");
    if (doc_get(d, "grow") && !doc_get(d, "total"))
        fault(c, below(c, here, "total"), "required", "must be an expression that says how many items there are");
    collection(c, d, here, is_change || doc_get(d, "total"));
    expression(c, d, here, "made");
    expression(c, d, here, "total");
    expression(c, d, here, "grow");
}

static void operations(struct checking *c, const struct connector *connector, const struct doc *list)
{
    size_t n = manifest_uses(c->m, SIZE_MAX, &(struct manifest_use){0});
    const char **names = ARENA_ARRAY(c->sc->arena, const char *, n + 1);
    struct manifest_use use;

    for (size_t i = 0; i < n; i++) {
        (void)manifest_uses(c->m, i, &use);
        names[i] = use.operation;
    }
    names[n] = NULL;
    if (!object(c, list, "/operations", names))
        return;
    for (size_t i = 0; i < n; i++)
        if (doc_get(list, names[i]))
            operation(c, connector, names[i], doc_get(list, names[i]));
}

/* One of a topic that no event of the manifest has would be tried as little as if it did not stand there. */
static void hooks(struct checking *c, const struct doc *d)
{
    static const char *const names[] = {"other", "third", "deliveries", "comment", NULL};
    static const char *const of_delivery[] = {"topic", "body",    "headers",       "about",   "changed",
                                              "fetch", "another", "about_nothing", "comment", NULL};
    const struct doc *list = doc_get(d, "deliveries");
    size_t events = doc_count(doc_pointer(manifest_document(c->m), "/hooks/events"));

    if (!object(c, d, "/hooks", names))
        return;
    for (size_t i = 0; i < doc_count(list); i++) {
        const char *here = arena_f(c->sc->arena, "/hooks/deliveries/%zu", i), *topic;

        if (!object(c, doc_at(list, i), here, of_delivery))
            continue;
        topic = doc_cstr(c->sc->arena, doc_get(doc_at(list, i), "topic"));
        if (!topic || manifest_event_find(c->m, topic) == events)
            fault(c, below(c, here, "topic"), "not_found", "must be a topic of one of the manifest's events");
    }
}

/* A connector that signs in would be refused everything, and each scenario would tell of credentials. */
static void sign_in(struct checking *c)
{
    const struct doc *auth = doc_get(manifest_document(c->m), "auth");

    if (str_is(doc_text(doc_get(auth, "kind")), "oauth2") && !standin_has(c->s, "POST", STANDIN_TOKEN_PATH))
        fault(c, "", "no_sign_in", "the stand-in has no route POST %s, where the trial asks it for tokens",
              STANDIN_TOKEN_PATH);
}

enum err conform_check(struct scope *sc, const struct connector *connector, struct standin *s, const struct doc *plan)
{
    static const char *const names[] = {"settings", "secrets", "wrong",   "operations",
                                        "source",   "hooks",   "comment", NULL};
    static const char *const of_source[] = {"skip", "comment", NULL};
    struct checking c = {.sc = sc, .m = manifest_of(connector), .s = s};

    if (object(&c, plan, "", names))
        operations(&c, connector, doc_get(plan, "operations"));
    if (doc_get(plan, "source"))
        (void)object(&c, doc_get(plan, "source"), "/source", of_source);
    if (doc_get(plan, "hooks"))
        hooks(&c, doc_get(plan, "hooks"));
    sign_in(&c);
    if (c.faults)
        return FAIL(sc, ERR_INVALID, "the plan has %u fault%s", c.faults, c.faults == 1 ? "" : "s");
    return OK;
}
