#include <string.h>

#include "base/timefmt.h"
#include "q_xref.h"
#include "xref/xref_int.h"

static void put_field(struct buf *out, const char *text)
{
    if (!strpbrk(text, "\",;\r\n") && *text != ' ' && *text != '\t') {
        buf_s(out, text);
        return;
    }
    buf_c(out, '"');
    for (; *text; text++) {
        if (*text == '"')
            buf_c(out, '"');
        buf_c(out, *text);
    }
    buf_c(out, '"');
}

static void put_time(struct buf *out, bool has, int64_t us)
{
    char text[TIME_TEXT_MAX];

    buf_c(out, ',');
    if (!has)
        return;
    time_format(us, text);
    buf_s(out, text);
}

static void put_row(struct buf *out, const struct q_xref_entry_all_row *r)
{
    put_field(out, r->key);
    buf_c(out, ',');
    put_field(out, r->value);
    buf_c(out, ',');
    put_field(out, r->note ? r->note : "");
    put_time(out, r->has_valid_from, r->valid_from_us);
    put_time(out, r->has_valid_to, r->valid_to_us);
    buf_s(out, "\r\n");
}

enum err xref_export(struct scope *sc, const struct xref_table *t, struct buf *out)
{
    struct q_xref_entry_all_rows rows;

    TRY(sc, q_xref_entry_all(sc,
                             &(struct q_xref_entry_all_in){
                                 .customer_id = t->customer_id, .table_id = t->table_id, .most = XREF_ENTRIES_MAX},
                             &rows));
    buf_s(out, "key,value,note,valid_from,valid_to\r\n");
    for (size_t i = 0; i < rows.n; i++)
        put_row(out, &rows.v[i]);
    return out->full ? FAIL(sc, ERR_TOO_LARGE, "the cross reference is too large for one file") : OK;
}
