#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/money.h"
#include "base/timefmt.h"
#include "crypto/crypto.h"
#include "main/ctl_int.h"
#include "net/net.h"
#include "sys/fiber.h"
#include "sys/loop.h"
#include "json/doc.h"

/* Storefront orders as Shopify shapes them, from a seed: the same seed gives the same orders. */
#define DELIVERIES_MAX 200000
#define SENDERS        16
#define FIRST_ID       INT64_C(5800000000000000000) /* over 2^53, as theirs are */
#define RETRY_US       300000
#define RETRY_FOR_US   (INT64_C(180) * 1000000)

struct delivery {
    int64_t order;
    bool again, other_topic, bad;
};

struct simulation {
    struct scope *sc;
    struct net *net;
    const char *url, *shop;
    struct str secret;
    const struct doc *body; /* a template, or NULL */
    struct delivery *deliveries;
    size_t count, next;
    int64_t seed, from;
    bool retry;
    unsigned senders;
    struct waitq done;
    int64_t accepted, refused, failed;
};

static uint64_t mix(uint64_t x) /* splitmix64 */
{
    x += 0x9e3779b97f4a7c15u;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    x = (x ^ x >> 27) * 0x94d049bb133111ebu;
    return x ^ x >> 31;
}

struct dice {
    uint64_t state;
};

static int64_t roll(struct dice *d, int64_t below)
{
    d->state = mix(d->state);
    return (int64_t)(d->state % (uint64_t)below);
}

static const int prices[20] = {1999, 2450, 725,  12900, 333, 99,  4995, 1500, 8888,  1249,
                               505,  6410, 3117, 25000, 275, 990, 1777, 4500, 10001, 666};

static void put_cents(struct buf *b, int64_t cents)
{
    buf_f(b, "\"%" PRId64 ".%02" PRId64 "\"", cents / 100, cents % 100);
}

/* What one line comes to, in cents. */
struct sum {
    int64_t goods, discount, tax;
};

static int64_t taxed(int64_t cents) /* 8.25 %, half a cent up: the shop's rounding, line by line */
{
    return (cents * 825 + 5000) / 10000;
}

static void put_line(struct buf *b, struct dice *d, int64_t id, struct sum *sum)
{
    int sku = (int)roll(d, 20);
    int64_t quantity = 1 + roll(d, 4);
    int64_t whole = prices[sku] * quantity;
    int64_t discount = roll(d, 5) == 0 ? whole / 10 : 0;
    int64_t tax = (sku + 1) % 5 == 0 ? 0 : taxed(whole - discount);

    buf_f(b,
          "{\"id\":%" PRId64 ",\"sku\":\"SKU-%04d\",\"title\":\"Demo product %02d\",\"quantity\":%" PRId64
          ",\"price\":",
          id, sku + 1, sku + 1, quantity);
    put_cents(b, prices[sku]);
    buf_s(b, ",\"discount_allocations\":[");
    if (discount) {
        buf_s(b, "{\"amount\":");
        put_cents(b, discount);
        buf_s(b, "}");
    }
    buf_s(b, "],\"tax_lines\":[");
    if (tax) {
        buf_s(b, "{\"title\":\"State tax\",\"rate\":0.0825,\"price\":");
        put_cents(b, tax);
        buf_s(b, "}");
    }
    buf_s(b, "]}");
    sum->goods += whole;
    sum->discount += discount;
    sum->tax += tax;
}

static const char *const people[][2] = {{"Ada", "Byron"},  {"Käthe", "Müller"}, {"Sean", "O'Neil"}, {"Léon", "Noël"},
                                        {"Mei", "Tanaka"}, {"Ines", "Costa"},   {"Bob", "Norman"},  {"Zoë", "Brandt"}};

static void put_person(struct buf *b, struct dice *d)
{
    int64_t who = roll(d, (int64_t)ARRAY_LEN(people));
    const char *const *p = people[who];

    buf_f(b, "\"email\":\"shopper%" PRId64 "@example.com\",", who);
    if (roll(d, 3)) /* the others are guests */
        buf_f(b, "\"customer\":{\"id\":%" PRId64 ",\"first_name\":\"%s\",\"last_name\":\"%s\"},",
              INT64_C(207119551000) + who, p[0], p[1]);
    buf_f(b,
          "\"shipping_address\":{\"name\":\"%s %s\",\"address1\":\"%d Chestnut Street\",\"zip\":\"40202\","
          "\"city\":\"Louisville\",\"province_code\":\"KY\",\"country_code\":\"US\"},",
          p[0], p[1], (int)(1 + roll(d, 99)));
}

