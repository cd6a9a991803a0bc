#include <stdlib.h>

#include "base/timefmt.h"
#include "cron/cron.h"
#include "main/ctl_int.h"

/* When an expression comes up, without a server. */

#define TIMES_MAX 1000

struct asked {
    struct cron cron;
    const struct zone *zone;
    int64_t after_us, count;
};

static enum err zone_of(struct scope *sc, const char *name, const struct zone **out)
{
    const char *near;

    *out = zone_find(str_of(name));
    if (*out)
        return OK;
    near = zone_near(sc->arena, str_of(name));
    return FAIL(sc, ERR_INVALID, "%s is no time zone of the IANA database%s%s", name, *near ? "; near it is " : "",
                near);
}

static enum err asked_read(struct scope *sc, const struct ctl_args *a, struct asked *out)
{
    const char *zone = ctl_option(a, "zone"), *after = ctl_option(a, "after"), *why = NULL;

    if (!cron_parse(sc->arena, str_of(a->word), &out->cron, &why))
        return FAIL(sc, ERR_INVALID, "%s", why);
    TRY(sc, zone_of(sc, zone ? zone : "UTC", &out->zone));
    TRY(sc, ctl_number(sc, a, "count", 5, &out->count));
    if (out->count < 1 || out->count > TIMES_MAX)
        return FAIL(sc, ERR_INVALID, "--count takes 1 to %d", TIMES_MAX);
    out->after_us = time_now_us();
    if (after && !time_parse(str_of(after), &out->after_us))
        return FAIL(sc, ERR_INVALID, "--after takes a time as 2027-03-28T00:00:00Z");
    return OK;
}

/* What it means, and what the next two changes of the clock do to it. */
static void explain(struct scope *sc, const struct asked *q)
{
    int64_t at_us = q->after_us;

    fprintf(stderr, "%s\n", cron_words(sc->arena, &q->cron, q->zone));
    for (int i = 0; i < 2 && at_us < INT64_MAX; i++) {
        const char *words = cron_change_words(sc->arena, &q->cron, q->zone, at_us, &at_us);

        if (i == 0 || at_us < INT64_MAX)
            fprintf(stderr, "%s\n", words);
    }
}

static enum err cron_run_next(struct scope *sc, const struct ctl_args *a)
{
    static const char *const columns[] = {"local", "utc"};
    struct asked q = {0};
    struct ctl_list list;
    int64_t us;

    TRY(sc, asked_read(sc, a, &q));
    explain(sc, &q);
    ctl_list_init(&list, sc, a, columns, 2);
    us = q.after_us;
    for (int64_t i = 0; i < q.count && cron_next(&q.cron, q.zone, us, &us); i++) {
        char utc[TIME_TEXT_MAX];

        time_format(us, utc);
        ctl_list_add(&list, (const char *const[]){zone_text(sc->arena, q.zone, us), arena_strdup(sc->arena, utc)});
    }
    ctl_list_print(&list);
    return OK;
}

const struct ctl_command ctl_cron_commands[] = {
    {"cron", "next", "EXPRESSION [--zone ZONE] [--count N] [--after TIME]",
     "Says in words when a cron expression comes up in a time zone and what changes of its clock do to it, and prints "
     "the "
     "next times: five unless told otherwise, from now on, in UTC unless a zone is named.",
     "'30 2 * * *' --zone Europe/Berlin --after 2027-03-27T00:00:00Z", cron_run_next, CTL_SETUP},
    {},
};
