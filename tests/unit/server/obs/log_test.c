#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/timefmt.h"
#include "kit/test.h"
#include "obs/obs.h"

/* What was logged since log_catch. */
static int ends[2];
static char caught[65536];

static void log_catch(void)
{
    CHECK(pipe2(ends, O_NONBLOCK) == 0);
    CHECK(dup2(ends[1], STDERR_FILENO) == STDERR_FILENO);
}

static const char *log_caught(void)
{
    ssize_t n = read(ends[0], caught, sizeof(caught) - 1);

    caught[n > 0 ? n : 0] = 0;
    return caught;
}

/* The line without its time, which is checked and cut off. */
static const char *log_caught_rest(void)
{
    const char *line = log_caught();
    int64_t us;

    if (strncmp(line, "{\"ts\":\"", 7) != 0 || strlen(line) < 7 + 27)
        return line;
    CHECK(line[7 + 19] == '.' && line[7 + 26] == 'Z' && line[7 + 27] == '"');
    CHECK(time_parse((struct str){line + 7, 27}, &us));
    CHECK(us <= time_now_us() && us > time_now_us() - 20000000);
    return line + 7 + 28;
}

TEST(a_line_is_one_json_object_with_its_fields)
{
    log_catch();
    LOG(LOG_INFO, "sys", NULL, "started", LOG_T("host", "a"), LOG_N("threads", 3), LOG_N("drift", -7));
    CHECK_STR(log_caught_rest(),
              ",\"level\":\"info\",\"room\":\"sys\",\"msg\":\"started\",\"host\":\"a\",\"threads\":3,\"drift\":-7}\n");
    LOG(LOG_WARN, "sys", NULL, "bare");
    CHECK_STR(log_caught_rest(), ",\"level\":\"warn\",\"room\":\"sys\",\"msg\":\"bare\"}\n");
}

TEST(what_could_break_the_line_or_the_terminal_is_escaped)
{
    log_catch();
    LOG(LOG_INFO, "sys", NULL, "a\"b\\c\n\r\t\x1b[31m\x7f", LOG_T("c1", "\xc2\x9b"), LOG_T("ls", "\xe2\x80\xa8"));
    CHECK_STR(log_caught_rest(),
              ",\"level\":\"info\",\"room\":\"sys\",\"msg\":\"a\\\"b\\\\c\\u000a\\u000d\\u0009\\u001b[31m"
              "\\u007f\",\"c1\":\"\\u009b\",\"ls\":\"\\u2028\"}\n");
}

TEST(utf_8_stays_and_anything_else_is_replaced)
{
    log_catch();
    LOG(LOG_INFO, "sys", NULL, "é€😀", LOG_T("alone", "\x80"), LOG_T("overlong", "\xc0\xaf"),
        LOG_T("surrogate", "\xed\xa0\x80"), LOG_T("short", "x\xe2\x82"), LOG_T("beyond", "\xf4\x90\x80\x80"));
    CHECK_STR(log_caught_rest(), ",\"level\":\"info\",\"room\":\"sys\",\"msg\":\"é€😀\",\"alone\":\"\\ufffd\","
                                 "\"overlong\":\"\\ufffd\\ufffd\",\"surrogate\":\"\\ufffd\\ufffd\\ufffd\","
                                 "\"short\":\"x\\ufffd\\ufffd\",\"beyond\":\"\\ufffd\\ufffd\\ufffd\\ufffd\"}\n");
}

TEST(below_the_level_nothing_is_written)
{
    enum log_level level = LOG_DEBUG;

    log_catch();
    LOG(LOG_DEBUG, "sys", NULL, "quiet");
    CHECK_STR(log_caught(), "");
    CHECK(!log_level_parse("loud", &level));
    CHECK(log_level_parse("error", &level));
    log_level_set(level);
    LOG(LOG_WARN, "sys", NULL, "quiet");
    CHECK_STR(log_caught(), "");
    LOG(LOG_ERROR, "sys", NULL, "loud");
    CHECK(strstr(log_caught(), "loud"));
}

