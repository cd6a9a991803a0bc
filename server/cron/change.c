#include "cron/cron_int.h"
#include "cron/words_int.h"

/* What the next change of a zone's clock does to an expression, in a sentence. */

#define LOOK_S   (548 * DAY_S)
#define TOLD_MAX 3
#define TEXT_MAX 1000
#define MINUTE_S 60

struct change {
    const struct zone *z;
    int64_t at_s; /* UTC */
    int32_t before_s, after_s;
    int64_t from_s, to_s; /* the local times that do not exist, or exist twice; to_s is not one */
};

static bool change_find(const struct zone *z, int64_t utc_s, struct change *out)
{
    struct zone_span span = zone_at(z, utc_s);
    int64_t limit_s = utc_s + LOOK_S;

    while (span.until_s < limit_s) {
        struct zone_span next = zone_at(z, span.until_s);

        if (next.offset_s != span.offset_s) {
            bool gap = next.offset_s > span.offset_s;
            int64_t at = span.until_s;

            *out = (struct change){z,
                                   at,
                                   span.offset_s,
                                   next.offset_s,
                                   at + (gap ? span.offset_s : next.offset_s),
                                   at + (gap ? next.offset_s : span.offset_s)};
            return true;
        }
        span = next;
    }
    return false;
}

static void put_date(struct buf *b, int64_t local_s)
{
    struct civil d = civil_of(floor_div(local_s, DAY_S));

    buf_f(b, "%d %s %lld", d.day, cron_month_names[d.month - 1], (long long)d.year);
}

static void put_time(struct buf *b, int64_t local_s)
{
    int64_t s = local_s - floor_div(local_s, DAY_S) * DAY_S;

    buf_f(b, "%02d:%02d", (int)(s / 3600), (int)(s / 60 % 60));
}

/* "02:30", "02:15 and 02:45", "12 times from 02:00 to 02:55"; gives how many. */
static int put_touched(struct buf *b, const struct cron *c, const struct change *x)
{
    int64_t first[TOLD_MAX], last = 0;
    int n = 0;

    for (int64_t t = x->from_s; (t = cron_local(c, t, x->to_s)) < INT64_MAX; t += MINUTE_S) {
        if (n < TOLD_MAX)
            first[n] = t;
        last = t;
        n++;
    }
    if (n > TOLD_MAX) {
        buf_f(b, "%d times from ", n);
        put_time(b, first[0]);
        buf_s(b, " to ");
        put_time(b, last);
        return n;
    }
    for (int i = 0; i < n; i++) {
        buf_s(b, cron_joint(i, n));
        put_time(b, first[i]);
    }
    return n;
}

static void put_verdict(struct buf *b, const struct cron *c, const struct change *x, int n)
{
    bool gap = x->after_s > x->before_s;

    if (!gap) {
        buf_f(b, " come%s twice in %s: it runs %s", n == 1 ? "s" : "", zone_name(x->z),
              c->follows ? "both times" : "the first time only");
        return;
    }
    buf_f(b, " do%s not exist in %s: ", n == 1 ? "es" : "", zone_name(x->z));
    if (c->follows) {
        buf_s(b, n == 1 ? "it is left out" : "they are left out");
        return;
    }
    buf_f(b, "it runs %sat ", n == 1 ? "" : "once ");
    put_time(b, x->to_s);
    if (floor_div(x->to_s, DAY_S) != floor_div(x->from_s, DAY_S)) {
        buf_s(b, " on ");
        put_date(b, x->to_s);
    }
    buf_s(b, " instead");
}

const char *cron_change_words(struct arena *a, const struct cron *c, const struct zone *z, int64_t after_us,
                              int64_t *out_us)
{
    struct buf b, touched;
    struct change x;
    int n;

    buf_init(&b, a, TEXT_MAX);
    buf_init(&touched, a, TEXT_MAX);
    *out_us = INT64_MAX;
    if (!change_find(z, floor_div(after_us, 1000000), &x))
        return arena_f(a, "no change of the clock in %s is known for the next year and a half", zone_name(z));
    *out_us = x.at_s * 1000000;
    n = put_touched(&touched, c, &x);
    buf_s(&b, "on ");
    put_date(&b, n ? x.from_s : x.at_s + x.before_s);
    if (n) {
        buf_f(&b, " %s", buf_cstr(&touched));
        put_verdict(&b, c, &x, n);
        return buf_cstr(&b);
    }
    buf_f(&b, " the clock in %s goes from ", zone_name(z));
    put_time(&b, x.at_s + x.before_s);
    buf_s(&b, " to ");
    put_time(&b, x.at_s + x.after_s);
    buf_s(&b, ", which moves nothing");
    return buf_cstr(&b);
}
