#include <stdio.h>
#include <string.h>

#include "db/db.h"
#include "main/ctl_int.h"
#include "org/org.h"
#include "own/own.h"

/* The key ring: looked at, turned and proved, of one partner or of all, with the key-encryption keys that the
 * environment names. A turn that was cut off is gone on with by the next. */
#define TALLIES_MAX 64

struct errand {
    struct scope *sc;
    const struct ctl_args *args;
    struct ctl_list list;
    const char *slug;
    bool bad; /* something did not open, or stayed where it was */
};

typedef enum err each_class(struct errand *x, enum org_class c);

static const char *number(struct scope *sc, int64_t v)
{
    return arena_f(sc->arena, "%lld", (long long)v);
}

static enum err classes(struct errand *x, each_class *run)
{
    const char *only = ctl_option(x->args, "class");

    if (only && strcmp(only, "edge") != 0 && strcmp(only, "connection") != 0)
        return FAIL(x->sc, ERR_INVALID, "--class takes edge or connection");
    for (enum org_class c = ORG_EDGE; c <= ORG_CONNECTION; c++)
        if (!only || strcmp(only, org_class_name(c)) == 0)
            TRY(x->sc, run(x, c));
    return OK;
}

/* For the partner that --partner names, or one after the other. */
static enum err partners(struct errand *x, each_class *run)
{
    const char *only = ctl_option(x->args, "partner");
    struct org_partner *v;
    bool met = false;
    size_t n;

    TRY(x->sc, org_partner_list(x->sc, &v, &n));
    for (size_t i = 0; i < n; i++) {
        if (only && strcmp(only, v[i].slug) != 0)
            continue;
        met = true;
        x->slug = v[i].slug;
        x->sc->tenant = (struct tenant){.has_partner = true, .partner_id = v[i].partner_id};
        TRY(x->sc, classes(x, run));
    }
    return met || !only ? OK : FAIL(x->sc, ERR_NOT_FOUND, "there is no partner \"%s\"", only);
}

static enum err run(struct scope *sc, const struct ctl_args *a, const char *const *columns, size_t n, each_class *fn)
{
    struct errand x = {.sc = sc, .args = a};
    enum err e;

    if (a->dry_run)
        return FAIL(sc, ERR_INVALID, "the key ring has no --dry-run: verify looks and changes nothing");
    ctl_list_init(&x.list, sc, a, columns, n);
    e = partners(&x, fn);
    ctl_list_print(&x.list); /* what was done before something failed was done */
    TRY(sc, e);
    return x.bad ? FAIL(sc, ERR_CONFLICT, "not everything could be opened; what could not is named above") : OK;
}

/* ---- list ---- */

static enum err list_class(struct errand *x, enum org_class c)
{
    struct org_ring_epoch *v;
    size_t n;

    TRY(x->sc, org_ring_list(x->sc, c, &v, &n));
    for (size_t i = 0; i < n; i++)
        ctl_list_add(&x->list, (const char *const[]){x->slug, org_class_name(c), number(x->sc, v[i].epoch),
                                                     i + 1 == n ? "newest" : "older", v[i].opens_with});
    return OK;
}

static enum err ring_list(struct scope *sc, const struct ctl_args *a)
{
    static const char *const columns[] = {"partner", "class", "epoch", "age", "kek"};

    return run(sc, a, columns, ARRAY_LEN(columns), list_class);
}

/* ---- verify ---- */

struct tally {
    const char *kind;
    int32_t epoch;
    size_t count, failed;
};

struct tallies {
    const struct errand *x;
    enum org_class class;
    size_t n;
    struct tally v[TALLIES_MAX];
};

static void complain(const struct errand *x, enum org_class c, const struct org_ring_item *item)
{
    char text[UUID_TEXT_LEN + 1];

    uuid_format(&item->id, text);
    fprintf(stderr, "%s %s: %s %s does not open\n", x->slug, org_class_name(c), item->kind, text);
}

static void tell(void *arg, const struct org_ring_item *item)
{
    struct tallies *t = arg;
    size_t i = 0;

    if (item->opened != OK)
        complain(t->x, t->class, item);
    while (i < t->n && !(t->v[i].epoch == item->epoch && strcmp(t->v[i].kind, item->kind) == 0))
        i++;
    if (i == TALLIES_MAX)
        i--; /* counted with others */
    else if (i == t->n)
        t->v[t->n++] = (struct tally){.kind = item->kind, .epoch = item->epoch};
    t->v[i].count++;
    t->v[i].failed += item->opened != OK;
}

/* The partner's own private halves, which hang on the key-encryption key. */
static enum err verify_halves(struct errand *x, enum org_class c)
{
    struct org_ring_epoch *v;
    size_t n;

    TRY(x->sc, org_ring_list(x->sc, c, &v, &n));
    for (size_t i = 0; i < n; i++) {
        bool closed = strcmp(v[i].opens_with, "none") == 0 || strcmp(v[i].opens_with, "unknown") == 0;

        x->bad |= closed;
        ctl_list_add(&x->list, (const char *const[]){x->slug, org_class_name(c), number(x->sc, v[i].epoch),
                                                     "partner key", "1", closed ? "1" : "0"});
        if (closed)
            fprintf(stderr, "%s %s: the partner's key of epoch %d does not open\n", x->slug, org_class_name(c),
                    v[i].epoch);
    }
    return OK;
}

