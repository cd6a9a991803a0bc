#include <stdlib.h>

#include "drift_kit.h"

/* What a mapping of orders reads: kinds are told there of one payload. */
static const char *const reads[] = {"order_number",
                                    "currency",
                                    "email",
                                    "financial_status",
                                    "cancelled_at",
                                    "customer.id",
                                    "customer.email",
                                    "shipping_address.country_code",
                                    "billing_address.zip",
                                    "line_items.sku",
                                    "line_items.quantity",
                                    "line_items.price",
                                    "line_items.tax_lines.rate",
                                    "shipping_lines.code",
                                    "total_price",
                                    "total_weight",
                                    "refunds.transactions.amount",
                                    "discount_codes.code"};

TEST_LIMIT(a_clean_replay_of_ten_thousand_orders_opens_nothing, 300)
{
    for (unsigned seed = 1; seed <= kit_seeds(2); seed++) {
        struct kit_shop shop = {.random = seed * 7919};
        struct kit_found found;

        struct drift_shape *s = drift_shape_new(test_scope()->arena);

        drift_shape_bear(s, reads, sizeof(reads) / sizeof(*reads));
        kit_replay(s, &shop, &(struct kit_run){10000, true, false}, &found);
        CHECK_INT(found.deviations, 0);
    }
}

static int by_size(const void *a, const void *b)
{
    return (int)*(const unsigned *)a - (int)*(const unsigned *)b;
}

static bool is_as_planted(enum kit_plant plant, enum drift_what what)
{
    static const enum drift_what of[PLANTS] = {DRIFT_WHATS,   DRIFT_TYPE,  DRIFT_RENAMED,
                                               DRIFT_MISSING, DRIFT_VALUE, DRIFT_UNIT};

    return of[plant] == what || (plant == PLANT_UNIT && what == DRIFT_FORMAT);
}

static void plant(enum kit_plant what, const char *name)
{
    unsigned seeds = kit_seeds(20), *affected = ARENA_ARRAY(test_scope()->arena, unsigned, seeds);

    for (unsigned seed = 0; seed < seeds; seed++) {
        struct kit_shop shop = {.random = 77 + seed * 104729, .plant = what, .which = seed % 4};
        struct kit_found found;

        shop.from = 250 + kit_below(&shop, getenv("DRIFT_SEEDS") ? 9700 : 2000);
        kit_replay(drift_shape_new(test_scope()->arena), &shop, &(struct kit_run){10000, true, true}, &found);
        affected[seed] = found.affected;
        if (!found.affected || !is_as_planted(what, found.first.what))
            printf("# seed %u, from %u, variant %u\n", seed, shop.from, shop.which);
        CHECK(found.affected >= 1 && found.affected <= 20);
        CHECK(is_as_planted(what, found.first.what));
    }
    qsort(affected, seeds, sizeof(*affected), by_size);
    printf("# %s: %u seeds, found in affected order %u (median), %u (worst)\n", name, seeds, affected[seeds / 2],
           affected[seeds - 1]);
}

TEST_LIMIT(a_changed_type_is_found, 300)
{
    plant(PLANT_TYPE, "type");
}

TEST_LIMIT(a_renamed_field_is_found, 300)
{
    plant(PLANT_RENAME, "rename");
}

TEST_LIMIT(a_missing_field_is_found, 300)
{
    plant(PLANT_MISSING, "missing");
}

TEST_LIMIT(a_new_word_is_found, 300)
{
    plant(PLANT_VALUE, "new value");
}

TEST_LIMIT(a_changed_unit_is_found, 300)
{
    plant(PLANT_UNIT, "unit");
}
