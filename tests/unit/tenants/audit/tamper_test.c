#include "audit_kit.h"
#include "db/db.h"
#include "unit/tenants/org/org_kit.h"

/* Whoever holds the whole database changes the record by hand: triggers and foreign keys off, as its superuser. */
#define ENTRIES 12
#define AT      7 /* the entry that is tampered with; checkpoints stand at 5 and 12 */

struct record {
    struct secret *edge, *connection;
    struct tenant acme;
    struct db *worker;
    struct scope *sc;
    char key[64];           /* base64 */
    struct str checkpoints; /* as they were kept elsewhere */
};

static void append(struct record *r, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        audit_note(r->sc, &(struct audit_act){.action = "order.release",
                                              .object_kind = "ord",
                                              .object_id = uuid_new(),
                                              .has_customer = true,
                                              .customer_id = r->acme.customer_id,
                                              .before = STR("{}"),
                                              .after = STR("{\"a\":1}"),
                                              .detail = "more",
                                              .reason = "because"});
        CHECK_OK(db_commit(r->sc));
    }
}

static struct str exported(struct scope *sc)
{
    struct buf b;
    int64_t next = 1;

    buf_init(&b, sc->arena, (size_t)8 << 20);
    while (next)
        CHECK_OK(audit_export(sc, next, 0, &b, &next));
    db_rollback(sc);
    return buf_str(&b);
}

static void feed(struct audit_verify *v, struct str text, enum err *out)
{
    for (const char *at = text.p, *end = text.p + text.n; at < end && *out == OK;) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));

        *out = audit_verify_line(v, (struct str){at, (size_t)((stop ? stop : end) - at)});
        at = stop ? stop + 1 : end;
    }
}

/* The number it names; 0: whole; -1: refused to judge. elsewhere: with the checkpoints kept elsewhere. */
static int64_t judged(const struct record *r, struct str text, bool elsewhere)
{
    struct audit_verify *v = audit_verify_new(r->sc, &(struct audit_verify_conf){0});
    struct audit_verdict verdict = {0};
    enum err e = OK;

    CHECK_OK(audit_verify_key(v, str_of(r->key)));
    if (elsewhere)
        CHECK_OK(audit_verify_checkpoint(v, r->checkpoints));
    feed(v, text, &e);
    if (e == OK)
        e = audit_verify_end(v, &verdict);
    return e == OK ? verdict.bad_seq : -1;
}

static struct str kept_elsewhere(struct scope *sc)
{
    struct audit_checkpoint *v;
    struct buf b;
    size_t n;

    buf_init(&b, sc->arena, 100000);
    buf_s(&b, "{\"data\":[");
    CHECK_OK(audit_checkpoint_list(sc, 0, 10, &v, &n));
    CHECK_INT(n, 2);
    for (size_t i = 0; i < n; i++) {
        buf_s(&b, i ? "," : "");
        audit_put_checkpoint(&b, &v[i]);
    }
    buf_s(&b, "],\"next_cursor\":null}");
    return buf_str(&b);
}

static void key_text(struct record *r)
{
    struct audit_key *v;
    struct buf b;
    size_t n;

    CHECK_OK(audit_key_list(r->sc, &v, &n));
    CHECK_INT(n, 1);
    buf_init(&b, r->sc->arena, 100);
    buf_base64(&b, v[0].public_key.p, v[0].public_key.n);
    snprintf(r->key, sizeof(r->key), "%s", buf_cstr(&b));
}

