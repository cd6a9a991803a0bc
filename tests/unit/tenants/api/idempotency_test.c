#include "api/manners_int.h"
#include "http/http_int.h"
#include "unit/tenants/org/org_kit.h"

static enum err none(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    (void)rq;
    return rs_empty(sc, rs, 204);
}

static const struct route making = {POST, "/v1/things/{thing_id}/parts", none, .idempotent = true},
                          changing = {POST, "/v1/things/{thing_id}/paint", none};

static struct caller caller;
static struct db *db;
static struct tenant tenant;
static struct secret *edge, *connection;

/* A request, with what is kept of it. */
struct trial {
    struct scope *sc;
    struct rq rq;
    struct rs rs;
    struct http_pair header;
    struct repeatable r;
};

static struct trial *given(const struct route *route, const char *key, const char *body)
{
    struct scope *sc = scope_in(db, &tenant);
    struct trial *t = ARENA_NEW(sc->arena, struct trial);

    sc->caller = &caller;
    sc->actor = ACTOR_API_KEY;
    t->sc = sc;
    t->header = (struct http_pair){STR("idempotency-key"), str_of(key)};
    t->rq = (struct rq){.method = POST, .route = route, .path = str_of("/v1/things/1/parts"), .body = str_of(body)};
    t->rq.headers = &t->header;
    t->rq.header_count = key != NULL;
    t->rs = (struct rs){.sc = sc, .rq = &t->rq};
    return t;
}

static enum err begins(struct trial *t)
{
    return repeat_begin(t->sc, &t->rq, &t->rs, &t->r);
}

/* The handler's work, and the end of the request. */
static void answers(struct trial *t, const char *body)
{
    CHECK(t->r.begun);
    rs_header(t->sc, &t->rs, "location", "/v1/things/2");
    rs_header(t->sc, &t->rs, "set-cookie", "secret=1");
    CHECK_OK(rs_bytes(t->sc, &t->rs, 201, "application/json", str_of(body)));
    CHECK_OK(repeat_keep(t->sc, &t->rs, &t->r));
    CHECK_OK(db_commit(t->sc));
}

static void gone(struct trial *t)
{
    db_rollback(t->sc);
    scope_free(t->sc);
}

static const char *problem_of(const struct trial *t)
{
    return scope_fault(t->sc)->problem;
}

static void given_all(void)
{
    given_schema();
    given_keks(&edge, &connection);
    tenant = given_tenant("acme");
    db = pool_as("tenon_api");
}

static void done(void)
{
    db_close(db);
    secret_free(edge);
    secret_free(connection);
}

static void refused(const struct route *route, const char *key, const char *problem)
{
    struct trial *t = given(route, key, "{}");

    CHECK_ERR(begins(t), ERR_INVALID);
    CHECK_STR(problem_of(t), problem);
    gone(t);
}

TEST_IN_LOOP(a_key_is_needed_or_not_and_always_a_good_one)
{
    char key[257];
    struct trial *t;

    given_all();
    memset(key, 'k', 256);
    key[256] = '\0';
    refused(&making, NULL, "idempotency-key-missing");
    refused(&making, "", "idempotency-key-invalid");
    refused(&changing, "", "idempotency-key-invalid");
    refused(&changing, "a b", "idempotency-key-invalid");
    refused(&changing, "a\x7f", "idempotency-key-invalid");
    refused(&changing, "\xc3\xa9", "idempotency-key-invalid");
    refused(&changing, key, "idempotency-key-invalid");
    t = given(&changing, NULL, "{}");
    CHECK_OK(begins(t));
    CHECK(!t->r.begun);
    gone(t);
    key[255] = '\0';
    t = given(&making, key, "{}");
    CHECK_OK(begins(t));
    CHECK(t->r.begun);
    gone(t);
    done();
}

