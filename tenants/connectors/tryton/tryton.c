#include "connectors/tryton/tryton.h"

#include "connectors/tryton/tryton_int.h"

static const char *const members[] = {
    "url",         "user",      "company",     "warehouse",         "payment_term",       "account_category",
    "unit",        "tax_codes", "tax_on_miss", "products_on_miss",  "service_skus",       "concurrency",
    "rate",        "currency",  "journal",     "statement_journal", "receivable_account", "returns_account",
    "tax_account", NULL};

static bool known(struct str key)
{
    for (const char *const *m = members; *m; m++)
        if (str_is(key, *m))
            return true;
    return false;
}

static void choice_check(struct scope *sc, const struct doc *settings, const char *key, const char *one,
                         const char *other)
{
    const struct doc *v = doc_get(settings, key);

    if (v && !str_is(doc_text(v), one) && !str_is(doc_text(v), other))
        scope_item(sc, arena_f(sc->arena, "/settings/%s", key), "unknown_value", "\"%s\" or \"%s\"", one, other);
}

static void ids_check(struct scope *sc, const struct doc *settings)
{
    static const char *const ids[] = {"warehouse",  "payment_term",      "account_category",   "unit",
                                      "journal",    "statement_journal", "receivable_account", "returns_account",
                                      "tax_account"};
    int64_t id;

    for (size_t i = 0; i < ARRAY_LEN(ids); i++)
        if (doc_get(settings, ids[i]) && (!doc_int(doc_get(settings, ids[i]), &id) || id < 1))
            scope_item(sc, arena_f(sc->arena, "/settings/%s", ids[i]), "wrong_type", "the id of a record, an integer");
}

static void concurrency_check(struct scope *sc, const struct doc *settings)
{
    const struct doc *v = doc_get(settings, "concurrency");
    int64_t n;

    if (v && (!doc_int(v, &n) || n < 1 || n > ERP_CONCURRENCY_MAX))
        scope_item(sc, "/settings/concurrency", "out_of_range", "how many calls at once, 1 to %d", ERP_CONCURRENCY_MAX);
}

/* A rate that cannot be read would never match, and its taxes would be booked as lines without a word. */
static void tax_codes_check(struct scope *sc, const struct doc *settings)
{
    const struct doc *codes = doc_get(settings, "tax_codes");
    struct decimal rate;
    int64_t id;

    if (codes && doc_kind(codes) != DOC_OBJECT)
        scope_item(sc, "/settings/tax_codes", "wrong_type", "an object of rates and ids of taxes");
    for (size_t i = 0; i < doc_count(codes); i++)
        if (!decimal_parse(doc_key(codes, i), &rate) || !doc_int(doc_at(codes, i), &id))
            scope_item(sc, "/settings/tax_codes", "wrong_type", "a rate like \"0.0825\" and the id of a tax");
}

static enum err settings_check(struct scope *sc, const struct connector *c, const struct doc *settings)
{
    struct str url = doc_text(doc_get(settings, "url"));
    int64_t company;

    (void)c;
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
    if (!doc_int(doc_get(settings, "company"), &company) || company < 1)
        scope_item(sc, "/settings/company", "required", "the id of the company, an integer");
    ids_check(sc, settings);
    concurrency_check(sc, settings);
    connector_rate_check(sc, settings);
    tax_codes_check(sc, settings);
    choice_check(sc, settings, "tax_on_miss", "line", "hold");
    choice_check(sc, settings, "products_on_miss", "create", "hold");
    if (scope_fault(sc)->item_count)
        return FAIL(sc, ERR_INVALID, "the settings are not right");
    return OK;
}

static const struct connector_erp erp = {
    .build = tryton_build,
    .read = tryton_read,
    .skus = tryton_skus,
    .settle_ms = 40000, /* longer than a call may take there */
    .concurrency = 4,   /* its own server confirms about four sales a second: more would only wait there */
};

static const struct connector_cover covers[] = {{"sales_order", "out", "create"}, {0}};

const struct connector tryton_connector = {
    .name = "tryton",
    .title = "Tryton",
    .erp = &erp,
    .settings_check = settings_check,
    .kind = "erp",
    .covers = covers,
};