static void record_make(struct record *r)
{
    given_schema();
    given_keks(&r->edge, &r->connection);
    fiber_yield(); /* all this blocked: time-outs would start at its beginning */
    r->acme = given_partner("acme");
    r->worker = pool_as("tenon_worker");
    r->sc = scope_in(r->worker, &r->acme);
    r->sc->tenant.has_customer = false;
    r->sc->actor = ACTOR_OPERATOR;
    r->sc->actor_id = uuid_new();
    r->sc->actor_name = "Kim";
    r->sc->address = "192.0.2.7";
    r->sc->request_id = uuid_new();
    append(r, 5);
    CHECK_OK(audit_checkpoint_make(r->sc));
    append(r, ENTRIES - 5);
    CHECK_OK(audit_checkpoint_make(r->sc));
    CHECK_OK(audit_checkpoint_make(r->sc)); /* nothing new */
    r->checkpoints = kept_elsewhere(r->sc);
    key_text(r);
    db_rollback(r->sc);
    sql("drop table if exists public.kept; create table public.kept as select * from audit_entry");
}

static void record_end(struct record *r)
{
    scope_free(r->sc);
    db_close(r->worker);
    secret_free(r->edge);
    secret_free(r->connection);
}

static void tamper(const char *statements)
{
    sql("set session_replication_role = replica; delete from audit_entry; insert into audit_entry select * from "
        "public.kept; %s",
        statements);
}

/* Tampered with so, which place is named? */
static void names(struct record *r, const char *statements, int64_t seq)
{
    int64_t got;

    tamper(statements);
    fiber_yield();
    got = judged(r, exported(r->sc), true);
    if (got != seq)
        test_failed(__FILE__, __LINE__, "%s: named %lld and not %lld", statements, (long long)got, (long long)seq);
}

TEST_IN_LOOP(a_record_as_it_was_written_is_whole)
{
    struct record r;

    record_make(&r);
    CHECK_INT(judged(&r, exported(r.sc), true), 0);
    CHECK_INT(judged(&r, exported(r.sc), false), 0);
    record_end(&r);
}

TEST_IN_LOOP(any_field_of_an_entry_that_is_flipped_is_named)
{
    /* Other than it was, and fit for the column: a field that is added to the table and not here fails the count. */
    static const char *const flips[] = {
        "entry_id = gen_random_uuid()",
        "at = at + interval '1 microsecond'",
        "actor_kind = 'user'",
        "actor_id = gen_random_uuid()",
        "actor_name = 'Kin'",
        "address = '192.0.2.8'",
        "customer_id = null",
        "action = 'order.releasf'",
        "object_kind = 'ore'",
        "object_id = gen_random_uuid()",
        "before_hash = after_hash",
        "after_hash = null",
        "detail = 'more '",
        "reason = null",
        "request_id = gen_random_uuid()",
        "prev_hash = hash",
        "hash_version = 2",
        "hash = prev_hash",
    };
    struct record r;
    char text[200];

    record_make(&r);
    CHECK_STR(sql("select count(*) from pg_attribute where attrelid = 'audit_entry'::regclass and attnum > 0"), "20");
    CHECK_INT(ARRAY_LEN(flips), 20 - 2); /* the partner and the place are moved below */
    for (size_t i = 0; i < ARRAY_LEN(flips); i++) {
        snprintf(text, sizeof(text), "update audit_entry set %s where seq = %d", flips[i], AT);
        names(&r, text, AT);
    }
    record_end(&r);
}

TEST_IN_LOOP(what_is_deleted_inserted_swapped_or_moved_is_named)
{
    struct record r;

    record_make(&r);
    names(&r, "delete from audit_entry where seq = 7", 7);
    names(&r, "delete from audit_entry where seq = 1", 1);
    names(&r, "delete from audit_entry where seq between 3 and 9", 3);
    names(&r,
          "update audit_entry set seq = seq + 100 where seq >= 7; update audit_entry set seq = seq - 99 where seq >= "
          "100; insert into audit_entry select * from public.kept where seq = 7; update audit_entry set entry_id = "
          "gen_random_uuid() where seq = 7",
          7);
    names(&r,
          "update audit_entry set seq = 100 where seq = 7; update audit_entry set seq = 7 where seq = 8; "
          "update audit_entry set seq = 8 where seq = 100",
          7);
    names(&r, "update audit_entry set seq = 100 where seq = 7", 7);
    names(&r,
          "insert into partner (partner_id, slug, name, brand_pack) values (gen_random_uuid(), 'other', 'O', "
          "'plain'); update audit_entry set partner_id = (select partner_id from partner where slug = 'other') "
          "where seq = 7",
          7);
    record_end(&r);
}

