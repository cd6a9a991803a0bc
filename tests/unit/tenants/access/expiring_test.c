#include "access_kit.h"
#include "base/timefmt.h"
#include "q_callers.h"

#define DAY_US (INT64_C(86400) * 1000000)

/* Keys are made now; time is what the asking says it is. */
static struct secret *edge, *connection;
static struct db *worker, *dispatch;
static struct tenant acme;

static void begin(void)
{
    given_schema();
    given_keks(&edge, &connection);
    acme = given_partner("acme");
    worker = pool_as("tenon_worker");
    dispatch = pool_as("tenon_dispatch");
}

static void end(void)
{
    db_close(worker);
    db_close(dispatch);
    org_keks_set(NULL, NULL);
    secret_wipe(&edge);
    secret_wipe(&connection);
}

static void given_person(const char *email, const char *role, bool of_customer)
{
    struct uuid user = uuid_new(), membership = uuid_new();

    sql("insert into app_user (partner_id, user_id, email, email_norm, status) values ('%s', '%s', '%s', '%s', "
        "'active');"
        "insert into membership (partner_id, membership_id, user_id, role, level, customer_id, accepted_at)"
        " select '%s', '%s', '%s', '%s', split_part('%s', '_', 1), case when %s then '%s'::uuid end, now()",
        id(&acme.partner_id), id(&user), email, email, id(&acme.partner_id), id(&membership), id(&user), role, role,
        of_customer ? "true" : "false", id(&acme.customer_id));
}

static struct uuid key_that_ends(int64_t now, int days, bool of_customer)
{
    char text[ACCESS_SECRET_MAX];
    struct db *api = pool_as("tenon_api");
    struct access_key_new in = {.name = "Till",
                                .may = MAY_READ,
                                .expires_at = now + days * DAY_US,
                                .customer_id = of_customer ? &acme.customer_id : NULL};
    struct uuid key = given_key(api, &acme, &in, text);

    db_close(api);
    return key;
}

/* What the worker does in a minute; prints who was told of what. */
static void look(int64_t at_us)
{
    struct scope *sc = scope_in(dispatch, NULL);
    struct access_expiring *v;
    size_t n = 0;

    CHECK_OK(access_expiring_due(sc, at_us, 100, &v, &n));
    for (size_t i = 0; i < n; i++) {
        struct scope *in = scope_in(worker, &acme);

        in->tenant.has_customer = false;
        (void)access_expiring_tell(in, &v[i].api_key_id, at_us);
        db_rollback(in);
        scope_free(in);
    }
    scope_free(sc);
}

static const char *mails(void)
{
    return sql("select count(*) || ' of ' || count(distinct to_hash) from mail where kind = 'token_expiring'");
}

TEST_IN_LOOP(a_keeper_is_told_fourteen_days_and_three_days_before_and_once_each)
{
    int64_t now = time_now_us();

    begin();
    given_person("own@acme.test", "partner_owner", false);
    given_person("adm@acme.test", "partner_admin", false);
    given_person("aud@acme.test", "partner_auditor", false);
    key_that_ends(now, 30, false);
    look(now + 15 * DAY_US);
    CHECK_STR(mails(), "0 of 0");
    look(now + 16 * DAY_US + 1000000);
    CHECK_STR(mails(), "2 of 2");
    look(now + 20 * DAY_US);
    CHECK_STR(mails(), "2 of 2");
    look(now + 27 * DAY_US + 1000000);
    look(now + 28 * DAY_US);
    CHECK_STR(mails(), "4 of 2");
    look(now + 31 * DAY_US);
    CHECK_STR(mails(), "4 of 2");
    end();
}

TEST_IN_LOOP(a_keeper_whom_no_mail_reaches_does_not_keep_the_others_from_being_told)
{
    int64_t now = time_now_us();

    begin();
    given_person("jörg@acme.test", "partner_owner", false);
    given_person("own@acme.test", "partner_owner", false);
    key_that_ends(now, 30, false);
    look(now + 20 * DAY_US);
    CHECK_STR(mails(), "1 of 1");
    end();
}

