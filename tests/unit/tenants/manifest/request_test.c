#include "manifest_kit.h"

#define OPERATIONS                                                                                                     \
    "{\"things.get\":{\"title\":\"t\",\"request\":{\"method\":\"GET\",\"path\":\"v1/{kind}/{settings.zone}/{id}\","    \
    "\"query\":{\"q\":\"name\",\"many\":\"list\",\"z\":\"$settings.zone\"},\"headers\":{\"x-of\":\"who\"}}},"          \
    "\"things.make\":{\"title\":\"t\",\"request\":{\"method\":\"POST\",\"path\":\"things\","                           \
    "\"body\":\"{\\\"n\\\": n, \\\"id\\\": $key_uuid, \\\"k\\\": $key}\"},\"answer\":{\"ref\":\"id\"},"                \
    "\"again\":{\"kind\":\"key\",\"header\":\"idempotency-key\"}},"                                                    \
    "\"things.move\":{\"title\":\"t\",\"request\":{\"method\":\"PUT\",\"path\":\"things/{key}\",\"body\":\"$\"},"      \
    "\"again\":{\"kind\":\"probe\",\"operation\":\"things.list\",\"with\":\"{\\\"name\\\": n}\","                      \
    "\"ref\":\"$[k = $key].id\"}},"                                                                                    \
    "\"things.list\":{\"title\":\"t\",\"request\":{\"method\":\"GET\",\"path\":\"things\",\"query\":{\"name\":"        \
    "\"name\"}},\"answer\":{\"items\":\"data\"},"                                                                      \
    "\"pages\":{\"kind\":\"page\",\"at\":\"page\",\"size\":\"limit\",\"most\":2}},"                                    \
    "\"things.rows\":{\"title\":\"t\",\"request\":{\"method\":\"GET\",\"path\":\"rows\",\"query\":{\"a\":\"1\"}},"     \
    "\"answer\":{\"items\":\"data\"},\"pages\":{\"kind\":\"cursor\",\"at\":\"cursor\",\"next\":\"next\","              \
    "\"size\":\"n\",\"most\":9,\"alone\":true}},"                                                                      \
    "\"things.links\":{\"title\":\"t\",\"request\":{\"method\":\"GET\",\"path\":\"links\"},"                           \
    "\"answer\":{\"items\":\"value\"},\"pages\":{\"kind\":\"link\",\"next\":\"`@odata.nextLink`\"}},"                  \
    "\"things.ready\":{\"title\":\"t\",\"request\":{\"method\":\"GET\",\"path\":\"ready\",\"query\":{\"a\":\"1\"}},"   \
    "\"answer\":{\"items\":\"value\"},\"pages\":{\"kind\":\"query\",\"next\":\"meta.next\"}}}"

static const char *sent(const char *operation, const char *key, const char *with, const char *after)
{
    return kit_sent(
        kit_site(OPERATIONS),
        &(struct ask){.operation = operation, .key = key, .with = with ? kit_doc(with) : NULL, .after = after});
}

TEST(a_request_is_what_its_expressions_make_of_what_goes_along)
{
    CHECK_STR(sent("things.get", NULL,
                   "{\"kind\":\"a b\",\"id\":7,\"name\":\"x&y\",\"list\":[1,\"two\"],\"who\":\"me\"}", NULL),
              "GET https://acme.example/v1/a%20b/UTC/7?q=x%26y&many=1&many=two&z=UTC [x-of: me]");
    CHECK_STR(sent("things.get", NULL, "{\"kind\":\"a\",\"id\":\"1\"}", NULL),
              "GET https://acme.example/v1/a/UTC/1?z=UTC");
}

TEST(a_change_has_its_key_in_the_header_and_as_a_uuid_that_stays_the_same)
{
    const char *once = sent("things.make", "order:1 ü", "{\"n\":1.50}", NULL);

    CHECK_STR(once, "POST https://acme.example/things [idempotency-key: order:1%20%C3%BC]"
                    " {\"n\":1.50,\"id\":\"62c43c5d-f453-8088-ac82-fde7cf2d3040\",\"k\":\"order:1 ü\"}");
    CHECK_STR(sent("things.make", "order:1 ü", "{\"n\":1.50}", NULL), once);
}

