#include "connect_kit.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/timefmt.h"
#include "net/net.h"
#include "org/org.h"
#include "q_connect.h"
#include "sys/fiber.h"
#include "sys/loop.h"
#include "json/doc.h"

/* A vendor that rotates: each refresh token is good once, and the next one is in the answer. */
static struct {
    int fd;
    int port;
    atomic_int asked, refused;
    atomic_int token; /* the refresh token that is good now: "r<n>" */
    int delay_ms;
    pthread_t thread;
} vendor;

static void vendor_answer(int fd)
{
    char request[4096], wanted[32], body[200], answer[400];
    ssize_t n = 0, got;

    while (n < (ssize_t)sizeof(request) - 1 && (got = read(fd, request + n, sizeof(request) - 1 - (size_t)n)) > 0) {
        n += got;
        request[n] = '\0';
        if (strstr(request, "\r\n\r\n") && strstr(request, "refresh=r"))
            break;
    }
    request[n > 0 ? n : 0] = '\0';
    usleep((useconds_t)vendor.delay_ms * 1000);
    snprintf(wanted, sizeof(wanted), "refresh=r%d.", vendor.token);
    atomic_fetch_add(&vendor.asked, 1);
    if (strstr(request, wanted)) {
        int next = atomic_fetch_add(&vendor.token, 1) + 1;

        snprintf(body, sizeof(body), "{\"access\":\"a%d\",\"refresh\":\"r%d.\"}", next, next);
        snprintf(answer, sizeof(answer), "HTTP/1.1 200 OK\r\ncontent-length: %zu\r\nconnection: close\r\n\r\n%s",
                 strlen(body), body);
    } else {
        atomic_fetch_add(&vendor.refused, 1);
        snprintf(answer, sizeof(answer), "HTTP/1.1 400 No\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}");
    }
    CHECK(write(fd, answer, strlen(answer)) > 0);
    close(fd);
}

static void *vendor_run(void *arg)
{
    int fd;

    (void)arg;
    while ((fd = accept(vendor.fd, NULL, NULL)) >= 0)
        vendor_answer(fd);
    return NULL;
}

static void vendor_open(int delay_ms)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t n = sizeof(at);

    vendor.fd = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(bind(vendor.fd, (struct sockaddr *)&at, sizeof(at)) == 0 && listen(vendor.fd, 16) == 0);
    CHECK(getsockname(vendor.fd, (struct sockaddr *)&at, &n) == 0);
    vendor.port = ntohs(at.sin_port);
    vendor.delay_ms = delay_ms;
    atomic_store(&vendor.asked, 0);
    atomic_store(&vendor.refused, 0);
    atomic_store(&vendor.token, 1);
    CHECK(pthread_create(&vendor.thread, NULL, vendor_run, NULL) == 0);
}

static void vendor_close(void)
{
    shutdown(vendor.fd, SHUT_RDWR);
    pthread_join(vendor.thread, NULL);
    close(vendor.fd);
}

/* ---- a connector that signs in there ---- */

static bool logs_in(const struct connector *c)
{
    (void)c;
    return true;
}

static enum err login(struct scope *sc, const struct erp_site *site, const struct doc *secrets,
                      const struct doc *before, struct http_call *out)
{
    const struct doc *token = doc_get(before, "refresh") ? doc_get(before, "refresh") : doc_get(secrets, "refresh");

    (void)site;
    *out = (struct http_call){.method = "POST",
                              .url = arena_f(sc->arena, "http://127.0.0.1:%d/token", vendor.port),
                              .body = str_of(arena_f(sc->arena, "refresh=%s", doc_cstr(sc->arena, token)))};
    return OK;
}

static int lasts_s;

static enum err login_read(struct scope *sc, const struct erp_site *site, const struct doc *secrets,
                           const struct doc *before, const struct http_reply *reply, struct connector_session *out)
{
    (void)site, (void)secrets, (void)before;
    if (reply->status != 200)
        return FAIL(sc, ERR_UPSTREAM_AUTH, "the refresh token is no good");
    CHECK_OK(doc_parse(sc, reply->body, &out->keep));
    out->header = doc_cstr(sc->arena, doc_get(out->keep, "access"));
    out->lasts_s = lasts_s;
    return OK;
}

