#include "manifest_kit.h"

#define OPERATION "\"things.get\":{\"title\":\"t\",\"request\":{\"method\":\"GET\",\"path\":\"things\"}}"

static const char *faults(const char *members)
{
    return kit_faults(arena_f(test_scope()->arena, "{" KIT_HEAD "%s}", members));
}

TEST(a_manifest_that_is_right_has_no_faults)
{
    CHECK_STR(faults(KIT_AUTH "\"operations\":{" OPERATION "}"), "");
}

TEST(what_is_missing_and_what_is_unknown_is_told_with_its_place)
{
    CHECK_STR(
        kit_faults("{\"format\":\"connector/2\",\"nmae\":\"x\"}"),
        "/nmae unknown_member\n/format required\n/name required\n/version required\n/title required\n/url required\n"
        "/auth required\n/operations required");
    CHECK_STR(kit_faults("[]"), " wrong_type");
}

TEST(faults_of_operations_have_their_pointers)
{
    CHECK_STR(faults(KIT_AUTH "\"operations\":{\"A\":{\"title\":\"t\",\"request\":{\"path\":\"/x\"}}}"),
              "/operations/A invalid\n/operations/A/request/method required\n/operations/A/request/path invalid");
    CHECK_STR(
        faults(KIT_AUTH "\"operations\":{\"a\":{\"title\":\"t\",\"request\":{\"method\":\"POST\",\"body\":\"{\"}}}"),
        "/operations/a/request/body S0203\n/operations/a/again required");
    CHECK_STR(faults(KIT_AUTH "\"operations\":{\"a\":{\"title\":\"t\",\"request\":{\"method\":\"GET\",\"query\":{\"q\":"
                              "\"$form\"}},\"again\":{\"kind\":\"none\"}}}"),
              "/operations/a/request/query/q unknown_name\n/operations/a/again not_allowed");
    CHECK_STR(
        faults(KIT_AUTH "\"operations\":{\"a\":{\"title\":\"t\",\"object\":\"sales_ordr\",\"act\":\"get\",\"request\":{"
                        "\"method\":\"GET\"},\"pages\":{\"kind\":\"page\"}}}"),
        "/operations/a/object unknown_object\n/operations/a/pages/at required\n/operations/a/pages/most required\n"
        "/operations/a/answer/items required");
    CHECK_STR(
        faults(KIT_AUTH
               "\"operations\":{\"a\":{\"title\":\"t\",\"request\":{\"method\":\"PUT\",\"path\":\"x/{settings.z}\"},"
               "\"again\":{\"kind\":\"probe\",\"operation\":\"b\"}}}"),
        "/operations/a/request/path unknown_name\n/operations/a/again/operation not_found\n"
        "/operations/a/again/ref required");
}

TEST(faults_of_a_webhook_s_check_stand_beside_those_of_the_rest)
{
    CHECK_STR(faults(KIT_AUTH "\"operations\":{" OPERATION
                              "},\"nmae\":1,\"hooks\":{\"check\":{\"kind\":\"hmac\",\"over\":"
                              "\"{body}\"},\"handshake\":{\"kind\":\"x\"},\"events\":[]}"),
              "/nmae unknown_member\n/hooks/check/signature required\n/hooks/handshake/kind not_in_list\n"
              "/hooks/events required");
}

TEST(what_is_near_to_a_member_that_is_not_known_is_told)
{
    CHECK_STR(faults(KIT_AUTH "\"operations\":{" OPERATION "},\"hook\":1"), "/hook unknown_member");
    CHECK_STR(scope_fault(test_scope())->items->detail, "is not known here; near it is hooks");
}

TEST(a_rule_says_when_and_what)
{
    CHECK_STR(
        faults(KIT_AUTH "\"errors\":[{\"when\":\"$status = 1\"},{\"means\":\"gone\"}],\"operations\":{" OPERATION "}"),
        "/errors/0/means required\n/errors/1/when required\n/errors/1/means not_in_list");
}

TEST(what_authenticates_calls_names_secrets_there_are)
{
    CHECK_STR(faults("\"auth\":{\"kind\":\"bearer\",\"token\":\"{kee}\"},\"operations\":{" OPERATION "}"),
              "/auth/token unknown_name");
    CHECK_STR(
        faults(
            "\"auth\":{\"kind\":\"oauth2\",\"grant\":\"refresh_token\",\"token_url\":\"'x'\",\"client_id\":\"{key}\"},"
            "\"operations\":{" OPERATION "}"),
        "/auth/refresh_token required");
    CHECK_STR(faults("\"auth\":{\"kind\":\"magic\"},\"operations\":{" OPERATION "}"), "/auth/kind not_in_list");
}