TEST_IN_LOOP(the_first_answer_comes_again_without_its_cookie)
{
    struct trial *t;

    given_all();
    t = given(&making, "k", "{\"a\":1,\"b\":2}");
    CHECK_OK(begins(t));
    answers(t, "{\"shown\":\"once\"}");
    gone(t);
    t = given(&making, "k", " {\"b\":2, \"a\":1} ");
    CHECK_OK(begins(t));
    CHECK(t->rs.answered && !t->r.begun);
    CHECK_INT(t->rs.status, 201);
    CHECK(str_is(t->rs.body, "{\"shown\":\"once\"}"));
    CHECK_STR(t->rs.content_type, "application/json");
    CHECK_INT(t->rs.header_count, 2);
    CHECK(str_is(t->rs.headers[0].name, "location") && str_is(t->rs.headers[0].value, "/v1/things/2"));
    CHECK(str_is(t->rs.headers[1].name, "idempotency-replayed"));
    gone(t);
    CHECK_STR(sql("select position('once'::bytea in kept) from idempotency_answer"), "0");
    done();
}

TEST_IN_LOOP(another_body_under_the_same_key_is_refused)
{
    struct trial *t;

    given_all();
    t = given(&making, "k", "{\"a\":1}");
    CHECK_OK(begins(t));
    answers(t, "{}");
    gone(t);
    refused(&making, "k", "idempotency-key-reused");
    t = given(&making, "k", "{\"a\":1}");
    t->rq.path = str_of("/v1/things/2/parts");
    CHECK_ERR(begins(t), ERR_INVALID);
    CHECK_STR(problem_of(t), "idempotency-key-reused");
    gone(t);
    done();
}

/* Another caller, customer or route. */
TEST_IN_LOOP(a_key_of_somebody_else_stands_for_itself)
{
    struct trial *t;

    given_all();
    t = given(&making, "k", "{}");
    CHECK_OK(begins(t));
    answers(t, "{}");
    gone(t);
    t = given(&changing, "k", "{}");
    CHECK_OK(begins(t));
    CHECK(t->r.begun);
    gone(t);
    t = given(&making, "k", "{}");
    t->sc->actor_id = uuid_new();
    CHECK_OK(begins(t));
    CHECK(t->r.begun);
    gone(t);
    t = given(&making, "k", "{}");
    t->sc->tenant.has_customer = false;
    CHECK_OK(begins(t));
    CHECK(t->r.begun);
    gone(t);
    done();
}

TEST_IN_LOOP(a_second_one_meanwhile_is_told_to_wait_and_what_failed_leaves_nothing)
{
    struct trial *first, *second;

    given_all();
    first = given(&making, "k", "{}");
    second = given(&making, "k", "{}");
    CHECK_OK(begins(first));
    CHECK_ERR(begins(second), ERR_CONFLICT);
    CHECK_STR(problem_of(second), "idempotency-in-progress");
    gone(second);
    gone(first); /* rolled back */
    second = given(&making, "k", "{\"another\":true}");
    /* The server lets go of the first one's lock when its roll-back has arrived: on a busy machine, a while later. */
    for (int i = 0; i < 250 && begins(second) == ERR_CONFLICT; i++) {
        gone(second);
        fiber_sleep_us(20000);
        second = given(&making, "k", "{\"another\":true}");
    }
    CHECK(second->r.begun);
    answers(second, "{}");
    gone(second);
    done();
}

TEST_IN_LOOP(a_kept_answer_opens_in_its_own_place_alone)
{
    struct trial *t;

    given_all();
    for (int i = 0; i < 2; i++) {
        t = given(&making, i ? "two" : "one", "{}");
        CHECK_OK(begins(t));
        answers(t, i ? "{\"n\":2}" : "{\"n\":1}");
        gone(t);
    }
    sql("update idempotency_answer a set kept = b.kept from idempotency_answer b where a.ask_hash <> b.ask_hash");
    t = given(&making, "one", "{}");
    CHECK_ERR(begins(t), ERR_INVALID);
    CHECK(!t->rs.answered);
    gone(t);
    done();
}

TEST_IN_LOOP(answers_are_forgotten_after_thirty_days_and_not_before)
{
    given_all();
    sql("insert into idempotency_answer select '%s', '%s', sha256(convert_to('x' || d, 'UTF8')), sha256('x'), 200, 'x',"
        " now() - d * interval '1 day' from generate_series(28, 33) d",
        id(&tenant.partner_id), id(&tenant.customer_id));
    CHECK_STR(sql("set role tenon_dispatch; select tenon.idempotency_sweep(2)"), "2");
    CHECK_STR(sql("set role tenon_dispatch; select tenon.idempotency_sweep(9)"), "2");
    CHECK_STR(sql("select count(*), min(now() - created_at) > interval '27 days' from idempotency_answer"), "2|t");
    done();
}
