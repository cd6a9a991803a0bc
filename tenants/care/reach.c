#include <string.h>
#include <time.h>

#include "base/timefmt.h"
#include "care/care_int.h"

/* Whether anybody answers, and what time it is there. */

#define APART_S 30 /* beyond it signatures with a time in them are refused by many */

static const char *todo_of(const char *why)
{
    if (strstr(why, "looked up"))
        return "check the host's name in the settings, and that it is known to public name servers";
    if (strstr(why, "prove"))
        return "its TLS certificate is not valid for this name or not by a known authority: whoever runs it has to "
               "renew it";
    if (strstr(why, "may not be called"))
        return "give an address that the internet reaches; private addresses are not called";
    return "check the address in the settings, and that its server is up and lets calls from outside in";
}

void care_check_reachable(struct care_run *r, struct care_check *out)
{
    const char *why;

    if (link_knock(r->sc, r->link, &r->knock) != OK) {
        why = care_words(r->sc);
        care_say(out, "failed", why, todo_of(why));
        return;
    }
    r->reached = true;
    if (r->knock.status >= 500)
        care_say(out, "warning", arena_f(r->sc->arena, "it answers, with the status %d", r->knock.status),
                 "see whether the vendor reports an outage");
    else
        care_say(out, "ok", "its name is known, its certificate is good, and it answers", NULL);
}

static bool date_read(const char *text, int64_t *out_s)
{
    struct tm tm = {0};
    const char *end = strptime(text, "%a, %d %b %Y %H:%M:%S GMT", &tm);

    if (!end || *end)
        return false;
    *out_s = timegm(&tm);
    return true;
}

void care_check_clock(struct care_run *r, struct care_check *out)
{
    int64_t there_s, apart_s;

    if (!r->reached) {
        care_say(out, "skipped", "it could not be reached", NULL);
        return;
    }
    for (size_t i = 0; i < r->knock.header_count; i++) {
        if (strcmp(r->knock.headers[i].name, "date") != 0 || !date_read(r->knock.headers[i].value, &there_s))
            continue;
        apart_s = there_s - time_now_us() / 1000000;
        if (apart_s > APART_S || apart_s < -APART_S)
            care_say(out, "warning",
                     arena_f(r->sc->arena, "its clock is %lld seconds %s ours",
                             (long long)(apart_s < 0 ? -apart_s : apart_s), apart_s < 0 ? "behind" : "ahead of"),
                     "set the clocks by NTP: what is signed with a time may be refused");
        else
            care_say(out, "ok", "its clock and ours are not further apart than 30 seconds", NULL);
        return;
    }
    care_say(out, "skipped", "its answers do not say what time it is there", NULL);
}
