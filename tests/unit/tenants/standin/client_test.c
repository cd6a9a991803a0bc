#include "unit/tenants/standin/asking.h"

#include "crypto/crypto.h"

/* What vendors' own clients need of a stand-in (tests/connectors/clients). */

#define CHECKED                                                                                                        \
    "{\"kind\":\"hmac\",\"over\":\"{header:x-id}.{t}.{body}\",\"signature\":{\"header\":\"x-sig\",\"encoding\":"       \
    "\"base64\"},\"time\":{\"header\":\"x-time\",\"unit\":\"s\",\"tolerance_s\":300}}"

#define SHOP                                                                                                           \
    "{\"format\":\"standin/1\",\"connector\":\"acme\",\"base\":\"/\","                                                 \
    "\"absent\":\"{'error': 'absent'}\","                                                                              \
    "\"collections\":{\"things\":{\"key\":\"id\",\"first\":10},\"parts\":{\"key\":\"id\"}},"                           \
    "\"sends\":{\"headers\":\"{'x-id': $topic & '-' & id, 'x-about': $event.name}\",\"check\":" CHECKED "},"           \
    "\"seed\":\"{'things': [1..5].{'id': 'th_' & $string($), 'name': 'n' & $string($)}}\","                            \
    "\"routes\":["                                                                                                     \
    "{\"name\":\"search\",\"method\":\"POST\",\"path\":\"search\",\"do\":\"list\",\"of\":\"things\",\"order\":\"id\"," \
    "\"page\":{\"kind\":\"after\",\"where\":\"$body.after\",\"wanted\":\"$body.limit\",\"usual\":2,\"most\":3},"       \
    "\"answer\":\"{'ids': [$items.id], 'more': $more}\"},"                                                             \
    "{\"name\":\"get\",\"method\":\"GET\",\"path\":\"things/{id}\",\"do\":\"get\",\"of\":\"things\","                  \
    "\"key\":\"$path.id\",\"absent\":\"{'status': 410, 'body': {'gone': $path.id}}\"},"                                \
    "{\"name\":\"drop\",\"method\":\"DELETE\",\"path\":\"things/{id}\",\"do\":\"delete\",\"of\":\"things\","           \
    "\"key\":\"$path.id\",\"answer\":\"{}\"},"                                                                         \
    "{\"name\":\"echo\",\"method\":\"GET\",\"path\":\"echo/{x}/{y}\",\"answer\":\"[$path.x, $path.y]\"},"              \
    "{\"name\":\"all\",\"method\":\"GET\",\"path\":\"all\",\"let\":[{\"name\":\"every\",\"of\":\"things\"}],"          \
    "\"answer\":\"$every[id = 'th_2'].name\"},"                                                                        \
    "{\"name\":\"make\",\"method\":\"POST\",\"path\":\"things\",\"do\":\"create\",\"of\":\"things\","                  \
    "\"make\":\"{'id': 'th_' & $string($next), 'name': $body.name}\","                                                 \
    "\"changes\":[{\"of\":\"parts\",\"key\":\"id\",\"to\":\"($i := id; [[1..2].{'id': $i & '/' & $string($)}])\"}],"   \
    "\"events\":[{\"topic\":\"'made'\",\"body\":\"$thing\"}]}]}"

TEST(a_page_is_as_large_as_the_body_asks_and_never_larger_than_the_most)
{
    struct standin *s = opened(SHOP);

    CHECK_STR(ask(s, POST, "/search", NULL, NULL, NULL, "{}"), "200 {\"ids\":[\"th_1\",\"th_2\"],\"more\":true}");
    CHECK_STR(ask(s, POST, "/search", NULL, NULL, NULL, "{\"limit\":1}"), "200 {\"ids\":[\"th_1\"],\"more\":true}");
    CHECK_STR(ask(s, POST, "/search", NULL, NULL, NULL, "{\"limit\":9,\"after\":\"th_2\"}"),
              "200 {\"ids\":[\"th_3\",\"th_4\",\"th_5\"],\"more\":false}");
    standin_close(s);
}

