#include "unit/tenants/standin/asking.h"

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

static struct standin *acme(void)
{
    return opened(DOCUMENT);
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
              "a fault's kind is status, delay, lose, drop, break, drift, expired, duplicate or reorder");
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

/* As many as may be are kept all, and one more is a fault: what was left out would be missed by nobody. */
static struct standin *with_changes(int n)
{
    struct buf b;

    buf_init(&b, test_scope()->arena, 10000);
    buf_s(&b, "{\"format\":\"standin/1\",\"connector\":\"a\",\"base\":\"/\",\"collections\":{\"x\":{\"key\":\"id\"}},"
              "\"seed\":\"{}\",\"routes\":[{\"method\":\"POST\",\"path\":\"x\",\"answer\":\"1\",\"changes\":[");
    for (int i = 1; i <= n; i++)
        buf_f(&b, "%s{\"of\":\"x\",\"key\":\"%d\",\"to\":\"{'id': %d}\"}", i > 1 ? "," : "", i, i);
    buf_s(&b, "]},{\"method\":\"GET\",\"path\":\"x\",\"do\":\"list\",\"of\":\"x\",\"answer\":\"$total\"}]}");
    return opened(buf_cstr(&b));
}

TEST(all_changes_of_a_route_are_made_and_too_many_are_told)
{
    struct standin *s = with_changes(20);

    CHECK_STR(ask(s, POST, "/x", NULL, NULL, NULL, "{}"), "200 1");
    CHECK_STR(get(s, "/x"), "200 20");
    standin_close(s);
    CHECK(!with_changes(21));
    CHECK_STR(scope_fault(test_scope())->items->pointer, "/routes/0/changes");
}

TEST(every_stand_in_that_comes_with_the_program_opens)
{
    for (size_t i = 0; i < standin_shipped_count; i++) {
        struct standin *s = opened(standin_shipped_table[i].text);

        CHECK(s != NULL);
        standin_close(s);
    }
}

/* ---- GraphQL ---- */

#define SHOP                                                                                                           \
    "{\"format\":\"standin/1\",\"connector\":\"shop\",\"base\":\"/\",\"graphql\":{\"path\":\"api/{version}/g.json\","  \
    "\"extensions\":\"{'cost': 1}\"},"                                                                                 \
    "\"auth\":{\"when\":\"$headers.authorization = 'Bearer good'\",\"status\":401,\"answer\":\"{'errors': 'no'}\"},"   \
    "\"collections\":{\"orders\":{\"key\":\"id\",\"first\":10},\"lines\":{\"key\":\"id\"}},"                           \
    "\"seed\":\"{'orders': [1..3].{'id': $, 'name': '#' & $string($), 'price': {'amount': '1.50', 'cur': 'EUR'}, "     \
    "'__typename': $ = 3 ? 'Draft' : 'Order', '__types': ['Node']},"                                                   \
    " 'lines': [1..6].{'id': $, 'order': $floor(($ + 1) / 2), 'sku': 's' & $string($)}}\","                            \
    "\"routes\":["                                                                                                     \
    "{\"field\":\"orders\",\"do\":\"list\",\"of\":\"orders\",\"order\":\"id\",\"answer\":\"$items\","                  \
    "\"where\":\"$not($exists($args.min)) or id >= $args.min\"},"                                                      \
    "{\"field\":\"paged\",\"do\":\"list\",\"of\":\"orders\",\"order\":\"id\","                                         \
    "\"page\":{\"kind\":\"offset\",\"at\":\"options.skip\",\"size\":\"options.take\",\"most\":2},"                     \
    "\"answer\":\"{'items': $items, 'total': $total}\"},"                                                              \
    "{\"field\":\"order\",\"do\":\"get\",\"of\":\"orders\",\"key\":\"$args.id\"},"                                     \
    "{\"field\":\"order.lines\",\"do\":\"list\",\"of\":\"lines\",\"where\":\"order = $parent.id\",\"order\":\"id\","   \
    "\"answer\":\"$items\"},"                                                                                          \
    "{\"field\":\"rename\",\"do\":\"update\",\"of\":\"orders\",\"key\":\"$args.id\","                                  \
    "\"idempotent\":\"$directives.once.key\","                                                                         \
    "\"refuse\":\"$reused = true ? {'value': {'faults': ['other']}} : $not($exists(id)) ? {'value': {'faults': "       \
    "['none']}} : $args.name = '' ? {'errors': [{'message': 'empty'}]} : $args.name = 'x' ? {'status': 429, 'body': "  \
    "{'wait': true}}\",\"change\":\"$merge([$, {'name': $args.name, 'times': $sum([times, 1])}])\","                   \
    "\"answer\":\"{'order': $thing, 'faults': []}\"},"                                                                 \
    "{\"field\":\"ping\",\"open\":true,\"do\":\"answer\",\"answer\":\"{'v': $path.version}\"}]}"

