#include "backtest/backtest_int.h"

/* What goes through the pipes of a cage, octet by octet; both ends are of one machine and one program. */

#define RECORD_HEAD 28 /* id, time, length */

void bt_counts_pack(const struct backtest_counts *c, uint8_t out[BT_COUNTS_BYTES])
{
    _Static_assert(sizeof(*c) == BT_COUNTS_BYTES, "counts are six numbers");
    memcpy(out, c, sizeof(*c));
}

/* The process may have been made to say anything. */
bool bt_counts_read(struct str octets, struct backtest_counts *out)
{
    struct backtest_counts c;
    const int64_t *v = (const int64_t *)&c;

    if (octets.n < sizeof(c))
        return false;
    memcpy(&c, octets.p, sizeof(c));
    for (size_t i = 0; i < sizeof(c) / sizeof(*v); i++)
        if (v[i] < 0 || v[i] > BACKTEST_RECORDS_MAX)
            return false;
    *out = c;
    return c.records == c.same + c.changed + c.newly_failing + c.newly_passing + c.still_failing;
}

void bt_record_pack(struct buf *out, const struct backtest_record *r)
{
    uint32_t n = (uint32_t)r->body.n;

    buf_add(out, r->message_id.b, sizeof(r->message_id.b));
    buf_add(out, &r->received_at_us, sizeof(r->received_at_us));
    buf_add(out, &n, sizeof(n));
    buf_add(out, r->body.p, r->body.n);
}

bool bt_record_read(struct str *octets, struct backtest_record *out)
{
    const char *p = octets->p;
    uint32_t n;

    if (octets->n < RECORD_HEAD)
        return false;
    memcpy(out->message_id.b, p, sizeof(out->message_id.b));
    memcpy(&out->received_at_us, p + 16, sizeof(out->received_at_us));
    memcpy(&n, p + 24, sizeof(n));
    if (octets->n - RECORD_HEAD < n)
        return false;
    out->body = (struct str){p + RECORD_HEAD, n};
    *octets = (struct str){p + RECORD_HEAD + n, octets->n - RECORD_HEAD - n};
    return true;
}