static const struct connector_named rotating = {
    .logs_in = logs_in, .login = login, .login_read = login_read, .concurrency = 4};
static const struct connector vendor_connector = {.name = "books", .title = "Books", .named = &rotating};
static const struct connector *const registry[] = {&vendor_connector, NULL};

static struct net *net;
static struct world w;

static struct uuid open_world(int delay_ms)
{
    struct uuid books;

    vendor_open(delay_ms);
    lasts_s = 3600;
    world_make(&w);
    connect_registry = registry;
    books = kit_books_of(&w, &w.acme, "{\"refresh\":\"r1.\"}");
    net = net_open(&(struct net_conf){.connections = 8, .allow_private = true});
    CHECK_OK(connect_thread_start(test_scope(), net));
    return books;
}

static void close_world(void)
{
    connect_thread_end();
    net_close(net);
    world_end(&w);
    vendor_close();
}

/* What the header says after signing in, or the fault. The work before is another process's: nothing is remembered. */
static const char *signed_in(const struct uuid *books)
{
    struct scope *sc = scope_in(w.worker, &w.acme);
    struct link *l;
    const char *said;

    CHECK_OK(link_open(sc, books, &l));
    said = link_log_in(sc, l) == OK ? arena_strdup(test_scope()->arena, peer_session(l->peer))
                                    : arena_strdup(test_scope()->arena, scope_fault(sc)->message);
    db_rollback(sc);
    scope_free(sc);
    return said;
}

TEST_IN_LOOP(a_session_is_stored_and_taken_by_whoever_comes_next)
{
    struct uuid books = open_world(0);

    CHECK_STR(signed_in(&books), "a2");
    peers_clear(); /* as another process would */
    CHECK_STR(signed_in(&books), "a2");
    CHECK_INT(atomic_load(&vendor.asked), 1);
    close_world();
}

static enum err login_by_password(struct scope *sc, const struct erp_site *site, const struct doc *secrets,
                                  const struct doc *before, struct http_call *out)
{
    (void)site, (void)before;
    *out = (struct http_call){
        .method = "POST",
        .url = arena_f(sc->arena, "http://127.0.0.1:%d/token", vendor.port),
        .body = str_of(arena_f(sc->arena, "refresh=%s", doc_cstr(sc->arena, doc_get(secrets, "password"))))};
    return OK;
}

static const struct connector_named by_password = {
    .logs_in = logs_in, .login = login_by_password, .login_read = login_read, .concurrency = 4};
static const struct connector joined = {.name = "books", .title = "Books", .named = &by_password, .erp = &kit_erp};
static const struct connector *const joined_registry[] = {&joined, NULL};

TEST_IN_LOOP(an_erp_in_c_gives_its_one_secret_to_its_manifest_as_the_password)
{
    struct uuid books = open_world(0), plain;

    connect_registry = joined_registry;
    plain = kit_books_of(&w, &w.acme, "r1.");
    CHECK_STR(signed_in(&plain), "a2");
    (void)books;
    close_world();
}

TEST_IN_LOOP(the_next_session_is_asked_for_with_the_rotated_token)
{
    struct uuid books = open_world(0);

    lasts_s = 30; /* shorter than the margin: ended as soon as it is there */
    for (int i = 2; i < 6; i++) {
        CHECK_STR(signed_in(&books), arena_f(test_scope()->arena, "a%d", i));
        peers_clear();
    }
    CHECK_INT(atomic_load(&vendor.refused), 0);
    close_world();
}

TEST_IN_LOOP(a_session_that_was_refused_is_not_taken_again)
{
    struct uuid books = open_world(0);
    struct scope *sc;
    struct link *l;

    CHECK_STR(signed_in(&books), "a2");
    sc = scope_in(w.worker, &w.acme);
    CHECK_OK(link_open(sc, &books, &l));
    peer_session_ended(l->peer, "a2");
    CHECK_OK(link_log_in(sc, l));
    CHECK_STR(peer_session(l->peer), "a3");
    scope_free(sc);
    CHECK_INT(atomic_load(&vendor.asked), 2);
    close_world();
}

/* ---- while a document is handed over ---- */

static struct link *handing;
static int changes_built;