static enum err verify_class(struct errand *x, enum org_class c)
{
    struct tallies t = {.x = x, .class = c};
    struct org_ring_walk w = {.class = c, .below = INT32_MAX, .seen = tell, .arg = &t};

    TRY(x->sc, verify_halves(x, c));
    TRY(x->sc, org_ring_each(x->sc, &w));
    x->bad |= w.failed > 0;
    for (size_t i = 0; i < t.n; i++)
        ctl_list_add(&x->list, (const char *const[]){x->slug, org_class_name(c), number(x->sc, t.v[i].epoch),
                                                     t.v[i].kind, number(x->sc, (int64_t)t.v[i].count),
                                                     number(x->sc, (int64_t)t.v[i].failed)});
    return OK;
}

static enum err ring_verify(struct scope *sc, const struct ctl_args *a)
{
    static const char *const columns[] = {"partner", "class", "epoch", "kind", "count", "failed"};

    return run(sc, a, columns, ARRAY_LEN(columns), verify_class);
}

/* ---- rotate ---- */

struct failures {
    const struct errand *x;
    enum org_class class;
};

static void tell_failure(void *arg, const struct org_ring_item *item)
{
    const struct failures *f = arg;

    if (item->opened != OK)
        complain(f->x, f->class, item);
}

static enum err rotate_class(struct errand *x, enum org_class c)
{
    struct failures f = {x, c};
    struct org_ring_walk w = {.class = c, .renew = true, .seen = tell_failure, .arg = &f};
    int32_t retired = 0;
    enum err e;

    if (!org_kek_is_here(c))
        return FAIL(x->sc, ERR_FORBIDDEN, "the %s key-encryption key is not configured", org_class_name(c));
    TRY(x->sc, org_ring_begin(x->sc, c, &w.below));
    TRY(x->sc, org_ring_each(x->sc, &w));
    e = org_ring_retire(x->sc, c, w.below, &retired);
    if (e == ERR_CONFLICT) {
        fprintf(stderr, "%s %s: %s\n", x->slug, org_class_name(c), scope_fault(x->sc)->message);
        scope_clear(x->sc);
        x->bad = true;
        e = OK;
    }
    TRY(x->sc, e);
    ctl_list_add(&x->list, (const char *const[]){x->slug, org_class_name(c), number(x->sc, w.below),
                                                 number(x->sc, (int64_t)(w.count - w.failed)),
                                                 number(x->sc, (int64_t)w.failed), number(x->sc, retired)});
    return OK;
}

/* What was signed by a key of the old key-encryption key is signed by one of the new. */
static enum err resigned(struct errand *x)
{
    size_t done, failed;

    TRY(x->sc, own_resign(x->sc, &done, &failed));
    x->bad |= failed > 0;
    if (failed)
        fprintf(stderr, "%s: %zu versions of the partner's own connectors were signed by neither key-encryption key\n",
                x->slug, failed);
    return OK;
}

static enum err rewrap_class(struct errand *x, enum org_class c)
{
    size_t done, failed;

    TRY(x->sc, org_ring_rewrap(x->sc, c, &done, &failed));
    if (c == ORG_EDGE)
        TRY(x->sc, resigned(x));
    x->bad |= failed > 0;
    if (failed)
        fprintf(stderr, "%s %s: %zu of the partner's keys open with neither key-encryption key\n", x->slug,
                org_class_name(c), failed);
    ctl_list_add(&x->list, (const char *const[]){x->slug, org_class_name(c), number(x->sc, (int64_t)done),
                                                 number(x->sc, (int64_t)failed)});
    return OK;
}

static enum err ring_rotate(struct scope *sc, const struct ctl_args *a)
{
    static const char *const turned[] = {"partner", "class", "epoch", "resealed", "failed", "retired"};
    static const char *const wrapped[] = {"partner", "class", "rewrapped", "failed"};

    if (ctl_option(a, "kek"))
        return run(sc, a, wrapped, ARRAY_LEN(wrapped), rewrap_class);
    return run(sc, a, turned, ARRAY_LEN(turned), rotate_class);
}

const struct ctl_command ctl_key_commands[] = {
    {"key-ring", "list", "[--class edge|connection] [--partner SLUG]", "Names the epochs of partners' keys.", NULL,
     ring_list, CTL_DATABASE},
    {"key-ring", "verify", "[--class edge|connection] [--partner SLUG]",
     "Opens everything that is sealed, counts it, and names what does not open.", "--partner acme", ring_verify,
     CTL_DATABASE},
    {"key-ring", "rotate", "[--class edge|connection] [--partner SLUG] [--kek]",
     "Makes new keys and seals everything anew; with --kek wraps what the old key-encryption key still holds.",
     "--class connection --partner acme", ring_rotate, CTL_DATABASE},
    {},
};
