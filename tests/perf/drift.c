#include <stdio.h>
#include <time.h>

#include "base/must.h"
#include "sys/loop.h"
#include "watch/watch_int.h"

/* What judging one order by what was learnt of its source costs, where nothing deviates and nobody is asked:
 * microseconds of processor time, the best of several rounds.
 *   drift-perf ORDER   prints "watch US", "see US", "write US", "look US" and how many octets and fields the order has:
 *                      all of it, drift alone, writing a shape (which happens once in up to 1000 payloads), and judging
 *                      without learning.
 */
#define ROUNDS  12
#define TIMES   2000
#define LEARNT  2000
#define OCTETS  (1 << 20)
#define READS_N (sizeof(reads) / sizeof(*reads))

static const char *const reads[] = {"id",
                                    "name",
                                    "currency",
                                    "created_at",
                                    "updated_at",
                                    "taxes_included",
                                    "cancelled_at",
                                    "customer.id",
                                    "customer.first_name",
                                    "customer.last_name",
                                    "email",
                                    "billing_address.address1",
                                    "billing_address.zip",
                                    "billing_address.country_code",
                                    "shipping_address.address1",
                                    "shipping_address.country_code",
                                    "line_items.sku",
                                    "line_items.title",
                                    "line_items.quantity",
                                    "line_items.price",
                                    "line_items.tax_lines.price",
                                    "shipping_lines.price",
                                    "total_discounts",
                                    "total_tax",
                                    "total_price"};

static double now_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static struct str file(struct arena *a, const char *path)
{
    FILE *f = fopen(path, "r");
    char *text = arena_alloc(a, OCTETS);
    size_t n;

    MUST_BE(f);
    n = fread(text, 1, OCTETS, f);
    fclose(f);
    return (struct str){text, n};
}

static struct watch_cache cache;
static struct watch_in in = {.object = "order", .version = "", .reads = reads, .read_count = READS_N};

static void watch(struct watch_copy *c)
{
    struct scope *sc = scope_new();
    struct watch_out *out = ARENA_NEW(sc->arena, struct watch_out);

    MUST_BE(watch_payload_in(&cache, sc, &in, out) == OK && out->action == DRIFT_PASS && !out->reason);
    c->unsaved = 0;
    scope_free(sc);
}

static void see(struct watch_copy *c)
{
    struct scope *sc = scope_new();
    struct drift_seen seen;

    drift_see(sc->arena, c->shape, in.payload, &c->policy, &seen);
    MUST_BE(seen.n == 0);
    scope_free(sc);
}

static void put_down(struct watch_copy *c)
{
    struct scope *sc = scope_new();
    struct buf b;

    buf_init(&b, sc->arena, DRIFT_STORED_MAX + 1);
    drift_shape_write(sc->arena, &b, c->shape);
    scope_free(sc);
}

static void look(struct watch_copy *c)
{
    struct scope *sc = scope_new();
    struct drift_seen seen;

    drift_look(sc->arena, c->shape, in.payload, &c->policy, &seen);
    scope_free(sc);
}

static double best(void (*fn)(struct watch_copy *), struct watch_copy *c, int times)
{
    double least = 1e18;

    for (int r = 0; r < ROUNDS; r++) {
        double from = now_us(), took;

        for (int i = 0; i < times; i++)
            fn(c);
        took = (now_us() - from) / times;
        least = took < least ? took : least;
    }
    return least;
}

int main(int argc, char **argv)
{
    struct scope *sc = scope_new();
    struct watch_copy *c;
    struct arena *keep = arena_new();
    struct str text;

    MUST_BE(argc == 2);
    text = file(sc->arena, argv[1]);
    MUST_BE(doc_parse(sc, text, &in.payload) == OK);
    c = copy_enter(&cache, sc, &in);
    c->stored = true;
    c->saved_us = loop_now_us() + 3600 * INT64_C(1000000);
    copy_shape_set(c, keep, drift_shape_new(keep));
    for (int i = 0; i < LEARNT; i++)
        watch(c);
    printf("watch %.2f\n", best(watch, c, TIMES));
    printf("see %.2f\n", best(see, c, TIMES));
    printf("write %.2f\n", best(put_down, c, TIMES / 20));
    printf("look %.2f\n", best(look, c, TIMES / 20));
    printf("octets %zu\nfields %zu\n", text.n, drift_shape_paths(c->shape));
    (void)copy_leave(&cache, c);
    watch_cache_end(&cache);
    scope_free(sc);
    return 0;
}
