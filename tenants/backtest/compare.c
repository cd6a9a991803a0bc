#include "backtest/backtest_int.h"

#include "canon/schema.h"

/* One record through both sides. */

/* ---- made ready ---- */

static enum err document_read(struct scope *sc, struct str text, struct mapping **out, char hash[])
{
    uint8_t octets[CRYPTO_HASH_BYTES];
    struct mapping_faults faults;
    const struct doc *d;
    struct buf b;

    TRY(sc, doc_parse(sc, text, &d));
    if (!mapping_compile(sc->arena, d, NULL, out, &faults)) {
        enum err e = FAIL(sc, ERR_INVALID, "the mapping's document has %zu faults: %s: %s", faults.n, faults.v->pointer,
                          faults.v->detail);

        for (size_t i = 0; i < faults.n; i++)
            scope_item(sc, faults.v[i].pointer, faults.v[i].code, "%s", faults.v[i].detail);
        return e;
    }
    buf_init(&b, sc->arena, 4 * (size_t)MAPPING_MAX);
    doc_canonical(sc->arena, &b, d);
    crypto_hash(b.p, b.n, octets);
    buf_init(&b, sc->arena, 2 * CRYPTO_HASH_BYTES + 1);
    buf_hex(&b, octets, sizeof(octets));
    memcpy(hash, buf_cstr(&b), 2 * CRYPTO_HASH_BYTES + 1);
    return OK;
}

enum err backtest_new(struct scope *sc, const struct backtest_plan *plan, struct backtest **out)
{
    struct backtest *b = ARENA_NEW(sc->arena, struct backtest);

    b->keep = sc->arena;
    b->snapshot = plan->snapshot;
    TRY(sc, document_read(sc, plan->candidate, &b->candidate, b->candidate_hash));
    if (plan->against.n)
        TRY(sc, document_read(sc, plan->against, &b->against, b->against_hash));
    *out = b;
    return OK;
}

void backtest_counted(const struct backtest *b, struct backtest_counts *out)
{
    *out = b->counts;
}

/* ---- one side ---- */

struct side {
    const struct backtest *b;
    int64_t at_us;
    int64_t steps;
    struct mapping_result r;
    const char *unread; /* why there is no result at all; NULL: there is one */
};

static bool find(void *arg, struct str table, struct str key, struct str *out)
{
    const struct side *s = arg;

    return s->b->snapshot && xref_find(s->b->snapshot, table, key, s->at_us, out);
}

static bool goes_on(void *arg)
{
    return ++((struct side *)arg)->steps <= BACKTEST_STEPS_MAX;
}

static void run(struct side *s, const struct mapping *m, const struct doc *body)
{
    struct mapping_how how = {
        .now_ms = s->at_us / 1000, .creating = true, .find = find, .find_arg = s, .go_on = goes_on, .go_on_arg = s};

    if (m && body)
        mapping_run(s->b->step->arena, m, body, &how, &s->r);
    else
        s->unread = body ? "no_mapping" : "not_json";
}

static bool passes(const struct side *s)
{
    return !s->unread && s->r.valid;
}

/* ---- what became of it ---- */

static void fails(struct backtest *b, enum bt_failing kind, const struct uuid *id, const struct side *s)
{
    struct bt_why w = {.code = s->unread, .pointer = "", .detail = "the message cannot be read", .made = &s->r.value};

    if (s->unread) {
        if (strcmp(s->unread, "no_mapping") == 0)
            w.detail = "no mapping worked before";
        bt_tally_reason(b, kind, id, &w);
        return;
    }
    for (size_t i = 0; i < s->r.faults.n; i++) {
        const struct mapping_fault *f = &s->r.faults.v[i];

        w.code = f->code;
        w.pointer = f->pointer;
        w.rule = f->rule;
        w.detail = f->detail;
        bt_tally_reason(b, kind, id, &w);
    }
    for (size_t i = 0; i < s->r.miss_count; i++) {
        const struct mapping_miss *m = &s->r.misses[i];

        if (m->then != MISS_HOLD)
            continue;
        w.code = "held";
        w.pointer = m->pointer;
        w.rule = m->rule;
        w.detail = arena_f(b->step->arena, "cross reference %s has no entry for \"%.100s\"", m->table, m->key);
        bt_tally_reason(b, kind, id, &w);
    }
}

static bool compare(struct backtest *b, const struct uuid *id, const struct doc *before, const struct doc *after)
{
    struct doc_changes changes;

    if (doc_equal(before, after))
        return false;
    doc_diff(b->step->arena, before, after, BACKTEST_CHANGES_MAX, &changes);
    for (size_t i = 0; i < changes.n; i++)
        bt_tally_change(b, id, before, after, &changes.items[i]);
    bt_tally_money(b, before, after);
    return true;
}

static void judge(struct backtest *b, const struct uuid *id, const struct side *was, const struct side *is)
{
    struct backtest_counts *n = &b->counts;

    if (passes(was) && passes(is)) {
        if (compare(b, id, &was->r.value, &is->r.value))
            n->changed++;
        else
            n->same++;
    } else if (passes(was)) {
        n->newly_failing++;
        fails(b, BT_NEWLY_FAILING, id, is);
    } else if (passes(is)) {
        n->newly_passing++;
        fails(b, BT_NEWLY_PASSING, id, was);
    } else {
        n->still_failing++;
        fails(b, BT_STILL_FAILING, id, is);
    }
}

/* What was looked at stands in the result, as a hash over all before it and this one. */
static void chain(struct backtest *b, const struct backtest_record *r)
{
    uint8_t octets[2 * CRYPTO_HASH_BYTES + sizeof(r->message_id.b) + sizeof(r->received_at_us)];
    uint8_t *at = octets;

    memcpy(at, b->chain, CRYPTO_HASH_BYTES);
    at += CRYPTO_HASH_BYTES;
    crypto_blake2b(r->body.p, r->body.n, at);
    at += CRYPTO_HASH_BYTES;
    memcpy(at, r->message_id.b, sizeof(r->message_id.b));
    at += sizeof(r->message_id.b);
    memcpy(at, &r->received_at_us, sizeof(r->received_at_us));
    crypto_blake2b(octets, sizeof(octets), b->chain);
}

void backtest_add(struct backtest *b, const struct backtest_record *r)
{
    struct side was = {.b = b, .at_us = r->received_at_us}, is = was;
    const struct doc *body = NULL;

    b->step = scope_new();
    b->counts.records++;
    chain(b, r);
    if (r->body.n > BACKTEST_RECORD_MAX || doc_parse(b->step, r->body, &body) != OK)
        body = NULL;
    run(&was, b->against, body);
    run(&is, b->candidate, body);
    judge(b, &r->message_id, &was, &is);
    scope_free(b->step);
    b->step = NULL;
}