TEST(a_scope_gives_its_ids_and_no_others)
{
    struct scope *sc = test_scope();

    log_catch();
    LOG(LOG_INFO, "api", sc, "m");
    CHECK_STR(log_caught_rest(), ",\"level\":\"info\",\"room\":\"api\",\"msg\":\"m\"}\n");
    CHECK(uuid_parse("01890a5d-ac96-774b-bcce-b302099a8057", 36, &sc->request_id));
    sc->tenant.partner_id = sc->tenant.customer_id = sc->request_id;
    sc->tenant.has_partner = sc->tenant.has_customer = true;
    LOG(LOG_INFO, "api", sc, "m");
    CHECK_STR(log_caught_rest(), ",\"level\":\"info\",\"room\":\"api\",\"msg\":\"m\","
                                 "\"request_id\":\"req_01h455vb4pex5vsknk084sn02q\","
                                 "\"partner\":\"prt_01h455vb4pex5vsknk084sn02q\","
                                 "\"customer\":\"cus_01h455vb4pex5vsknk084sn02q\"}\n");
}

static enum err deep(struct scope *sc)
{
    enum err e = FAIL(sc, ERR_CONFLICT, "order is %s", "held");

    scope_detail(sc, "row %d", 7);
    return e;
}

static enum err shallow(struct scope *sc)
{
    TRY(sc, deep(sc));
    return OK;
}

TEST(a_fault_is_logged_with_its_trail_and_items_but_not_their_texts)
{
    struct scope *sc = test_scope();
    const char *rest;

    log_catch();
    scope_item(sc, "/lines/0/sku", "required", "%s", "my secret");
    CHECK_ERR(shallow(sc), ERR_CONFLICT);
    log_fault(LOG_INFO, "api", sc, "request failed");
    rest = log_caught_rest();
    CHECK(strstr(rest,
                 ",\"msg\":\"request failed\",\"err\":\"conflict\",\"message\":\"order is held\",\"detail\":\"row 7\","
                 "\"trail\":[\"server/obs/log_test.c:"));
    CHECK(strstr(rest, "\"],\"items\":[\"/lines/0/sku required\"]}\n"));
    CHECK(!strstr(rest, "secret"));
    CHECK(!strstr(rest, "\"trail\":[\"/"));
}

static const char *without_people(struct scope *sc, const char *said)
{
    return strchr(said, '@') ? arena_f(sc->arena, "%zu octets about a person", strlen(said)) : said;
}

TEST(what_a_fault_says_is_shown_as_was_settled_at_start)
{
    struct scope *sc = scope_new();
    const char *line;

    log_words_set(without_people);
    (void)FAIL(sc, ERR_UPSTREAM_NO, "answered 422: no customer jo@example.com");
    scope_detail(sc, "jo@example.com");
    log_catch();
    log_fault(LOG_WARN, "jobs", sc, "a try ended");
    line = log_caught_rest();
    CHECK(strstr(line, "\"message\":\"40 octets about a person\""));
    CHECK(strstr(line, "\"detail\":\"14 octets about a person\""));
    CHECK(!strstr(line, "jo@example.com"));
    log_words_set(NULL);
    log_fault(LOG_WARN, "jobs", sc, "a try ended");
    CHECK(strstr(log_caught_rest(), "no customer jo@example.com"));
    scope_free(sc);
}

TEST(a_line_too_long_is_cut_and_stays_whole_json)
{
    static char text[10000];

    log_catch();
    for (size_t fill = 3800; fill < 4200; fill++) {
        memset(text, 'x', fill);
        text[fill] = 0;
        LOG(LOG_INFO, "sys", NULL, "m", LOG_T("a", text), LOG_T("b", "\x01\x01\x01\x01"), LOG_N("c", 1));
        const char *line = log_caught();
        size_t n = strlen(line);
        bool cut = strstr(line, ",\"cut\":true}\n") != NULL;

        CHECK(n <= 4096 && n > 1000);
        CHECK(line[n - 1] == '\n' && line[n - 2] == '}');
        CHECK(strchr(line, '\n') == line + n - 1);
        CHECK(cut ? fill > 3900 : fill < 4100);
        if (strstr(line, "\"b\":\""))
            CHECK(strstr(line, "\"b\":\"\"") || strstr(line, "\\u0001\"") != NULL);
    }
}

TEST(a_log_that_is_closed_stops_nobody)
{
    close(STDERR_FILENO);
    LOG(LOG_ERROR, "sys", NULL, "unheard");
}
