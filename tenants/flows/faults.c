#include "base/nearest.h"
#include "connect/connect.h"
#include "flows/flows_int.h"
#include "q_flows.h"
#include "xref/xref.h"

/* What a document names must be there at its customer. */

static void fault(struct arena *a, struct flowdef_faults *faults, const char *pointer, const char *code,
                  const char *detail)
{
    struct flowdef_fault *more;

    if (faults->n >= FLOWDEF_FAULTS_MAX)
        return;
    more = ARENA_ARRAY(a, struct flowdef_fault, faults->n + 1);
    if (faults->n)
        memcpy(more, faults->v, faults->n * sizeof(*more));
    more[faults->n++] = (struct flowdef_fault){.pointer = pointer, .code = code, .detail = detail};
    faults->v = more;
}

/* "there is no KIND NAME; near it is a or b" for each of names that is not among known. */
static void unknown(struct scope *sc, const struct flowdef_names *names, const char *const *known, size_t n,
                    const char *code, const char *kind, struct flowdef_faults *faults)
{
    for (size_t i = 0; i < names->n; i++) {
        struct nearest near;
        bool there = false;

        nearest_init(&near, str_of(names->v[i]));
        for (size_t k = 0; k < n; k++) {
            there |= strcmp(names->v[i], known[k]) == 0;
            nearest_try(&near, known[k]);
        }
        if (!there)
            fault(sc->arena, faults, names->pointers[i], code,
                  arena_f(sc->arena, "there is no %s \"%s\"%s%s", kind, names->v[i], near.n ? "; near it is " : "",
                          near.n ? nearest_text(sc->arena, &near) : ""));
    }
}

static enum err tables_check(struct scope *sc, const struct flows_flow *f, const struct flowdef *d,
                             struct flowdef_faults *faults)
{
    struct flowdef_names names;
    const char **known;
    size_t n;

    flowdef_tables(sc->arena, d, &names);
    if (names.n == 0)
        return OK;
    TRY(sc, xref_names(sc, &f->customer_id, &known, &n));
    unknown(sc, &names, (const char *const *)known, n, "unknown_table", "cross reference", faults);
    return OK;
}

/* ---- what is asked of whom ---- */

/* Of a connection that is set: that of a message's own is not known before it comes. */
static enum err asked_check(struct scope *sc, const struct flowdef_step *s, const struct connection *c,
                            struct flowdef_faults *faults)
{
    bool changes = s->kind == FLOWDEF_EFFECT, there;
    const char *pointer = arena_f(sc->arena, "%s/operation", s->asks);
    struct operation op;

    TRY(sc, connection_operation(sc, c, s->operation, &there, &op));
    if (!there)
        fault(sc->arena, faults, pointer, "no_operation",
              arena_f(sc->arena, "\"%s\" has no operation \"%s\"", c->name, s->operation));
    else if (op.changes != changes)
        fault(sc->arena, faults, pointer, "other_kind",
              arena_f(sc->arena, "\"%s\" of \"%s\" changes %s: it is for a step of kind %s", s->operation, c->name,
                      op.changes ? "something" : "nothing", op.changes ? "effect" : "call"));
    return OK;
}

static enum err operations_check(struct scope *sc, const struct flowdef *d, const struct flows_role *roles, size_t n,
                                 struct flowdef_faults *faults)
{
    struct connection *known = ARENA_ARRAY(sc->arena, struct connection, n);
    struct flowdef_asking asking;

    flowdef_asking(sc->arena, d, &asking);
    for (size_t i = 0; i < asking.n; i++) {
        size_t k = 0;

        while (k < n && strcmp(roles[k].role, asking.v[i]->connection) != 0)
            k++;
        if (k == n)
            continue;
        if (!known[k].name)
            TRY(sc, connection_get(sc, &roles[k].connection_id, &known[k]));
        TRY(sc, asked_check(sc, asking.v[i], &known[k], faults));
    }
    return OK;
}

/* "source" is whom a message came from, and "destination" where that connection's records go. */
static enum err roles_check(struct scope *sc, const struct flows_flow *f, const struct flowdef *d,
                            struct flowdef_faults *faults)
{
    bool by_message = flowdef_head(d)->trigger == FLOWDEF_MESSAGE;
    struct flowdef_names names;
    struct flows_role *roles;
    const char **known;
    size_t n, set;