TEST_IN_LOOP(what_is_cut_off_or_written_anew_is_seen_by_a_checkpoint_kept_elsewhere)
{
    static const char *const cut = "delete from audit_checkpoint where seq > 5; delete from audit_entry where seq > 9;"
                                   "update audit_head h set seq = 9, checkpoint_seq = 5,"
                                   " hash = (select hash from audit_entry where seq = 9)";
    struct record r;

    record_make(&r);
    names(&r, cut, 10);
    CHECK_INT(judged(&r, exported(r.sc), false), 0); /* without it nobody could know */
    names(&r,
          "delete from audit_checkpoint; delete from audit_entry; update audit_head set seq = 0, checkpoint_seq = 0,"
          " hash = decode(repeat('00', 32), 'hex')",
          1);
    record_end(&r);
}

/* The whole chain from entry 7 on made anew with right hashes: only who kept a checkpoint can tell. */
TEST_IN_LOOP(a_chain_that_was_made_anew_meets_the_checkpoint)
{
    struct record r;

    record_make(&r);
    sql("set session_replication_role = replica; delete from audit_checkpoint where seq > 5;"
        "delete from audit_entry where seq > 6; update audit_head set seq = 6, checkpoint_seq = 5,"
        " hash = (select hash from audit_entry where seq = 6)");
    append(&r, ENTRIES - 6);
    CHECK_INT(judged(&r, exported(r.sc), false), 0);
    CHECK_INT(judged(&r, exported(r.sc), true), ENTRIES);
    record_end(&r);
}

TEST_IN_LOOP(a_record_that_was_changed_is_not_signed)
{
    struct record r;

    record_make(&r);
    append(&r, 3);
    sql("set session_replication_role = replica; update audit_entry set reason = 'x' where seq = 14");
    CHECK_ERR(audit_checkpoint_make(r.sc), ERR_CONFLICT);
    CHECK(strstr(scope_fault(r.sc)->message, "entry 14 "));
    db_rollback(r.sc);
    CHECK_STR(sql("select max(seq) from audit_checkpoint"), "12");
    record_end(&r);
}

TEST_IN_LOOP(a_checkpoint_of_another_key_or_with_another_text_counts_for_nothing)
{
    struct audit_verify *v;
    struct audit_verdict verdict = {0};
    struct record r;
    char *text;
    enum err e = OK;

    record_make(&r);
    r.key[3] = r.key[3] == 'A' ? 'B' : 'A';
    CHECK(judged(&r, exported(r.sc), true) > 0);
    key_text(&r);
    db_rollback(r.sc);
    text = arena_strndup(r.sc->arena, r.checkpoints.p, r.checkpoints.n);
    strstr(text, "\\\"seq\\\":5")[strlen("\\\"seq\\\":")] = '4';
    v = audit_verify_new(r.sc, &(struct audit_verify_conf){0});
    CHECK_OK(audit_verify_key(v, str_of(r.key)));
    CHECK_OK(audit_verify_checkpoint(v, str_of(text)));
    feed(v, exported(r.sc), &e);
    CHECK_OK(e);
    CHECK_OK(audit_verify_end(v, &verdict));
    CHECK_INT(verdict.bad_seq, 4);
    record_end(&r);
}

TEST_IN_LOOP(a_file_that_ends_too_soon_is_not_judged)
{
    struct record r;
    struct str text;

    record_make(&r);
    text = exported(r.sc);
    for (size_t n = text.n - 1; n > 0 && text.p[n - 1] != '\n'; n--)
        text.n = n - 1;
    CHECK_INT(judged(&r, (struct str){text.p, text.n - 1}, false), -1);
    CHECK_INT(judged(&r, STR("{\"entry\":{}}\n"), false), 1);
    CHECK_INT(judged(&r, STR("hello\n"), false), -1);
    record_end(&r);
}
