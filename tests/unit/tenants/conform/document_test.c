#include <string.h>

#include "base/timefmt.h"
#include "connect/connect_int.h"
#include "crypto/crypto.h"
#include "kit/loop.h"
#include "kit/test.h"
#include "manifest/manifest.h"
#include "net/net.h"
#include "standin/standin.h"
#include "json/doc.h"

/* A document that is handed over at one address and fetched from another, both named by answers: the storage keeps what
 * it was sent, with the headers that came along. */
#define STANDIN                                                                                                        \
    "{\"format\":\"standin/1\",\"connector\":\"acme\",\"base\":\"/v1/\",\"auth\":{\"when\":\"$headers.`x-key` = "      \
    "'s3cret'\","                                                                                                      \
    "\"status\":401,\"answer\":\"{}\"},\"collections\":{\"places\":{\"key\":\"id\"},\"feeds\":{\"key\":\"id\"}},"      \
    "\"seed\":\"{}\",\"routes\":["                                                                                     \
    "{\"name\":\"place\",\"method\":\"POST\",\"path\":\"places\",\"do\":\"create\",\"of\":\"places\",\"make\":"        \
    "\"{'id': $string($next)}\",\"answer\":\"{'id': id, 'url': $url & 'store/' & id}\"},"                              \
    "{\"name\":\"put\",\"method\":\"PUT\",\"path\":\"store/{id}\",\"open\":true,\"do\":\"update\",\"of\":\"places\","  \
    "\"key\":\"$path.id\",\"change\":\"$merge([$, {'content': $body, 'type': $headers.`content-type`, 'named': "       \
    "$sort($keys($headers))}])\",\"answer\":\"$$.nothing\"},"                                                          \
    "{\"name\":\"feed\",\"method\":\"POST\",\"path\":\"feeds\",\"do\":\"create\",\"of\":\"feeds\",\"make\":"           \
    "\"{'id': $string($next), 'of': $body.place}\",\"answer\":\"{'id': id}\"},"                                        \
    "{\"name\":\"where\",\"method\":\"GET\",\"path\":\"reports/{id}\",\"do\":\"answer\",\"answer\":"                   \
    "\"{'url': $path.id = 'far' ? 'http://vendor.example/x' : $url & 'sheet'}\"},"                                     \
    "{\"name\":\"sheet\",\"method\":\"GET\",\"path\":\"sheet\",\"open\":true,\"do\":\"answer\",\"refuse\":"            \
    "\"$exists($headers.`x-key`) ? {'status': 400, 'body': 'one way in is enough'}\",\"answer\":"                      \
    "\"'sku\\tn\\nA\\t1\\nB\\t2\\n'\"}]}"
#define MANIFEST                                                                                                       \
    "{\"format\":\"connector/1\",\"name\":\"acme\",\"version\":\"1.0.0\",\"title\":\"Acme\",\"kind\":\"erp\","         \
    "\"url\":\"$settings.api_url\",\"secrets\":{\"key\":{\"title\":\"Key\",\"why\":\"w\"}},"                           \
    "\"auth\":{\"kind\":\"header\",\"header\":\"x-key\",\"value\":\"{key}\"},\"limits\":{\"buckets\":{\"feed\":{"      \
    "\"calls\":1,\"seconds\":500,\"burst\":1}}},\"headers\":{\"x-ours\":\"'1'\"},"                                     \
    "\"operations\":{"                                                                                                 \
    "\"places.make\":{\"title\":\"t\",\"request\":{\"method\":\"POST\",\"path\":\"places\"},\"again\":{\"kind\":"      \
    "\"upsert\"}},"                                                                                                    \
    "\"feeds.send\":{\"title\":\"t\",\"limits\":{\"bucket\":\"feed\"},\"upload\":{\"operation\":\"places.make\","      \
    "\"url\":\"url\",\"type\":"                                                                                        \
    "\"application/json\",\"body\":\"{'skus': skus}\"},\"request\":{\"method\":\"POST\",\"path\":\"feeds\",\"body\":"  \
    "\"{'place': $place.id}\"},\"answer\":{\"ref\":\"id\",\"must\":\"$exists(id)\"},\"again\":{\"kind\":\"none\"}},"   \
    "\"reports.rows\":{\"title\":\"t\",\"request\":{\"method\":\"GET\",\"path\":\"reports/{id}\"},\"answer\":{"        \
    "\"document\":{\"url\":\"url\",\"kind\":\"rows\",\"rows\":{\"format\":\"csv\",\"delimiter\":\"\\t\"}},"            \
    "\"items\":\"$.sku\"}}}}"

