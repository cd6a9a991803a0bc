#include "backtest/backtest_int.h"

#include <stdlib.h>

/* The result as JSON. What is told first is what concerns most records. */

struct writer {
    struct buf *out;
    size_t examples; /* of each at most */
};

static void text_of(struct buf *out, const char *name, struct str s)
{
    buf_f(out, "\"%s\":", name);
    json_put_text(out, s);
}

static void text_or_null(struct buf *out, const char *name, const char *s)
{
    if (s && *s)
        text_of(out, name, str_of(s));
    else
        buf_f(out, "\"%s\":null", name);
}

static void number(struct buf *out, const char *name, int64_t v)
{
    buf_f(out, ",\"%s\":%lld", name, (long long)v);
}

static void message(struct buf *out, const struct uuid *id)
{
    char text[TYPEID_TEXT_MAX + 1];

    typeid_format("rec", id, text);
    buf_f(out, "\"%s\"", text);
}

/* ---- changes ---- */

static int compare_str(struct str a, struct str b)
{
    size_t n = a.n < b.n ? a.n : b.n;
    int order = n ? memcmp(a.p, b.p, n) : 0;

    return order ? order : (a.n > b.n) - (a.n < b.n);
}

static int compare_changes(const void *a, const void *b)
{
    const struct bt_change *x = *(struct bt_change *const *)a, *y = *(struct bt_change *const *)b;

    if (x->records != y->records)
        return x->records < y->records ? 1 : -1;
    return compare_str(x->path, y->path);
}

static void example(struct buf *out, const struct bt_change_example *e)
{
    buf_s(out, "{\"message_id\":");
    message(out, &e->message_id);
    buf_c(out, ',');
    text_of(out, "pointer", str_of(e->pointer));
    if (e->before.n)
        buf_f(out, ",\"before\":%.*s", (int)e->before.n, e->before.p);
    if (e->after.n)
        buf_f(out, ",\"after\":%.*s", (int)e->after.n, e->after.p);
    buf_c(out, '}');
}

static void change(const struct writer *w, const struct bt_change *c)
{
    buf_c(w->out, '{');
    text_of(w->out, "path", c->path);
    number(w->out, "records", c->records);
    number(w->out, "values", c->values);
    number(w->out, "added", c->added);
    number(w->out, "removed", c->removed);
    buf_s(w->out, ",\"examples\":[");
    for (size_t i = 0; i < c->example_count && i < w->examples; i++) {
        if (i)
            buf_c(w->out, ',');
        example(w->out, &c->examples[i]);
    }
    buf_s(w->out, "]}");
}

static void changes(struct scope *sc, const struct writer *w, const struct bt_changes *all)
{
    struct bt_change **v = ARENA_ARRAY(sc->arena, struct bt_change *, all->n);
    size_t n = 0;

    for (size_t i = 0; i < BT_PLACES; i++)
        for (struct bt_change *c = all->places[i]; c; c = c->next)
            v[n++] = c;
    if (n)
        qsort(v, n, sizeof(*v), compare_changes);
    buf_s(w->out, ",\"changes\":[");
    for (size_t i = 0; i < n; i++) {
        if (i)
            buf_c(w->out, ',');
        change(w, v[i]);
    }
    buf_c(w->out, ']');
    number(w->out, "values_at_further_paths", all->untold);
}

/* ---- reasons ---- */

static int compare_reasons(const void *a, const void *b)
{
    const struct bt_reason *x = *(struct bt_reason *const *)a, *y = *(struct bt_reason *const *)b;
    int order = strcmp(x->code, y->code);

    if (x->records != y->records)
        return x->records < y->records ? 1 : -1;
    return order ? order : compare_str(x->path, y->path);
}

static void reason(const struct writer *w, const struct bt_reason *r)
{
    buf_c(w->out, '{');
    text_of(w->out, "code", str_of(r->code));
    buf_c(w->out, ',');
    text_of(w->out, "path", r->path);
    buf_c(w->out, ',');
    text_or_null(w->out, "rule", r->rule);
    buf_c(w->out, ',');
    text_of(w->out, "detail", str_of(r->detail));
    number(w->out, "records", r->records);
    buf_s(w->out, ",\"examples\":[");
    for (size_t i = 0; i < r->example_count && i < w->examples; i++) {
        if (i)
            buf_c(w->out, ',');
        message(w->out, &r->examples[i]);
    }
    buf_s(w->out, "]}");
}

