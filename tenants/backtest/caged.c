#include "backtest/backtest_int.h"

#include <malloc.h>

#include "sys/cage.h"

/* The process that evaluates. What it knows came through its pipe. */
#define MEMORY_MAX  ((size_t)1 << 30)
#define SECONDS_MAX 3600
#define KEPT        (64 << 20) /* octets of freed memory that the next record has without asking the system */

struct caged {
    struct scope *sc; /* all that it keeps */
    struct backtest_plan plan;
    struct backtest *b;
};

bool backtest_is_caged(int argc, char **argv)
{
    return argc == 2 && strcmp(argv[1], BACKTEST_ROLE) == 0;
}

static bool tell_counts(const struct caged *c)
{
    uint8_t octets[BT_COUNTS_BYTES];
    struct backtest_counts n;

    backtest_counted(c->b, &n);
    bt_counts_pack(&n, octets);
    return cage_write(BT_COUNTS, (struct str){(const char *)octets, sizeof(octets)});
}

static struct str kept(struct caged *c, struct str s)
{
    return (struct str){arena_memdup(c->sc->arena, s.p, s.n), s.n};
}

static bool begin(struct caged *c)
{
    if (backtest_new(c->sc, &c->plan, &c->b) == OK)
        return tell_counts(c);
    (void)cage_write(BT_FAULT, str_of(scope_fault(c->sc)->message));
    return false;
}

static bool records(struct caged *c, struct str octets)
{
    struct backtest_record r;

    while (octets.n) {
        if (!bt_record_read(&octets, &r))
            return false;
        backtest_add(c->b, &r);
    }
    return tell_counts(c);
}

static bool end(struct caged *c)
{
    uint8_t counts[BT_COUNTS_BYTES];
    struct backtest_counts n;
    struct str result;
    struct buf out;

    backtest_counted(c->b, &n);
    bt_counts_pack(&n, counts);
    result = backtest_result(c->sc, c->b);
    buf_init(&out, c->sc->arena, BT_COUNTS_BYTES + BACKTEST_RESULT_MAX);
    buf_add(&out, counts, sizeof(counts));
    buf_add(&out, result.p, result.n);
    return cage_write(BT_RESULT, buf_str(&out));
}

static bool take(struct caged *c, const struct cage_frame *f)
{
    struct xref_snapshot *s;

    switch (f->kind) {
    case BT_CANDIDATE:
        c->plan.candidate = kept(c, f->octets);
        return true;
    case BT_AGAINST:
        c->plan.against = kept(c, f->octets);
        return true;
    case BT_SNAPSHOT:
        if (!xref_snapshot_unpack(c->sc->arena, kept(c, f->octets), &s))
            return false;
        c->plan.snapshot = s;
        return true;
    case BT_BEGIN:
        return !c->b && begin(c);
    case BT_RECORDS:
        return c->b && records(c, f->octets);
    case BT_END:
        return c->b && end(c);
    default:
        return false;
    }
}

int backtest_caged(void)
{
    struct caged c = {.sc = scope_new()};
    struct cage_frame f;
    bool goes_on;

    mallopt(M_MMAP_THRESHOLD, KEPT);
    mallopt(M_TRIM_THRESHOLD, KEPT);
    /* What the libraries open, they open now. */
    goes_on = crypto_start(c.sc) == OK && cage_enter(MEMORY_MAX, SECONDS_MAX);
    while (goes_on && cage_read(&f))
        goes_on = take(&c, &f);
    scope_free(c.sc);
    return goes_on ? 0 : 1;
}