struct stage {
    struct standin *standin;
    struct standin_server *server;
    struct net *net;
    const struct connector *connector;
    const struct doc *settings, *secrets;
};

static const struct doc *read(const char *text)
{
    const struct doc *d = NULL;

    CHECK_OK(doc_parse(test_scope(), str_of(text), &d));
    return d;
}

static void stage_open(struct stage *g)
{
    struct scope *sc = test_scope();
    struct manifest *m = NULL;
    int port;

    CHECK_OK(crypto_start(sc));
    CHECK_OK(standin_open(sc, read(STANDIN), 1, &g->standin));
    CHECK_OK(standin_serve(sc, g->standin, "127.0.0.1:0", NULL, NULL, &g->server, &port));
    CHECK_OK(manifest_compile(sc, sc->arena, read(MANIFEST), &m));
    g->connector = manifest_connector(m);
    g->settings = read(arena_f(sc->arena, "{\"api_url\":\"http://127.0.0.1:%d/v1/\"}", port));
    g->secrets = read("{\"key\":\"s3cret\"}");
    g->net = net_open(&(struct net_conf){.connections = 4, .allow_private = true});
    CHECK_OK(connect_thread_start(sc, g->net));
}

static void stage_close(struct stage *g)
{
    connect_thread_end();
    net_close(g->net);
    standin_stop(g->server);
    standin_close(g->standin);
}

static int64_t leave_us = 5000000; /* what is marked leaves within it */

/* "REF VALUE", or the fault; and what the request is known by as evidence. */
static const char *asked(struct stage *g, const char *operation, const char *with, uint8_t hash[CRYPTO_HASH_BYTES])
{
    struct scope *sc = scope_new();
    struct ask ask = {.operation = operation, .key = "k", .with = read(with)};
    struct told told;
    struct link *l;
    struct buf b;
    enum err e;

    CHECK_OK(link_open_bare(sc, g->connector, g->settings, g->secrets, &l));
    if (hash)
        CHECK_OK(link_ask_hash(sc, l, &ask, hash));
    e = link_hand_over(sc, l, &ask);
    if (e == OK) {
        CHECK_OK(link_enter_for(sc, l, &ask));
        link_mark(l, time_boot_us() + leave_us, time_boot_us() + 20000000);
        e = link_ask(sc, l, &ask, &told);
        link_leave(l);
    }
    buf_init(&b, test_scope()->arena, 10000);
    if (e != OK)
        buf_f(&b, "%s: %s", err_info(e)->problem, scope_fault(sc)->message);
    else {
        buf_f(&b, "%s ", told.ref);
        doc_write(&b, told.value);
    }
    scope_free(sc);
    return buf_cstr(&b);
}

static const char *kept(struct stage *g, const char *collection)
{
    const struct doc *all = NULL;
    struct buf b;

    CHECK_OK(standin_things(test_scope(), g->standin, collection, &all));
    buf_init(&b, test_scope()->arena, 10000);
    doc_write(&b, all);
    return buf_cstr(&b);
}

TEST_IN_LOOP(a_document_is_handed_over_without_credentials_before_the_change)
{
    struct stage g;

    stage_open(&g);
    CHECK_STR(asked(&g, "feeds.send", "{\"skus\":[\"A\"]}", NULL), "1 {\"id\":\"1\"}");
    CHECK_STR(kept(&g, "feeds"), "[{\"id\":\"1\",\"of\":\"1\"}]");
    CHECK_STR(kept(&g, "places"),
              "[{\"id\":\"1\",\"content\":{\"skus\":[\"A\"]},\"type\":\"application/json\",\"named\":"
              "[\"accept\",\"accept-encoding\",\"content-type\"]}]");
    stage_close(&g);
}