TEST(what_is_not_there_is_told_in_the_route_s_own_words_where_it_has_them)
{
    struct standin *s = opened(SHOP);

    CHECK_STR(get(s, "/things/th_9"), "410 {\"gone\":\"th_9\"}");
    CHECK_STR(ask(s, DELETE, "/things/th_9", NULL, NULL, NULL, NULL), "404 {\"error\":\"absent\"}");
    CHECK_STR(get(s, "/nowhere"), "404 {\"error\":\"absent\"}");
    standin_close(s);
}

TEST(parts_of_a_path_are_read_whatever_a_client_encodes)
{
    struct standin *s = opened(SHOP);

    CHECK_STR(get(s, "/echo/a%20b/%C3%BC%2F"), "200 [\"a b\",\"ü/\"]");
    CHECK_STR(get(s, "/echo/%25/100%"), "200 [\"%\",\"100%\"]");
    CHECK_STR(get(s, "/echo/%2/%zz"), "200 [\"%2\",\"%zz\"]");
    CHECK_STR(get(s, "/things/th%5F2"), "200 {\"id\":\"th_2\",\"name\":\"n2\"}");
    standin_close(s);
}

TEST(expressions_may_look_at_a_whole_collection)
{
    struct standin *s = opened(SHOP);

    CHECK_STR(get(s, "/all"), "200 n2");
    standin_close(s);
}

TEST(a_number_is_given_once_though_the_key_is_more_than_it)
{
    struct standin *s = opened(SHOP);

    CHECK_STR(ask(s, POST, "/things", NULL, NULL, NULL, "{\"name\":\"a\"}"), "201 {\"id\":\"th_10\",\"name\":\"a\"}");
    CHECK_STR(ask(s, POST, "/things", NULL, NULL, NULL, "{\"name\":\"b\"}"), "201 {\"id\":\"th_11\",\"name\":\"b\"}");
    CHECK_STR(get(s, "/things/th_10"), "200 {\"id\":\"th_10\",\"name\":\"a\"}");
    standin_close(s);
}

TEST(one_change_may_make_several_things)
{
    struct standin *s = opened(SHOP);

    (void)ask(s, POST, "/things", NULL, NULL, NULL, "{\"name\":\"a\"}");
    CHECK_STR(get(s, "/_standin/state/parts"), "200 [{\"id\":\"th_10/1\"},{\"id\":\"th_10/2\"}]");
    standin_close(s);
}

/* The reply to a plain GET of things/th_1. */
static struct standin_reply reply(struct standin *s)
{
    struct rq rq = {.method = GET, .path = STR("/things/th_1"), .authority = STR("acme.test")};
    struct standin_reply r;

    CHECK_OK(standin_answer(test_scope(), s, &rq, &r));
    return r;
}

TEST(a_fault_has_headers_or_is_a_page_or_a_connection_that_ends)
{
    struct standin *s = opened(SHOP);
    struct standin_reply r;

    (void)ask(s, POST, "/_standin/faults", NULL, NULL, NULL,
              "{\"kind\":\"status\",\"status\":429,\"headers\":{\"retry-after\":\"3\"},\"times\":1}");
    r = reply(s);
    CHECK_INT(r.status, 429);
    CHECK(str_is(doc_text(doc_get(&r.headers, "retry-after")), "3"));
    (void)ask(s, POST, "/_standin/faults", NULL, NULL, NULL,
              "{\"kind\":\"status\",\"status\":502,\"body\":\"<html>no</html>\",\"times\":1}");
    r = reply(s);
    CHECK_INT(r.status, 502);
    CHECK(str_is(r.body, "<html>no</html>"));
    CHECK_STR(r.type, "text/html");
    (void)ask(s, POST, "/_standin/faults", NULL, NULL, NULL, "{\"kind\":\"drop\",\"times\":1}");
    r = reply(s);
    CHECK(r.dropped && !r.lost);
    r = reply(s);
    CHECK(!r.dropped);
    standin_close(s);
}

