#include "unit/server/sign/sign_kit.h"

/* Every fault of a document, with its place. */

/* "pointer code" of each, in turn, commas between them; "" for what compiles. */
static const char *faults(const char *text)
{
    struct scope *sc = scope_new();
    const struct sign_check *c = NULL;
    enum err e = sign_check_compile(sc, kit_doc(sc, text), "/check", &c);
    struct buf b;

    buf_init(&b, test_scope()->arena, 4000);
    for (const struct fault_item *i = scope_fault(sc)->items; i; i = i->next)
        buf_f(&b, "%s%s %s", b.n ? ", " : "", i->pointer, i->code);
    CHECK((e == OK) == (b.n == 0) && (e == OK) == (c != NULL));
    scope_free(sc);
    return buf_cstr(&b);
}

#define HMAC(members) "{'kind': 'hmac', 'over': '{body}', " members "}"
#define SIG           "'signature': {'header': 'x-sig', 'encoding': 'hex'}"

TEST(a_check_says_its_kind)
{
    CHECK_STR(faults("{'kind': 'none'}"), "");
    CHECK_STR(faults("{}"), "/check/kind required");
    CHECK_STR(faults("[]"), "/check wrong_type");
    CHECK_STR(faults("null"), "/check wrong_type");
    CHECK_STR(faults("{'kind': 'md5'}"), "/check/kind not_in_list");
    CHECK_STR(faults("{'kind': ['hmac']}"), "/check/kind not_in_list");
    CHECK_STR(faults("{'kind': 'none', 'header': 'x'}"), "/check/header unknown_member");
    CHECK_STR(faults("{'kind': 'basic', 'a/b~': 1}"), "/check/a~1b~0 unknown_member");
}

TEST(every_fault_of_a_keyed_hash_is_told_at_once)
{
    CHECK_STR(faults(HMAC(SIG)), "");
    CHECK_STR(faults("{'kind': 'hmac'}"), "/check/over required, /check/signature required");
    CHECK_STR(
        faults("{'kind': 'hmac', 'hash': 'md5', 'over': '', 'signature': 1, 'key': 'b64', 'secret': 's'}"),
        "/check/secret unknown_member, /check/hash not_in_list, /check/over invalid, /check/signature wrong_type, "
        "/check/key not_in_list");
    CHECK_STR(faults(HMAC(SIG ", 'prefix': ''")), "/check/prefix invalid");
    CHECK_STR(faults(HMAC(SIG ", 'needs': 'x'")), "/check/needs invalid");
    CHECK_STR(faults(HMAC(SIG ", 'needs': ['x', [], ['y', 1]]")), "/check/needs/1 invalid, /check/needs/2/1 invalid");
}

TEST(where_a_signature_is_must_be_said_whole)
{
    CHECK_STR(faults(HMAC("'signature': {}")), "/check/signature/header required, /check/signature/encoding required");
    CHECK_STR(faults(HMAC("'signature': {'header': 'a b', 'encoding': 'hex', 'x': 1}")),
              "/check/signature/x unknown_member, /check/signature/header invalid");
    CHECK_STR(faults(HMAC("'signature': {'header': [], 'encoding': 'hex'}")), "/check/signature/header invalid");
    CHECK_STR(faults(HMAC("'signature': {'header': ['a', 'b', 'c', 'd', 'e'], 'encoding': 'hex'}")),
              "/check/signature/header invalid");
    CHECK_STR(faults(HMAC("'signature': {'header': ['a', 7], 'encoding': 'hex'}")),
              "/check/signature/header/1 invalid");
    CHECK_STR(faults(HMAC("'signature': {'header': 'a', 'encoding': 'hex', 'form': 'list'}")),
              "/check/signature/version required");
    CHECK_STR(faults(HMAC("'signature': {'header': 'a', 'encoding': 'hex', 'form': 'list', 'version': 'v,1'}")),
              "/check/signature/version invalid");
    CHECK_STR(faults(HMAC("'signature': {'header': 'a', 'encoding': 'hex', 'version': 'v1', 'time': 't'}")),
              "/check/signature/version not_allowed, /check/signature/time not_allowed");
}

#define PAIRS "'signature': {'header': 'a', 'encoding': 'hex', 'form': 'pairs', 'time': 't', 'version': 'v1'}"