static void put_totals(struct buf *b, const struct sum *sum, int64_t freight)
{
    buf_s(b, ",\"total_discounts\":");
    put_cents(b, sum->discount);
    buf_s(b, ",\"subtotal_price\":");
    put_cents(b, sum->goods - sum->discount);
    buf_s(b, ",\"total_tax\":");
    put_cents(b, sum->tax);
    buf_s(b, ",\"total_price\":");
    put_cents(b, sum->goods - sum->discount + sum->tax + freight);
}

static void put_made_order(struct buf *b, const struct simulation *s, int64_t n)
{
    struct dice d = {mix((uint64_t)s->seed * 1000003 + (uint64_t)n)};
    int64_t id = FIRST_ID + s->seed * 1000000 + n;
    int64_t lines = 1 + roll(&d, 5);
    int64_t freight = roll(&d, 3) * 495;
    struct sum sum = {0};

    buf_f(b,
          "{\"id\":%" PRId64 ",\"name\":\"#%" PRId64 "\",\"currency\":\"USD\",\"taxes_included\":false,"
          "\"created_at\":\"2026-11-%02dT%02d:%02d:00-05:00\",\"updated_at\":\"2026-11-20T12:00:00-05:00\",",
          id, 1001 + n, (int)(1 + roll(&d, 19)), (int)roll(&d, 24), (int)roll(&d, 60));
    put_person(b, &d);
    buf_s(b, "\"line_items\":[");
    for (int64_t i = 0; i < lines; i++) {
        if (i)
            buf_c(b, ',');
        put_line(b, &d, id + i, &sum);
    }
    buf_s(b, "],\"shipping_lines\":[");
    if (freight) {
        buf_s(b, "{\"title\":\"Standard\",\"price\":");
        put_cents(b, freight);
        buf_s(b, ",\"tax_lines\":[]}");
    }
    buf_c(b, ']');
    put_totals(b, &sum, freight);
    buf_c(b, '}');
}

/* A given order under another id and name. */
static void put_copied_order(struct buf *b, const struct simulation *s, int64_t n)
{
    buf_c(b, '{');
    for (size_t i = 0; i < doc_count(s->body); i++) {
        struct str key = doc_key(s->body, i);

        if (i)
            buf_c(b, ',');
        json_put_text(b, key);
        buf_c(b, ':');
        if (str_is(key, "id"))
            buf_i64(b, FIRST_ID + s->seed * 1000000 + n);
        else if (str_is(key, "name"))
            buf_f(b, "\"#%" PRId64 "\"", 1001 + n);
        else
            doc_write(b, doc_at(s->body, i));
    }
    buf_c(b, '}');
}

static const char *signature(struct scope *sc, const struct simulation *s, struct str body, bool bad)
{
    uint8_t mac[32];
    struct buf b;

    crypto_hmac_sha256(s->secret.p, s->secret.n, body.p, body.n, mac);
    mac[0] ^= bad ? 1 : 0;
    buf_init(&b, sc->arena, 100);
    buf_base64(&b, mac, sizeof(mac));
    return buf_cstr(&b);
}

static enum err deliver(struct scope *sc, struct simulation *s, const struct delivery *d, int *out_status)
{
    struct net_answer answer;
    struct net_header headers[7];
    struct net_call call = {.method = "POST", .url = s->url, .headers = headers};
    struct buf b;

    buf_init(&b, sc->arena, (size_t)4 << 20);
    if (s->body)
        put_copied_order(&b, s, d->order);
    else
        put_made_order(&b, s, d->order);
    call.body = buf_str(&b);
    headers[call.header_count++] = (struct net_header){"content-type", "application/json"};
    headers[call.header_count++] =
        (struct net_header){"x-shopify-topic", d->other_topic ? "orders/updated" : "orders/create"};
    headers[call.header_count++] = (struct net_header){"x-shopify-shop-domain", s->shop};
    headers[call.header_count++] = (struct net_header){"x-shopify-api-version", "2026-07"};
    headers[call.header_count++] =
        (struct net_header){"x-shopify-webhook-id", arena_f(sc->arena, "%" PRId64 "-%" PRId64 "%s", s->seed, d->order,
                                                            d->other_topic ? "-updated" : "")};
    headers[call.header_count++] = (struct net_header){"x-shopify-hmac-sha256", signature(sc, s, call.body, d->bad)};
    TRY(sc, net_fetch(sc, s->net, &call, &answer));
    *out_status = answer.status;
    return OK;
}

static void count(struct simulation *s, int status)
{
    if (status >= 200 && status < 300)
        s->accepted++;
    else if (status == 401)
        s->refused++;
    else
        s->failed++;
}

/* As a storefront does: what was not accepted is sent again, but for a refusal of the signature. */
static void deliver_until_told(struct simulation *s, const struct delivery *d)
{
    int64_t until = loop_now_us() + RETRY_FOR_US;
    int status = 0;

    for (;;) {
        struct scope *sc = scope_new();
        enum err e = deliver(sc, s, d, &status);

        scope_free(sc);
        if (e != OK)
            status = 0;
        if (!s->retry || (status >= 200 && status < 300) || status == 401 || loop_now_us() > until)
            break;
        fiber_sleep_us(RETRY_US);
    }
    count(s, status);
}