TEST(the_log_is_forgotten_when_it_is_asked)
{
    struct standin *s = opened(SHOP);

    (void)get(s, "/all");
    CHECK(strlen(get(s, "/_standin/log")) > 10);
    CHECK_STR(ask(s, DELETE, "/_standin/log", NULL, NULL, NULL, NULL), "204 ");
    CHECK_STR(get(s, "/_standin/log"), "200 []");
    standin_close(s);
}

/* ---- what is sent ---- */

static struct str header_of(void *arg, const char *name, size_t *count)
{
    const struct doc *v = doc_get(arg, name);

    *count = v ? 1 : 0;
    return doc_text(v);
}

/* The first delivery as its receiver judges it, with this secret and this body (NULL: the one that came). */
static enum sign_verdict judged(struct standin *s, const char *secret, const char *body)
{
    const char *said = ask(s, POST, "/_standin/deliveries", NULL, NULL, NULL, "{\"secret\":\"s3cret\"}");
    const struct doc *list, *letter, *check_doc;
    const struct sign_check *check;
    CLEANUP(secret_wipe) struct secret *known = secret_copy(secret, strlen(secret));
    const struct secret *keys[] = {known};
    struct sign_delivery d = {.method = STR("POST"), .header = header_of};

    CHECK_OK(doc_parse(test_scope(), str_of(said + strlen("200 ")), &list));
    letter = doc_at(list, 0);
    CHECK_OK(doc_parse(test_scope(), str_of(CHECKED), &check_doc));
    CHECK_OK(sign_check_compile(test_scope(), check_doc, "", &check));
    d.body = body ? str_of(body) : doc_text(doc_get(letter, "body"));
    d.arg = (void *)(uintptr_t)doc_get(letter, "headers");
    CHECK(str_is(doc_text(doc_get(doc_get(letter, "headers"), "x-about")), "ü"));
    return sign_check_judge(test_scope(), check, &d, keys, 1, standin_now_us(s));
}

TEST(what_waits_to_be_sent_is_signed_with_the_secret_that_was_given)
{
    struct standin *s = opened(SHOP);

    CHECK_OK(crypto_start(test_scope()));
    (void)ask(s, POST, "/things", NULL, NULL, NULL, "{\"name\":\"ü\"}");
    CHECK_INT(judged(s, "s3cret", NULL), SIGN_GOOD);
    CHECK_INT(judged(s, "another", NULL), SIGN_WRONG);
    CHECK_INT(judged(s, "s3cret", "{\"id\":\"th_10\",\"name\":\"u\"}"), SIGN_WRONG);
    CHECK_STR(ask(s, POST, "/_standin/deliveries", NULL, NULL, NULL, "{}"),
              "\"secret\" is what deliveries are signed with");
    (void)ask(s, DELETE, "/_standin/events", NULL, NULL, NULL, NULL);
    CHECK_STR(ask(s, POST, "/_standin/deliveries", NULL, NULL, NULL, "{\"secret\":\"s3cret\"}"), "200 []");
    standin_close(s);
}

TEST(a_way_of_signing_that_is_none_is_told_with_its_place)
{
    CHECK(
        !opened("{\"format\":\"standin/1\",\"connector\":\"a\",\"base\":\"/\",\"collections\":{\"x\":{\"key\":\"id\"}},"
                "\"sends\":{\"check\":{\"kind\":\"magic\"}},\"seed\":\"{}\","
                "\"routes\":[{\"method\":\"GET\",\"path\":\"x\",\"answer\":\"1\"}]}"));
    CHECK_STR(scope_fault(test_scope())->items->pointer, "/sends/check");
}