TEST_IN_LOOP(a_feed_whose_document_did_not_arrive_is_not_sent_and_its_place_is_forgotten)
{
    struct stage g;

    stage_open(&g);
    CHECK_OK(standin_fault(test_scope(), g.standin,
                           read("{\"route\":\"put\",\"kind\":\"status\",\"status\":403,\"times\":1}")));
    CHECK(strstr(asked(&g, "feeds.send", "{\"skus\":[\"A\"]}", NULL),
                 "the document of feeds.send could not be handed over: where \"Acme\" said that the document is, the "
                 "answer was 403"));
    CHECK_STR(kept(&g, "feeds"), "[]");
    CHECK_STR(asked(&g, "feeds.send", "{\"skus\":[\"A\"]}", NULL), "1 {\"id\":\"1\"}");
    CHECK_STR(kept(&g, "feeds"), "[{\"id\":\"1\",\"of\":\"2\"}]");
    stage_close(&g);
}

TEST_IN_LOOP(a_feed_whose_own_answer_is_lost_may_have_been_sent)
{
    struct stage g;

    stage_open(&g);
    CHECK_OK(standin_fault(test_scope(), g.standin, read("{\"route\":\"feed\",\"kind\":\"lose\",\"times\":1}")));
    CHECK(strncmp(asked(&g, "feeds.send", "{\"skus\":[\"A\"]}", NULL), err_info(ERR_UPSTREAM_UNKNOWN)->problem,
                  strlen(err_info(ERR_UPSTREAM_UNKNOWN)->problem)) == 0);
    CHECK_STR(kept(&g, "feeds"), "[{\"id\":\"1\",\"of\":\"1\"}]");
    stage_close(&g);
}

TEST_IN_LOOP(what_a_feed_is_known_by_is_its_document_and_not_its_place)
{
    uint8_t a[CRYPTO_HASH_BYTES], again[CRYPTO_HASH_BYTES], other[CRYPTO_HASH_BYTES];
    struct stage g;

    stage_open(&g);
    asked(&g, "feeds.send", "{\"skus\":[\"A\"]}", a);
    asked(&g, "feeds.send", "{\"skus\":[\"A\"]}", again);
    asked(&g, "feeds.send", "{\"skus\":[\"B\"]}", other);
    CHECK(memcmp(a, again, sizeof(a)) == 0 && memcmp(a, other, sizeof(a)) != 0);
    stage_close(&g);
}

TEST_IN_LOOP(a_report_is_fetched_without_credentials_and_only_within_tls)
{
    struct stage g;

    stage_open(&g);
    CHECK_STR(asked(&g, "reports.rows", "{\"id\":\"near\"}", NULL), " [\"A\",\"B\"]");
    CHECK_STR(asked(&g, "reports.rows", "{\"id\":\"far\"}", NULL),
              "held: \"Acme\" named a document at an address that is none of https");
    stage_close(&g);
}

/* What the mark allows is the change's alone. */
TEST_IN_LOOP(a_document_that_is_handed_over_slowly_takes_nothing_of_its_change_s_time)
{
    struct stage g;

    stage_open(&g);
    CHECK_OK(standin_fault(test_scope(), g.standin, read("{\"route\":\"put\",\"kind\":\"delay\",\"ms\":2500}")));
    leave_us = 2000000;
    CHECK_STR(asked(&g, "feeds.send", "{\"skus\":[\"A\"]}", NULL), "1 {\"id\":\"1\"}");
    leave_us = 5000000;
    stage_close(&g);
}