static void sender(void *arg)
{
    struct simulation *s = arg;

    while (s->next < s->count)
        deliver_until_told(s, &s->deliveries[s->next++]);
    if (--s->senders == 0)
        waitq_wake_all(&s->done);
}

static void add(struct simulation *s, struct delivery d)
{
    s->deliveries[s->count++] = d;
}

/* All orders, then what is delivered again and with bad signatures, and then everything shuffled. */
static int64_t arrange(struct simulation *s, int64_t orders, int64_t repeat_percent, int64_t bad)
{
    struct dice d = {mix((uint64_t)s->seed + 77)};
    int64_t repeated = orders * repeat_percent / 100;

    for (int64_t i = 0; i < orders; i++)
        add(s, (struct delivery){.order = s->from + i});
    for (int64_t i = 0; i < repeated; i++)
        add(s, (struct delivery){.order = s->from + roll(&d, orders), .again = true, .other_topic = i % 2 == 1});
    for (int64_t i = 0; i < bad; i++)
        add(s, (struct delivery){.order = s->from + i % orders, .bad = true});
    for (size_t i = s->count; i > 1; i--) {
        size_t k = (size_t)roll(&d, (int64_t)i);
        struct delivery swap = s->deliveries[i - 1];

        s->deliveries[i - 1] = s->deliveries[k];
        s->deliveries[k] = swap;
    }
    return repeated;
}

static enum err prepare(struct scope *sc, const struct ctl_args *a, struct simulation *s)
{
    const char *path, *body_file = ctl_option(a, "body-file");
    struct str body;

    TRY(sc, ctl_need(sc, a, "url", &s->url));
    TRY(sc, ctl_need(sc, a, "shop", &s->shop));
    TRY(sc, ctl_need(sc, a, "secret-file", &path));
    TRY(sc, ctl_read_file(sc, path, 4096, &s->secret));
    TRY(sc, ctl_number(sc, a, "seed", 1, &s->seed));
    TRY(sc, ctl_number(sc, a, "from", 0, &s->from));
    s->retry = ctl_option(a, "retry") != NULL;
    if (body_file) {
        TRY(sc, ctl_read_file(sc, body_file, (size_t)1 << 20, &body));
        TRY(sc, doc_parse(sc, body, &s->body));
    }
    return OK;
}

static enum err send_all(struct scope *sc, const struct ctl_args *a, struct simulation *s)
{
    struct net_conf conf = {
        .connections = SENDERS, .host_connections = SENDERS, .allow_private = true, .ca_file = ctl_option(a, "ca")};

    s->net = net_open(&conf);
    for (unsigned i = 0; i < SENDERS; i++)
        if (fiber_start(sender, s))
            s->senders++;
    while (s->senders)
        waitq_wait(&s->done, 0);
    net_close(s->net);
    return s->count ? OK : FAIL(sc, ERR_INVALID, "nothing to deliver");
}

static enum err ctl_simulate_order(struct scope *sc, const struct ctl_args *a)
{
    struct simulation s = {.sc = sc};
    int64_t orders, repeat_percent, bad, repeated;

    TRY(sc, prepare(sc, a, &s));
    TRY(sc, ctl_number(sc, a, "count", 1, &orders));
    TRY(sc, ctl_number(sc, a, "repeat-percent", 0, &repeat_percent));
    TRY(sc, ctl_number(sc, a, "bad-signature", 0, &bad));
    if (orders < 1 || orders + orders * repeat_percent / 100 + bad > DELIVERIES_MAX)
        return FAIL(sc, ERR_INVALID, "1 to %d deliveries at once", DELIVERIES_MAX);
    s.deliveries = ARENA_ARRAY(sc->arena, struct delivery, (size_t)(orders + orders * repeat_percent / 100 + bad));
    repeated = arrange(&s, orders, repeat_percent, bad);
    TRY(sc, send_all(sc, a, &s));
    printf("{\"delivered\":%zu,\"accepted\":%" PRId64 ",\"repeated\":%" PRId64 ",\"refused\":%" PRId64
           ",\"failed\":%" PRId64 "}\n",
           s.count, s.accepted, repeated, s.refused, s.failed);
    return OK;
}

const struct ctl_command ctl_simulate_commands[] = {
    {"simulate", "order",
     "--url URL --secret-file FILE --shop DOMAIN [--ca FILE] [--count N] [--from N] [--seed N] [--repeat-percent P] "
     "[--bad-signature N] [--body-file FILE] [--retry true]",
     "Delivers signed orders as a shop would.", NULL, ctl_simulate_order, CTL_LOOP},
    {},
};
