#include "manifest/manifest_int.h"

/* How a connection is tried: a cheap question that needs its credentials, one that tells what the vendor has granted,
 * and one whose answer has an object to be read. Each names an operation that changes nothing. */

static const char *const kinds[MANIFEST_CHECKS] = {"credentials", "permissions", "sample"};

static void read_one(struct reading *r, const struct doc *d, const char *pointer, bool granted,
                     struct manifest_check_rule *out)
{
    static const char *const names[] = {"operation", "with", "granted", "comment", NULL};
    const struct manifest_operation *o;

    if (!manifest_object(r, d, pointer, names))
        return;
    out->operation = manifest_text(r, d, pointer, "operation", 64, true);
    out->with = manifest_expr(r, d, pointer, "with", false);
    out->granted = manifest_expr(r, d, pointer, "granted", granted);
    o = out->operation ? manifest_operation(r->m, out->operation) : NULL;
    if (out->operation && !o)
        manifest_fault(r, manifest_below(r, pointer, "operation"), "unknown_operation", "there is no operation \"%s\"",
                       out->operation);
    if (o && !o->asks_only)
        manifest_fault(r, manifest_below(r, pointer, "operation"), "not_allowed",
                       "a check changes nothing, and \"%s\" does", out->operation);
}

void manifest_read_checks(struct reading *r, const struct doc *d)
{
    static const char *const names[] = {"credentials", "permissions", "sample", "comment", NULL};

    if (!d || !manifest_object(r, d, "/checks", names))
        return;
    for (size_t i = 0; i < MANIFEST_CHECKS; i++)
        if (doc_get(d, kinds[i]))
            read_one(r, doc_get(d, kinds[i]), arena_f(r->sc->arena, "/checks/%s", kinds[i]),
                     i == MANIFEST_CHECK_PERMISSIONS, &r->m->checks[i]);
}

enum err manifest_check_ask(struct scope *sc, const struct erp_site *site, enum manifest_check which,
                            const struct source_window *w, bool *out_there, struct ask *out)
{
    const struct manifest *m = manifest_at(site);
    struct manifest_run run = {.m = m, .budget = site->budget, .settings = site->settings, .window = w};
    const struct manifest_check_rule *c = m ? &m->checks[which] : NULL;
    struct doc *with = ARENA_NEW(sc->arena, struct doc);
    const char *why = "it has no value";

    *out_there = c && c->operation;
    if (!*out_there)
        return OK;
    *out = (struct ask){.operation = c->operation};
    if (!c->with)
        return OK;
    if (!manifest_eval(sc, &run, c->with, site->settings, with, &why) || expr_is_absent(*with))
        return FAIL(sc, ERR_HOLD, "what %s is asked with cannot be made: %s", c->operation, why);
    out->with = with;
    return OK;
}

enum err manifest_check_granted(struct scope *sc, const struct erp_site *site, const struct doc *answer,
                                const struct doc **out)
{
    struct manifest_run run = {.m = manifest_at(site), .budget = site->budget, .settings = site->settings};
    struct doc *v = ARENA_NEW(sc->arena, struct doc);
    const char *why = "it is no list of names";

    if (!manifest_eval(sc, &run, run.m->checks[MANIFEST_CHECK_PERMISSIONS].granted, answer, v, &why) ||
        doc_kind(v) != DOC_ARRAY)
        return FAIL(sc, ERR_UPSTREAM_UNKNOWN, "what the answer says of permissions cannot be read: %s", why);
    *out = v;
    return OK;
}

const char *manifest_kind_of(const struct manifest *m, const char *operation)
{
    const struct manifest_operation *o = manifest_operation(m, operation);

    return o ? o->kind : NULL;
}

int64_t manifest_lifetime_s(const struct manifest *m)
{
    return m->lifetime_s;
}
