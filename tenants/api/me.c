#include <string.h>

#include "access/people.h"
#include "api/api_int.h"
#include "audit/audit.h"
#include "q_people.h"

static const struct wire_field membership_fields[] = {
    WIRE_ID(struct membership_view, id, "mem", "This role of the person."),
    WIRE_TEXT(struct membership_view, role, 40, "Which; GET /v1/roles says what it may."),
    WIRE_ID_OR_NULL(struct membership_view, customer_id, "cus", "At which customer; null for the whole partner."),
    WIRE_ID_OR_NULL(struct membership_view, brand_id, "brd", "For which store brand alone; null for all of them."),
    WIRE_TIME(struct membership_view, created_at, "When it was given."),
    WIRE_TIME(struct membership_view, accepted_at, "When the person accepted it; null until then, and it counts not."),
    {},
};
const struct wire api_membership_wire = {"Membership", sizeof(struct membership_view), membership_fields};

enum err api_memberships(struct scope *sc, const struct uuid *user_id, struct wire_list *out)
{
    struct q_membership_list_rows rows;
    struct membership_view *views;

    TRY(sc, q_membership_list(sc, &(struct q_membership_list_in){.user_ids = user_id, .user_ids_n = 1}, &rows));
    views = ARENA_ARRAY(sc->arena, struct membership_view, rows.n);
    for (size_t i = 0; i < rows.n; i++)
        views[i] = (struct membership_view){
            .id = rows.v[i].membership_id,
            .customer_id = rows.v[i].customer_id,
            .brand_id = rows.v[i].brand_id,
            .role = rows.v[i].role,
            .created_at = rows.v[i].created_at_us,
            .accepted_at = rows.v[i].has_accepted_at ? rows.v[i].accepted_at_us : INT64_MIN,
        };
    *out = (struct wire_list){views, rows.n};
    return OK;
}

struct me_view {
    const char *kind, *email, *name, *locale;
    struct uuid user_id, customer_id, brand_id;
    bool totp, has_password, must_choose, second_factor_due;
    int64_t passkeys, recovery_codes;
    struct wire_list memberships;
    struct str permissions;
};
static const struct wire_field me_fields[] = {
    WIRE_TEXT(struct me_view, kind, 20, "What asks: user, api_key, client, embed, operator."),
    WIRE_ID_OR_NULL(struct me_view, user_id, "usr", "Who; null for what is no person."),
    WIRE_TEXT(struct me_view, email, 254, "The person's mail address."),
    WIRE_TEXT(struct me_view, name, 120, "What the person is called."),
    WIRE_TEXT(struct me_view, locale, 5, "The language of pages and mail."),
    WIRE_BOOL(struct me_view, has_password, "Whether the person can sign in with a password."),
    WIRE_BOOL(struct me_view, totp, "Whether an app gives codes as a second factor."),
    WIRE_INT(struct me_view, passkeys, 0, INT32_MAX, "How many passkeys there are."),
    WIRE_INT(struct me_view, recovery_codes, 0, INT32_MAX, "How many recovery codes are left."),
    WIRE_BOOL(struct me_view, second_factor_due, "Whether nothing is allowed until a second factor is set up."),
    WIRE_BOOL(struct me_view, must_choose, "Whether a customer header is needed to say where the person works now."),
    WIRE_ID_OR_NULL(struct me_view, customer_id, "cus", "The customer that is worked for now; null for all of them."),
    WIRE_ID_OR_NULL(struct me_view, brand_id, "brd", "The store brand; null for all of them."),
    WIRE_RAW(struct me_view, permissions, "What is allowed there: a list of names."),
    WIRE_LIST(struct me_view, memberships, &api_membership_wire, 100, "The person's roles."),
    {},
};
static const struct wire me_wire = {"Me", sizeof(struct me_view), me_fields};

static struct str permissions_of(struct scope *sc, uint64_t may)
{
    struct buf b;

