#include "standin/standin_int.h"

#include "kit/test.h"

#define DOCUMENT                                                                                                       \
    "{\"format\":\"standin/1\",\"connector\":\"acme\",\"base\":\"/v1/\","                                              \
    "\"auth\":{\"when\":\"$headers.authorization = 'Bearer good'\",\"status\":401,\"answer\":\"{'error': 'no'}\"},"    \
    "\"absent\":\"{'error': 'absent'}\","                                                                              \
    "\"collections\":{\"things\":{\"key\":\"id\",\"first\":10},\"moves\":{\"key\":\"id\"}},"                           \
    "\"seed\":\"{'things': [1..5].{'id': $, 'name': 'n' & $string($ + $seed), 'stock': 4}}\","                         \
    "\"routes\":["                                                                                                     \
    "{\"name\":\"list\",\"method\":\"GET\",\"path\":\"things\",\"do\":\"list\",\"of\":\"things\",\"order\":\"-id\","   \
    "\"where\":\"$not($exists($query.max)) or id <= $number($query.max)\","                                            \
    "\"page\":{\"kind\":\"page\",\"at\":\"page\",\"size\":\"n\",\"usual\":2,\"most\":3},"                              \
    "\"answer\":\"{'items': $items.id, 'total': $total, 'more': $more}\"},"                                            \
    "{\"name\":\"after\",\"method\":\"GET\",\"path\":\"after\",\"do\":\"list\",\"of\":\"things\",\"order\":\"id\","    \
    "\"page\":{\"kind\":\"after\",\"where\":\"$query.after\",\"most\":2},\"answer\":\"$items.id\"},"                   \
    "{\"name\":\"odata\",\"method\":\"GET\",\"path\":\"things({id})/{what}.json\",\"do\":\"get\",\"of\":\"things\","   \
    "\"key\":\"$path.id\",\"answer\":\"{'id': id, 'what': $path.what}\"},"                                             \
    "{\"name\":\"get\",\"method\":\"GET\",\"path\":\"things/"                                                          \
    "{id}\",\"do\":\"get\",\"of\":\"things\",\"key\":\"$path.id\"},"                                                   \
    "{\"name\":\"move\",\"method\":\"POST\",\"path\":\"things/{id}/moves\",\"do\":\"create\",\"of\":\"moves\","        \
    "\"let\":[{\"name\":\"t\",\"of\":\"things\",\"key\":\"$path.id\"}],"                                               \
    "\"refuse\":\"$body.by > $t.stock ? {'status': 422, 'body': {'error': 'short'}}\","                                \
    "\"make\":\"{'id': $next, 'thing': $t.id, 'by': $body.by}\",\"idempotent\":\"$headers.key\","                      \
    "\"changes\":[{\"of\":\"things\",\"key\":\"$path.id\",\"to\":\"$merge([$of, {'stock': $of.stock - by}])\"}],"      \
    "\"events\":[{\"topic\":\"'moved'\",\"body\":\"$thing\"}]},"                                                       \
    "{\"name\":\"drop\",\"method\":\"DELETE\",\"path\":\"things/{id}\",\"do\":\"delete\",\"of\":\"things\","           \
    "\"key\":\"$path.id\",\"status\":\"204\",\"answer\":\"$$.nothing\"},"                                              \
    "{\"name\":\"ping\",\"method\":\"GET\",\"path\":\"ping\",\"open\":true,\"do\":\"answer\",\"answer\":\"'pong'\"}]}"

static struct standin *opened(const char *text)
{
    struct standin *s = NULL;
    const struct doc *d;

    scope_clear(test_scope());
    CHECK_OK(doc_parse(test_scope(), str_of(text), &d));
    if (standin_open(test_scope(), d, 1, &s) != OK)
        return NULL;
    return s;
}

static struct standin *acme(void)
{
    return opened(DOCUMENT);
}