    flowdef_connections(sc->arena, d, &names);
    if (names.n == 0)
        return OK;
    TRY(sc, flows_roles(sc, &f->flow_id, &roles, &set));
    n = set;
    known = ARENA_ARRAY(sc->arena, const char *, n + 2);
    for (size_t i = 0; i < n; i++)
        known[i] = roles[i].role;
    if (by_message) {
        known[n++] = "source";
        known[n++] = "destination";
    }
    unknown(sc, &names, (const char *const *)known, n, "no_connection", "connection that the flow calls", faults);
    return operations_check(sc, d, roles, set, faults);
}

/* ---- flows that call one another ---- */

struct calls {
    struct scope *sc;
    struct q_flow_names_rows all;
    uint8_t *seen; /* 0: not yet, 1: on the way, 2: done */
};

static enum err calls_of(struct calls *c, const struct flowdef *d, bool *out_circle);

static size_t place_of(const struct calls *c, const char *name)
{
    size_t i = 0;

    while (i < c->all.n && strcmp(c->all.v[i].name, name) != 0)
        i++;
    return i;
}

static enum err called(struct calls *c, size_t place, bool *out_circle)
{
    const struct q_flow_names_row *row = &c->all.v[place];
    struct flowdef_faults faults;
    struct flows_version v;
    const struct doc *d;
    struct flowdef *def;

    if (c->seen[place] == 1)
        *out_circle = true;
    if (c->seen[place] || !row->has_current_version)
        return OK;
    c->seen[place] = 1;
    TRY(c->sc, flows_version_get(c->sc, &row->flow_id, row->current_version, &v));
    TRY(c->sc, doc_parse(c->sc, str_of(v.document), &d));
    if (flowdef_compile(c->sc->arena, d, &def, &faults))
        TRY(c->sc, calls_of(c, def, out_circle));
    c->seen[place] = 2;
    return OK;
}

static enum err calls_of(struct calls *c, const struct flowdef *d, bool *out_circle)
{
    struct flowdef_names names;

    flowdef_flows(c->sc->arena, d, &names);
    for (size_t i = 0; i < names.n; i++) {
        size_t place = place_of(c, names.v[i]);

        if (place < c->all.n)
            TRY(c->sc, called(c, place, out_circle));
    }
    return OK;
}

static enum err flows_check(struct scope *sc, const struct flows_flow *f, const struct flowdef *d,
                            struct flowdef_faults *faults)
{
    struct calls c = {.sc = sc};
    struct flowdef_names names;
    const char **known;
    bool circle = false;

    flowdef_flows(sc->arena, d, &names);
    if (names.n == 0)
        return OK;
    TRY(sc, q_flow_names(sc, &(struct q_flow_names_in){.customer_id = f->customer_id, .most = FLOWS_MAX}, &c.all));
    known = ARENA_ARRAY(sc->arena, const char *, c.all.n);
    for (size_t i = 0; i < c.all.n; i++)
        known[i] = c.all.v[i].name;
    unknown(sc, &names, (const char *const *)known, c.all.n, "unknown_flow", "flow", faults);
    c.seen = ARENA_ARRAY(sc->arena, uint8_t, c.all.n);
    for (size_t i = 0; i < c.all.n; i++)
        c.seen[i] = uuid_equal(&c.all.v[i].flow_id, &f->flow_id); /* this one is what is being published */
    TRY(sc, calls_of(&c, d, &circle));
    if (circle)
        fault(sc->arena, faults, "/steps", "circle", "flows that call one another would go in a circle");
    return OK;
}

enum err flows_faults(struct scope *sc, const struct flows_flow *f, struct str document, struct flowdef_faults *out)
{
    const struct doc *d;
    struct flowdef *def;

    TRY(sc, doc_parse(sc, document, &d));
    if (!flowdef_compile(sc->arena, d, &def, out))
        return OK;
    TRY(sc, tables_check(sc, f, def, out));
    TRY(sc, roles_check(sc, f, def, out));
    return flows_check(sc, f, def, out);
}
