#include <stdlib.h>
#include <string.h>

#include "connect/connector.h"
#include "db/db.h"
#include "live/live_int.h"

/* Compiled versions and their cross references, by thread. Everything that parks is done on what nobody else sees yet;
 * a slot that another fiber made meanwhile is taken instead. */

static void *cleared(size_t n)
{
    void *p = calloc(1, n);

    if (!p)
        out_of_memory();
    return p;
}

static void books_free(struct live_books *b)
{
    if (!b)
        return;
    scope_free(b->keep);
    free(b);
}

/* Who uses the books uses the slot. */
static void slot_end(struct kept_slot *s)
{
    books_free(((struct live_slot *)s)->books);
}

/* Whose octets a slot is made of: those of a customer's version, of a file that was built in, or of a connector. */
static bool is_same(const struct kept_slot *a, const struct kept_slot *b)
{
    const struct live_slot *s = (const struct live_slot *)a, *like = (const struct live_slot *)b;

    if (s->shipped != like->shipped || s->version != like->version ||
        memcmp(s->brought, like->brought, sizeof(s->brought)) != 0)
        return false;
    return s->shipped || uuid_equal(&s->mapping_id, &like->mapping_id);
}

static _Thread_local struct kept slots = {
    .idle_max = LIVE_SLOTS, .max = LIVE_SLOTS_MAX, .same = is_same, .end = slot_end};

void live_thread_end(void)
{
    kept_end(&slots);
}

void live_leave(struct live_slot *s)
{
    kept_leave(&slots, &s->kept);
}

/* ---- compiled versions ---- */

static enum err compile(struct scope *sc, struct live_slot *s, struct str text)
{
    struct mapping_faults faults = {0};
    struct mapping *compiled = NULL;
    const struct doc *d;

    text = (struct str){arena_strndup(s->kept.keep->arena, text.p, text.n), text.n};
    if (doc_parse(s->kept.keep, text, &d) != OK)
        return FAIL(sc, ERR_HOLD, "the mapping cannot be read: %s", scope_fault(s->kept.keep)->message);
    if (!mapping_compile(s->kept.keep->arena, d, NULL, &compiled, &faults))
        return FAIL(sc, ERR_HOLD, "the mapping cannot be used: %s: %s", faults.v[0].pointer, faults.v[0].detail);
    if (!maps_hash(s->kept.keep->arena, d, s->hash))
        return FAIL(sc, ERR_HOLD, "the mapping cannot be used: its document is too large");
    s->mapping = compiled;
    return OK;
}

static enum err text_of(struct scope *sc, const struct live_slot *s, const struct connector_text *brought,
                        struct str *out)
{
    struct maps_version v;

    if (brought) {
        *out = brought->text;
        return OK;
    }
    if (s->shipped) {
        *out = (struct str){s->shipped->text, s->shipped->n};
        return OK;
    }
    TRY(sc, maps_version_get(sc, &s->mapping_id, s->version, &v));
    *out = str_of(v.document);
    return db_commit(sc);
}

static enum err make(struct scope *sc, struct live_slot *s, const struct connector_text *brought)
{
    struct str text;

    TRY(sc, text_of(sc, s, brought, &text));
    return compile(sc, s, text);
}

/* What the partner's own connector brings for the object; NULL: nothing. */
static const struct connector_text *brought_of(const struct live_in *in)
{
    const struct connector_text *t = !in->choice.own && in->connector ? in->connector->brought : NULL;

    while (t && t->kind && strcmp(t->kind, in->object) != 0)
        t++;
    return t && t->kind ? t : NULL;
}

/* Which one is meant; ERR_HOLD: there is none. */
static enum err named(struct scope *sc, const struct live_in *in, int32_t version, const struct connector_text *brought,
                      struct live_slot *out)
{
    bool theirs = in->connector && in->connector->own_version; /* what is built in is another system's of that name */

    *out = (struct live_slot){.version = version};
    if (in->choice.own)
        out->mapping_id = in->choice.mapping_id;
    else if (brought)
        memcpy(out->brought, brought->hash, sizeof(out->brought));
    else if (!theirs)
        out->shipped = mapping_shipped(in->system, in->object);
    if (!in->choice.own && !brought && !out->shipped)
        return FAIL(sc, ERR_HOLD, "there is no mapping for %s of %s", in->object, in->system);
    return OK;
}