/* "STATUS BODY" of one request; key NULL: none. */
static const char *ask(struct standin *s, enum http_method method, const char *path, const char *query,
                       const char *value, const char *key, const char *body)
{
    struct scope *sc = test_scope();
    struct http_pair headers[3] = {{STR("authorization"), STR("Bearer good")}, {STR("key"), str_of(key)}};
    struct http_pair pair = {str_of(query), str_of(value)};
    struct rq rq = {.method = method,
                    .path = str_of(path),
                    .authority = STR("acme.test"),
                    .headers = headers,
                    .header_count = key ? 2 : 1,
                    .query = &pair,
                    .query_count = query ? 1 : 0,
                    .body = str_of(body)};
    struct standin_reply r;

    scope_clear(sc);
    if (standin_answer(sc, s, &rq, &r) != OK)
        return scope_fault(sc)->message;
    return arena_f(sc->arena, "%d %.*s%s", r.status, (int)r.body.n, r.body.p ? r.body.p : "", r.lost ? " (lost)" : "");
}

static const char *get(struct standin *s, const char *path)
{
    return ask(s, GET, path, NULL, NULL, NULL, NULL);
}

TEST(a_list_is_filtered_ordered_and_told_page_by_page)
{
    struct standin *s = acme();

    CHECK_STR(get(s, "/v1/things"), "200 {\"items\":[5,4],\"total\":5,\"more\":true}");
    CHECK_STR(ask(s, GET, "/v1/things", "page", "3", NULL, NULL), "200 {\"items\":1,\"total\":5,\"more\":false}");
    CHECK_STR(ask(s, GET, "/v1/things", "n", "100", NULL, NULL), "200 {\"items\":[5,4,3],\"total\":5,\"more\":true}");
    CHECK_STR(ask(s, GET, "/v1/things", "max", "2", NULL, NULL), "200 {\"items\":[2,1],\"total\":2,\"more\":false}");
    CHECK_STR(ask(s, GET, "/v1/after", "after", "3", NULL, NULL), "200 [4,5]");
    standin_close(s);
}

TEST(a_path_s_names_stand_for_parts_of_segments)
{
    struct standin *s = acme();

    CHECK_STR(get(s, "/v1/things(2)/full.json"), "200 {\"id\":2,\"what\":\"full\"}");
    CHECK_STR(get(s, "/v1/things/2"), "200 {\"id\":2,\"name\":\"n3\",\"stock\":4}");
    CHECK_STR(get(s, "/v1/things/7"), "404 {\"error\":\"absent\"}");
    CHECK_STR(get(s, "/v1/things/2/more"), "404 {\"error\":\"absent\"}");
    CHECK_STR(get(s, "/v2/things/2"), "404 {\"error\":\"absent\"}");
    standin_close(s);
}

TEST(a_path_s_parts_are_decoded)
{
    struct standin *s = acme();

    CHECK_STR(get(s, "/v1/things(2)/a%20b%3Ac%2F.json"), "200 {\"id\":2,\"what\":\"a b:c/\"}");
    CHECK_STR(get(s, "/v1/things(2)/50%.json"), "200 {\"id\":2,\"what\":\"50%\"}");
    CHECK_STR(get(s, "/v1/things(2)/50%zz%4.json"), "200 {\"id\":2,\"what\":\"50%zz%4\"}");
    CHECK_STR(get(s, "/v1/things/%32"), "200 {\"id\":2,\"name\":\"n3\",\"stock\":4}");
    standin_close(s);
}

TEST(a_number_is_given_once_where_keys_are_texts)
{
    struct standin *s = opened(
        "{\"format\":\"standin/1\",\"connector\":\"a\",\"base\":\"/\",\"collections\":{\"x\":{\"key\":\"id\","
        "\"first\":7},\"y\":{\"key\":\"id\"}},\"seed\":\"{'x': [{'id': 'x-1'}]}\",\"routes\":[{\"method\":\"POST\","
        "\"path\":\"x\",\"do\":\"create\",\"of\":\"x\",\"make\":\"{'id': 'x-' & $string($next)}\",\"changes\":"
        "[{\"of\":\"y\",\"key\":\"'y-' & id\",\"to\":\"{'id': 'y-' & $$.id, 'n': $next}\"}]},{\"method\":\"GET\","
        "\"path\":\"y\",\"do\":\"list\",\"of\":\"y\",\"answer\":\"$items\"}]}");

    CHECK_STR(ask(s, POST, "/x", NULL, NULL, NULL, "{}"), "201 {\"id\":\"x-7\"}");
    CHECK_STR(ask(s, POST, "/x", NULL, NULL, NULL, "{}"), "201 {\"id\":\"x-8\"}");
    CHECK_STR(get(s, "/y"), "200 [{\"id\":\"y-x-7\",\"n\":1},{\"id\":\"y-x-8\",\"n\":2}]");
    CHECK_OK(standin_grow(test_scope(), s, "x", STR("{'id': 'x-' & $string($next)}"), 1));
    CHECK_STR(ask(s, POST, "/x", NULL, NULL, NULL, "{}"), "201 {\"id\":\"x-10\"}");
    standin_close(s);
}