TEST(a_manifest_may_have_several_sources_one_of_a_kind)
{
#define SOURCE(object, rest)                                                                                           \
    "{\"object\":\"" object "\",\"topic\":\"t\",\"changes\":{\"operation\":\"a.list\",\"with\":\"{'from': $from}\","   \
    "\"key\":\"id\",\"changed\":\"at\"},\"one\":{\"operation\":\"a.get\",\"with\":\"{'id': "                           \
    "$}\",\"where\":\"$exists(cart) = false\"}" rest "}"
#define WITH(sources)                                                                                                  \
    "{" KIT_HEAD KIT_AUTH                                                                                              \
    "\"operations\":{\"a.list\":{\"title\":\"A\",\"kind\":\"list\",\"request\":{\"method\":\"GET\",\"path\":\"a\"},"   \
    "\"answer\":{\"items\":\"v\"}},\"a.get\":{\"title\":\"A\",\"kind\":\"get\",\"request\":{\"method\":\"GET\","       \
    "\"path\":\"a/{id}\"},"                                                                                            \
    "\"answer\":{\"value\":\"$\"}}},\"source\":" sources "}"
    struct erp_site *s;
    const struct connector_source *source;
    struct source_thing thing;
    struct source_window w = {.object = "stock", .from_us = 0, .until_us = 1000000, .after = ""};
    struct ask ask;

    CHECK_STR(kit_faults(WITH("[" SOURCE("stock", "") "," SOURCE("stock", "") "]")), "/source/1 repeated");
    CHECK_STR(kit_faults(WITH("[" SOURCE("stock", ",\"every_s\":5") "]")), "/source/0/every_s out_of_range");
    s = kit_site_of(WITH("[" SOURCE("order", "") "," SOURCE("stock", ",\"every_s\":60") "]"),
                    "{\"shop\":\"acme.example\"}");
    source = s->connector->source;
    CHECK_INT(source->feed_count, 2);
    CHECK_STR(source->feeds[1].object, "stock");
    CHECK_INT(source->feeds[1].every_s, 60);
    CHECK(!source->feeds[1].told);
    CHECK(source->hook_read == NULL);
    CHECK_OK(source->pull->changes_ask(test_scope(), s, &w, &ask));
    CHECK_STR(ask.operation, "a.list");
    w.object = "price";
    CHECK_ERR(source->pull->changes_ask(test_scope(), s, &w, &ask), ERR_HOLD);
    scope_clear(test_scope());
    CHECK_OK(source->pull->one_told(
        test_scope(), s, "stock",
        &(struct told){.found = true, .value = kit_doc("{\"id\":1,\"at\":\"2026-11-30T10:00:00Z\"}")}, &thing));
    CHECK_INT(thing.changed_us / 1000000, 1796032800);
    CHECK(thing.found);
    CHECK_OK(source->pull->one_told(
        test_scope(), s, "stock",
        &(struct told){.found = true, .value = kit_doc("{\"id\":1,\"at\":\"2026-11-30T10:00:00Z\",\"cart\":1}")},
        &thing));
    CHECK(!thing.found);
}

TEST(every_manifest_that_comes_with_the_program_is_right)
{
    const struct connector *const *v;
    size_t n = 0;

    CHECK_OK(manifest_shipped(test_scope(), &v, &n));
    CHECK(n >= 1);
    for (size_t i = 0; i < n; i++)
        CHECK(manifest_of(v[i]) && v[i]->named);
}

static enum err settings(const struct erp_site *s, const char *text)
{
    struct scope *sc = test_scope();

    scope_clear(sc);
    return manifest_settings_check(sc, s->connector, kit_doc(text));
}

TEST(orders_are_called_after_their_shop_unless_its_settings_say_otherwise)
{
    const struct erp_site *s = kit_site("{" OPERATION "}");

    CHECK_STR(manifest_of(s->connector)->hooks.reference_prefix, "ACME-");
    CHECK_OK(settings(s, "{\"shop\":\"a.example\",\"reference_prefix\":\"EU-1_\"}"));
    CHECK_ERR(settings(s, "{\"shop\":\"a.example\",\"reference_prefix\":\"a b\"}"), ERR_INVALID);
    CHECK_ERR(settings(s, "{\"shop\":\"a.example\",\"reference_prefix\":\"\"}"), ERR_INVALID);
    CHECK_ERR(settings(s, "{\"shop\":\"a.example\",\"reference_prefix\":\"123456789012345678901\"}"), ERR_INVALID);
}

#define PART(members)                                                                                                  \
    KIT_AUTH "\"operations\":{\"a\":{\"title\":\"t\",\"request\":{\"method\":\"GET\"},\"answer\":{\"items\":\"$\","    \
             "\"parts\":[{"                                                                                            \
             "\"to\":\"x\",\"operation\":\"a\",\"with\":\"{}\"" members "}]}}}"

TEST(what_joins_a_part_to_a_list_has_both_its_keys)
{
    CHECK_STR(faults(PART("")), "");
    CHECK_STR(faults(PART(",\"key\":\"id\",\"by\":\"thing\"")), "");
    CHECK_STR(faults(PART(",\"key\":\"id\"")), "/operations/a/answer/parts/0/by required");
    CHECK_STR(faults(PART(",\"by\":\"thing\"")), "/operations/a/answer/parts/0/key required");
}

#define AGAIN(members)                                                                                                 \
    KIT_AUTH "\"operations\":{" OPERATION                                                                              \
             ",\"a\":{\"title\":\"t\",\"request\":{\"method\":\"POST\"},\"again\":{" members "}}}"

TEST(what_is_looked_at_has_a_probe_that_looks)
{
    CHECK_STR(faults(AGAIN("\"kind\":\"probe\",\"operation\":\"things.get\",\"ref\":\"id\",\"look\":true")), "");
    CHECK_STR(faults(AGAIN("\"kind\":\"upsert\",\"look\":true")), "/operations/a/again/look not_allowed");
    CHECK_STR(faults(AGAIN("\"kind\":\"upsert\",\"look\":false")), "");
}
