#include "unit/tenants/standin/asking.h"

#include "crypto/crypto.h"
#include "json/doc.h"

/* What a stand-in holds outlives it, shoppers order, and what it sends meets faults of its own. */

#define DOCUMENT                                                                                                       \
    "{\"format\":\"standin/1\",\"connector\":\"acme\",\"base\":\"/v1/\","                                              \
    "\"auth\":{\"when\":\"$headers.authorization = 'Bearer good'\",\"status\":403,\"answer\":\"{'error': 'ended'}\"}," \
    "\"collections\":{\"orders\":{\"key\":\"id\",\"first\":10},\"lines\":{\"key\":\"id\"}},"                           \
    "\"seed\":\"($o := function($i) {{'id': 'o-' & $string($i), 'n': $i + $seed}}; $exists($grown) ? $o($grown) : "    \
    "{'orders': [1..3].$o($)})\","                                                                                     \
    "\"sends\":{\"headers\":\"{'x-topic': $topic}\",\"check\":{\"kind\":\"hmac\",\"over\":\"{body}\","                 \
    "\"signature\":{\"header\":\"x-sign\",\"encoding\":\"base64\"}}},"                                                 \
    "\"orders\":{\"of\":\"orders\",\"grown\":\"$next\",\"make\":\"$merge([$, {'at': $now_s > 0}])\","                  \
    "\"changes\":[{\"of\":\"lines\",\"key\":\"id\",\"to\":\"{'id': 'l-' & $thing.id}\"}],"                             \
    "\"events\":[{\"topic\":\"'placed'\",\"body\":\"$thing\"}]},"                                                      \
    "\"routes\":[{\"name\":\"get\",\"method\":\"GET\",\"path\":\"orders/"                                              \
    "{id}\",\"do\":\"get\",\"of\":\"orders\",\"key\":\"$path.id\",\"answer\":\"$merge([$, {'at': $url & id}])\"},"     \
    "{\"name\":\"make\",\"method\":\"POST\",\"path\":\"orders\",\"do\":\"create\",\"of\":\"orders\","                  \
    "\"make\":\"{'id': 'p-' & $string($next)}\",\"idempotent\":\"$headers.key\"},"                                     \
    "{\"name\":\"lines\",\"method\":\"GET\",\"path\":\"lines\",\"do\":\"list\",\"of\":\"lines\",\"answer\":\"$items."  \
    "id\"}]}"

static const char *saved(struct standin *s)
{
    struct buf b;

    buf_init(&b, test_scope()->arena, 1 << 20);
    CHECK_OK(standin_save(test_scope(), s, &b));
    return buf_cstr(&b);
}

static struct standin *again(const char *text)
{
    struct standin *s = opened(DOCUMENT);
    const struct doc *d;

    CHECK_OK(doc_parse(test_scope(), str_of(text), &d));
    CHECK_OK(standin_load(test_scope(), s, d));
    return s;
}

static void fault(struct standin *s, const char *text)
{
    CHECK_STR(ask(s, POST, "/_standin/faults", NULL, NULL, NULL, text), "204 ");
}

TEST(what_is_kept_is_read_again_as_it_was)
{
    struct standin *s = opened(DOCUMENT), *t;
    const char *key, *text;
    uint64_t turns;

    CHECK_OK(standin_order(test_scope(), s, &key));
    CHECK_STR(ask(s, POST, "/v1/orders", NULL, NULL, "k1", "{}"), "201 {\"id\":\"p-11\"}");
    fault(
        s,
        "{\"kind\":\"status\",\"status\":503,\"times\":1,\"share\":0.5,\"route\":\"lines\",\"headers\":{\"a\":\"b\"}}");
    text = saved(s);
    t = again(text);
    CHECK_STR(saved(t), text);
    CHECK_STR(ask(t, POST, "/v1/orders", NULL, NULL, "k1", "{}"), "201 {\"id\":\"p-11\"}");
    CHECK_STR(ask(t, POST, "/v1/orders", NULL, NULL, "k2", "{}"), "201 {\"id\":\"p-12\"}");
    CHECK_INT(standin_waiting(t), 1);
    turns = standin_turns(t);
    (void)get(t, "/v1/orders/o-1");
    CHECK(standin_turns(t) == turns); /* what only asks turns nothing */
    standin_close(s);
    standin_close(t);
}

TEST(what_is_none_of_it_is_not_read)
{
    struct standin *s = opened(DOCUMENT);
    const struct doc *d;

    CHECK_OK(doc_parse(test_scope(), STR("{\"format\":2}"), &d));
    CHECK_ERR(standin_load(test_scope(), s, d), ERR_INVALID);
    standin_close(s);
}

TEST(an_order_is_what_the_seed_gives_and_the_document_makes_of_it)
{
    struct standin *s = opened(DOCUMENT);
    const char *key;

    CHECK(standin_sells(s));
    CHECK_OK(standin_order(test_scope(), s, &key));
    CHECK_STR(key, "o-10");
    CHECK_OK(standin_order(test_scope(), s, &key));
    CHECK_STR(key, "o-11");
    CHECK_STR(get(s, "/v1/lines"), "200 [\"l-o-10\",\"l-o-11\"]");
    CHECK_INT(standin_waiting(s), 2);
    standin_close(s);
}

TEST(every_shop_that_takes_orders_makes_them_one_after_the_other)
{
    unsigned shops = 0;

    for (size_t i = 0; i < standin_shipped_count; i++) {
        struct standin *s = opened(standin_shipped_table[i].text);
        const char *a, *b;

        if (standin_sells(s)) {
            shops++;
            CHECK_OK(standin_order(test_scope(), s, &a));
            CHECK_OK(standin_order(test_scope(), s, &b));
            CHECK(strcmp(a, b) != 0);
            CHECK(!standin_sends(s) || standin_waiting(s) == 2);
        }
        standin_close(s);
    }
    CHECK(shops >= 4);
}