static bool hands_operation(const struct erp_site *site, const char *name, struct operation *out)
{
    (void)site;
    *out = (struct operation){.changes = strcmp(name, "make") == 0, .again = AGAIN_PROBE, .settle_ms = 1000};
    return true;
}

static struct http_call to_vendor(struct scope *sc, const char *method)
{
    return (struct http_call){.method = method,
                              .url = arena_f(sc->arena, "http://127.0.0.1:%d/x", vendor.port),
                              .body = str_of(arena_f(sc->arena, "refresh=r%d.", atomic_load(&vendor.token)))};
}

static enum err hands_build(struct scope *sc, const struct erp_site *site, const struct ask *ask, struct http_call *out)
{
    CHECK(site->session != NULL);
    changes_built += strcmp(ask->operation, "make") == 0;
    *out = to_vendor(sc, "POST");
    return OK;
}

static enum err hands_read(struct scope *sc, const struct erp_site *site, const struct ask *ask,
                           const struct http_reply *reply, struct told *out)
{
    (void)site, (void)ask;
    *out = (struct told){.found = true, .ref = ""};
    return doc_parse(sc, reply->body, &out->value);
}

static bool hands_upload(struct scope *sc, const struct erp_site *site, const struct ask *ask, struct ask *out)
{
    (void)sc, (void)site;
    *out = (struct ask){.operation = "place"};
    return strcmp(ask->operation, "make") == 0;
}

/* Another call of the thread is told meanwhile that the session is over. */
static enum err hands_upload_build(struct scope *sc, const struct erp_site *site, const struct ask *ask,
                                   const struct doc *place, struct http_call *out)
{
    (void)site, (void)ask;
    CHECK(place != NULL);
    peer_session_ended(handing->peer, "a2");
    *out = to_vendor(sc, "PUT");
    return OK;
}

static const struct connector_named hands_over = {.logs_in = logs_in,
                                                  .login = login,
                                                  .login_read = login_read,
                                                  .operation = hands_operation,
                                                  .build = hands_build,
                                                  .read = hands_read,
                                                  .upload = hands_upload,
                                                  .upload_build = hands_upload_build,
                                                  .concurrency = 4};
static const struct connector hands_connector = {.name = "books", .title = "Books", .named = &hands_over};
static const struct connector *const hands_registry[] = {&hands_connector, NULL};

TEST_IN_LOOP(a_session_that_ends_while_a_document_is_handed_over_ends_the_change_before_it_is_made)
{
    struct uuid books = open_world(0);
    struct ask ask = {.operation = "make"};
    struct scope *sc;

    connect_registry = hands_registry;
    sc = scope_in(w.worker, &w.acme);
    changes_built = 0;
    CHECK_OK(link_open(sc, &books, &handing));
    CHECK_OK(link_hand_over(sc, handing, &ask));
    CHECK_ERR(link_enter(sc, handing), ERR_UPSTREAM_AUTH);
    CHECK_INT(changes_built, 0);
    CHECK_INT(atomic_load(&vendor.asked), 4); /* the sign-in, the place, the document, and a sign-in that is refused */
    db_rollback(sc);
    scope_free(sc);
    close_world();
}

/* ---- at the same time ---- */

static struct uuid shared;
static int ended;

static void sign_in_fiber(void *arg)
{
    struct scope *sc = arg;
    struct link *l;

    CHECK_OK(link_open(sc, &shared, &l));
    CHECK_OK(link_session(sc, l)); /* without the thread's own lock, as workers of several processes are */
    db_rollback(sc);
    ended++;
}

TEST_IN_LOOP(many_who_need_a_session_at_once_ask_once)
{
    struct scope *scopes[6];

    shared = open_world(300);
    ended = 0;
    for (size_t i = 0; i < ARRAY_LEN(scopes); i++) {
        scopes[i] = scope_in(w.worker, &w.acme);
        CHECK(fiber_start(sign_in_fiber, scopes[i]));
    }
    while (ended < (int)ARRAY_LEN(scopes))
        fiber_sleep_us(10000);
    for (size_t i = 0; i < ARRAY_LEN(scopes); i++)
        scope_free(scopes[i]);
    CHECK_INT(atomic_load(&vendor.asked), 1);
    CHECK_INT(atomic_load(&vendor.refused), 0);
    close_world();
}

