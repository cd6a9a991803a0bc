#include "manifest_kit.h"

#define OPERATIONS                                                                                                     \
    "{\"things.get\":{\"title\":\"t\",\"request\":{\"method\":\"GET\",\"path\":\"things/{id}\"},"                      \
    "\"answer\":{\"must\":\"$exists(id)\",\"parts\":[{\"to\":\"rows\",\"operation\":\"things.list\","                  \
    "\"with\":\"{\\\"of\\\": id}\"}]},"                                                                                \
    "\"errors\":[{\"when\":\"$status = 200 and error = \\\"busy\\\"\",\"means\":\"later\",\"says\":\"error & "         \
    "'!'\"}]},"                                                                                                        \
    "\"things.make\":{\"title\":\"t\",\"request\":{\"method\":\"POST\",\"path\":\"things\",\"body\":\"$\"},"           \
    "\"answer\":{\"ref\":\"id\",\"must\":\"$exists(id)\"},\"again\":{\"kind\":\"none\"},"                              \
    "\"errors\":[{\"when\":\"code = \\\"DuplicateEntry\\\"\",\"means\":\"done\"},"                                     \
    "{\"when\":\"$status = 412\",\"means\":\"conflict\"},{\"when\":\"$status = 410\",\"means\":\"absent\"}]},"         \
    "\"things.list\":{\"title\":\"t\",\"request\":{\"method\":\"GET\",\"path\":\"things\"},"                           \
    "\"answer\":{\"items\":\"data\"},\"pages\":{\"kind\":\"offset\",\"at\":\"start\",\"size\":\"limit\",\"most\":2}}," \
    "\"things.cursor\":{\"title\":\"t\",\"request\":{\"method\":\"GET\",\"path\":\"things\"},"                         \
    "\"answer\":{\"items\":\"data\"},\"pages\":{\"kind\":\"cursor\",\"at\":\"c\",\"next\":\"next\"}},"                 \
    "\"things.value\":{\"title\":\"t\",\"request\":{\"method\":\"GET\",\"path\":\"things\"},"                          \
    "\"answer\":{\"value\":\"a.b\"}}}"

static const char *got(const char *operation, int status, const char *body, const char *after)
{
    return kit_read(kit_site(OPERATIONS), &(struct ask){.operation = operation, .after = after}, status, body);
}

TEST(an_answer_is_read_as_its_operation_says)
{
    CHECK_STR(got("things.get", 200, "{\"id\":1}", NULL), "found  - {\"id\":1}");
    CHECK_STR(got("things.get", 404, "{}", NULL), "absent  - ");
    CHECK_STR(got("things.make", 201, "{\"id\":820982911946154508}", NULL),
              "found 820982911946154508 - {\"id\":820982911946154508}");
    CHECK_STR(got("things.value", 200, "{\"a\":{\"b\":[1]}}", NULL), "found  - [1]");
}

TEST(the_first_rule_that_fits_says_what_an_answer_means)
{
    CHECK_STR(got("things.get", 200, "{\"error\":\"busy\"}", NULL), "upstream-busy: answered 200: busy!");
    CHECK_STR(got("things.make", 409, "{\"code\":\"DuplicateEntry\"}", NULL), "found  - {\"code\":\"DuplicateEntry\"}");
    CHECK_STR(got("things.make", 412, "{\"message\":\"newer\"}", NULL), "upstream-busy: answered 412: newer");
    CHECK_STR(got("things.make", 422, "{\"errors\":[{\"message\":\"no such sku\"}]}", NULL),
              "upstream-refused: answered 422: no such sku");
    CHECK_STR(got("things.make", 401, "", NULL), "upstream-credentials: answered 401");
    CHECK_STR(got("things.make", 429, "", NULL), "upstream-busy: answered 429");
    CHECK_STR(got("things.make", 500, "{}", NULL), "upstream-unknown: answered 500");
    CHECK_STR(got("things.make", 410, "{\"message\":\"gone\"}", NULL), "upstream-refused: answered 410: gone");
    CHECK_STR(got("things.make", 404, "{}", NULL),
              "upstream-refused: answered 404"); /* nothing is absent in a change */
}

TEST(an_answer_that_breaks_its_promise_is_shown_and_not_guessed_at)
{
    CHECK_STR(got("things.get", 200, "{\"name\":1}", NULL),
              "held: the answer to things.get (200) is not what \"Acme\" promises: what it must hold does not hold");
    CHECK_STR(got("things.get", 200, "<html>", NULL),
              "held: the answer to things.get (200) is not what \"Acme\" promises: it is no JSON");
    CHECK_STR(got("things.make", 200, "{}", NULL),
              "upstream-unknown: the answer to things.make (200) is not what \"Acme\" promises: what it must hold does "
              "not hold");
}

TEST(a_page_says_where_the_next_begins)
{
    CHECK_STR(got("things.list", 200, "{\"data\":[1,2]}", NULL), "found  2 [1,2]");
    CHECK_STR(got("things.list", 200, "{\"data\":[3,4]}", "2"), "found  4 [3,4]");
    CHECK_STR(got("things.list", 200, "{\"data\":[5]}", "4"), "found  - [5]");
    CHECK_STR(got("things.list", 200, "{\"data\":[]}", "4"), "found  - []");
    CHECK_STR(got("things.cursor", 200, "{\"data\":[{\"a\":1}],\"next\":\"x\"}", NULL), "found  x [{\"a\":1}]");
    CHECK_STR(got("things.cursor", 200, "{\"data\":[],\"next\":null}", "x"), "found  - []");
    CHECK_STR(got("things.cursor", 200, "{}", "x"), "found  - []");
}

TEST(a_page_that_leads_to_itself_is_no_page)
{
    CHECK_STR(got("things.cursor", 200, "{\"data\":[],\"next\":\"x\"}", "x"),
              "held: the answer to things.cursor (200) is not what \"Acme\" promises: its next page is the same one");
}

TEST(what_belongs_to_an_answer_is_named)
{
    const struct erp_site *s = kit_site(OPERATIONS);
    struct ask ask = {.operation = "things.get"}, part;
    const char *to;

    CHECK(s->connector->named->part(test_scope(), s, &ask, kit_doc("{\"id\":7}"), 0, &part, &to));
    CHECK_STR(to, "rows");
    CHECK_STR(part.operation, "things.list");
    CHECK_STR(kit_sent(s, &part), "GET https://acme.example/things?limit=2&start=0");
    CHECK(!s->connector->named->part(test_scope(), s, &ask, kit_doc("{\"id\":7}"), 1, &part, &to));
}
