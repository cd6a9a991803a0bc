#include "unit/server/sign/sign_kit.h"

/* Signatures and secrets in the body. */
#define ITEMS                                                                                                          \
    "{'kind': 'hmac_items', 'items': '/list', 'fields': ['/a', '/b/c', '/n'], 'separator': ':', "                      \
    "'signature': {'pointer': '/more/sig', 'encoding': 'base64'}, 'key': 'hex'}"
#define KEY "00112233445566778899aabbccddeeff"

static enum sign_verdict judge(const char *check, const char *body, const char *secret)
{
    struct scope *sc = test_scope();
    struct sign_delivery d = {.body = str_of(body)};

    CHECK_OK(crypto_start(sc));
    return kit_judge(sc, kit_check(sc, check), &d, secret, NOW_US);
}

static const char *made(const char *check, const char *body, const char *secret)
{
    struct scope *sc = test_scope();
    struct sign_delivery d = {.body = str_of(body)};
    struct sign_sender by = {.secret = NULL};
    struct sign_made out;

    CHECK_OK(crypto_start(sc));
    by.secret = kit_secret(sc, secret);
    CHECK_OK(sign_check_make(sc, kit_check(sc, check), &d, &by, &out));
    CHECK_INT(out.n, 0);
    return str_dup(sc->arena, out.body);
}

/* printf 'x:y:1' | openssl dgst -sha256 -mac HMAC -macopt hexkey:… -binary | base64 */
TEST(each_item_is_signed_over_its_fields)
{
    const char *body = made(ITEMS, "{\"list\":[{\"a\":\"x\",\"b\":{\"c\":\"y\"},\"n\":1,\"more\":{\"k\":true}}]}", KEY);

    CHECK_STR(body, "{\"list\":[{\"a\":\"x\",\"b\":{\"c\":\"y\"},\"n\":1,\"more\":{\"k\":true,\"sig\":"
                    "\"kaQByS6Jc4ZkxAs8MJ5I6JCQDpzOEhCZVrwmVIS5Qrc=\"}}]}");
    CHECK_VERDICT(judge(ITEMS, body, KEY), SIGN_GOOD);
    CHECK_VERDICT(judge(ITEMS, body, "ff112233445566778899aabbccddeeff"), SIGN_WRONG);
    CHECK_VERDICT(judge(ITEMS, body, "00112233445566778899AABBCCDDEEFF"), SIGN_GOOD); /* as people copy keys */
    CHECK_VERDICT(judge(ITEMS, body, "0"), SIGN_NO_SECRET);
}

TEST(an_item_without_a_right_signature_spoils_them_all)
{
    struct scope *sc = test_scope();
    const char *one = made(ITEMS, "{\"list\":[{\"a\":\"x\"}]}", KEY), *item;

    item = arena_strndup(sc->arena, one + 9, strlen(one) - 11);
    CHECK_VERDICT(judge(ITEMS, arena_f(sc->arena, "{\"list\":[%s,%s]}", item, item), KEY), SIGN_GOOD);
    CHECK_VERDICT(judge(ITEMS, arena_f(sc->arena, "{\"list\":[%s,{\"a\":\"x\"}]}", item), KEY), SIGN_MISSING);
    CHECK_VERDICT(judge(ITEMS, arena_f(sc->arena, "{\"list\":[{\"a\":\"x\"},%s]}", item), KEY), SIGN_MISSING);
    CHECK_VERDICT(judge(ITEMS, arena_f(sc->arena, "{\"list\":[%s,1]}", item), KEY), SIGN_MISSING);
    CHECK_VERDICT(
        judge(ITEMS, arena_f(sc->arena, "{\"list\":[%s,{\"a\":\"y\",\"more\":{\"sig\":\"AAAA\"}}]}", item), KEY),
        SIGN_MALFORMED);
}

TEST(every_field_counts_and_an_absent_one_is_empty)
{
    static const char *const others[] = {"{\"list\":[{\"a\":\"y\",\"more\":{\"sig\":\"%s\"}}]}",
                                         "{\"list\":[{\"a\":\"x\",\"b\":{\"c\":\"0\"},\"more\":{\"sig\":\"%s\"}}]}",
                                         "{\"list\":[{\"a\":\"x\",\"n\":0,\"more\":{\"sig\":\"%s\"}}]}"};
    struct scope *sc = test_scope();
    const char *one = made(ITEMS, "{\"list\":[{\"a\":\"x\"}]}", KEY);
    const char *sig = arena_strndup(sc->arena, strstr(one, "sig\":\"") + 6, 44);

    CHECK_VERDICT(judge(ITEMS, one, KEY), SIGN_GOOD);
    CHECK_VERDICT(
        judge(ITEMS,
              arena_f(sc->arena, "{\"list\":[{\"n\":\"\",\"b\":null,\"z\":9,\"a\":\"x\",\"more\":{\"sig\":\"%s\"}}]}",
                      sig),
              KEY),
        SIGN_GOOD);
    for (size_t i = 0; i < ARRAY_LEN(others); i++)
        CHECK_VERDICT(judge(ITEMS, arena_f(sc->arena, others[i], sig), KEY), SIGN_WRONG);
    CHECK_VERDICT(judge(ITEMS, arena_f(sc->arena, "{\"list\":[{\"a\":[\"x\"],\"more\":{\"sig\":\"%s\"}}]}", sig), KEY),
                  SIGN_MALFORMED);
}