TEST(a_time_is_said_once_and_is_signed)
{
    CHECK_STR(faults(HMAC(PAIRS)), "/check/time required");
    CHECK_STR(faults("{'kind': 'hmac', 'over': '{t}{body}', " PAIRS ", 'time': {'unit': 's', 'tolerance_s': 300}}"),
              "");
    CHECK_STR(faults(HMAC(PAIRS ", 'time': {'unit': 's', 'tolerance_s': 300}")), "/check/over time_not_covered");
    CHECK_STR(faults("{'kind': 'hmac', 'over': '{t}{body}', " PAIRS
                     ", 'time': {'header': 'x', 'unit': 'h', 'tolerance_s': 0}}"),
              "/check/time/header not_allowed, /check/time/unit not_in_list, /check/time/tolerance_s out_of_range");
    CHECK_STR(faults(HMAC(SIG ", 'time': {}")), "/check/time/header required, /check/time/unit required, "
                                                "/check/time/tolerance_s required, /check/over time_not_covered");
    CHECK_STR(faults(HMAC(SIG ", 'time': {'header': 'x', 'unit': 's', 'tolerance_s': 86401}")),
              "/check/time/tolerance_s out_of_range, /check/over time_not_covered");
    CHECK_STR(faults("{'kind': 'hmac', 'over': '{header:X-T}{body}', " SIG
                     ", 'time': {'header': 'x-t', 'unit': 's', 'tolerance_s': 1}}"),
              "");
    CHECK_STR(faults("{'kind': 'hmac', 'over': '{t}{body}', " SIG "}"), "/check/over no_time");
}

TEST(a_template_names_what_there_is_and_covers_the_body)
{
    static const char *const wrong[] = {"{",        "}",       "{body",    "body}{body}",      "{bodY}",
                                        "{header}", "{body}{", "{}{body}", "{secret:x}{body}", "{md5:body}",
                                        "{body }",  "{{body}}"};

    for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
        if (!strstr(faults(arena_f(test_scope()->arena, "{'kind': 'hmac', 'over': '%s', " SIG "}", wrong[i])),
                    "/check/over invalid"))
            test_failed(__FILE__, __LINE__, "%s is taken", wrong[i]);
    CHECK_STR(faults("{'kind': 'hmac', 'over': '{header:}{body}', " SIG "}"), "/check/over invalid");
    CHECK_STR(faults("{'kind': 'hmac', 'over': '{url}{method}', " SIG "}"), "/check/over body_not_covered");
    CHECK_STR(faults("{'kind': 'hmac', 'over': '{method}\\n{sha256:body}', " SIG "}"), "");
}

TEST(faults_of_the_other_kinds_are_told)
{
    CHECK_STR(faults("{'kind': 'hmac_items'}"), "/check/items required, /check/fields required, /check/separator "
                                                "required, /check/signature required");
    CHECK_STR(
        faults("{'kind': 'hmac_items', 'items': 'x', 'fields': ['/a', 'b', '/~2'], 'separator': ':', "
               "'signature': {'pointer': '', 'encoding': 'text'}}"),
        "/check/items invalid, /check/fields/1 invalid, /check/fields/2 invalid, /check/signature/pointer invalid, "
        "/check/signature/encoding not_in_list");
    CHECK_STR(faults("{'kind': 'secret_header'}"), "/check/header required");
    CHECK_STR(faults("{'kind': 'secret_field', 'items': 1, 'pointer': ''}"),
              "/check/items invalid, /check/pointer invalid");
    CHECK_STR(faults("{'kind': 'rsa_certificate', 'over': '{body}', " SIG "}"), "/check/certificate required");
    CHECK_STR(faults("{'kind': 'rsa_certificate', 'over': '{body}', " SIG ", 'certificate': {'header': 'x', 'hosts': "
                     "['*', 'example', '*.com.', 'https://a.example', 'A.example', '*.example.com']}}"),
              "/check/certificate/hosts/0 invalid, /check/certificate/hosts/1 invalid, "
              "/check/certificate/hosts/3 invalid, /check/certificate/hosts/4 invalid");
    CHECK_STR(faults("{'kind': 'rsa_certificate', 'over': '{body}', " PAIRS ", 'algorithm': {}, 'certificate': "
                     "{'header': 'x', 'hosts': []}, 'time': {'unit': 's', 'tolerance_s': 1}}"),
              "/check/signature/form not_allowed, /check/algorithm/header required, /check/algorithm/is required, "
              "/check/certificate/hosts invalid, /check/over time_not_covered");
    CHECK_STR(faults("{'kind': 'ecdsa_key', 'over': '{body}', 'signature': {}, 'url': 'http://x.example/{key}'}"),
              "/check/url invalid, /check/signature/header required, /check/signature/pointer required, "
              "/check/signature/key required");
}

TEST(faults_that_were_told_before_stay_and_are_not_ours)
{
    struct scope *sc = test_scope();
    const struct sign_check *c;

    scope_item(sc, "/elsewhere", "x", "is wrong");
    CHECK_OK(sign_check_compile(sc, kit_doc(sc, "{'kind': 'none'}"), "", &c));
    CHECK_ERR(sign_check_compile(sc, kit_doc(sc, "{'kind': 'x'}"), "", &c), ERR_INVALID);
    CHECK_INT(scope_fault(sc)->item_count, 2);
    CHECK_STR(scope_fault(sc)->message, "the check is not right");
}

TEST(every_verdict_has_its_words)
{
    for (int v = 0; v < SIGN_VERDICT_COUNT; v++)
        for (int w = 0; w < v; w++)
            CHECK(strcmp(sign_verdict_text((enum sign_verdict)v), sign_verdict_text((enum sign_verdict)w)) != 0);
}