TEST(addresses_are_told_with_the_prefix)
{
    struct standin *s = opened(DOCUMENT);

    standin_prefix(s, "/c/1");
    CHECK(strstr(get(s, "/v1/orders/o-1"), "/c/1/v1/o-1"));
    standin_close(s);
}

static struct standin_letter letter(struct standin *s, uint64_t no)
{
    struct secret *secret = secret_copy("s", 1);
    struct standin_address to = {STR("https://x.example/hooks/1"), secret};
    struct standin_letter l = {0};

    CHECK_OK(standin_letter(test_scope(), s, no, &to, &l));
    secret_wipe(&secret);
    return l;
}

TEST(what_is_sent_may_come_twice_turned_round_and_with_what_nobody_announced)
{
    struct standin *s = opened(DOCUMENT);
    struct standin_letter l;
    const char *key;
    uint64_t no[4];

    CHECK_OK(crypto_start(test_scope()));
    for (int i = 0; i < 3; i++)
        CHECK_OK(standin_order(test_scope(), s, &key));
    CHECK_INT(standin_letters(s, no, 4), 3);
    CHECK(no[0] < no[1] && no[1] < no[2]);
    fault(s, "{\"kind\":\"reorder\",\"times\":1}");
    CHECK_INT(standin_letters(s, no, 4), 3);
    CHECK(no[0] > no[1] && no[1] > no[2]);
    fault(s, "{\"kind\":\"duplicate\",\"times\":1}");
    fault(s, "{\"kind\":\"drift\",\"times\":1,\"route\":\"deliveries\"}");
    l = letter(s, no[0]);
    CHECK(l.twice);
    CHECK_STR(str_dup(test_scope()->arena, l.body),
              "{\"id\":\"o-12\",\"n\":13,\"at\":true,\"unannounced\":\"as of now\"}");
    l = letter(s, no[1]);
    CHECK(!l.twice);
    CHECK_STR(str_dup(test_scope()->arena, l.body), "{\"id\":\"o-11\",\"n\":12,\"at\":true}");
    standin_sent(s, no[1]);
    CHECK_INT(standin_waiting(s), 2);
    standin_sent(s, no[1]);
    CHECK_INT(standin_waiting(s), 2);
    standin_close(s);
}

TEST(who_is_let_in_no_more_is_told_so_and_a_fault_s_time_ends)
{
    struct standin *s = opened(DOCUMENT);

    fault(s, "{\"kind\":\"expired\",\"times\":1}");
    CHECK_STR(get(s, "/v1/lines"), "403 {\"error\":\"ended\"}");
    CHECK(strncmp(get(s, "/v1/lines"), "200", 3) == 0);
    fault(s, "{\"kind\":\"status\",\"status\":500,\"until_us\":1}");
    CHECK(strncmp(get(s, "/v1/lines"), "200", 3) == 0);
    fault(s, "{\"kind\":\"status\",\"status\":500,\"for_s\":600}");
    CHECK(strncmp(get(s, "/v1/lines"), "500", 3) == 0);
    standin_close(s);
}

static const char *ordered(struct standin *s, const char *once, int64_t count)
{
    const struct doc *keys;
    struct buf b;

    CHECK_OK(standin_orders(test_scope(), s, once, count, &keys));
    buf_init(&b, test_scope()->arena, 4096);
    doc_write(&b, keys);
    return buf_cstr(&b);
}

TEST(orders_that_are_asked_for_again_are_the_same_ones)
{
    struct standin *s = opened(DOCUMENT), *t;
    const char *text;

    CHECK_STR(ordered(s, "a", 2), "[\"o-10\",\"o-11\"]");
    CHECK_STR(ordered(s, "a", 2), "[\"o-10\",\"o-11\"]");
    CHECK_STR(ordered(s, "a", 3), "[\"o-10\",\"o-11\",\"o-12\"]"); /* what was missing is made */
    CHECK_STR(ordered(s, "b", 1), "[\"o-13\"]");
    CHECK_STR(ordered(s, "", 1), "[\"o-14\"]");
    CHECK_STR(ordered(s, "", 1), "[\"o-15\"]");
    text = saved(s);
    t = again(text);
    CHECK_STR(ordered(t, "a", 3), "[\"o-10\",\"o-11\",\"o-12\"]"); /* after a restart, too */
    standin_close(t);
    standin_close(s);
}

TEST(the_newest_keys_are_remembered_however_many_there_were)
{
    struct standin *s = opened(DOCUMENT);
    const char *text = saved(s), *keys = strstr(text, "\"keys\":[");
    struct buf b;

    standin_close(s);
    CHECK(keys != NULL);
    buf_init(&b, test_scope()->arena, 4 << 20);
    buf_add(&b, text, (size_t)(keys - text) + 8);
    for (int i = 0; i < STANDIN_KEYS_MAX; i++)
        buf_f(&b,
              "%s{\"status\":200,\"refused\":false,\"key\":\"/orders k%d\",\"body\":\"[\\\"o-1\\\"]\",\"hash\":\"%s\"}",
              i ? "," : "", i, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");
    buf_s(&b, keys + 8);
    s = again(buf_cstr(&b));
    CHECK_STR(ordered(s, "new", 1), "[\"o-10\"]");
    CHECK_STR(ordered(s, "new", 1), "[\"o-10\"]");
    CHECK_STR(ordered(s, "k1", 1), "[\"o-1\"]");
    CHECK_STR(ordered(s, "k0", 1), "[\"o-11\"]"); /* the oldest, which was forgotten for it */
    standin_close(s);
}