TEST(a_body_without_items_proves_nothing)
{
    CHECK_VERDICT(judge(ITEMS, "{\"list\":[]}", KEY), SIGN_MISSING);
    CHECK_VERDICT(judge(ITEMS, "{}", KEY), SIGN_MISSING);
    CHECK_VERDICT(judge(ITEMS, "{\"list\":{}}", KEY), SIGN_MALFORMED);
    CHECK_VERDICT(judge(ITEMS, "{\"list\":\"x\"}", KEY), SIGN_MALFORMED);
    CHECK_VERDICT(judge(ITEMS, "", KEY), SIGN_MALFORMED);
    CHECK_VERDICT(judge(ITEMS, "{\"list\":[", KEY), SIGN_MALFORMED);
}

#define FIELD "{'kind': 'secret_field', 'items': '/value', 'pointer': '/clientState'}"

TEST(a_secret_must_be_in_every_item)
{
    CHECK_VERDICT(judge(FIELD, "{\"value\":[{\"clientState\":\"s3cret\"},{\"clientState\":\"s3cret\"}]}", "s3cret"),
                  SIGN_GOOD);
    CHECK_VERDICT(judge(FIELD, "{\"value\":[{\"clientState\":\"s3cret\"},{\"clientState\":\"s3cre\"}]}", "s3cret"),
                  SIGN_WRONG);
    CHECK_VERDICT(judge(FIELD, "{\"value\":[{\"clientState\":\"s3cret\"},{}]}", "s3cret"), SIGN_MISSING);
    CHECK_VERDICT(judge(FIELD, "{\"value\":[{\"clientState\":null}]}", "s3cret"), SIGN_MISSING);
    CHECK_VERDICT(judge(FIELD, "{\"value\":[{\"clientState\":[\"s3cret\"]}]}", "s3cret"), SIGN_MALFORMED);
    CHECK_VERDICT(judge(FIELD, "{\"value\":[]}", "s3cret"), SIGN_MISSING);
    CHECK_VERDICT(judge(FIELD, "{\"value\":[{\"clientState\":\"\"}]}", ""), SIGN_NO_SECRET);
    CHECK_STR(made(FIELD, "{\"value\":[{\"id\":1},{\"clientState\":\"x\"}]}", "s3cret"),
              "{\"value\":[{\"id\":1,\"clientState\":\"s3cret\"},{\"clientState\":\"s3cret\"}]}");
}

TEST(without_a_list_the_secret_is_in_the_body_itself)
{
    static const char check[] = "{'kind': 'secret_field', 'pointer': '/value/0/clientState'}";

    CHECK_VERDICT(judge(check, "{\"value\":[{\"clientState\":\"s3cret\"},{}]}", "s3cret"), SIGN_GOOD);
    CHECK_VERDICT(judge(check, "{\"value\":[]}", "s3cret"), SIGN_MISSING);
    CHECK_STR(made("{'kind': 'secret_field', 'pointer': '/a~1b/c~0'}", "{}", "s"), "{\"a/b\":{\"c~\":\"s\"}}");
}

TEST(an_empty_secret_beside_another_fits_nothing)
{
    struct scope *sc = test_scope();
    struct sign_delivery d = {.body = STR("{\"value\":[{\"clientState\":\"\"}]}")};
    const struct secret *two[2];

    CHECK_OK(crypto_start(sc));
    two[0] = kit_secret(sc, "");
    two[1] = kit_secret(sc, "s3cret");
    CHECK_VERDICT(sign_check_judge(sc, kit_check(sc, FIELD), &d, two, 2, NOW_US), SIGN_WRONG);
    d.body = STR("{\"value\":[{\"clientState\":\"s3cret\"}]}");
    CHECK_VERDICT(sign_check_judge(sc, kit_check(sc, FIELD), &d, two, 2, NOW_US), SIGN_GOOD);
}

TEST(items_are_tried_with_each_secret)
{
    struct scope *sc = test_scope();
    struct sign_delivery d = {.body = str_of(made(ITEMS, "{\"list\":[{\"a\":\"x\"}]}", KEY))};
    const struct secret *two[] = {kit_secret(sc, "ff"), kit_secret(sc, KEY)};

    CHECK_VERDICT(sign_check_judge(sc, kit_check(sc, ITEMS), &d, two, 2, NOW_US), SIGN_GOOD);
    CHECK_VERDICT(sign_check_judge(sc, kit_check(sc, ITEMS), &d, two, 1, NOW_US), SIGN_WRONG);
}
