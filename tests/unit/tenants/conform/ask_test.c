#include <string.h>

#include "base/timefmt.h"
#include "connect/connect.h"
#include "crypto/crypto.h"
#include "kit/loop.h"
#include "kit/test.h"
#include "manifest/manifest.h"
#include "net/net.h"
#include "standin/standin.h"
#include "json/doc.h"

/* What takes several requests: asked of a stand-in as a flow asks a vendor. Five things, of which the first and the
 * third have moves; the switch of a thing that is locked answers as all do, and does nothing. */
#define STANDIN                                                                                                        \
    "{\"format\":\"standin/1\",\"connector\":\"acme\",\"base\":\"/v1/\",\"absent\":\"{'error': 'absent'}\","           \
    "\"collections\":{\"things\":{\"key\":\"id\"},\"moves\":{\"key\":\"id\"}},"                                        \
    "\"seed\":\"{'things': [1..5].{'id': $, 'on': false, 'locked': $ = 2}, 'moves': [1..4].($m := $; {'id': $m, "      \
    "'thing': [3, 1, 3, 9][$m - 1]})}\",\"routes\":["                                                                  \
    "{\"name\":\"things\",\"method\":\"GET\",\"path\":\"things\",\"do\":\"list\",\"of\":\"things\",\"order\":\"id\","  \
    "\"page\":{\"kind\":\"offset\",\"at\":\"from\",\"size\":\"n\",\"usual\":2,\"most\":2},"                            \
    "\"answer\":\"{'items': $items.{'id': id}}\"},"                                                                    \
    "{\"name\":\"moves\",\"method\":\"GET\",\"path\":\"moves\",\"do\":\"list\",\"of\":\"moves\",\"order\":\"id\","     \
    "\"page\":{\"kind\":\"offset\",\"at\":\"from\",\"size\":\"n\",\"usual\":3,\"most\":3},"                            \
    "\"answer\":\"{'items': $items}\"},"                                                                               \
    "{\"name\":\"thing\",\"method\":\"GET\",\"path\":\"things/{id}\",\"do\":\"get\",\"of\":\"things\","                \
    "\"key\":\"$path.id\"},"                                                                                           \
    "{\"name\":\"switch\",\"method\":\"POST\",\"path\":\"things/{id}/on\",\"do\":\"update\",\"of\":\"things\","        \
    "\"key\":\"$path.id\",\"change\":\"locked ? $ : $merge([$, {'on': true}])\",\"answer\":\"null\"}]}"
#define MANIFEST                                                                                                       \
    "{\"format\":\"connector/1\",\"name\":\"acme\",\"version\":\"1.0.0\",\"title\":\"Acme\",\"kind\":\"erp\","         \
    "\"url\":\"$settings.api_url\",\"auth\":{\"kind\":\"none\"},\"operations\":{"                                      \
    "\"things.list\":{\"title\":\"t\",\"request\":{\"method\":\"GET\",\"path\":\"things\"},\"answer\":{\"items\":"     \
    "\"items\",\"parts\":[{\"to\":\"moves\",\"operation\":\"moves.list\",\"with\":\"{}\",\"key\":\"id\",\"by\":"       \
    "\"thing\"}]},\"pages\":{\"kind\":\"offset\",\"at\":\"from\",\"size\":\"n\",\"most\":2}},"                         \
    "\"moves.list\":{\"title\":\"t\",\"request\":{\"method\":\"GET\",\"path\":\"moves\"},\"answer\":{\"items\":"       \
    "\"items\"},\"pages\":{\"kind\":\"offset\",\"at\":\"from\",\"size\":\"n\",\"most\":3}},"                           \
    "\"things.get\":{\"title\":\"t\",\"request\":{\"method\":\"GET\",\"path\":\"things/{id}\"}},"                      \
    "\"things.switch\":{\"title\":\"t\",\"request\":{\"method\":\"POST\",\"path\":\"things/{id}/on\"},\"again\":{"     \
    "\"kind\":\"probe\",\"operation\":\"things.get\",\"ref\":\"on ? id\",\"look\":true}}}}"

struct stage {
    struct standin *standin;
    struct standin_server *server;
    struct net *net;
    const struct connector *connector;
    const struct doc *settings, *none;
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
    struct manifest *m;
    int port;

    CHECK_OK(crypto_start(sc));
    CHECK_OK(standin_open(sc, read(STANDIN), 1, &g->standin));
    CHECK_OK(standin_serve(sc, g->standin, "127.0.0.1:0", NULL, NULL, &g->server, &port));
    CHECK_OK(manifest_compile(sc, sc->arena, read(MANIFEST), &m));
    g->connector = manifest_connector(m);
    g->settings = read(arena_f(sc->arena, "{\"api_url\":\"http://127.0.0.1:%d/v1/\"}", port));
    g->none = read("{}");
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

/* What it told, as JSON, or the fault. In a unit of work of its own, which ends before the thread does. */
static const char *asked(struct stage *g, const char *operation, const char *with)
{
    struct scope *sc = scope_new();
    struct ask ask = {.operation = operation, .key = "k", .with = read(with)};
    struct told told;
    struct link *l;
    struct buf b;
    enum err e;

    CHECK_OK(link_open_bare(sc, g->connector, g->settings, g->none, &l));
    CHECK_OK(link_enter(sc, l));
    link_mark(l, time_boot_us() + 5000000, time_boot_us() + 20000000);
    e = link_ask(sc, l, &ask, &told);
    link_leave(l);
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

TEST_IN_LOOP(each_item_of_a_list_gets_what_belongs_to_it_and_no_more)
{
    struct stage g;

    stage_open(&g);
    CHECK_STR(asked(&g, "things.list", "{}"),
              " [{\"id\":1,\"moves\":[{\"id\":2,\"thing\":1}]},{\"id\":2,\"moves\":[]},"
              "{\"id\":3,\"moves\":[{\"id\":1,\"thing\":3},{\"id\":3,\"thing\":3}]},{\"id\":4,\"moves\":[]},"
              "{\"id\":5,\"moves\":[]}]");
    stage_close(&g);
}

TEST_IN_LOOP(a_change_whose_answer_says_nothing_is_looked_at)
{
    struct stage g;

    stage_open(&g);
    CHECK_STR(asked(&g, "things.switch", "{\"id\":1}"), "1 {\"id\":1,\"on\":true,\"locked\":false}");
    CHECK_STR(asked(&g, "things.switch", "{\"id\":2}"),
              "upstream-refused: \"Acme\" took things.switch and did nothing: what it is about is in no state for it");
    stage_close(&g);
}

TEST_IN_LOOP(a_change_that_cannot_be_looked_at_may_have_been_made)
{
    struct stage g;

    stage_open(&g);
    CHECK_OK(standin_fault(test_scope(), g.standin, read("{\"route\":\"thing\",\"kind\":\"status\",\"status\":429}")));
    CHECK_STR(asked(&g, "things.switch", "{\"id\":1}"),
              "upstream-unknown: whether \"Acme\" did things.switch could not be looked at");
    stage_close(&g);
}
