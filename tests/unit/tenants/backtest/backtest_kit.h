#pragma once

#include "backtest/backtest_int.h"
#include "kit/test.h"

/* Documents as texts in which ' stands for ". */
static inline struct str kit_json(const char *text)
{
    char *json = arena_strdup(test_scope()->arena, text);

    for (char *p = json; *p; p++)
        if (*p == '\'')
            *p = '"';
    return str_of(json);
}

#define KIT_RULES                                                                                                      \
    "{'to': '/natural_key', 'expr': 'id'}, {'to': '/number', 'expr': 'id'}, {'to': '/currency', 'expr': 'currency'}, " \
    "{'to': '/placed_at', 'constant': '2026-01-02T03:04:05Z'}, {'to': '/updated_at', 'constant': "                     \
    "'2026-01-02T03:04:05Z'}, {'to': '/total', 'expr': 'total'}, {'to': '/lines', 'each': 'lines'}, "                  \
    "{'to': '/lines/*/key', 'expr': 'id'}, {'to': '/lines/*/title', 'expr': 'title'}, "                                \
    "{'to': '/lines/*/quantity', 'expr': 'quantity'}, {'to': '/lines/*/unit_price', 'expr': 'price'}"

static inline struct str kit_document(const char *rules)
{
    return kit_json(arena_f(test_scope()->arena,
                            "{'format': 'mapping/1', 'source': {'system': 'acme', 'object': 'order'}, "
                            "'target': 'sales_order/1', 'rules': [" KIT_RULES "%s%s]}",
                            *rules ? ", " : "", rules));
}

static inline struct backtest_record kit_record(uint8_t n, const char *body)
{
    struct backtest_record r = {.received_at_us = INT64_C(1767225600000000), .body = kit_json(body)};

    r.message_id.b[15] = n;
    return r;
}

#define KIT_ORDER                                                                                                      \
    "{'id': %d, 'currency': '%s', 'total': '%s', 'sku': 'A', 'lines': [{'id': 1, 'title': 'One', 'sku': 'A', "         \
    "'quantity': 1, 'price': '%s'}, {'id': 2, 'title': 'Two', 'sku': 'B', 'quantity': 1, 'price': '0'}]}"
static inline struct backtest_record kit_order(uint8_t n, const char *currency, const char *total)
{
    return kit_record(n, arena_f(test_scope()->arena, KIT_ORDER, n, currency, total, total));
}

/* All of these records through a candidate beside KIT_RULES alone. */
static inline struct backtest *kit_run(const char *candidate, const char *against, const struct backtest_record *v,
                                       size_t n, const struct xref_snapshot *snapshot)
{
    struct backtest_plan plan = {.candidate = kit_document(candidate), .snapshot = snapshot};
    struct backtest *b = NULL;

    if (against)
        plan.against = kit_document(against);
    CHECK_OK(backtest_new(test_scope(), &plan, &b));
    for (size_t i = 0; i < n; i++)
        backtest_add(b, &v[i]);
    return b;
}

/* "records same changed newly_failing newly_passing still_failing" */
static inline const char *kit_counts(const struct backtest_counts *c)
{
    return arena_f(test_scope()->arena, "%d %d %d %d %d %d", (int)c->records, (int)c->same, (int)c->changed,
                   (int)c->newly_failing, (int)c->newly_passing, (int)c->still_failing);
}

static inline const char *kit_counted(const struct backtest *b)
{
    struct backtest_counts c;

    backtest_counted(b, &c);
    return kit_counts(&c);
}

/* What stands at a pointer of the result. */
static inline const char *kit_at(const struct backtest *b, const char *pointer)
{
    struct scope *sc = test_scope();
    const struct doc *d = NULL;
    struct buf out;

    CHECK_OK(doc_parse(sc, backtest_result(sc, b), &d));
    d = doc_pointer(d, pointer);
    if (!d)
        return "(none)";
    buf_init(&out, sc->arena, (size_t)1 << 20);
    doc_write(&out, d);
    for (size_t i = 0; i < out.n; i++)
        if (out.p[i] == '"')
            out.p[i] = '\'';
    return buf_cstr(&out);
}
