#include "connectors/http/http.h"

#include <string.h>

#include "kit/test.h"

#define SETTINGS                                                                                                       \
    "{\"url\":\"https://wms.example/api/\",\"auth\":\"basic\",\"operations\":{"                                        \
    "\"make\":{\"method\":\"POST\",\"path\":\"things\",\"again\":\"key\",\"key_header\":\"Idempotency-Key\",\"ref\":"  \
    "\"/data/id\"},"                                                                                                   \
    "\"put\":{\"method\":\"PUT\",\"path\":\"things/{key}/of/{kind}\",\"again\":\"upsert\"},"                           \
    "\"probed\":{\"method\":\"POST\",\"path\":\"moves\",\"again\":\"probe\",\"probe\":{\"path\":\"moves?r={key}\","    \
    "\"ref\":\"/0/id\"},\"settle_ms\":5},"                                                                             \
    "\"end\":{\"method\":\"DELETE\",\"path\":\"things/{key}\"},"                                                       \
    "\"find\":{\"method\":\"GET\",\"path\":\"things?n={n}\"}}}"

static const struct connector_named *named(void)
{
    return http_connector.named;
}

static struct erp_site *site(const char *settings)
{
    struct scope *sc = test_scope();
    struct erp_site *s = ARENA_NEW(sc->arena, struct erp_site);

    CHECK_OK(doc_parse(sc, str_of(settings), &s->settings));
    s->url = doc_cstr(sc->arena, doc_get(s->settings, "url"));
    return s;
}

static const struct doc *doc_of(const char *text)
{
    const struct doc *d = NULL;

    CHECK_OK(doc_parse(test_scope(), str_of(text), &d));
    return d;
}

/* "METHOD URL [KEY_HEADER=KEY] BODY" of what would be sent; what is wrong otherwise. */
static const char *sent(const struct ask *ask)
{
    struct scope *sc = test_scope();
    struct http_call call;

    scope_clear(sc);
    if (named()->build(sc, site(SETTINGS), ask, &call) != OK)
        return scope_fault(sc)->message;
    return arena_f(sc->arena, "%s %s%s%s%s%s%s %.*s", call.method, call.url, call.key ? " [" : "",
                   call.key ? call.key_header : "", call.key ? "=" : "", call.key ? call.key : "", call.key ? "]" : "",
                   (int)call.body.n, call.body.p ? call.body.p : "");
}

TEST(a_change_goes_where_its_path_says_with_its_key_and_body)
{
    CHECK_STR(sent(&(struct ask){.operation = "make", .key = "A-1", .with = doc_of("{\"n\":1}")}),
              "POST https://wms.example/api/things [Idempotency-Key=A-1] {\"n\":1}");
    CHECK_STR(sent(&(struct ask){.operation = "put", .key = "a b/c?d", .with = doc_of("{\"kind\":7}")}),
              "PUT https://wms.example/api/things/a%20b%2Fc%3Fd/of/7 {\"kind\":7}");
    CHECK_STR(sent(&(struct ask){.operation = "end", .key = "x", .with = doc_of("{}")}),
              "DELETE https://wms.example/api/things/x ");
    CHECK_STR(sent(&(struct ask){.operation = "find", .with = doc_of("{\"n\":\"x&y\"}")}),
              "GET https://wms.example/api/things?n=x%26y ");
}

TEST(nothing_that_goes_along_leads_to_another_path)
{
    static const char wrong[] = "what goes along with put has no text or number \"key\" that can stand in its path";

    CHECK_STR(sent(&(struct ask){.operation = "put", .key = "..", .with = doc_of("{\"kind\":7}")}), wrong);
    CHECK_STR(sent(&(struct ask){.operation = "put", .key = ".", .with = doc_of("{\"kind\":7}")}), wrong);
    CHECK_STR(sent(&(struct ask){.operation = "put", .with = doc_of("{\"kind\":7}")}), wrong);
    CHECK(strstr(sent(&(struct ask){.operation = "put", .key = "k", .with = doc_of("{\"kind\":{}}")}), "\"kind\""));
    CHECK(strstr(sent(&(struct ask){.operation = "find", .with = doc_of("{}")}), "\"n\""));
}

TEST(two_keys_are_never_one_header)
{
    CHECK_STR(sent(&(struct ask){.operation = "make", .key = "a b\n\xc3\xa9%20"}),
              "POST https://wms.example/api/things [Idempotency-Key=a%20b%0A%C3%A9%2520] ");
}

TEST(a_probe_asks_and_sends_nothing)
{
    CHECK_STR(sent(&(struct ask){.operation = "probed", .key = "k", .with = doc_of("{}"), .probe = true}),
              "GET https://wms.example/api/moves?r=k ");
}

/* How an answer is read: "found REF", "nothing", or the failure's name and message. */
static const char *read_as(const struct ask *ask, int status, const char *body)
{
    struct scope *sc = test_scope();
    struct http_reply reply = {status, str_of(body)};
    struct told told;
    enum err e;

    scope_clear(sc);
    e = named()->read(sc, site(SETTINGS), ask, &reply, &told);
    if (e != OK)
        return arena_f(sc->arena, "%s: %s", err_info(e)->name, scope_fault(sc)->message);
    return told.found ? arena_f(sc->arena, "found %s", told.ref) : "nothing";
}