TEST(what_grows_is_one_more_or_takes_the_place_of_the_one_with_its_key)
{
    struct scope *sc = test_scope();
    struct standin *s = acme();

    CHECK_OK(standin_grow(sc, s, "things", STR("$merge([$, {'id': 'D-' & $string($i)}])"), 1));
    CHECK_STR(get(s, "/v1/things/D-1"), "200 {\"id\":\"D-1\",\"name\":\"n2\",\"stock\":4}");
    CHECK_OK(standin_grow(sc, s, "things", STR("$merge([$, {'stock': 5}])"), 2));
    CHECK_STR(get(s, "/v1/things/1"), "200 {\"id\":1,\"name\":\"n2\",\"stock\":5}");
    standin_close(s);
}

TEST(whether_there_is_a_route_is_asked_by_its_whole_path)
{
    struct standin *s = acme();

    CHECK(standin_has(s, "GET", "/v1/things/{id}") && !standin_has(s, "POST", "/v1/things/{id}"));
    CHECK(!standin_has(s, "GET", "things/{id}"));
    standin_close(s);
}

TEST(who_is_not_let_in_is_told_so_and_what_is_open_asks_nobody)
{
    struct standin *s = acme();
    struct rq rq = {.method = GET, .path = STR("/v1/things"), .authority = STR("acme.test")};
    struct standin_reply r;

    CHECK_OK(standin_answer(test_scope(), s, &rq, &r));
    CHECK_INT(r.status, 401);
    rq.path = STR("/v1/ping");
    CHECK_OK(standin_answer(test_scope(), s, &rq, &r));
    CHECK_INT(r.status, 200);
    CHECK(str_is(r.body, "pong"));
    standin_close(s);
}

TEST(what_was_done_is_remembered_and_told)
{
    struct standin *s = acme();

    CHECK_STR(ask(s, POST, "/v1/things/2/moves", NULL, NULL, NULL, "{\"by\":3}"),
              "201 {\"id\":1,\"thing\":2,\"by\":3}");
    CHECK_STR(get(s, "/v1/things/2"), "200 {\"id\":2,\"name\":\"n3\",\"stock\":1}");
    CHECK_STR(ask(s, POST, "/v1/things/2/moves", NULL, NULL, NULL, "{\"by\":3}"), "422 {\"error\":\"short\"}");
    CHECK_STR(get(s, "/_standin/events"), "200 [{\"topic\":\"moved\",\"body\":{\"id\":1,\"thing\":2,\"by\":3}}]");
    CHECK_STR(ask(s, DELETE, "/v1/things/2", NULL, NULL, NULL, NULL), "204 ");
    CHECK_STR(get(s, "/v1/things/2"), "404 {\"error\":\"absent\"}");
    standin_close(s);
}

TEST(the_same_key_is_the_same_request)
{
    struct standin *s = acme();

    CHECK_STR(ask(s, POST, "/v1/things/1/moves", NULL, NULL, "k", "{\"by\":1}"), "201 {\"id\":1,\"thing\":1,\"by\":1}");
    CHECK_STR(ask(s, POST, "/v1/things/1/moves", NULL, NULL, "k", "{\"by\":1}"), "201 {\"id\":1,\"thing\":1,\"by\":1}");
    CHECK(strncmp(ask(s, POST, "/v1/things/1/moves", NULL, NULL, "k", "{\"by\":2}"), "400 ", 4) == 0);
    CHECK_STR(get(s, "/v1/things/1"), "200 {\"id\":1,\"name\":\"n2\",\"stock\":3}");
    standin_close(s);
}

