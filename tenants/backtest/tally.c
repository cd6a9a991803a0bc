#include "backtest/backtest_int.h"

/* What is counted: changed paths, reasons, money. The first BACKTEST_PATHS_MAX of each are told apart, in the order of
 * the records; of the others it is known how many there are. */

static uint32_t hash_of(struct str s, uint32_t h)
{
    for (size_t i = 0; i < s.n; i++)
        h = (h ^ (uint8_t)s.p[i]) * 16777619u; /* FNV-1a */
    return h;
}

/* ---- paths ---- */

/* One step down on one side, or NULL. */
static const struct doc *down(struct arena *a, const struct doc *d, const char *step, size_t n)
{
    return d ? doc_pointer(d, arena_strndup(a, step, n)) : NULL;
}

struct str bt_fold(struct arena *a, const char *pointer, const struct doc *before, const struct doc *after)
{
    struct buf out;

    buf_init(&out, a, DOC_POINTER_MAX);
    while (*pointer == '/') {
        size_t n = 1 + strcspn(pointer + 1, "/");

        if (doc_kind(before) == DOC_ARRAY || doc_kind(after) == DOC_ARRAY)
            buf_s(&out, "/*");
        else
            buf_add(&out, pointer, n);
        before = down(a, before, pointer, n);
        after = down(a, after, pointer, n);
        pointer += n;
    }
    return buf_str(&out);
}

static struct str kept(struct backtest *b, struct str s)
{
    return (struct str){arena_strndup(b->keep, s.n ? s.p : "", s.n), s.n};
}

/* ---- changed values ---- */

static struct bt_change *change_at(struct backtest *b, struct str path)
{
    struct bt_change **place = &b->changes.places[hash_of(path, 2166136261u) % BT_PLACES];

    for (struct bt_change *c = *place; c; c = c->next)
        if (str_equal(c->path, path))
            return c;
    if (b->changes.n == BACKTEST_PATHS_MAX)
        return NULL;
    struct bt_change *c = ARENA_NEW(b->keep, struct bt_change);

    c->path = kept(b, path);
    c->next = *place;
    *place = c;
    b->changes.n++;
    return c;
}

/* A value that is too long stands there as a text of its beginning. */
static struct str example_value(struct backtest *b, const struct doc *d)
{
    struct buf whole, out;

    if (!d)
        return (struct str){0};
    buf_init(&whole, b->step->arena, (size_t)1 << 20);
    doc_write_sorted(b->step->arena, &whole, d);
    if (!whole.full && whole.n <= BACKTEST_VALUE_MAX)
        return kept(b, buf_str(&whole));
    buf_init(&out, b->step->arena, 4 * BACKTEST_VALUE_MAX);
    json_put_text(&out, str_of(arena_f(b->step->arena, "%s…",
                                       arena_cut(b->step->arena, buf_cstr(&whole), BACKTEST_VALUE_MAX / 2))));
    return kept(b, buf_str(&out));
}

void bt_tally_change(struct backtest *b, const struct uuid *message_id, const struct doc *before,
                     const struct doc *after, const struct doc_change *c)
{
    struct bt_change *at = change_at(b, bt_fold(b->step->arena, c->path, before, after));
    bool first;

    if (!at) {
        b->changes.untold++;
        return;
    }
    first = at->last != b->counts.records;
    at->last = b->counts.records;
    at->records += first;
    at->values++;
    at->added += !c->before;
    at->removed += !c->after;
    if (first && at->example_count < BACKTEST_EXAMPLES_MAX)
        at->examples[at->example_count++] =
            (struct bt_change_example){*message_id, arena_cut(b->keep, c->path, BACKTEST_VALUE_MAX),
                                       example_value(b, c->before), example_value(b, c->after)};
}

/* ---- money ---- */

static struct bt_money *money_in(struct backtest *b, struct str currency)
{
    if (currency.n != 3)
        return NULL;
    for (size_t i = 0; i < b->money_count; i++)
        if (str_is(currency, b->money[i].currency))
            return &b->money[i];
    if (b->money_count == BT_CURRENCIES_MAX)
        return NULL;
    struct bt_money *m = &b->money[b->money_count++];

    *m = (struct bt_money){.before = decimal_of(0), .after = decimal_of(0)};
    memcpy(m->currency, currency.p, 3);
    return m;
}

/* False: this object has no total, or it is in no sum. */
static bool total_add(struct backtest *b, const struct doc *d, bool after)
{
    struct bt_money *m = money_in(b, doc_text(doc_get(d, "currency")));
    struct decimal total, *sum;

    if (!m || !doc_decimal(doc_get(d, "total"), &total))
        return false;
    sum = after ? &m->after : &m->before;
    m->too_large |= !decimal_add(*sum, total, sum);
    return true;
}

/* Of records that changed; of those that are the same there is no difference. */
void bt_tally_money(struct backtest *b, const struct doc *before, const struct doc *after)
{
    bool was = total_add(b, before, false), is = total_add(b, after, true);

    b->money_untold += (doc_get(before, "total") && !was) || (doc_get(after, "total") && !is);
}

/* ---- reasons ---- */

static struct bt_reason *reason_at(struct backtest *b, struct bt_reasons *of, const char *code, struct str path)
{
    struct bt_reason **place = &of->places[hash_of(path, hash_of(str_of(code), 2166136261u)) % BT_PLACES];

    for (struct bt_reason *r = *place; r; r = r->next)
        if (strcmp(r->code, code) == 0 && str_equal(r->path, path))
            return r;
    if (of->n == BACKTEST_PATHS_MAX)
        return NULL;
    struct bt_reason *r = ARENA_NEW(b->keep, struct bt_reason);

    r->code = arena_strdup(b->keep, code);
    r->path = kept(b, path);
    r->next = *place;
    *place = r;
    of->n++;
    return r;
}

void bt_tally_reason(struct backtest *b, enum bt_failing kind, const struct uuid *message_id, const struct bt_why *w)
{
    struct bt_reasons *of = &b->reasons[kind];
    struct bt_reason *r =
        reason_at(b, of, w->code, bt_fold(b->step->arena, w->pointer ? w->pointer : "", w->made, NULL));

    if (!r) {
        of->untold++;
        return;
    }
    if (r->last == b->counts.records)
        return;
    if (r->records++ == 0) {
        r->rule = w->rule ? arena_strdup(b->keep, w->rule) : NULL;
        r->detail = w->detail ? arena_cut(b->keep, w->detail, BACKTEST_VALUE_MAX) : "";
    }
    r->last = b->counts.records;
    if (r->example_count < BACKTEST_EXAMPLES_MAX)
        r->examples[r->example_count++] = *message_id;
}