    buf_init(&b, sc->arena, 8192);
    buf_c(&b, '[');
    for (enum permission p = PERMISSION_NONE + 1; p < PERMISSION_COUNT; p++)
        if (may & PERMISSION_BIT(p))
            buf_f(&b, "%s\"%s\"", b.n > 1 ? "," : "", permission_name(p));
    buf_c(&b, ']');
    return buf_str(&b);
}

static enum err person_view(struct scope *sc, struct me_view *v, int64_t *out_version)
{
    const struct q_user_get_row *row;
    struct q_recovery_left_row left;

    TRY(sc, api_person(sc));
    TRY(sc, q_user_get(sc, &(struct q_user_get_in){.user_id = sc->actor_id}, &row));
    if (!row)
        return FAIL(sc, ERR_UNAUTHENTICATED, "please sign in again");
    TRY(sc, q_recovery_left(sc, &(struct q_recovery_left_in){.user_id = sc->actor_id}, &left));
    TRY(sc, api_memberships(sc, &sc->actor_id, &v->memberships));
    v->user_id = row->user_id;
    v->email = row->email;
    v->name = row->name;
    v->locale = row->locale;
    v->has_password = row->has_password;
    v->totp = row->has_totp;
    v->passkeys = row->passkeys;
    v->recovery_codes = left.n;
    *out_version = row->row_version;
    return OK;
}

static enum err me_answer(struct scope *sc, struct rs *rs)
{
    const struct caller *c = sc->caller;
    struct me_view v = {.kind = actor_kind_name(c->kind),
                        .must_choose = c->must_choose,
                        .second_factor_due = c->second_factor_due,
                        .permissions = permissions_of(sc, c->may)};
    int64_t version = 0;

    if (c->has_customer)
        v.customer_id = c->customer_id;
    if (c->has_brand)
        v.brand_id = c->brand_id;
    if (c->kind == ACTOR_USER) {
        TRY(sc, person_view(sc, &v, &version));
        rs_version(sc, rs, version);
    }
    return rs_json(sc, rs, 200, &me_wire, &v);
}

static enum err me_get(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    (void)rq;
    return me_answer(sc, rs);
}

struct me_change {
    const char *name, *locale;
};
static const struct wire_field change_fields[] = {
    WIRE_TEXT_OR_NULL(struct me_change, name, 120, "What the person is called."),
    WIRE_TEXT_OR_NULL(struct me_change, locale, 5, "The language of pages and mail: en, de, fr or es."),
    {},
};
static const struct wire change_wire = {"MeChange", sizeof(struct me_change), change_fields};

static enum err me_patch(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    const struct q_user_update_row *done;
    const struct q_user_get_row *row;
    struct me_change ask;
    int64_t version;

    TRY(sc, rq_if_match(sc, rq, &version));
    TRY(sc, rq_body(sc, rq, &change_wire, &ask));
    TRY(sc, api_person(sc));
    TRY(sc, people_locale_check(sc, ask.locale));
    TRY(sc, q_user_get(sc, &(struct q_user_get_in){.user_id = sc->actor_id}, &row));
    if (!row)
        return FAIL(sc, ERR_UNAUTHENTICATED, "please sign in again");
    TRY(sc, q_user_update(sc,
                          &(struct q_user_update_in){.user_id = sc->actor_id,
                                                     .name = ask.name ? ask.name : row->name,
                                                     .locale = ask.locale ? ask.locale : row->locale,
                                                     .status = row->status,
                                                     .row_version = version},
                          &done));
    if (!done)
        return rq_stale(sc, row->row_version);
    audit_note(sc, &(struct audit_act){.action = "user.update", .object_kind = "usr", .object_id = sc->actor_id});
    return me_answer(sc, rs);
}

struct password_change {
    const char *current_password, *password;
};
static const struct wire_field password_fields[] = {
    WIRE_TEXT(struct password_change, current_password, 256, "The password until now."),
    WIRE_TEXT(struct password_change, password, 256, "The new one; all other sessions end."),
    {},
};
static const struct wire password_wire = {"PasswordChange", sizeof(struct password_change), password_fields};