static const char *query_as(struct standin *s, const char *text, const char *variables, const char *token)
{
    struct scope *sc = test_scope();
    struct http_pair header = {STR("authorization"), str_of(token)};
    struct rq rq = {.method = HTTP_POST,
                    .path = STR("/api/7/g.json"),
                    .authority = STR("shop.test"),
                    .headers = &header,
                    .header_count = 1};
    struct standin_reply r;
    struct buf b;

    buf_init(&b, sc->arena, 100000);
    buf_s(&b, "{\"query\":");
    json_put_text(&b, str_of(text));
    buf_f(&b, ",\"variables\":%s}", variables ? variables : "{}");
    rq.body = buf_str(&b);
    scope_clear(sc);
    if (standin_answer(sc, s, &rq, &r) != OK)
        return scope_fault(sc)->message;
    return arena_f(sc->arena, "%d %.*s%s", r.status, (int)r.body.n, r.body.p ? r.body.p : "", r.lost ? " (lost)" : "");
}

static const char *query(struct standin *s, const char *text, const char *variables)
{
    return query_as(s, text, variables, "Bearer good");
}

#define COST ",\"extensions\":{\"cost\":1}}"

TEST(what_is_selected_is_answered_and_nothing_else)
{
    struct standin *s = opened(SHOP);

    CHECK_STR(query(s, "{ order(id: 1) { n: name price { amount } nothing } }", NULL),
              "200 {\"data\":{\"order\":{\"n\":\"#1\",\"price\":{\"amount\":\"1.50\"},\"nothing\":null}}" COST);
    CHECK_STR(
        query(s,
              "query Q($id: ID! = 2, $with: Boolean!) { a: order(id: $id) { ...f } ping { v @include(if: $with) } } "
              "fragment f on Order { id ... on Draft { price { cur } } ... on Node { name } }",
              "{\"with\":false}"),
        "200 {\"data\":{\"a\":{\"id\":2,\"name\":\"#2\"},\"ping\":{}}" COST);
    CHECK_STR(query(s, "{ order(id: 9) { id } }", NULL), "200 {\"data\":{\"order\":null}" COST);
    CHECK_STR(query(s, "{ order(id: 1) { price { amount } price { cur } } }", NULL),
              "200 {\"data\":{\"order\":{\"price\":{\"amount\":\"1.50\",\"cur\":\"EUR\"}}}" COST);
    standin_close(s);
}

TEST(a_list_of_which_pages_are_asked_is_a_connection)
{
    struct standin *s = opened(SHOP);

    CHECK_STR(
        query(s,
              "query($a: String) { orders(first: 2, after: $a) { nodes { id } pageInfo { hasNextPage endCursor } } }",
              NULL),
        "200 {\"data\":{\"orders\":{\"nodes\":[{\"id\":1},{\"id\":2}],\"pageInfo\":{\"hasNextPage\":true,"
        "\"endCursor\":\"aWQ6Mg==\"}}}" COST);
    CHECK_STR(query(s,
                    "query($a: String) { orders(first: 2, after: $a) { edges { cursor node { id } } pageInfo { "
                    "hasNextPage } } }",
                    "{\"a\":\"aWQ6Mg==\"}"),
              "200 {\"data\":{\"orders\":{\"edges\":[{\"cursor\":\"aWQ6Mw==\",\"node\":{\"id\":3}}],\"pageInfo\":{"
              "\"hasNextPage\":false}}}" COST);
    CHECK_STR(query(s, "{ orders(min: 3) { id } }", NULL), "200 {\"data\":{\"orders\":[{\"id\":3}]}" COST);
    CHECK_STR(query(s, "{ orders(first: 1) { id } }", NULL), "200 {\"data\":{\"orders\":[{\"id\":1}]}" COST);
    CHECK_STR(
        query(s, "{ orders(after: \"bm8=\") { nodes { id } } }", NULL),
        "200 {\"data\":{\"orders\":null},\"errors\":[{\"message\":\"Invalid cursor for current pagination sort.\","
        "\"path\":[\"orders\"],\"extensions\":{\"code\":\"BAD_REQUEST\"}}]" COST);
    CHECK_STR(
        query(s, "{ order(id: 2) { lines(first: 1) { nodes { sku } pageInfo { hasNextPage } } } }", NULL),
        "200 "
        "{\"data\":{\"order\":{\"lines\":{\"nodes\":[{\"sku\":\"s3\"}],\"pageInfo\":{\"hasNextPage\":true}}}}" COST);
    CHECK_STR(query(s, "{ paged(options: {skip: 1, take: 9}) { items { id } total } }", NULL),
              "200 {\"data\":{\"paged\":{\"items\":[{\"id\":2},{\"id\":3}],\"total\":3}}" COST);
    standin_close(s);
}

#define RENAME                                                                                                         \
    "mutation($id: Int!, $name: String!, $key: String) { rename(id: $id, name: $name) @once(key: $key) { order { "     \
    "name times } faults } }"