TEST(a_vendor_may_write_characters_of_a_path_in_its_own_way)
{
    const char *manifest = arena_f(test_scope()->arena,
                                   "{" KIT_HEAD KIT_AUTH "\"path_codes\":{\"/\":\"_-ava2f-_\",\"%%\":\"_-ava25-_\"},"
                                   "\"operations\":%s}",
                                   OPERATIONS);
    const struct erp_site *s = kit_site_of(manifest, "{\"shop\":\"acme.example\"}");

    CHECK_STR(
        kit_sent(s, &(struct ask){.operation = "things.get", .with = kit_doc("{\"kind\":\"a b\",\"id\":\"R/7%é\"}")}),
        "GET https://acme.example/v1/a%20b/UTC/R_-ava2f-_7_-ava25-_%C3%A9?z=UTC");
    CHECK_STR(kit_faults("{" KIT_HEAD KIT_AUTH "\"path_codes\":{\"//\":\"x\"},\"operations\":" OPERATIONS "}"),
              "/path_codes invalid");
}

TEST(a_path_leads_nowhere_else)
{
    static const char *const bad[] = {"{\"kind\":\"..\",\"id\":1}", "{\"kind\":\"\",\"id\":1}", "{\"id\":1}",
                                      "{\"kind\":{},\"id\":1}"};

    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        CHECK_STR(sent("things.get", NULL, bad[i], NULL),
                  "what goes along with things.get has no text or number \"kind\" that can stand in its path");
    CHECK_STR(sent("things.get", NULL, "{\"kind\":\"a/../b\",\"id\":\"?x#y\"}", NULL),
              "GET https://acme.example/v1/a%2F..%2Fb/UTC/%3Fx%23y?z=UTC");
}

TEST(a_path_takes_members_of_members)
{
    struct erp_site *s = kit_site("{\"orders.drop\":{\"title\":\"t\",\"request\":{\"method\":\"POST\",\"path\":"
                                  "\"orders/{ids.order}/drop\"},\"again\":{\"kind\":\"upsert\"}}}");

    CHECK_STR(kit_sent(s, &(struct ask){.operation = "orders.drop", .with = kit_doc("{\"ids\":{\"order\":\"P:1\"}}")}),
              "POST https://acme.example/orders/P%3A1/drop");
    CHECK_STR(kit_sent(s, &(struct ask){.operation = "orders.drop", .with = kit_doc("{\"ids\":{\"ordr\":\"P:1\"}}")}),
              "what goes along with orders.drop has no text or number \"ids.order\" that can stand in its path");
    CHECK_STR(kit_sent(s, &(struct ask){.operation = "orders.drop", .with = kit_doc("{\"ids\":\"order\"}")}),
              "what goes along with orders.drop has no text or number \"ids.order\" that can stand in its path");
}

TEST(a_header_holds_no_line_end)
{
    CHECK_STR(sent("things.get", NULL, "{\"kind\":\"a\",\"id\":1,\"who\":\"a\\r\\nx: y\"}", NULL),
              "the request of things.get cannot be made: x-of: it is no text of visible characters");
}

TEST(a_probe_asks_by_another_operation_what_follows_from_the_change)
{
    struct ask ask = {.operation = "things.move", .key = "k1", .with = kit_doc("{\"n\":\"cup\"}"), .probe = true};

    CHECK_STR(kit_sent(kit_site(OPERATIONS), &ask), "GET https://acme.example/things?name=cup&limit=2&page=1");
    CHECK_STR(kit_read(kit_site(OPERATIONS), &ask, 200, "{\"data\":[{\"id\":4,\"k\":\"k0\"},{\"id\":5,\"k\":\"k1\"}]}"),
              "found 5 2 [{\"id\":4,\"k\":\"k0\"},{\"id\":5,\"k\":\"k1\"}]");
    CHECK_STR(kit_read(kit_site(OPERATIONS), &ask, 200, "{\"data\":[{\"id\":4,\"k\":\"k0\"}]}"),
              "absent  - [{\"id\":4,\"k\":\"k0\"}]");
    CHECK_STR(kit_read(kit_site(OPERATIONS), &ask, 404, ""), "absent  - ");
}

