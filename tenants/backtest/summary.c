#include "backtest/backtest_int.h"

/* A result in short, for who may not see values: no examples, and no more than the first of each list. */
#define SUMMARY_MOST 50

static bool is_example(struct str name)
{
    return str_is(name, "examples") || str_is(name, "detail"); /* a fault's words may repeat a value */
}

static void row_put(struct buf *out, const struct doc *row)
{
    bool first = true;

    buf_c(out, '{');
    for (size_t i = 0; i < doc_count(row); i++) {
        if (is_example(doc_key(row, i)))
            continue;
        if (!first)
            buf_c(out, ',');
        first = false;
        json_put_text(out, doc_key(row, i));
        buf_c(out, ':');
        doc_write(out, doc_at(row, i));
    }
    buf_c(out, '}');
}

static void list_put(struct buf *out, const char *name, const struct doc *rows)
{
    buf_f(out, "%s\"%s\":[", out->n > 1 ? "," : "", name);
    for (size_t i = 0; i < doc_count(rows) && i < SUMMARY_MOST; i++) {
        if (i)
            buf_c(out, ',');
        row_put(out, doc_at(rows, i));
    }
    buf_c(out, ']');
}

enum err backtest_summary(struct scope *sc, struct str result, struct str *out)
{
    static const char *const failing[] = {"newly_failing_by", "newly_passing_by", "still_failing_by"};
    const struct doc *d;
    struct buf b;

    TRY(sc, doc_parse(sc, result, &d));
    buf_init(&b, sc->arena, BACKTEST_RESULT_MAX);
    buf_c(&b, '{');
    list_put(&b, "money", doc_get(d, "money"));
    list_put(&b, "changes", doc_get(d, "changes"));
    for (size_t i = 0; i < ARRAY_LEN(failing); i++)
        list_put(&b, failing[i], doc_get(doc_get(d, failing[i]), "reasons"));
    buf_c(&b, '}');
    *out = buf_str(&b);
    return OK;
}