static void reasons(struct scope *sc, const struct writer *w, const char *name, const struct bt_reasons *all)
{
    struct bt_reason **v = ARENA_ARRAY(sc->arena, struct bt_reason *, all->n);
    size_t n = 0;

    for (size_t i = 0; i < BT_PLACES; i++)
        for (struct bt_reason *r = all->places[i]; r; r = r->next)
            v[n++] = r;
    if (n)
        qsort(v, n, sizeof(*v), compare_reasons);
    buf_f(w->out, ",\"%s\":{\"reasons\":[", name);
    for (size_t i = 0; i < n; i++) {
        if (i)
            buf_c(w->out, ',');
        reason(w, v[i]);
    }
    buf_c(w->out, ']');
    number(w->out, "further_faults", all->untold);
    buf_c(w->out, '}');
}

/* ---- money ---- */

static int compare_money(const void *a, const void *b)
{
    return strcmp(((const struct bt_money *)a)->currency, ((const struct bt_money *)b)->currency);
}

static void sum_of(struct buf *out, const struct bt_money *m)
{
    char before[DECIMAL_TEXT_MAX], after[DECIMAL_TEXT_MAX], difference[DECIMAL_TEXT_MAX];
    struct decimal d;

    buf_f(out, "{\"currency\":\"%s\",", m->currency);
    if (m->too_large || !decimal_sub(m->after, m->before, &d)) {
        buf_s(out, "\"before\":null,\"after\":null,\"difference\":null}");
        return;
    }
    decimal_format(m->before, before);
    decimal_format(m->after, after);
    decimal_format(d, difference);
    buf_f(out, "\"before\":\"%s\",\"after\":\"%s\",\"difference\":\"%s\"}", before, after, difference);
}

static void money(struct scope *sc, const struct writer *w, const struct backtest *b)
{
    struct bt_money *v = arena_memdup(sc->arena, b->money, sizeof(b->money));

    qsort(v, b->money_count, sizeof(*v), compare_money);
    buf_s(w->out, ",\"money\":[");
    for (size_t i = 0; i < b->money_count; i++) {
        if (i)
            buf_c(w->out, ',');
        sum_of(w->out, &v[i]);
    }
    buf_c(w->out, ']');
    number(w->out, "records_without_a_sum", b->money_untold);
}

/* ---- all of it ---- */

static void head(struct buf *out, const struct backtest *b)
{
    const struct backtest_counts *n = &b->counts;
    char hex[2 * CRYPTO_HASH_BYTES + 1];

    for (size_t i = 0; i < CRYPTO_HASH_BYTES; i++) {
        hex[2 * i] = "0123456789abcdef"[b->chain[i] >> 4];
        hex[2 * i + 1] = "0123456789abcdef"[b->chain[i] & 15];
    }
    hex[sizeof(hex) - 1] = '\0';
    buf_s(out, "{\"format\":\"" BACKTEST_FORMAT "\",");
    text_of(out, "candidate_hash", str_of(b->candidate_hash));
    buf_c(out, ',');
    text_or_null(out, "against_hash", b->against_hash);
    buf_c(out, ',');
    text_or_null(out, "cross_references_hash", b->snapshot ? xref_snapshot_hash(b->snapshot) : NULL);
    buf_c(out, ',');
    text_of(out, "records_hash", str_of(hex));
    number(out, "records", n->records);
    number(out, "same", n->same);
    number(out, "changed", n->changed);
    number(out, "newly_failing", n->newly_failing);
    number(out, "newly_passing", n->newly_passing);
    number(out, "still_failing", n->still_failing);
}

static struct str result_with(struct scope *sc, const struct backtest *b, size_t examples)
{
    struct buf out;
    struct writer w = {&out, examples};

    buf_init(&out, sc->arena, BACKTEST_RESULT_MAX);
    head(&out, b);
    money(sc, &w, b);
    changes(sc, &w, &b->changes);
    reasons(sc, &w, "newly_failing_by", &b->reasons[BT_NEWLY_FAILING]);
    reasons(sc, &w, "newly_passing_by", &b->reasons[BT_NEWLY_PASSING]);
    reasons(sc, &w, "still_failing_by", &b->reasons[BT_STILL_FAILING]);
    buf_c(&out, '}');
    return out.full ? (struct str){0} : buf_str(&out);
}

/* Examples may be long, and then there are fewer. Paths are those of canonical objects, so that without any it fits. */
struct str backtest_result(struct scope *sc, const struct backtest *b)
{
    static const size_t examples[] = {BACKTEST_EXAMPLES_MAX, 2, 1, 0};
    struct str s = {0};

    for (size_t i = 0; i < ARRAY_LEN(examples) && s.n == 0; i++)
        s = result_with(sc, b, examples[i]);
    MUST_BE(s.n);
    return s;
}