TEST(a_change_by_graphql_is_made_once_for_a_key_and_refused_in_the_vendors_ways)
{
    struct standin *s = opened(SHOP);
    const char *done = "200 {\"data\":{\"rename\":{\"order\":{\"name\":\"b\",\"times\":1},\"faults\":[]}}" COST;

    CHECK_STR(query(s, RENAME, "{\"id\":1,\"name\":\"b\",\"key\":\"k\"}"), done);
    CHECK_STR(query(s, RENAME, "{\"id\":1,\"name\":\"b\",\"key\":\"k\"}"), done);
    CHECK_STR(query(s, RENAME, "{\"id\":1,\"name\":\"c\",\"key\":\"k\"}"),
              "200 {\"data\":{\"rename\":{\"order\":null,\"faults\":[\"other\"]}}" COST);
    CHECK_STR(query(s, RENAME, "{\"id\":9,\"name\":\"c\"}"),
              "200 {\"data\":{\"rename\":{\"order\":null,\"faults\":[\"none\"]}}" COST);
    CHECK_STR(query(s, RENAME, "{\"id\":1,\"name\":\"\"}"),
              "200 {\"data\":{\"rename\":null},\"errors\":[{\"message\":\"empty\"}]" COST);
    CHECK_STR(query(s, RENAME, "{\"id\":1,\"name\":\"x\"}"), "429 {\"wait\":true}");
    CHECK_STR(query(s, "{ order(id: 1) { name times } }", NULL),
              "200 {\"data\":{\"order\":{\"name\":\"b\",\"times\":1}}" COST);
    standin_close(s);
}

TEST(what_cannot_be_carried_out_of_graphql_is_told_and_nothing_is_done)
{
    struct standin *s = opened(SHOP);
    static const struct {
        const char *query, *words;
    } cases[] = {{"{ order(id: 1) { id }", "syntax error, unexpected end of file, expecting a field"},
                 {"query($id: Int!) { order(id: $id) { id } }", "Variable $id of type Int! was provided invalid value"},
                 {"{ order(id: $id) { id } }", "Variable $id is used but not declared"},
                 {"{ order(id: 1) { ...f } nothing }", "Field 'nothing' doesn't exist on type 'Query'"},
                 {"{ rename(id: 1, name: \"z\") { faults } }", "Field 'rename' doesn't exist on type 'Query'"},
                 {"mutation { order(id: 1) { id } }", "Field 'order' doesn't exist on type 'Mutation'"},
                 {"{ ...f } fragment f on Query { ...f ...f }", "the query is too deep or too large"},
                 {"query A { ping { v } } query B { ping { v } }", "An operation name is required"}};

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const char *said = query(s, cases[i].query, NULL);

        CHECK(strncmp(said, "200 {\"errors\":[{\"message\":\"", 26) == 0);
        if (!strstr(said, cases[i].words))
            CHECK_STR(said, cases[i].words);
    }
    CHECK_STR(query(s, "{ order(id: 1) { name times } }", NULL),
              "200 {\"data\":{\"order\":{\"name\":\"#1\",\"times\":null}}" COST);
    standin_close(s);
}

TEST(graphql_asks_who_it_is_unless_all_its_fields_are_open_and_meets_faults)
{
    struct standin *s = opened(SHOP);
    const struct doc *fault;

    CHECK_STR(query_as(s, "{ ping { v } }", NULL, "Bearer bad"), "200 {\"data\":{\"ping\":{\"v\":\"7\"}}" COST);
    CHECK_STR(query_as(s, "{ ping { v } order(id: 1) { id } }", NULL, "Bearer bad"), "401 {\"errors\":\"no\"}");
    CHECK_STR(query_as(s, "{", NULL, "Bearer bad"), "401 {\"errors\":\"no\"}");
    CHECK_OK(
        doc_parse(test_scope(), STR("{\"route\":\"order\",\"kind\":\"status\",\"status\":503,\"times\":1}"), &fault));
    CHECK_OK(standin_fault(test_scope(), s, fault));
    CHECK_STR(query(s, "{ ping { v } order(id: 1) { id } }", NULL), "503 {}");
    CHECK_STR(query(s, "{ order(id: 1) { id } }", NULL), "200 {\"data\":{\"order\":{\"id\":1}}" COST);
    CHECK_OK(doc_parse(test_scope(), STR("{\"route\":\"rename\",\"kind\":\"lose\"}"), &fault));
    CHECK_OK(standin_fault(test_scope(), s, fault));
    CHECK(strstr(query(s, RENAME, "{\"id\":1,\"name\":\"b\"}"), "(lost)"));
    CHECK_STR(query(s, "{ order(id: 1) { name } }", NULL), "200 {\"data\":{\"order\":{\"name\":\"b\"}}" COST);
    standin_close(s);
}
