#include "connectors/tryton/tryton.h"

#include "connectors/tryton/tryton_int.h"

static const char *const members[] = {"url", "user", "company", "warehouse", "payment_term", "account_category", "unit",
                                      "tax_codes", "tax_on_miss", "products_on_miss", "service_skus", NULL};

static bool known(struct str key)
{
    for (const char *const *m = members; *m; m++)
        if (str_is(key, *m))
            return true;
    return false;
}

static enum err settings_check(struct scope *sc, const struct doc *settings)
{
    struct str url = doc_text(doc_get(settings, "url"));
    int64_t company;

    for (size_t i = 0; i < doc_count(settings); i++) {
        struct str key = doc_key(settings, i);

        if (!known(key))
            scope_item(sc, arena_f(sc->arena, "/settings/%.*s", (int)key.n, key.p), "unknown_member",
                       "this is not a setting of the connector");
    }
    if (!str_starts(url, "https://") && !str_starts(url, "http://"))
        scope_item(sc, "/settings/url", "required", "the database's address, like https://erp.example.com/erp/");
    if (doc_text(doc_get(settings, "user")).n == 0)
        scope_item(sc, "/settings/user", "required", "the name the connector logs in with");
    if (!doc_int(doc_get(settings, "company"), &company))
        scope_item(sc, "/settings/company", "required", "the id of the company, an integer");
    if (scope_fault(sc)->item_count)
        return FAIL(sc, ERR_INVALID, "the settings are not right");
    return OK;
}

static const struct connector_erp erp = {
    .build = tryton_build,
    .read = tryton_read,
    .skus = tryton_skus,
    .settle_ms = 40000, /* longer than a call may take there */
    .concurrency = 64,
};

const struct connector tryton_connector = {
    .name = "tryton",
    .title = "Tryton",
    .erp = &erp,
    .settings_check = settings_check,
};
