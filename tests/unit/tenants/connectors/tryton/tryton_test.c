#include "connectors/tryton/tryton_int.h"
#include "kit/test.h"

static const char *const good =
    "{\"url\":\"http://127.0.0.1:18169/erp/\",\"user\":\"connector\",\"company\":1,\"warehouse\":12,\"payment_term\":1,"
    "\"unit\":1,\"account_category\":2,\"tax_codes\":{\"0.0825\":1},\"tax_on_miss\":\"hold\",\"products_on_miss\":"
    "\"create\"}";

static enum err check(const char *text)
{
    struct scope *sc = test_scope();
    const struct doc *d;

    scope_clear(sc);
    CHECK_OK(doc_parse(sc, str_of(text), &d));
    return tryton_connector.settings_check(sc, &tryton_connector, d);
}

static void refused(const char *member, const char *pointer)
{
    struct scope *sc = test_scope();

    CHECK_ERR(check(arena_f(sc->arena, "{\"url\":\"https://e/\",\"user\":\"u\",\"company\":1,%s}", member)),
              ERR_INVALID);
    CHECK_INT(scope_fault(sc)->item_count, 1);
    if (scope_fault(sc)->items)
        CHECK_STR(scope_fault(sc)->items->pointer, pointer);
}

TEST(settings_are_accepted_as_the_demo_sends_them)
{
    CHECK_OK(check(good));
    CHECK_OK(check("{\"url\":\"https://erp.example.com/erp/\",\"user\":\"u\",\"company\":1}"));
}

TEST(what_is_missing_is_named)
{
    CHECK_ERR(check("{}"), ERR_INVALID);
    CHECK_INT(scope_fault(test_scope())->item_count, 3);
    CHECK_ERR(check("{\"url\":\"ftp://e/\",\"user\":\"\",\"company\":\"1\"}"), ERR_INVALID);
    CHECK_INT(scope_fault(test_scope())->item_count, 3);
}

TEST(unknown_or_wrong_settings_are_named)
{
    refused("\"product_category\":1", "/settings/product_category");
    refused("\"warehouse\":\"12\"", "/settings/warehouse");
    refused("\"account_category\":0", "/settings/account_category");
    refused("\"journal\":\"REV\"", "/settings/journal");
    refused("\"receivable_account\":\"1100\"", "/settings/receivable_account");
    refused("\"concurrency\":0", "/settings/concurrency");
    refused("\"concurrency\":65", "/settings/concurrency");
    refused("\"rate\":5", "/settings/rate");
    refused("\"rate\":{}", "/settings/rate");
    refused("\"rate\":{\"burst\":5}", "/settings/rate");
    refused("\"rate\":{\"per_second\":-1}", "/settings/rate");
    refused("\"rate\":{\"per_second\":0.0001}", "/settings/rate");
    refused("\"rate\":{\"per_second\":\"5\"}", "/settings/rate");
    refused("\"rate\":{\"per_second\":5,\"burst\":0}", "/settings/rate");
    refused("\"rate\":{\"per_second\":5,\"burst\":100001}", "/settings/rate");
    refused("\"rate\":{\"per_second\":5,\"per_minute\":1}", "/settings/rate");
    refused("\"tax_on_miss\":\"holdd\"", "/settings/tax_on_miss");
    refused("\"products_on_miss\":true", "/settings/products_on_miss");
    refused("\"tax_codes\":[]", "/settings/tax_codes");
    refused("\"tax_codes\":{\"8.25 %\":1}", "/settings/tax_codes");
    refused("\"tax_codes\":{\"0.0825\":\"1\"}", "/settings/tax_codes");
}