/* Its token comes once in 500 seconds. */
TEST_IN_LOOP(the_token_of_a_change_that_was_not_sent_is_there_for_the_next)
{
    struct rate *rate = rate_open(NULL, 1);
    struct ask ask = {.operation = "feeds.send", .key = "k", .with = read("{\"skus\":[\"A\"]}")};
    struct scope *sc = scope_new();
    struct stage g;
    struct link *l;

    stage_open(&g);
    connect_rate_set(rate);
    CHECK_OK(link_open_bare(sc, g.connector, g.settings, g.secrets, &l));
    CHECK_OK(link_enter_for(sc, l, &ask));
    link_leave(l); /* it was found made */
    CHECK_STR(asked(&g, "feeds.send", "{\"skus\":[\"A\"]}", NULL), "1 {\"id\":\"1\"}");
    CHECK(strstr(asked(&g, "feeds.send", "{\"skus\":[\"A\"]}", NULL), "calls are used up"));
    CHECK(!strstr(kept(&g, "places"), "\"2\"")); /* nor was a document handed over for nothing */
    scope_free(sc);
    connect_rate_set(NULL);
    rate_close(rate);
    stage_close(&g);
}

static struct stage *reading;
static unsigned most, ended, failed;

static void read_one(void *arg)
{
    struct scope *sc = scope_new();
    struct ask ask = {.operation = "reports.rows", .with = read("{\"id\":\"near\"}")};
    struct told told;
    struct link *l;

    (void)arg;
    CHECK_OK(link_open_bare(sc, reading->connector, reading->settings, reading->secrets, &l));
    failed += link_ask(sc, l, &ask, &told) != OK;
    scope_free(sc);
    ended++;
}

TEST_IN_LOOP(documents_are_read_a_few_at_once_and_the_others_follow)
{
    struct stage g;

    stage_open(&g);
    reading = &g;
    CHECK_OK(standin_fault(test_scope(), g.standin, read("{\"route\":\"sheet\",\"kind\":\"delay\",\"ms\":200}")));
    for (int i = 0; i < 10; i++)
        CHECK(fiber_start(read_one, NULL));
    while (ended < 10) {
        most = link_documents() > most ? link_documents() : most;
        fiber_sleep_us(5000);
    }
    CHECK_INT(failed, 0);
    CHECK(most > 1 && most <= LINK_DOCUMENTS_MAX);
    CHECK_INT(link_documents(), 0);
    stage_close(&g);
}

TEST_IN_LOOP(who_finds_no_place_for_a_document_in_time_is_told_to_come_again)
{
    struct scope *sc = scope_new(), *late = scope_new();
    struct ask ask = {.operation = "reports.rows", .with = read("{\"id\":\"near\"}")};
    struct link *holds[LINK_DOCUMENTS_MAX], *l;
    struct told told;
    struct stage g;

    stage_open(&g);
    for (int i = 0; i < LINK_DOCUMENTS_MAX; i++) {
        CHECK_OK(link_open_bare(sc, g.connector, g.settings, g.secrets, &holds[i]));
        CHECK_OK(link_document_enter(sc, holds[i]));
    }
    CHECK_OK(link_open_bare(late, g.connector, g.settings, g.secrets, &l));
    late->deadline_us = loop_now_us() + 2000000;
    CHECK_ERR(link_ask(late, l, &ask, &told), ERR_LIMIT);
    CHECK(scope_fault(late)->retry_after_s > 0);
    scope_clear(late);
    scope_free(sc); /* their work ended */
    CHECK_INT(link_documents(), 0);
    late->deadline_us = 0;
    CHECK_OK(link_ask(late, l, &ask, &told));
    scope_free(late);
    stage_close(&g);
}

/* What is fetched again would be no smaller. */
TEST_IN_LOOP(a_document_that_is_too_large_is_held)
{
    struct stage g;

    stage_open(&g);
    link_document_max = 10;
    CHECK_STR(asked(&g, "reports.rows", "{\"id\":\"near\"}", NULL),
              "held: the document of reports.rows at \"Acme\" has more than 0 MiB: ask for less at once");
    link_document_max = LINK_DOCUMENT_MAX;
    CHECK_STR(asked(&g, "reports.rows", "{\"id\":\"near\"}", NULL), " [\"A\",\"B\"]");
    stage_close(&g);
}