static enum err password_put(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    char token[PEOPLE_TOKEN_MAX];
    struct password_change ask;

    TRY(sc, rq_body(sc, rq, &password_wire, &ask));
    api_wipe(sc, ask.password);
    api_wipe(sc, ask.current_password);
    TRY(sc, api_person(sc));
    TRY(sc, people_password_change(sc, &sc->actor_id, ask.current_password, ask.password, &sc->caller->session_id));
    TRY(sc, session_renew(sc, &sc->caller->session_id, token));
    api_session_cookie(sc, rs, token);
    return rs_empty(sc, rs, 204);
}

struct session_view {
    struct uuid id;
    bool current;
    int64_t created_at, seen_at, expires_at;
    const char *methods, *address, *user_agent;
};
static const struct wire_field session_fields[] = {
    WIRE_ID(struct session_view, id, "ses", "This session."),
    WIRE_BOOL(struct session_view, current, "Whether it is the one that asks."),
    WIRE_TIME(struct session_view, created_at, "When the person signed in."),
    WIRE_TIME(struct session_view, seen_at, "When it was last used, to the minute."),
    WIRE_TIME(struct session_view, expires_at, "When it ends whatever happens."),
    WIRE_TEXT(struct session_view, methods, 80, "How the person signed in."),
    WIRE_TEXT(struct session_view, address, 64, "From where."),
    WIRE_TEXT(struct session_view, user_agent, 200, "With what."),
    {},
};
static const struct wire session_wire = {"Session", sizeof(struct session_view), session_fields};

static enum err sessions_list(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct q_session_list_rows rows;
    struct session_view *views;

    TRY(sc, api_person(sc));
    TRY(sc, q_session_list(sc, &(struct q_session_list_in){.user_id = sc->actor_id}, &rows));
    views = ARENA_ARRAY(sc->arena, struct session_view, rows.n);
    for (size_t i = 0; i < rows.n; i++)
        views[i] = (struct session_view){.id = rows.v[i].session_id,
                                         .current = uuid_equal(&rows.v[i].session_id, &sc->caller->session_id),
                                         .created_at = rows.v[i].created_at_us,
                                         .seen_at = rows.v[i].seen_at_us,
                                         .expires_at = rows.v[i].expires_at_us,
                                         .methods = rows.v[i].methods,
                                         .address = rows.v[i].address,
                                         .user_agent = rows.v[i].user_agent};
    return rs_page(sc, rq, rs, &session_wire, views, rows.n, NULL);
}

static enum err sessions_end(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    (void)rq;
    TRY(sc, api_person(sc));
    TRY(sc, session_end_all(sc, &sc->actor_id, &sc->caller->session_id));
    return rs_empty(sc, rs, 204);
}

static enum err sessions_end_one(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct uuid id;

    TRY(sc, rq_path_id(sc, rq, "session_id", "ses", &id));
    TRY(sc, api_person(sc));
    TRY(sc, session_end(sc, &sc->actor_id, &id));
    return rs_empty(sc, rs, 204);
}

const struct route api_me_routes[] = {
    {GET, "/v1/me", me_get, .name = "me.get", .summary = "Who is signed in, and what they may.", .etag = true,
     .answers = &me_wire},
    {PATCH, "/v1/me", me_patch, .name = "me.update", .summary = "Changes one's own name and language.", .etag = true,
     .takes = &change_wire, .answers = &me_wire},
    {PUT, "/v1/me/password", password_put, .name = "me.password", .summary = "Chooses another password.",
     .takes = &password_wire, .secret = true, .body_max = 4096},
    {GET, "/v1/me/sessions", sessions_list, .name = "me.sessions", .summary = "One's own sessions.",
     .answers = &session_wire},
    {DELETE, "/v1/me/sessions", sessions_end, .name = "me.end_sessions",
     .summary = "Ends all of one's sessions but this one."},
    {DELETE, "/v1/me/sessions/{session_id}", sessions_end_one, .name = "me.end_session",
     .summary = "Ends one of one's sessions."},
    {},
};