TEST(faults_come_as_often_as_the_dial_says)
{
    struct standin *s = acme();
    int faults = 0;

    CHECK_STR(ask(s, POST, "/_standin/faults", NULL, NULL, NULL, "{\"kind\":\"lose\",\"route\":\"move\",\"times\":1}"),
              "204 ");
    CHECK_STR(ask(s, POST, "/v1/things/1/moves", NULL, NULL, NULL, "{\"by\":1}"),
              "201 {\"id\":1,\"thing\":1,\"by\":1} (lost)");
    CHECK_STR(ask(s, POST, "/v1/things/1/moves", NULL, NULL, NULL, "{\"by\":1}"),
              "201 {\"id\":2,\"thing\":1,\"by\":1}");
    CHECK_STR(ask(s, POST, "/_standin/faults", NULL, NULL, NULL, "{\"kind\":\"status\",\"status\":503,\"share\":0.25}"),
              "204 ");
    for (int i = 0; i < 400; i++)
        faults += strncmp(get(s, "/v1/things/3"), "503", 3) == 0;
    CHECK(faults > 70 && faults < 130);
    CHECK_STR(ask(s, DELETE, "/_standin/faults", NULL, NULL, NULL, NULL), "204 ");
    CHECK(strncmp(get(s, "/v1/things/3"), "200", 3) == 0);
    CHECK_STR(ask(s, POST, "/_standin/faults", NULL, NULL, NULL, "{\"kind\":\"magic\"}"),
              "a fault's kind is status, delay, lose or break");
    standin_close(s);
}

TEST(the_same_seed_and_requests_have_the_same_answers)
{
    struct standin *a = acme(), *b = acme();

    for (int i = 0; i < 2; i++) {
        struct standin *s = i ? b : a;

        (void)ask(s, POST, "/_standin/faults", NULL, NULL, NULL, "{\"kind\":\"status\",\"share\":0.5}");
    }
    for (int i = 0; i < 50; i++)
        CHECK_STR(get(a, "/v1/things/1"), get(b, "/v1/things/1"));
    CHECK_STR(ask(a, POST, "/_standin/reset", NULL, NULL, NULL, "{\"seed\":5}"), "204 ");
    CHECK_STR(get(a, "/v1/things/1"), "200 {\"id\":1,\"name\":\"n6\",\"stock\":4}");
    standin_close(a);
    standin_close(b);
}

TEST(a_document_that_is_wrong_is_told_with_its_place)
{
    struct scope *sc = test_scope();

    CHECK(!opened(
        "{\"format\":\"standin/1\",\"connector\":\"a\",\"base\":\"/\",\"collections\":{\"x\":{\"key\":\"id\"}},"
        "\"seed\":\"{}\",\"routes\":[{\"method\":\"GET\",\"path\":\"x\",\"do\":\"list\",\"of\":\"y\",\"answer\":"
        "\"$itmes\"}]}"));
    CHECK_INT(scope_fault(sc)->item_count, 2);
    CHECK_STR(scope_fault(sc)->items->pointer, "/routes/0/of");
    CHECK_STR(scope_fault(sc)->items->next->pointer, "/routes/0/answer");
    CHECK(
        !opened("{\"format\":\"standin/1\",\"connector\":\"a\",\"base\":\"/\",\"collections\":{\"x\":{\"key\":\"id\"}},"
                "\"seed\":\"{'z': []}\",\"routes\":[{\"method\":\"GET\",\"path\":\"x\",\"answer\":\"1\"}]}"));
    CHECK_STR(scope_fault(sc)->message, "the seed gives things of \"z\", which is no collection");
}

TEST(every_stand_in_that_comes_with_the_program_opens)
{
    for (size_t i = 0; i < standin_shipped_count; i++) {
        struct standin *s = opened(standin_shipped_table[i].text);

        CHECK(s != NULL);
        standin_close(s);
    }
}
