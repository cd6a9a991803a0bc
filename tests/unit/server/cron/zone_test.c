#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "kit/test.h"

#include "base/timefmt.h"
#include "cron/cron_int.h"

static int32_t peers_offset(int64_t utc_s)
{
    time_t t = (time_t)utc_s;
    struct tm tm;

    localtime_r(&t, &tm);
    return (int32_t)tm.tm_gmtoff;
}

static void peer_uses(const char *zone)
{
    setenv("TZ", zone, 1);
    tzset();
}

static uint64_t seed = 20261130;
static uint64_t any(uint64_t below)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (seed >> 33) % below;
}

static void agree(const char *name)
{
    const struct zone *z = zone_find(str_of(name));

    if (!z) {
        test_failed(__FILE__, __LINE__, "%s is not there", name);
        return;
    }
    peer_uses(arena_f(test_scope()->arena, ":%s", name));
    for (int i = 0; i < 400; i++) {
        int64_t utc_s = (int64_t)any(350 * 366 * DAY_S) - 70 * 366 * DAY_S; /* 1900 to 2249 */
        struct zone_span span = zone_at(z, utc_s);
        int64_t edges[] = {utc_s, span.from_s, span.until_s - 1, span.until_s};

        for (size_t k = 0; k < ARRAY_LEN(edges); k++) {
            if (edges[k] == INT64_MIN || edges[k] >= INT64_MAX - 1)
                continue;
            if (zone_at(z, edges[k]).offset_s != peers_offset(edges[k])) {
                test_failed(__FILE__, __LINE__, "%s at %lld: %d, not %d", name, (long long)edges[k],
                            zone_at(z, edges[k]).offset_s, peers_offset(edges[k]));
                return;
            }
        }
    }
}

TEST(every_kind_of_zone_has_the_librarys_offsets)
{
    static const char *const names[] = {"Europe/Berlin",
                                        "America/New_York",
                                        "Australia/Lord_Howe",
                                        "Africa/Casablanca",
                                        "Asia/Kathmandu",
                                        "America/Sao_Paulo",
                                        "Pacific/Apia",
                                        "Asia/Gaza",
                                        "Europe/Dublin",
                                        "America/Nuuk",
                                        "Africa/Cairo",
                                        "America/Santiago",
                                        "Pacific/Chatham",
                                        "Antarctica/Troll",
                                        "Asia/Jerusalem",
                                        "America/St_Johns",
                                        "Africa/Monrovia",
                                        "Europe/London",
                                        "Asia/Tehran",
                                        "Etc/GMT+5",
                                        "America/Argentina/Ushuaia",
                                        "UTC",
                                        "EST5EDT",
                                        "Pacific/Kiritimati"};

    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        agree(names[i]);
}

TEST(all_of_the_systems_zones_are_read)
{
    CHECK(zone_count() > 400);
    CHECK(zone_count() < 1000); /* once each: neither posix/ nor right/ */
    CHECK(!zone_find(STR("posix/Europe/Berlin")));
    CHECK(!zone_find(STR("right/Europe/Berlin")));
    CHECK(!zone_find(STR("posixrules")));
}

TEST(a_name_leads_nowhere_else)
{
    static const char *const names[] = {"",
                                        "/Europe/Berlin",
                                        "Europe/../Europe/Berlin",
                                        "../zoneinfo/UTC",
                                        "Europe/",
                                        "Europe",
                                        "Europe//Berlin",
                                        "Europe/Berlin ",
                                        "./UTC",
                                        ".",
                                        "europe/berlin",
                                        "Europe/.",
                                        "tzdata.zi"};

    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        CHECK(!zone_find(str_of(names[i])));
    CHECK(!zone_find((struct str){"UTC\0/etc/passwd", 15}));
    CHECK(zone_name_fits(STR("America/Port-au-Prince")) && zone_name_fits(STR("Etc/GMT+5")));
    CHECK(!zone_name_fits(STR("..")) && !zone_name_fits(STR("a/../b")) && !zone_name_fits(STR("-x")));
}

TEST(the_nearest_names_are_told)
{
    struct arena *a = test_scope()->arena;

    CHECK_STR(zone_near(a, STR("europe/berlin")), "Europe/Berlin, Europe/Dublin or Europe/Jersey");
    CHECK_STR(zone_near(a, STR("Europe/Lisbn")), "Europe/Lisbon, Europe/Kiev or Europe/Kirov");
    CHECK_STR(zone_near(a, STR("xxxxxxxxxxxx")), "");
}