TEST_IN_LOOP(a_refused_refresh_is_told_and_leaves_no_lease)
{
    struct uuid books = open_world(0);

    atomic_store(&vendor.token, 7); /* somebody else has used it */
    CHECK_STR(signed_in(&books), "the refresh token is no good");
    CHECK_STR(sql("select count(*) from credential where kind = 'session' and lease is not null"), "0");
    atomic_store(&vendor.token, 1);
    peers_clear();
    CHECK_STR(signed_in(&books), "a2");
    close_world();
}

/* ---- other secrets are given while it signs in ---- */

static void roll_to(const char *secrets)
{
    struct scope *sc = scope_in(w.api, &w.acme);
    struct q_credential_roll_in row = {.partner_id = w.acme.partner_id,
                                       .customer_id = w.acme.customer_id,
                                       .connection_id = shared,
                                       .credential_id = uuid_new(),
                                       .class = "connection",
                                       .kind = "password",
                                       .overlap_s = 60};
    struct org_target to;

    CHECK_OK(org_target_customer(sc, ORG_CONNECTION, &w.acme.customer_id, &to));
    row.customer_epoch = to.epoch;
    org_seal_to(sc, &to, credential_label(sc, &w.acme.customer_id, &shared, &row.credential_id, to.epoch),
                (struct bytes){secrets, strlen(secrets)}, &row.sealed);
    CHECK_OK(q_credential_roll(sc, &row, NULL));
    CHECK_OK(q_connection_rolled(sc, &(struct q_connection_rolled_in){.connection_id = shared}, NULL));
    CHECK_OK(db_commit(sc));
    scope_free(sc);
}

static enum err in_flight;

static void sign_in_slowly(void *arg)
{
    struct scope *sc = arg;
    struct link *l;

    CHECK_OK(link_open(sc, &shared, &l));
    in_flight = link_session(sc, l);
    db_rollback(sc);
    ended++;
}

/* The vendor has the question, and does not answer until the others are there. */
static void signs_in_while_rolled_to(const char *secrets)
{
    struct scope *sc = scope_in(w.worker, &w.acme);

    ended = 0;
    CHECK(fiber_start(sign_in_slowly, sc));
    fiber_sleep_us(200000);
    roll_to(secrets);
    CHECK_INT(ended, 0);
    while (!ended)
        fiber_sleep_us(10000);
    scope_free(sc);
    peers_clear();
}

TEST_IN_LOOP(a_session_of_secrets_that_were_replaced_meanwhile_is_not_taken)
{
    shared = open_world(600);
    signs_in_while_rolled_to("{\"refresh\":\"r2.\"}");
    CHECK_OK(in_flight);
    CHECK_STR(signed_in(&shared), "a3");
    CHECK_STR(signed_in(&shared), "a3"); /* and that one is */
    CHECK_INT(atomic_load(&vendor.asked), 2);
    close_world();
}

TEST_IN_LOOP(a_refusal_of_secrets_that_were_replaced_meanwhile_pauses_nothing)
{
    shared = open_world(600);
    atomic_store(&vendor.token, 7);
    signs_in_while_rolled_to("{\"refresh\":\"r7.\"}");
    CHECK_ERR(in_flight, ERR_UPSTREAM_AUTH);
    CHECK_STR(sql("select status, reconnect_since is null from connection where name = 'Books'"), "active|t");
    CHECK_STR(signed_in(&shared), "a8");
    atomic_store(&vendor.token, 1); /* what it has now is no good any more either */
    sql("update credential set expires_at = now() where kind = 'session'");
    peers_clear();
    CHECK_STR(signed_in(&shared), "the refresh token is no good");
    CHECK_STR(sql("select status, reconnect_since is null from connection where name = 'Books'"), "paused|f");
    close_world();
}

TEST_IN_LOOP(what_is_stored_shows_no_token)
{
    struct uuid books = open_world(0);

    CHECK_STR(signed_in(&books), "a2");
    CHECK_STR(sql("select position('a2'::bytea in sealed), position('r2.'::bytea in sealed) from credential"
                  " where kind = 'session'"),
              "0|0");
    close_world();
}