enum err live_enter(struct scope *sc, const struct live_in *in, int32_t version, struct live_slot **out)
{
    const struct connector_text *brought = brought_of(in);
    struct live_slot *fresh, *s, like;
    enum err e;

    TRY(sc, named(sc, in, version, brought, &like));
    s = kept_enter(&slots, &like.kept);
    if (s) {
        *out = s;
        return OK;
    }
    fresh = kept_new(sizeof(*fresh));
    like.kept = fresh->kept;
    *fresh = like;
    e = make(sc, fresh, brought); /* parks */
    s = e == OK ? kept_take(&slots, &fresh->kept) : NULL;
    if (!s)
        kept_free(&slots, &fresh->kept);
    TRY(sc, e);
    if (!s)
        return FAIL(sc, ERR_LIMIT, "more mappings are in use at once than a thread keeps");
    *out = s;
    return OK;
}

/* ---- their cross references ---- */

void live_books_leave(struct live_books *b)
{
    if (b && --b->users == 0 && b->replaced)
        books_free(b);
}

static struct live_slot *slot_at(size_t i)
{
    return (struct live_slot *)slots.v[i];
}

static size_t entries_kept(void)
{
    size_t n = 0;

    for (size_t i = 0; i < slots.n; i++)
        if (slot_at(i)->books)
            n += xref_snapshot_entries(slot_at(i)->books->snapshot);
    return n;
}

static void books_drop(struct live_slot *s)
{
    struct live_books *b = s->books;

    s->books = NULL;
    if (!b || b->users == 0)
        books_free(b);
    else
        b->replaced = true; /* its last user frees it */
}

/* Those of the mappings used least recently go first. */
static void make_room(const struct live_slot *but)
{
    while (entries_kept() > LIVE_ENTRIES_MAX) {
        struct live_slot *oldest = NULL;

        for (size_t i = 0; i < slots.n; i++)
            if (slot_at(i) != but && slot_at(i)->books && (!oldest || slot_at(i)->kept.used < oldest->kept.used))
                oldest = slot_at(i);
        if (!oldest)
            return;
        books_drop(oldest);
    }
}

/* A user of *out until live_books_leave: what parks next may leave others in the slot, another tenant's among them. */
static enum err load(struct scope *sc, struct live_slot *s, struct live_books **out)
{
    const char *const *tables;
    size_t n = mapping_tables(s->mapping, &tables);
    struct live_books *b = cleared(sizeof(*b));
    enum err e;

    b->partner_id = sc->tenant.partner_id;
    b->customer_id = sc->tenant.customer_id;
    b->keep = scope_new();
    e = xref_load_in(sc, b->keep->arena, tables, n, &b->snapshot); /* parks */
    if (e != OK) {
        books_free(b);
        return scope_pass(sc, e, __FILE__, __LINE__);
    }
    books_drop(s);
    s->books = b;
    b->users++;
    make_room(s);
    *out = b;
    return OK;
}

static bool are_theirs(const struct scope *sc, const struct live_books *b)
{
    return sc->tenant.has_customer && uuid_equal(&b->partner_id, &sc->tenant.partner_id) &&
           uuid_equal(&b->customer_id, &sc->tenant.customer_id);
}

/* *out: a user of those that are there, or NULL when they are another's or no longer as they are kept. */
static enum err current(struct scope *sc, const struct live_slot *s, struct live_books **out)
{
    struct live_books *b = s->books;
    bool good = false;
    enum err e;

    *out = NULL;
    if (!b || !are_theirs(sc, b))
        return OK;
    b->users++;
    e = xref_current(sc, b->snapshot, &good); /* parks */
    if (e == OK && good)
        *out = b;
    else
        live_books_leave(b);
    return e == OK ? OK : scope_pass(sc, e, __FILE__, __LINE__);
}

enum err live_books_enter(struct scope *sc, struct live_slot *s, struct live_books **out)
{
    const char *const *tables;
    struct live_books *b;
    enum err e;

    *out = NULL;
    if (mapping_tables(s->mapping, &tables) == 0)
        return OK;
    TRY(sc, current(sc, s, &b));
    if (!b)
        TRY(sc, load(sc, s, &b));
    e = db_commit(sc); /* parks */
    if (e != OK) {
        live_books_leave(b);
        return scope_pass(sc, e, __FILE__, __LINE__);
    }
    *out = b;
    return OK;
}
