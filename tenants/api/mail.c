#include "mail/mail.h"
#include "api/api_int.h"
#include "audit/audit.h"

#define PAGE_DEFAULT 50
#define PAGE_MAX     200

struct mail_view {
    struct uuid id, customer_id;
    const char *kind, *state, *reason;
    int64_t attempts, created_at, sent_at, next_try_at;
};

static const struct wire_field mail_fields[] = {
    WIRE_ID(struct mail_view, id, "mail", "This mail."),
    {.name = "customer_id",
     .kind = WIRE_KIND_ID,
     .offset = offsetof(struct mail_view, customer_id),
     .prefix = "cus",
     .optional = true,
     .meaning = "Whose person it went to; null when the partner's own."},
    WIRE_TEXT(struct mail_view, kind, 40,
              "What it is about: invitation, reset, new_sign_in, token_expiring, access_granted, test."),
    WIRE_ENUM(struct mail_view, state, mail_states,
              "queued, sending, sent; unknown: it may have arrived; failed: it was refused; dead: a day went by."),
    WIRE_INT(struct mail_view, attempts, 0, INT32_MAX, "How often it was tried."),
    WIRE_TEXT(struct mail_view, reason, 500, "Why it was not sent; null otherwise."),
    WIRE_TIME(struct mail_view, created_at, "When it was written."),
    WIRE_TIME(struct mail_view, sent_at, "When it was handed on; null: it was not."),
    WIRE_TIME(struct mail_view, next_try_at, "When it is tried next; null: no more."),
    {},
};
static const struct wire mail_wire = {"Mail", sizeof(struct mail_view), mail_fields};

struct test_ask {
    const char *to, *locale;
};

static const struct wire_field test_fields[] = {
    WIRE_TEXT(struct test_ask, to, MAIL_ADDRESS_MAX, "An address of your own that the test goes to."),
    {.name = "locale",
     .kind = WIRE_KIND_TEXT,
     .offset = offsetof(struct test_ask, locale),
     .min = 2,
     .max = 20,
     .optional = true,
     .meaning = "In which language: en, de, fr, es."},
    {},
};
static const struct wire test_wire = {"MailTest", sizeof(struct test_ask), test_fields};

static struct mail_view view_of(const struct mail_row *r)
{
    return (struct mail_view){.id = r->mail_id,
                              .customer_id = r->customer_id,
                              .kind = r->kind,
                              .state = r->state,
                              .reason = r->reason,
                              .attempts = r->attempts,
                              .created_at = r->created_at_us,
                              .sent_at = r->sent_at_us,
                              .next_try_at = r->due_at_us};
}

/* Addresses are kept as digests only, so a list of one person's mail is asked for by the address. */
static enum err mail_list_get(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct str to = rq_query(rq, "to");
    const char *cursor = NULL;
    struct mail_view *views;
    struct mail_row *rows;
    struct uuid before;
    int64_t limit;
    size_t n;

    TRY(sc, rq_query_int(sc, rq, "limit", PAGE_DEFAULT, 1, PAGE_MAX, &limit));
    TRY(sc, api_position(sc, rq, STR("mail"), &before));
    TRY(sc, mail_list(sc, &before, to.n ? str_dup(sc->arena, to) : NULL, (size_t)limit + 1, &rows, &n));
    if (n > (size_t)limit) {
        n = (size_t)limit;
        cursor = http_cursor_make(sc, STR("mail"), (struct bytes){rows[n - 1].mail_id.b, 16});
    }
    views = ARENA_ARRAY(sc->arena, struct mail_view, n);
    for (size_t i = 0; i < n; i++)
        views[i] = view_of(&rows[i]);
    return rs_page(sc, rq, rs, &mail_wire, views, n, cursor);
}

/* What became of it stands in the list, as of every mail. */
static enum err mail_test(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct mail_new m = {.kind = "test"};
    struct test_ask ask;

    TRY(sc, rq_body(sc, rq, &test_wire, &ask));
    m.to = ask.to;
    m.locale = ask.locale;
    if (!mail_address_valid(ask.to)) {
        enum err e = FAIL(sc, ERR_INVALID, "this is not an address that mail can be sent to");

        scope_problem(sc, "validation", 422);
        scope_item(sc, "/to", "invalid", "write it like name@example.com");
        return e;
    }
    TRY(sc, mail_put(sc, &m));
    audit_note(sc, &(struct audit_act){.action = "mail.test"});
    return rs_empty(sc, rs, 202);
}

static const char *const list_query[] = {"limit", "cursor", "to", NULL};

const struct route api_mail_routes[] = {
    {GET, "/v1/mail", mail_list_get, .may = PERMISSION_MAIL_READ, .answers = &mail_wire, .query = list_query,
     .paged = true, .name = "mail.list",
     .summary = "Mail and what became of it, newest first; contents are not shown."},
    {POST, "/v1/mail/test", mail_test, .may = PERMISSION_MAIL_WRITE, .takes = &test_wire, .status = 202,
     .idempotent = true, .name = "mail.test",
     .summary = "Sends a test mail, which shows that mail arrives and how it looks."},
    {},
};