TEST(pages_go_on_as_their_kind_says)
{
    CHECK_STR(sent("things.list", NULL, "{}", NULL), "GET https://acme.example/things?limit=2&page=1");
    CHECK_STR(sent("things.list", NULL, "{}", "3"), "GET https://acme.example/things?limit=2&page=3");
    CHECK_STR(sent("things.rows", NULL, "{}", NULL), "GET https://acme.example/rows?a=1&n=9");
    CHECK_STR(sent("things.rows", NULL, "{}", "c 1"), "GET https://acme.example/rows?cursor=c%201");
    CHECK_STR(sent("things.links", NULL, "{}", "https://acme.example/links?$skip=2"),
              "GET https://acme.example/links?$skip=2");
    CHECK_STR(sent("things.ready", NULL, "{}", "?c=a%2Fb&l=2"), "GET https://acme.example/ready?c=a%2Fb&l=2");
}

TEST(a_next_page_elsewhere_is_not_asked_for)
{
    static const char *const elsewhere[] = {"https://evil.example/links", "http://acme.example/links",
                                            "https://acme.example.evil.example/", "https://acme.example/../x"};

    for (size_t i = 0; i < ARRAY_LEN(elsewhere); i++)
        CHECK_STR(sent("things.links", NULL, "{}", elsewhere[i]),
                  "the next page of things.links is said to be elsewhere");
}

TEST(settings_and_secrets_are_what_the_manifest_asks_for)
{
    struct scope *sc = test_scope();
    const struct connector *c = kit_site(OPERATIONS)->connector;
    struct str hook;

    CHECK_OK(c->settings_check(sc, c, kit_doc("{\"shop\":\"a.example\",\"zone\":\"UTC\",\"api_url\":\"http://x/\"}")));
    scope_clear(sc);
    CHECK_ERR(c->settings_check(sc, c, kit_doc("{\"zone\":1,\"other\":2}")), ERR_INVALID);
    CHECK_INT(scope_fault(sc)->item_count, 3);
    scope_clear(sc);
    CHECK_OK(c->secrets_check(sc, c, kit_doc("{\"key\":\"k\",\"hook\":\"h\"}"), &hook));
    CHECK(str_is(hook, "h"));
    scope_clear(sc);
    CHECK_ERR(c->secrets_check(sc, c, kit_doc("{\"hook\":\"\",\"other\":\"x\"}"), &hook), ERR_INVALID);
    CHECK_INT(scope_fault(sc)->item_count, 3);
}

TEST(the_address_is_the_settings_or_what_they_make)
{
    struct erp_site *s = kit_site(OPERATIONS);
    struct scope *sc = test_scope();

    CHECK_STR(s->url, "https://acme.example/");
    CHECK_STR(s->connector->url(sc, s->connector, kit_doc("{\"shop\":\"x.example\",\"api_url\":\"http://sim/\"}")),
              "http://sim/");
    CHECK(!s->connector->url(sc, s->connector, kit_doc("{\"shop\":\"x y\"}")) ||
          strcmp(s->connector->url(sc, s->connector, kit_doc("{\"shop\":\"x y\"}")), "https://x y/") == 0);
}

TEST(a_body_is_uploaded_as_a_file_where_it_says_so)
{
    struct scope *sc = test_scope();
    struct erp_site *s = kit_site("{\"feeds.put\":{\"title\":\"t\",\"request\":{\"method\":\"POST\",\"path\":\"feeds\","
                                  "\"form\":\"file\",\"body\":\"{\\\"n\\\": n}\"},\"again\":{\"kind\":\"none\"}}}");
    struct ask ask = {.operation = "feeds.put", .with = kit_doc("{\"n\":7}")};
    struct http_call call;
    const char *end;

    CHECK_OK(s->connector->named->build(sc, s, &ask, &call));
    CHECK(strncmp(call.content_type, "multipart/form-data; boundary=", 30) == 0);
    end = call.content_type + 30;
    CHECK_INT(strlen(end), 32);
    CHECK_STR(str_dup(sc->arena, call.body),
              arena_f(sc->arena,
                      "--%s\r\ncontent-disposition: form-data; name=\"file\"; filename=\"file.json\"\r\n"
                      "content-type: application/json\r\n\r\n{\"n\":7}\r\n--%s--\r\n",
                      end, end));
}
