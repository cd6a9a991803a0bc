#include "backtest/backtest_int.h"

#include <stdlib.h>

#include "sys/cage.h"
#include "sys/loop.h"

/* The side of whoever has a backtest evaluated in a caged process. */
#define START_US INT64_C(20000000)
#define BATCH_US INT64_C(60000000) /* what a batch of records may take */

struct backtest_cage {
    struct cage *cage;
    unsigned owed; /* answers to what was handed over */
};

static int64_t due(int64_t us)
{
    return loop_now_us() + us;
}

static enum err word_broken(struct scope *sc)
{
    return FAIL(sc, ERR_UNAVAILABLE, "the separate process does not keep to its word");
}

static enum err counts_take(struct scope *sc, struct backtest_cage *c, struct backtest_counts *out)
{
    struct cage_frame f;

    TRY(sc, cage_take(sc, c->cage, due(BATCH_US), &f));
    if (f.kind == BT_FAULT)
        return FAIL(sc, ERR_INVALID, "%s", str_dup(sc->arena, f.octets));
    if (f.kind != BT_COUNTS || !bt_counts_read(f.octets, out))
        return word_broken(sc);
    return OK;
}

static enum err plan_send(struct scope *sc, struct backtest_cage *c, const struct backtest_plan *plan)
{
    struct backtest_counts none;
    struct buf snapshot;

    TRY(sc, cage_send(sc, c->cage, BT_CANDIDATE, plan->candidate, due(START_US)));
    TRY(sc, cage_send(sc, c->cage, BT_AGAINST, plan->against, due(START_US)));
    if (plan->snapshot) {
        buf_init(&snapshot, sc->arena, CAGE_FRAME_MAX);
        xref_snapshot_pack(plan->snapshot, &snapshot);
        if (snapshot.full)
            return FAIL(sc, ERR_TOO_LARGE, "the cross references are too many for a backtest");
        TRY(sc, cage_send(sc, c->cage, BT_SNAPSHOT, buf_str(&snapshot), due(START_US)));
    }
    TRY(sc, cage_send(sc, c->cage, BT_BEGIN, (struct str){0}, due(START_US)));
    return counts_take(sc, c, &none);
}

enum err backtest_cage_open(struct scope *sc, const struct backtest_plan *plan, struct backtest_cage **out)
{
    struct backtest_cage *c = calloc(1, sizeof(*c));
    enum err e;

    if (!c)
        out_of_memory();
    e = cage_open(sc, BACKTEST_ROLE, due(START_US), &c->cage);
    if (e == OK)
        e = plan_send(sc, c, plan);
    if (e == OK)
        *out = c;
    else
        backtest_cage_close(c);
    return e;
}

unsigned backtest_cage_owed(const struct backtest_cage *c)
{
    return c->owed;
}

static enum err answer(struct scope *sc, struct backtest_cage *c, struct backtest_counts *out)
{
    TRY(sc, counts_take(sc, c, out));
    c->owed--;
    return OK;
}

enum err backtest_cage_answer(struct scope *sc, struct backtest_cage *c, int64_t due_us, bool *out_ready,
                              struct backtest_counts *out)
{
    TRY(sc, cage_wait(sc, c->cage, due_us, out_ready));
    return *out_ready ? answer(sc, c, out) : OK;
}

enum err backtest_cage_put(struct scope *sc, struct backtest_cage *c, const struct backtest_record *v, size_t n,
                           struct backtest_counts *out)
{
    struct buf octets;

    while (c->owed >= BACKTEST_AHEAD)
        TRY(sc, answer(sc, c, out));
    buf_init(&octets, sc->arena, CAGE_FRAME_MAX);
    for (size_t i = 0; i < n; i++)
        bt_record_pack(&octets, &v[i]);
    TRY(sc, cage_send(sc, c->cage, BT_RECORDS, buf_str(&octets), due(BATCH_US)));
    c->owed++;
    return OK;
}

enum err backtest_cage_end(struct scope *sc, struct backtest_cage *c, struct backtest_counts *out, struct str *result)
{
    const struct doc *read;
    struct cage_frame f;
    struct str text;

    while (c->owed)
        TRY(sc, answer(sc, c, out));
    TRY(sc, cage_send(sc, c->cage, BT_END, (struct str){0}, due(BATCH_US)));
    TRY(sc, cage_take(sc, c->cage, due(BATCH_US), &f));
    if (f.kind != BT_RESULT || !bt_counts_read(f.octets, out) || f.octets.n > BT_COUNTS_BYTES + BACKTEST_RESULT_MAX)
        return word_broken(sc);
    text = (struct str){f.octets.p + BT_COUNTS_BYTES, f.octets.n - BT_COUNTS_BYTES};
    text.p = str_dup(sc->arena, text);
    if (doc_parse(sc, text, &read) != OK) /* whoever reads it later is not the first */
        return word_broken(sc);
    *result = text;
    return OK;
}

const char *backtest_cage_walls(const struct backtest_cage *c)
{
    return cage_hello(c->cage);
}

int backtest_cage_pid(const struct backtest_cage *c)
{
    return cage_pid(c->cage);
}

void backtest_cage_close(struct backtest_cage *c)
{
    if (!c)
        return;
    cage_close(c->cage);
    free(c);
}
