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

TEST(every_manifest_that_comes_with_the_program_is_right)
{
    const struct connector *const *v;
    size_t n = 0;

    CHECK_OK(manifest_shipped(test_scope(), &v, &n));
    CHECK(n >= 1);
    for (size_t i = 0; i < n; i++)
        CHECK(manifest_of(v[i]) && v[i]->named);
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