TEST(an_answer_says_what_became_of_the_change)
{
    const struct ask make = {.operation = "make", .key = "k"},
                     probe = {.operation = "probed", .key = "k", .probe = true};

    CHECK_STR(read_as(&make, 201, "{\"data\":{\"id\":9007199254740993}}"), "found 9007199254740993");
    CHECK_STR(read_as(&make, 200, "{\"data\":{\"id\":\"w-1\"}}"), "found w-1");
    CHECK_STR(read_as(&make, 204, ""), "found ");
    CHECK_STR(read_as(&make, 200, "<html>"), "found "); /* it was done, whatever the answer looks like */
    CHECK_STR(read_as(&probe, 200, "[{\"id\":5}]"), "found 5");
    CHECK_STR(read_as(&probe, 200, "[]"), "nothing");
    CHECK_STR(read_as(&probe, 404, "no"), "nothing");
    CHECK_STR(read_as(&probe, 200, "<html>"), "upstream_unknown: the answer to probed is no JSON");
}

TEST(only_what_was_certainly_not_done_may_be_tried_again_unseen)
{
    const struct ask make = {.operation = "make", .key = "k"};

    CHECK_STR(read_as(&make, 429, "{\"message\":\"slow\"}"), "upstream_busy: answered 429: slow");
    CHECK_STR(read_as(&make, 401, "{}"), "upstream_auth: answered 401");
    CHECK_STR(read_as(&make, 422, "{\"detail\":\"no such SKU\"}"), "upstream_no: answered 422: no such SKU");
    CHECK_STR(read_as(&make, 404, "gone"), "upstream_no: answered 404");
    for (int status = 500; status < 505; status++)
        CHECK(strncmp(read_as(&make, status, ""), "upstream_unknown", 16) == 0);
    CHECK(strncmp(read_as(&make, 408, ""), "upstream_unknown", 16) == 0);
    CHECK(strncmp(read_as(&make, 302, ""), "upstream_unknown", 16) == 0);
}

TEST(operations_are_those_of_the_settings)
{
    struct operation op;

    CHECK(named()->operation(site(SETTINGS), "make", &op));
    CHECK(op.changes && op.again == AGAIN_KEY && op.settle_ms == 30000);
    CHECK(named()->operation(site(SETTINGS), "probed", &op));
    CHECK(op.changes && op.again == AGAIN_PROBE && op.settle_ms == 5);
    CHECK(named()->operation(site(SETTINGS), "end", &op));
    CHECK(op.changes && op.again == AGAIN_NONE);
    CHECK(named()->operation(site(SETTINGS), "find", &op));
    CHECK(!op.changes);
    CHECK(!named()->operation(site(SETTINGS), "fund", &op));
}

TEST(a_secret_becomes_the_header_that_is_asked_for)
{
    const char *header = "";

    CHECK_OK(named()->authorize(test_scope(), site(SETTINGS), STR("user:word"), &header));
    CHECK_STR(header, "Basic dXNlcjp3b3Jk");
    CHECK_OK(named()->authorize(test_scope(), site("{\"auth\":\"bearer\"}"), STR("t0k3n"), &header));
    CHECK_STR(header, "Bearer t0k3n");
    CHECK_OK(named()->authorize(test_scope(), site("{}"), STR("x"), &header));
    CHECK(header == NULL);
}

/* The first fault of the settings, "POINTER CODE"; "fine". */
static const char *fault(const char *settings)
{
    struct scope *sc = test_scope();

    scope_clear(sc);
    if (http_connector.settings_check(sc, &http_connector, doc_of(settings)) == OK)
        return "fine";
    return arena_f(sc->arena, "%s %s", scope_fault(sc)->items[0].pointer, scope_fault(sc)->items[0].code);
}

#define ONE(operation) "{\"url\":\"https://a.example/\",\"operations\":{\"x\":" operation "}}"

TEST(settings_that_cannot_be_meant_are_refused_with_their_place)
{
    CHECK_STR(fault(SETTINGS), "fine");
    CHECK_STR(fault("{\"url\":\"https://a.example\",\"operations\":{\"x\":{\"method\":\"GET\",\"path\":\"x\"}}}"),
              "/settings/url required");
    CHECK_STR(fault("{\"url\":\"https://a.example/\",\"operations\":{}}"), "/settings/operations required");
    CHECK_STR(fault(ONE("{\"method\":\"HEAD\",\"path\":\"x\"}")), "/settings/operations/x/method not_in_list");
    CHECK_STR(fault(ONE("{\"method\":\"GET\",\"path\":\"/x\"}")), "/settings/operations/x/path required");
    CHECK_STR(fault(ONE("{\"method\":\"GET\",\"path\":\"a/../b\"}")), "/settings/operations/x/path required");
    CHECK_STR(fault(ONE("{\"method\":\"GET\",\"path\":\"a//b\"}")), "/settings/operations/x/path required");
    CHECK_STR(fault(ONE("{\"method\":\"POST\",\"path\":\"x\",\"again\":\"key\"}")),
              "/settings/operations/x/key_header required");
    CHECK_STR(fault(ONE("{\"method\":\"POST\",\"path\":\"x\",\"again\":\"probe\"}")),
              "/settings/operations/x/probe required");
    CHECK_STR(fault(ONE("{\"method\":\"POST\",\"path\":\"x\",\"again\":\"probe\",\"probe\":{\"path\":\"y\"}}")),
              "/settings/operations/x/probe/ref required");
    CHECK_STR(fault(ONE("{\"method\":\"POST\",\"path\":\"x\",\"again\":\"maybe\"}")),
              "/settings/operations/x/again not_in_list");
    CHECK_STR(fault(ONE("{\"method\":\"GET\",\"path\":\"x\",\"pth\":1}")), "/settings/operations/x/pth unknown_member");
    CHECK_STR(fault("{\"url\":\"https://a.example/\",\"operations\":{\"X\":{\"method\":\"GET\",\"path\":\"x\"}}}"),
              "/settings/operations/X invalid");
}
