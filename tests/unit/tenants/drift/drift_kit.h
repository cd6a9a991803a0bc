#pragma once

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "drift/drift.h"
#include "kit/test.h"

/* Orders as a shop sends them, out of a seed: optional fields, rare values, a counter on the spot at week ends, a
 * season that sells more and dearer, several currencies; and one drift from a given order on. */

enum kit_plant {
    PLANT_NOTHING,
    PLANT_TYPE,
    PLANT_RENAME,
    PLANT_MISSING,
    PLANT_VALUE,
    PLANT_UNIT,
    PLANTS,
};

struct kit_shop {
    uint64_t random;
    unsigned order; /* the number of the one at hand */
    enum kit_plant plant;
    unsigned which; /* of four drifts of the kind */
    unsigned from;  /* the first order that may be affected */
    bool affected;
    bool counter; /* sold on the spot */
    double season;
    struct buf *b;
};

static inline uint64_t kit_next(struct kit_shop *k)
{
    uint64_t z = (k->random += 0x9e3779b97f4a7c15u);

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static inline unsigned kit_below(struct kit_shop *k, unsigned n)
{
    return (unsigned)(kit_next(k) % n);
}

static inline bool kit_chance(struct kit_shop *k, unsigned of_10000)
{
    return kit_below(k, 10000) < of_10000;
}

/* Whether this order's drift is this one. */
static inline bool kit_drifts(struct kit_shop *k, enum kit_plant plant, unsigned which)
{
    if (k->plant != plant || k->which != which || k->order < k->from)
        return false;
    k->affected = true;
    return true;
}

static inline const char *kit_one(struct kit_shop *k, const char *const *v, unsigned n)
{
    double u = (double)kit_below(k, 1u << 20) / (1u << 20);

    return v[(unsigned)(u * u * u * n)]; /* the first ones far more often */
}
#define KIT_ONE(k, ...)                                                                                                \
    kit_one((k), (const char *const[]){__VA_ARGS__}, sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

static inline const char *kit_time(struct kit_shop *k, unsigned later)
{
    unsigned s = k->order * 97 + later;

    return arena_f(k->b->arena, "2026-%02u-%02uT%02u:%02u:%02u-05:00", 1 + s / 86400 / 28 % 12, 1 + s / 86400 % 28,
                   s / 3600 % 24, s / 60 % 60, s % 60);
}

static inline void kit_money_set(struct kit_shop *k, const char *name, double amount, const char *currency)
{
    buf_f(k->b,
          "\"%s\":{\"shop_money\":{\"amount\":\"%.2f\",\"currency_code\":\"USD\"},\"presentment_money\":{\"amount\":"
          "\"%.2f\",\"currency_code\":\"%s\"}},",
          name, amount, amount, currency);
}

static inline void kit_address(struct kit_shop *k, const char *name)
{
    struct buf *b = k->b;

    if (kit_drifts(k, PLANT_TYPE, 2)) {
        buf_f(b, "\"%s\":\"%u Chestnut Street, Louisville\",", name, kit_below(k, 900));
        return;
    }
    buf_f(b, "\"%s\":{\"first_name\":\"%s\",\"last_name\":\"%s\",", name,
          KIT_ONE(k, "Ada", "Bob", "Carla", "Dmitri", "Eve", "Finn", "Gül", "Hao"),
          KIT_ONE(k, "Byron", "Norman", "Li", "Okafor", "Smith", "Jones", "García"));
    if (kit_chance(k, 800))
        buf_f(b, "\"company\":\"Firm %u\",", kit_below(k, 400));
    else
        buf_s(b, "\"company\":null,");
    buf_f(b, "\"address1\":\"%u Chestnut Street\",\"address2\":\"%s\",", kit_below(k, 900),
          kit_chance(k, 2000) ? arena_f(b->arena, "%u", kit_below(k, 90)) : "");
    if (kit_chance(k, 9000))
        buf_f(b, "\"phone\":\"555-%03u-%04u\",", kit_below(k, 1000), kit_below(k, 10000));
    else if (kit_chance(k, 5000))
        buf_f(b, "\"phone\":\"+1555%07u\",", kit_below(k, 10000000));
    else
        buf_s(b, "\"phone\":null,");
    buf_f(b, "\"city\":\"City %u\",\"zip\":\"%05u\",\"province\":\"%s\",", kit_below(k, 300), kit_below(k, 100000),
          KIT_ONE(k, "Kentucky", "Ohio", "New York", "Texas", "Maine", "Utah", "Iowa"));
    buf_f(b, "\"country\":\"United States\",\"latitude\":%.5f,\"longitude\":-%.5f,\"country_code\":\"%s\"},",
          30 + kit_below(k, 1500000) / 100000.0, 70 + kit_below(k, 4000000) / 100000.0,
          KIT_ONE(k, "US", "US", "US", "CA", "MX", "GB", "DE", "FR", "AU", "NZ", "JP", "SE"));
}

static inline void kit_price(struct kit_shop *k, const char *name, double v)
{
    if (kit_drifts(k, PLANT_UNIT, 1))
        buf_f(k->b, "\"%s\":\"%.0f\",", name, v * 100);
    else if (kit_drifts(k, PLANT_TYPE, 1))
        buf_f(k->b, "\"%s\":%.2f,", name, v);
    else
        buf_f(k->b, "\"%s\":\"%.2f\",", name, v);
}

static inline void kit_sku(struct kit_shop *k, unsigned product)
{
    if (kit_drifts(k, PLANT_MISSING, 1))
        return;
    if (kit_drifts(k, PLANT_TYPE, 0))
        buf_f(k->b, "\"sku\":{\"code\":\"SKU-%04u\"},", product);
    else if (kit_chance(k, 100))
        buf_s(k->b, "\"sku\":\"\",");
    else
        buf_f(k->b, "\"sku\":\"SKU-%04u\",", product);
}

static inline void kit_grams(struct kit_shop *k, const char *name, unsigned grams)
{
    if (kit_drifts(k, PLANT_UNIT, 0))
        buf_f(k->b, "\"%s\":%.3f,", name, grams / 1000.0);
    else
        buf_f(k->b, "\"%s\":%u,", name, grams);
}

static inline void kit_properties(struct kit_shop *k)
{
    if (kit_chance(k, 9000)) {
        buf_s(k->b, "\"properties\":[],");
        return;
    }
    buf_f(k->b, "\"properties\":[{\"name\":\"Engraving\",\"value\":");
    if (kit_chance(k, 200)) /* whoever wrote that app was not strict */
        buf_f(k->b, "%u}],", kit_below(k, 100));
    else
        buf_f(k->b, "\"To %s\"}],", KIT_ONE(k, "Ada", "Bob", "you", "us"));
}

static inline void kit_tax_lines(struct kit_shop *k, double tax)
{
    buf_f(k->b, "\"tax_lines\":[{\"title\":\"State tax\",\"rate\":%s,\"price\":\"%.2f\"}],",
          KIT_ONE(k, "0.0825", "0.06", "0.07", "0.04"), tax);
}

static inline double kit_line(struct kit_shop *k, unsigned i)
{
    unsigned product = kit_below(k, 400), quantity = 1 + kit_below(k, 1 + kit_below(k, 1 + kit_below(k, 6)));
    double price = (3 + exp(1 + (product % 97) / 22.0)) * k->season - 0.01;
    struct buf *b = k->b;

    if (kit_chance(k, 30))
        quantity *= 20;
    buf_f(b, "%s{\"id\":%llu,\"variant_id\":%u,\"product_id\":%u,\"title\":\"Product %u\",\"variant_title\":\"%uGB\",",
          i ? "," : "", 466157000000ull + k->order * 7 + i, 447654000 + product, 632910000 + product, product,
          8u << product % 5);
    kit_sku(k, product);
    buf_f(b, "\"vendor\":\"Vendor %u\",\"%s\":%u,\"requires_shipping\":%s,\"taxable\":%s,\"gift_card\":false,",
          product % 23, kit_drifts(k, PLANT_RENAME, 1) ? "qty" : "quantity", quantity, product % 40 ? "true" : "false",
          kit_chance(k, 9900) ? "true" : "false");
    buf_f(b, "\"fulfillment_service\":\"%s\",\"fulfillment_status\":%s,", product % 31 ? "manual" : "warehouse-two",
          kit_chance(k, 5000) ? "null" : "\"fulfilled\"");
    kit_grams(k, "grams", product % 40 ? 20 + product * product % 3100 : 0);
    kit_properties(k);
    kit_price(k, "price", price);
    kit_money_set(k, "price_set", price, "USD");
    kit_tax_lines(k, price * 0.08);
    buf_f(b, "\"total_discount\":\"%.2f\",\"discount_allocations\":[]}", kit_chance(k, 1000) ? price / 10 : 0.0);
    return price * quantity;
}

static inline void kit_customer(struct kit_shop *k)
{
    unsigned id = kit_below(k, 5000);

    if (kit_drifts(k, PLANT_MISSING, 2) || (k->counter && kit_chance(k, 6000)))
        return;
    buf_f(k->b,
          "\"customer\":{\"id\":%llu,\"email\":\"c%u@example.com\",\"created_at\":\"%s\",\"first_name\":\"Ada%u\","
          "\"orders_count\":%u,\"state\":\"%s\",\"total_spent\":\"%.2f\",\"note\":null,\"verified_email\":true,"
          "\"tax_exempt\":%s,\"tags\":\"%s\",\"currency\":\"USD\"},",
          207119000000ull + id, id, kit_time(k, id), id, 1 + id % 17,
          KIT_ONE(k, "disabled", "enabled", "invited", "declined"), (id % 17) * 31.4,
          kit_chance(k, 100) ? "true" : "false", KIT_ONE(k, "", "", "vip", "wholesale, vip", "newsletter"));
}

static inline void kit_head(struct kit_shop *k)
{
    const char *quote = kit_drifts(k, PLANT_TYPE, 3) ? "\"" : "";
    struct buf *b = k->b;

    buf_f(b,
          "{\"id\":%llu,\"admin_graphql_api_id\":\"gid://shopify/Order/%u\",\"name\":\"#%u\",\"order_number\":%s%u%s,",
          5500000000000ull + k->order * 3, k->order, 1000 + k->order, quote, 1000 + k->order, quote);
    buf_f(b, "\"%s\":\"c%u@example.com\",", kit_drifts(k, PLANT_RENAME, 3) ? "contact_email" : "email",
          kit_below(k, 5000));
    if (!kit_drifts(k, PLANT_MISSING, 0))
        buf_f(b, "\"currency\":\"%s\",", KIT_ONE(k, "USD", "USD", "USD", "CAD", "EUR", "GBP"));
    buf_f(b, "\"test\":%s,\"created_at\":\"%s\",\"updated_at\":\"%s\",", kit_chance(k, 20) ? "true" : "false",
          kit_time(k, 0), kit_time(k, 5));
    if (kit_chance(k, 200))
        buf_f(b, "\"cancelled_at\":\"%s\",\"cancel_reason\":\"%s\",", kit_time(k, 900),
              KIT_ONE(k, "customer", "inventory", "fraud", "declined", "other"));
    else
        buf_s(b, "\"cancelled_at\":null,\"cancel_reason\":null,");
    buf_f(b, "\"financial_status\":\"%s\",",
          kit_chance(k, 3000) && kit_drifts(k, PLANT_VALUE, 0)
              ? "captured"
              : KIT_ONE(k, "paid", "paid", "pending", "authorized", "partially_refunded", "refunded", "voided"));
    buf_f(b, "\"gateway\":\"%s\",",
          kit_chance(k, 1000) && kit_drifts(k, PLANT_VALUE, 1)
              ? "instalments"
              : KIT_ONE(k, "shopify_payments", "paypal", "gift_card", "manual", "cash_on_delivery"));
}

static inline void kit_middle(struct kit_shop *k)
{
    struct buf *b = k->b;

    if (kit_chance(k, 1500))
        buf_f(b, "\"note\":\"please leave it with number %u\",", kit_below(k, 90));
    else
        buf_s(b, "\"note\":null,");
    if (kit_chance(k, 40)) /* an app that few have */
        buf_f(b, "\"gift_message\":\"Happy %uth\",", kit_below(k, 90));
    buf_f(b, "\"source_name\":\"%s\",",
          k->counter                                             ? "pos"
          : kit_chance(k, 2000) && kit_drifts(k, PLANT_VALUE, 2) ? "tiktok"
          : kit_chance(k, 15)                                    ? "shopify_draft_order"
                                                                 : KIT_ONE(k, "web", "web", "android", "iphone"));
    buf_f(b, "\"token\":\"%016llx%016llx\",", (unsigned long long)kit_next(k), (unsigned long long)kit_next(k));
    if (kit_chance(k, 7000))
        buf_f(b, "\"landing_site\":\"/?ref=%u\",", kit_below(k, 40));
    if (!k->counter)
        buf_f(b, "\"browser_ip\":\"203.0.113.%u\",\"client_details\":{\"user_agent\":\"Mozilla/5.0 (%u)\"},",
              kit_below(k, 255), kit_below(k, 99));
    kit_customer(k);
    kit_address(k, "billing_address");
    if (!k->counter)
        kit_address(k, kit_drifts(k, PLANT_RENAME, 2) ? "ship_to" : "shipping_address");
}

static inline void kit_shipping(struct kit_shop *k)
{
    buf_s(k->b, "\"shipping_lines\":[");
    if (!k->counter) {
        buf_f(k->b, "{\"id\":%u,", 369256000 + k->order);
        if (!kit_drifts(k, PLANT_MISSING, 3))
            buf_f(k->b, "\"code\":\"%s\",",
                  kit_chance(k, 2500) && kit_drifts(k, PLANT_VALUE, 3)
                      ? "Drone"
                      : KIT_ONE(k, "Standard", "Express", "Economy", "Overnight", "Pickup"));
        kit_tax_lines(k, 0.4);
        buf_f(k->b, "\"price\":\"%.2f\"}", kit_chance(k, 4000) ? 0.0 : 4.95 * (1 + kit_below(k, 3)));
    }
    buf_s(k->b, "],");
}

static inline void kit_refunds(struct kit_shop *k, double total)
{
    buf_s(k->b, "\"refunds\":[");
    if (kit_chance(k, 300))
        buf_f(k->b,
              "{\"id\":%u,\"created_at\":\"%s\",\"restock\":%s,\"transactions\":[{\"kind\":\"refund\",\"amount\":"
              "\"%.2f\",\"status\":\"%s\"}]}",
              509562000 + k->order, kit_time(k, 7200), kit_chance(k, 7000) ? "true" : "false", total,
              KIT_ONE(k, "success", "success", "failure"));
    buf_s(k->b, "],\"discount_codes\":[");
    if (kit_chance(k, 1200))
        buf_f(k->b, "{\"code\":\"SAVE%u\",\"amount\":\"%.2f\",\"type\":\"%s\"}", kit_below(k, 30), total / 10,
              KIT_ONE(k, "percentage", "fixed_amount", "shipping"));
    buf_s(k->b, "],\"note_attributes\":[]}");
}

/* Half of the orders of a week end are sold at the counter; what is sold trebles in price until the end. */
static inline struct str kit_order(struct kit_shop *k, struct buf *b)
{
    unsigned lines = 1 + kit_below(k, 1 + kit_below(k, 4)), weight = 40 + kit_below(k, 4000);
    double total = 0;

    k->b = b;
    k->affected = false;
    k->counter = kit_chance(k, k->order / 100 % 7 > 4 ? 5000 : 500);
    k->season = 1 + 2.0 * k->order / 10000;
    kit_head(k);
    kit_middle(k);
    buf_s(b, "\"line_items\":[");
    for (unsigned i = 0; i < lines; i++)
        total += kit_line(k, i);
    buf_s(b, "],");
    kit_shipping(k);
    kit_grams(k, "total_weight", weight);
    buf_f(b, "\"subtotal_price\":\"%.2f\",\"%s\":\"%.2f\",", total,
          kit_drifts(k, PLANT_RENAME, 0) ? "tax_total" : "total_tax", kit_chance(k, 1500) ? 0 : total * 0.08);
    kit_money_set(k, "total_price_set", total * 1.08, "USD");
    kit_price(k, "total_price", total * (kit_drifts(k, PLANT_UNIT, 2) ? 108 : 1.08));
    buf_f(b, "\"total_discounts\":\"%.2f\",", kit_drifts(k, PLANT_UNIT, 3) ? total / 1000 : total / 10);
    kit_refunds(k, total);
    k->order++;
    return buf_str(b);
}

struct kit_found {
    unsigned deviations; /* opened before anything had been planted, or at all */
    unsigned affected;   /* orders until the drift was found; 0: never */
    struct drift_deviation first;
};

struct kit_run {
    unsigned orders;
    bool tell; /* what is opened */
    bool stop; /* at the first */
};

/* A shape that learns orders one by one. */
static inline void kit_replay(struct drift_shape *s, struct kit_shop *k, const struct kit_run *how,
                              struct kit_found *out)
{
    unsigned affected = 0;

    *out = (struct kit_found){0};
    for (unsigned i = 0; i < how->orders && !(how->stop && out->deviations); i++) {
        struct scope *sc = scope_new();
        const struct doc *d = NULL;
        struct drift_seen seen;
        struct buf b;

        buf_init(&b, sc->arena, 1 << 16);
        CHECK_OK(doc_parse(sc, kit_order(k, &b), &d));
        affected += k->affected;
        drift_see(sc->arena, s, d, NULL, &seen);
        for (size_t n = 0; n < seen.n; n++) {
            const struct drift_deviation *v = &seen.v[n];

            if (!v->opened)
                continue;
            if (how->tell)
                printf("# order %u (%u affected): %s %s: %s, not %s%s%s (%.1f)\n", i, affected,
                       drift_what_name(v->what), v->path, v->got, v->expected, v->other ? ", is now " : "",
                       v->other ? v->other : "", v->evidence);
            if (!out->deviations++) {
                out->affected = affected;
                out->first = *v;
                out->first.path = arena_strdup(test_scope()->arena, v->path);
            }
        }
        scope_free(sc);
    }
}

static inline unsigned kit_seeds(unsigned usual)
{
    const char *said = getenv("DRIFT_SEEDS");

    return said ? (unsigned)strtoul(said, NULL, 10) : usual;
}
