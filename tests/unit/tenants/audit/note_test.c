#include <stdlib.h>

#include "audit_kit.h"

#define WRITERS 40
#define ACTS    5

static struct uuid key_of(const struct tenant *t)
{
    struct uuid key = uuid_new();

    sql("insert into api_key (partner_id, api_key_id, name, secret_hash, prefix, scopes)"
        " values ('%s', '%s', 'laptop', sha256('%s'), 'sk', '{}')",
        id(&t->partner_id), id(&key), id(&key));
    return key;
}

TEST_IN_LOOP(an_act_is_on_record_with_who_where_and_what)
{
    struct world w;
    struct scope *sc;

    world_make(&w);
    sc = asking(&w, &w.acme);
    sc->actor_id = key_of(&w.acme);
    sc->tenant.has_customer = true; /* a caller of the whole partner that speaks for one customer */
    audit_note(sc, &(struct audit_act){.action = "connection.create",
                                       .object_kind = "con",
                                       .object_id = uuid_new(),
                                       .after = STR("{\"name\":\"x\"}"),
                                       .detail = "shopify",
                                       .reason = "a new shop"});
    CHECK_OK(db_commit(sc));
    CHECK_STR(sql("select seq, actor_kind, actor_name, host(address::inet), action, object_kind, detail, reason,"
                  " before_hash is null, length(after_hash), customer_id = '%s', request_id = '%s', hash_version"
                  " from audit_entry",
                  id(&w.acme.customer_id), id(&sc->request_id)),
              "1|api_key|laptop|192.0.2.7|connection.create|con|shopify|a new shop|t|32|t|t|1");
    scope_free(sc);
    db_close(w.api);
}

TEST_IN_LOOP(the_record_begins_at_one_and_goes_on_over_transactions)
{
    struct world w;
    struct scope *sc;

    world_make(&w);
    sc = asking(&w, &w.acme);
    note(sc, "a.one");
    note(sc, "a.two");
    CHECK_OK(db_commit(sc));
    note(sc, "a.three");
    CHECK_OK(db_commit(sc));
    CHECK_OK(db_commit(sc)); /* nothing was kept */
    CHECK_STR(sql("select string_agg(seq || action, ' ' order by seq) from audit_entry"), "1a.one 2a.two 3a.three");
    CHECK_STR(chain_of(&w.acme), "ok");
    CHECK_STR(sql("select seq = 3 and hash = (select hash from audit_entry where seq = 3) from audit_head"), "t");
    scope_free(sc);
    db_close(w.api);
}

TEST_IN_LOOP(what_is_rolled_back_leaves_nothing)
{
    struct world w;
    struct scope *sc;

    world_make(&w);
    sc = asking(&w, &w.acme);
    note(sc, "a.gone");
    db_rollback(sc);
    CHECK_OK(db_commit(sc));
    note(sc, "a.kept");
    CHECK_OK(db_commit(sc));
    CHECK_STR(sql("select string_agg(seq || action, ' ') from audit_entry"), "1a.kept");
    scope_free(sc);
    db_close(w.api);
}

static bool other_spoke;
static enum err other_room(struct scope *sc)
{
    (void)sc;
    other_spoke = true;
    return OK;
}

TEST_IN_LOOP(another_rooms_last_words_are_said_as_well)
{
    struct world w;
    struct scope *sc;

    world_make(&w);
    sc = asking(&w, &w.acme);
    sc->before_commit = other_room;
    note(sc, "a.one");
    CHECK_OK(db_commit(sc));
    CHECK(other_spoke);
    CHECK_STR(sql("select count(*) from audit_entry"), "1");
    scope_free(sc);
    db_close(w.api);
}

TEST_IN_LOOP(an_act_of_no_partner_has_no_record)
{
    struct world w;
    struct scope *sc;

    world_make(&w);
    sc = scope_in(w.api, NULL);
    note(sc, "a.one");
    CHECK_OK(db_commit(sc));
    CHECK_STR(sql("select count(*) from audit_entry"), "0");
    scope_free(sc);
    db_close(w.api);
}

struct writer {
    const struct world *w;
    const struct tenant *t;
    unsigned n;
};
static unsigned written;

/* Every fourth act is rolled back. */
static void write_some(void *arg)
{
    const struct writer *x = arg;
    struct scope *sc = asking(x->w, x->t);

    for (unsigned i = 0; i < ACTS; i++) {
        note(sc, "a.act");
        note(sc, "a.second");
        if ((x->n + i) % 4 == 0) {
            db_rollback(sc);
            continue;
        }
        CHECK_OK(db_commit(sc));
        written += 2;
    }
    scope_free(sc);
}

TEST_IN_LOOP(many_at_once_leave_no_gap_and_no_fork)
{
    struct writer v[WRITERS];
    struct world w;

    world_make(&w);
    written = 0;
    for (unsigned i = 0; i < WRITERS; i++) {
        v[i] = (struct writer){&w, i % 2 ? &w.acme : &w.globex, i};
        CHECK(fiber_start(write_some, &v[i]));
    }
    while (fiber_count() > 1)
        fiber_sleep_us(1000);
    CHECK_STR(chain_of(&w.acme), "ok");
    CHECK_STR(chain_of(&w.globex), "ok");
    CHECK_INT(strtol(sql("select count(*) from audit_entry"), NULL, 10), written);
    CHECK_STR(sql("select bool_and(h.seq = (select max(seq) from audit_entry e where e.partner_id = h.partner_id))"
                  " from audit_head h"),
              "t");
    CHECK(written > WRITERS);
    db_close(w.api);
}

static const char *refusal(const char *role, const char *statement)
{
    return sql(
        "create or replace function pg_temp.t() returns text language plpgsql as $$ begin"
        " perform set_config('tenon.partner_id', (select partner_id::text from partner where slug = 'acme'), true),"
        " set_config('tenon.customer_id', 'all', true), set_config('tenon.brand_id', 'all', true);"
        " set local role %s; %s; return 'done'; exception when others then return sqlstate; end $$;"
        " select pg_temp.t()",
        role, statement);
}

TEST_IN_LOOP(nobody_changes_what_is_written)
{
    static const char *const roles[] = {"tenon_api",   "tenon_worker",   "tenon_operator", "tenon_read",
                                        "tenon_owner", "tenon_dispatch", "tenon_intake",   "postgres"};
    struct world w;
    struct scope *sc;

    world_make(&w);
    sc = asking(&w, &w.acme);
    note(sc, "a.one");
    CHECK_OK(db_commit(sc));
    for (size_t i = 0; i < ARRAY_LEN(roles); i++) {
        CHECK_STR(refusal(roles[i], "update audit_entry set action = 'b.b'"), "42501");
        CHECK_STR(refusal(roles[i], "delete from audit_entry"), "42501");
        CHECK_STR(refusal(roles[i], "truncate audit_entry"), "42501");
    }
    CHECK_STR(refusal("tenon_api", "update audit_head set seq = 0"), "23514");
    CHECK_STR(refusal("tenon_api", "delete from audit_head"), "42501");
    CHECK_STR(sql("select action from audit_entry"), "a.one");
    scope_free(sc);
    db_close(w.api);
}
