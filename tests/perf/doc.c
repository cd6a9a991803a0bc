#include "json/doc.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/must.h"

/* How fast a document is read by doc and by jansson: microseconds for one parse and release, the best of several
 * rounds. With a file's name it reads that file, otherwise an order of about 7 KB.
 */
#define ROUNDS 15
#define TIMES  1000

static double now_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static struct str order(struct arena *a)
{
    struct buf b;

    buf_init(&b, a, 1 << 16);
    buf_s(&b,
          "{\"id\":820982911946154508,\"admin_graphql_api_id\":\"gid://shopify/Order/820982911946154508\","
          "\"created_at\":\"2026-11-23T10:00:00-05:00\",\"currency\":\"USD\",\"confirmed\":true,\"email\":"
          "\"jon@example.com\",\"note\":null,\"total_price\":\"398.00\",\"shipping_address\":{\"first_name\":"
          "\"Zo\xc3\xab\",\"address1\":\"123 Shipping Street\",\"city\":\"Shippington\",\"zip\":\"40003\",\"latitude\":"
          "37.1225,\"country_code\":\"US\"},\"tax_lines\":[],\"line_items\":[");
    for (int i = 0; b.n < 6900; i++)
        buf_f(&b,
              "%s{\"id\":%d,\"admin_graphql_api_id\":\"gid://shopify/LineItem/8669761154392%d\",\"current_quantity\":1,"
              "\"fulfillable_quantity\":1,\"fulfillment_status\":null,\"gift_card\":false,\"grams\":567,\"name\":"
              "\"IPod Nano - 8GB, \\\"slate\\\"\",\"price\":\"199.00\",\"price_set\":{\"shop_money\":{\"amount\":"
              "\"199.00\",\"currency_code\":\"USD\"},\"presentment_money\":{\"amount\":\"199.00\",\"currency_code\":"
              "\"USD\"}},\"product_exists\":true,\"product_id\":632910392,\"properties\":[],\"quantity\":1,"
              "\"requires_shipping\":true,\"sku\":\"IPOD2008GREEN\",\"taxable\":true,\"total_discount\":\"0.00\","
              "\"variant_id\":808950810,\"vendor\":null,\"tax_lines\":[{\"title\":\"State\",\"rate\":0.06}]}",
              i ? "," : "", 866550311 + i, i);
    buf_s(&b, "]}");
    return buf_str(&b);
}

static struct str file(struct arena *a, const char *path)
{
    struct buf b;
    FILE *f = fopen(path, "r");
    char *to;

    MUST_BE(f);
    buf_init(&b, a, 16 << 20);
    while ((to = buf_reserve(&b, 65536))) {
        size_t n = fread(to, 1, 65536, f);

        if (!n)
            break;
        buf_advance(&b, n);
    }
    fclose(f);
    return buf_str(&b);
}

static void by_doc(struct str text)
{
    struct scope *sc = scope_new();
    const struct doc *d;

    MUST_BE(doc_parse(sc, text, &d) == OK);
    scope_free(sc);
}

static void by_jansson(struct str text)
{
    json_error_t broken;
    json_t *v = json_loadb(text.p, text.n, JSON_REJECT_DUPLICATES, &broken);

    MUST_BE(v);
    json_decref(v);
}

static double one_us(void (*parse)(struct str), struct str text)
{
    double from = now_us();

    for (int i = 0; i < TIMES; i++)
        parse(text);
    return (now_us() - from) / TIMES;
}

int main(int argc, char **argv)
{
    struct arena *a = arena_new();
    struct str text = argc > 1 ? file(a, argv[1]) : order(a);
    double ours = 1e9, peer = 1e9;

    for (int round = 0; round < ROUNDS; round++) { /* in turn, so that a busy machine slows both */
        double o = one_us(by_doc, text), p = one_us(by_jansson, text);

        ours = o < ours ? o : ours;
        peer = p < peer ? p : peer;
    }
    printf("doc      %8.2f us\njansson  %8.2f us\n", ours, peer);
    printf("{\"name\":\"doc\",\"ours\":%.2f,\"peer\":%.2f,\"ratio\":%.1f,\"unit\":\"us\","
           "\"note\":\"parse and release a document of %zu octets, against jansson, duplicates refused by both\"}\n",
           ours, peer, peer / ours, text.n);
    arena_free(a);
    arena_thread_end();
    return 0;
}