TEST_IN_LOOP(a_key_that_is_prolonged_is_warned_of_anew_and_a_revoked_one_not_at_all)
{
    int64_t now = time_now_us();
    struct uuid key, gone;

    begin();
    given_person("own@acme.test", "partner_owner", false);
    key = key_that_ends(now, 30, false);
    gone = key_that_ends(now, 30, false);
    sql("update api_key set revoked_at = now() where api_key_id = '%s'", id(&gone));
    look(now + 28 * DAY_US);
    CHECK_STR(mails(), "1 of 1");
    sql("update api_key set expires_at = expires_at + interval '30 days' where api_key_id = '%s'", id(&key));
    look(now + 29 * DAY_US);
    CHECK_STR(mails(), "1 of 1");
    look(now + 50 * DAY_US);
    CHECK_STR(mails(), "2 of 1");
    end();
}

TEST_IN_LOOP(a_key_that_never_had_so_many_days_is_not_warned_of_them)
{
    int64_t now = time_now_us();

    begin();
    given_person("own@acme.test", "partner_owner", false);
    key_that_ends(now, 2, false);
    key_that_ends(now, 10, false);
    look(now + DAY_US);
    CHECK_STR(mails(), "0 of 0");
    look(now + 8 * DAY_US);
    CHECK_STR(mails(), "1 of 1");
    end();
}

TEST_IN_LOOP(a_customer_s_key_is_its_administrators_affair_and_without_one_the_partner_s)
{
    int64_t now = time_now_us();

    begin();
    given_person("own@acme.test", "partner_owner", false);
    key_that_ends(now, 30, true);
    look(now + 20 * DAY_US);
    CHECK_STR(mails(), "1 of 1");
    given_person("shop@acme.test", "customer_admin", true);
    given_person("view@acme.test", "customer_viewer", true);
    look(now + 28 * DAY_US);
    CHECK_STR(mails(), "2 of 2");
    CHECK_STR(sql("select count(*) from mail where customer_id = '%s'", id(&acme.customer_id)), "2");
    end();
}

TEST_IN_LOOP(more_than_an_hour_s_share_of_mails_waits_and_is_not_lost)
{
    int64_t now = time_now_us();

    begin();
    given_person("own@acme.test", "partner_owner", false);
    for (int i = 0; i < 7; i++)
        key_that_ends(now, 30, false);
    look(now + 20 * DAY_US);
    CHECK_STR(mails(), "5 of 1");
    CHECK_STR(sql("select count(*) from api_key where warned_days is not null"), "5");
    sql("update mail set created_at = created_at - interval '2 hours'");
    look(now + 20 * DAY_US);
    CHECK_STR(mails(), "7 of 1");
    end();
}

TEST_IN_LOOP(a_crash_between_the_note_and_the_mail_leaves_neither)
{
    int64_t now = time_now_us();
    struct q_key_warn_row *row;
    struct scope *sc;
    struct uuid key;

    begin();
    given_person("own@acme.test", "partner_owner", false);
    key = key_that_ends(now, 30, false);
    sc = scope_in(worker, &acme);
    sc->tenant.has_customer = false;
    CHECK_OK(q_key_warn(sc, &(struct q_key_warn_in){.api_key_id = key, .at_us = now + 20 * DAY_US},
                        (const struct q_key_warn_row **)&row));
    CHECK(row != NULL);
    db_rollback(sc);
    scope_free(sc);
    look(now + 20 * DAY_US);
    CHECK_STR(mails(), "1 of 1");
    end();
}

TEST_IN_LOOP(a_partner_with_many_keys_does_not_hold_up_another_s)
{
    int64_t now = time_now_us();
    struct access_expiring *v;
    struct scope *sc;
    size_t n = 0;

    begin();
    for (int i = 0; i < 3; i++)
        key_that_ends(now, 29, false);
    acme = given_partner("globex");
    key_that_ends(now, 30, false);
    sc = scope_in(dispatch, NULL);
    CHECK_OK(access_expiring_due(sc, now + 20 * DAY_US, 2, &v, &n));
    CHECK_INT(n, 2);
    CHECK(n == 2 && !uuid_equal(&v[0].partner_id, &v[1].partner_id));
    scope_free(sc);
    end();
}