TEST(a_time_is_told_with_its_offset)
{
    struct arena *a = test_scope()->arena;
    int64_t us = 0;

    CHECK(time_parse(STR("2027-01-15T23:30:00Z"), &us));
    CHECK_STR(zone_text(a, zone_find(STR("Europe/Berlin")), us), "2027-01-16 00:30 +01:00");
    CHECK_STR(zone_text(a, zone_find(STR("America/St_Johns")), us), "2027-01-15 20:00 -03:30");
}

static int32_t offset(const char *rule, const char *at)
{
    struct forever f;
    int64_t us = 0;

    CHECK(time_parse(str_of(at), &us));
    if (!forever_parse(str_of(rule), &f)) {
        test_failed(__FILE__, __LINE__, "\"%s\" is refused", rule);
        return 0;
    }
    return forever_at(&f, us / 1000000).offset_s;
}

TEST(every_form_of_a_footer_is_understood)
{
    static const char *const rules[] = {"EST5EDT,M3.2.0,M11.1.0",
                                        "<-03>3<-02>,M3.5.0/-2,M10.5.0/-1",
                                        "IST-1GMT0,M10.5.0,M3.5.0/1",
                                        "EET-2EEST,M3.4.4/50,M10.4.4/50",
                                        "AAA3BBB,J60/0,J300",
                                        "AAA-3:30BBB-4:45:15,59/1:30,299/-25",
                                        "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0"};

    for (size_t i = 0; i < ARRAY_LEN(rules); i++) {
        struct forever f;

        peer_uses(rules[i]);
        if (!forever_parse(str_of(rules[i]), &f)) {
            test_failed(__FILE__, __LINE__, "\"%s\" is refused", rules[i]);
            continue;
        }
        for (int k = 0; k < 20000; k++) {
            int64_t utc_s = (int64_t)any(130 * 366 * DAY_S);

            if (forever_at(&f, utc_s).offset_s != peers_offset(utc_s)) {
                test_failed(__FILE__, __LINE__, "%s at %lld", rules[i], (long long)utc_s);
                break;
            }
        }
    }
    /* Summer time all the year, as RFC 9636 has it in an example. */
    CHECK_INT(offset("XXX3EDT4,0/0,J365/23", "2027-01-01T03:59:59Z"), -4 * 3600);
    CHECK_INT(offset("XXX3EDT4,0/0,J365/23", "2027-01-01T04:00:00Z"), -4 * 3600);
    CHECK_INT(offset("XXX3EDT4,0/0,J365/23", "2027-07-01T00:00:00Z"), -4 * 3600);
    CHECK_INT(offset("CET-1", "2027-07-01T00:00:00Z"), 3600);
}

TEST(a_footer_that_is_none_is_refused)
{
    static const char *const rules[] = {"",
                                        "A1",
                                        "EST",
                                        "EST5EDT",
                                        "EST5EDT,M13.1.0,M1.1.0",
                                        "EST5EDT,M3.0.0,M1.1.0",
                                        "EST5EDT,M3.2.0",
                                        "EST5EDT,M3.2.0,M11.1.0,",
                                        "EST5EDT,J0,J1",
                                        "EST5EDT,M3.2.7,M11.1.0",
                                        "EST25",
                                        "<EST5",
                                        "EST5EDT,M3.2.0/168,M11.1.0"};
    struct forever f;

    for (size_t i = 0; i < ARRAY_LEN(rules); i++)
        if (forever_parse(str_of(rules[i]), &f))
            test_failed(__FILE__, __LINE__, "\"%s\" is taken", rules[i]);
}

/* Whatever is in the file, the reading stays inside of it: the sanitizer watches. */
TEST(a_broken_file_is_refused_or_read_but_never_left)
{
    struct arena *a = arena_new();
    FILE *f = fopen("/usr/share/zoneinfo/Europe/Berlin", "re");
    static char whole[ZONE_FILE_MAX];
    size_t n = f ? fread(whole, 1, sizeof(whole), f) : 0;
    struct zone z;

    CHECK(n > 500 && tzif_read(a, (struct str){whole, n}, &z));
    for (size_t cut = 0; cut < n; cut++) {
        char *part = malloc(cut ? cut : 1);

        memcpy(part, whole, cut);
        if (tzif_read(a, (struct str){part, cut}, &z) && cut < n)
            test_failed(__FILE__, __LINE__, "%zu octets of %zu are taken", cut, n);
        free(part);
    }
    for (int i = 0; i < 20000; i++) {
        char *copy = malloc(n);

        memcpy(copy, whole, n);
        for (uint64_t k = 0, most = 1 + any(4); k < most; k++)
            copy[any(i % 2 ? 100 : n)] = (char)any(256);
        if (tzif_read(a, (struct str){copy, n}, &z))
            (void)zone_at(&z, (int64_t)any(4000000000));
        free(copy);
        arena_reset(a);
    }
    arena_free(a);
    if (f)
        fclose(f);
}
