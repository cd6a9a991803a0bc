#include <string.h>

#include "access/people.h"
#include "api/api_int.h"
#include "audit/audit.h"
#include "db/db.h"
#include "q_people.h"

#define PAGE_DEFAULT 50
#define PAGE_MAX     200

static const char *const statuses[] = {"invited", "active", "disabled", NULL};
static const char *const settable[] = {"active", "disabled", NULL};

struct user_view {
    struct uuid id;
    const char *email, *name, *locale, *status;
    bool second_factor;
    int64_t created_at, signed_in_at;
    struct wire_list memberships;
};
static const struct wire_field user_fields[] = {
    WIRE_ID(struct user_view, id, "usr", "This person."),
    WIRE_TEXT(struct user_view, email, 254, "The address that the person signs in with."),
    WIRE_TEXT(struct user_view, name, 120, "What the person is called."),
    WIRE_TEXT(struct user_view, locale, 5, "The language of pages and mail."),
    WIRE_ENUM(struct user_view, status, statuses, "Whether the person has accepted an invitation, or may sign in."),
    WIRE_BOOL(struct user_view, second_factor, "Whether an app gives codes as a second factor."),
    WIRE_TIME(struct user_view, created_at, "When the person was first invited."),
    WIRE_TIME(struct user_view, signed_in_at, "When the person last gave the right password; null before."),
    WIRE_LIST(struct user_view, memberships, &api_membership_wire, 100, "The person's roles, as far as you see them."),
    {},
};
static const struct wire user_wire = {"User", sizeof(struct user_view), user_fields};

static enum err absent(struct scope *sc)
{
    return FAIL(sc, ERR_NOT_FOUND, "there is no such person");
}

/* What a place has invited and nobody has accepted yet is shown as it was given, whatever others know of the person. */
static void hide(struct user_view *v, const char *invited_name)
{
    v->name = invited_name;
    v->locale = "en";
    v->status = "invited";
    v->second_factor = false;
    v->signed_in_at = INT64_MIN;
}

static void view_of(const struct q_user_list_row *r, struct user_view *v)
{
    *v = (struct user_view){.id = r->user_id,
                            .email = r->email,
                            .name = r->name,
                            .locale = r->locale,
                            .status = r->status,
                            .second_factor = r->has_totp,
                            .created_at = r->created_at_us,
                            .signed_in_at = r->has_signed_in_at ? r->signed_in_at_us : INT64_MIN};
    if (!r->accepted)
        hide(v, r->invited_name);
}

static void add_memberships(struct user_view *views, size_t n, const struct q_membership_list_rows *rows,
                            struct membership_view *all)
{
    size_t at = 0;

    for (size_t i = 0; i < rows->n; i++)
        all[i] = (struct membership_view){
            .id = rows->v[i].membership_id,
            .customer_id = rows->v[i].customer_id,
            .brand_id = rows->v[i].brand_id,
            .role = rows->v[i].role,
            .created_at = rows->v[i].created_at_us,
            .accepted_at = rows->v[i].has_accepted_at ? rows->v[i].accepted_at_us : INT64_MIN,
        };
    for (size_t i = 0; i < n; i++) { /* both lists are in the order of the person's id */
        size_t first = at;

        while (at < rows->n && uuid_equal(&rows->v[at].user_id, &views[i].id))
            at++;
        views[i].memberships = (struct wire_list){all + first, at - first};
    }
}

static enum err users_list(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct q_membership_list_rows memberships;
    struct q_user_list_rows rows;
    const char *cursor = NULL;
    struct user_view *views;
    struct uuid after, *ids;
    int64_t limit;
    size_t n;

    TRY(sc, rq_query_int(sc, rq, "limit", PAGE_DEFAULT, 1, PAGE_MAX, &limit));
    TRY(sc, api_position(sc, rq, STR("users"), &after));
    TRY(sc, q_user_list(sc, &(struct q_user_list_in){.after = after, .most = (int32_t)limit + 1}, &rows));
    n = rows.n;
    if (n > (size_t)limit) {
        n = (size_t)limit;
        cursor = http_cursor_make(sc, STR("users"), (struct bytes){rows.v[n - 1].user_id.b, 16});
    }
    views = ARENA_ARRAY(sc->arena, struct user_view, n);
    ids = ARENA_ARRAY(sc->arena, struct uuid, n);
    for (size_t i = 0; i < n; i++) {
        view_of(&rows.v[i], &views[i]);
        ids[i] = rows.v[i].user_id;
    }
    TRY(sc, q_membership_list(sc, &(struct q_membership_list_in){.user_ids = ids, .user_ids_n = n}, &memberships));
    add_memberships(views, n, &memberships, ARENA_ARRAY(sc->arena, struct membership_view, memberships.n));
    TRY(sc, audit_read(sc, "user.list", NULL, NULL));
    return rs_page(sc, rq, rs, &user_wire, views, n, cursor);
}

static enum err user_row(struct scope *sc, const struct rq *rq, const struct q_user_get_row **out)
{
    struct uuid id;

    TRY(sc, rq_path_id(sc, rq, "user_id", "usr", &id));
    TRY(sc, q_user_get(sc, &(struct q_user_get_in){.user_id = id}, out));
    return *out ? OK : absent(sc);
}

static enum err user_answer(struct scope *sc, struct rs *rs, int status, const struct q_user_get_row *r)
{
    struct user_view v = {.id = r->user_id,
                          .email = r->email,
                          .name = r->name,
                          .locale = r->locale,
                          .status = r->status,
                          .second_factor = r->has_totp,
                          .created_at = r->created_at_us,
                          .signed_in_at = r->has_signed_in_at ? r->signed_in_at_us : INT64_MIN};

    if (!r->accepted)
        hide(&v, r->invited_name);
    TRY(sc, api_memberships(sc, &r->user_id, &v.memberships));
    rs_version(sc, rs, r->row_version);
    return rs_json(sc, rs, status, &user_wire, &v);
}

static enum err users_get(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    const struct q_user_get_row *row;

    TRY(sc, user_row(sc, rq, &row));
    TRY(sc, audit_read(sc, "user.read", "usr", &row->user_id));
    return user_answer(sc, rs, 200, row);
}

/* The person as the caller sees it; from here on the transaction is the whole partner's. */
static enum err target(struct scope *sc, const struct rq *rq, const struct q_user_get_row **out, struct place *of)
{
    TRY(sc, user_row(sc, rq, out));
    api_place(sc, of);
    return people_as_partner(sc);
}

/* What was changed, as the caller sees it; then the transaction ends as the whole partner's. */
static enum err seen_again(struct scope *sc, const struct place *of, const struct uuid *id, struct rs *rs, int status)
{
    struct tenant whole = sc->tenant, seer = sc->tenant;
    const struct q_user_get_row *row;

    seer.has_customer = of->has_customer;
    seer.customer_id = of->customer_id;
    seer.has_brand = of->has_brand;
    seer.brand_id = of->brand_id;
    TRY(sc, people_as(sc, &seer));
    TRY(sc, q_user_get(sc, &(struct q_user_get_in){.user_id = *id}, &row));
    if (!row)
        return absent(sc);
    TRY(sc, user_answer(sc, rs, status, row));
    return people_as(sc, &whole);
}

struct invite_ask {
    const char *email, *name, *locale, *role;
    struct uuid brand_id;
};
static const struct wire_field invite_fields[] = {
    WIRE_TEXT(struct invite_ask, email, 254, "Where the invitation is sent, and what the person signs in with."),
    WIRE_TEXT(struct invite_ask, name, 120, "What the person is called."),
    WIRE_TEXT_OR_NULL(struct invite_ask, locale, 5, "The language of pages and mail: en, de, fr or es."),
    WIRE_TEXT(struct invite_ask, role, 40, "What the person may; GET /v1/roles lists them."),
    WIRE_ID_OR_NULL(struct invite_ask, brand_id, "brd", "The one store brand it is for; all of them when left out."),
    {},
};
static const struct wire invite_wire = {"UserNew", sizeof(struct invite_ask), invite_fields};

/* At the place that the caller is bound to or names; and of its one store brand when the body says so. */
static enum err place_of(struct scope *sc, const struct uuid *brand, struct place *out)
{
    api_place(sc, out);
    if (uuid_is_nil(brand))
        return OK;
    if (out->has_brand && !uuid_equal(brand, &out->brand_id))
        return FAIL(sc, ERR_NOT_FOUND, "there is no such customer or store brand");
    out->has_brand = true;
    out->brand_id = *brand;
    return OK;
}

static enum err users_invite(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct invited made;
    struct invitation in;
    struct invite_ask ask;
    struct place of;

    TRY(sc, rq_body(sc, rq, &invite_wire, &ask));
    TRY(sc, people_locale_check(sc, ask.locale));
    in = (struct invitation){.email = ask.email,
                             .name = ask.name,
                             .locale = ask.locale,
                             .role = ask.role,
                             .host = str_dup(sc->arena, rq->host)};
    api_place(sc, &of);
    TRY(sc, place_of(sc, &ask.brand_id, &in.place));
    TRY(sc, people_as_partner(sc));
    TRY(sc, people_invite(sc, &in, &made));
    return seen_again(sc, &of, &made.user_id, rs, 201);
}

struct change_ask {
    const char *name, *locale, *status;
};
static const struct wire_field change_fields[] = {
    WIRE_TEXT_OR_NULL(struct change_ask, name, 120, "What the person is called."),
    WIRE_TEXT_OR_NULL(struct change_ask, locale, 5, "The language of pages and mail."),
    {.name = "status",
     .kind = WIRE_KIND_ENUM,
     .offset = offsetof(struct change_ask, status),
     .names = settable,
     .optional = true,
     .meaning = "Whether the person may sign in; sessions of one who may not end at once."},
    {},
};
static const struct wire change_wire = {"UserChange", sizeof(struct change_ask), change_fields};

/* Somebody who has never accepted an invitation is neither active nor disabled yet. */
static enum err next_status(struct scope *sc, const char *now, const char *want, const char **out)
{
    *out = want ? want : now;
    if (want && strcmp(now, "invited") == 0)
        return FAIL(sc, ERR_CONFLICT, "the person has not accepted the invitation yet; end the role instead");
    return OK;
}

static enum err change(struct scope *sc, const struct q_user_get_row *row, const struct change_ask *ask,
                       int64_t version)
{
    const struct q_user_update_row *done;
    struct administrators *before;
    const char *status;

    TRY(sc, next_status(sc, row->status, ask->status, &status));
    TRY(sc, administrators_before(sc, &before));
    TRY(sc, q_user_update(sc,
                          &(struct q_user_update_in){.user_id = row->user_id,
                                                     .name = ask->name ? ask->name : row->name,
                                                     .locale = ask->locale ? ask->locale : row->locale,
                                                     .status = status,
                                                     .row_version = version},
                          &done));
    if (!done)
        return rq_stale(sc, row->row_version);
    TRY(sc, administrators_after(sc, before));
    if (strcmp(status, "disabled") == 0)
        TRY(sc, session_end_all(sc, &row->user_id, NULL));
    audit_note(sc, &(struct audit_act){.action = "user.update",
                                       .object_kind = "usr",
                                       .object_id = row->user_id,
                                       .before = str_of(row->status),
                                       .after = str_of(status)});
    return OK;
}

static enum err users_patch(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    const struct q_user_get_row *row;
    struct change_ask ask;
    struct place of;
    int64_t version;

    TRY(sc, rq_if_match(sc, rq, &version));
    TRY(sc, rq_body(sc, rq, &change_wire, &ask));
    TRY(sc, people_locale_check(sc, ask.locale));
    TRY(sc, target(sc, rq, &row, &of));
    TRY(sc, people_lock(sc));
    TRY(sc, people_may_change(sc, &row->user_id, &of));
    TRY(sc, change(sc, row, &ask, version));
    return seen_again(sc, &of, &row->user_id, rs, 200);
}

static enum err users_delete(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    const struct q_user_get_row *row;
    struct place of;
    int64_t version;

    TRY(sc, rq_if_match(sc, rq, &version));
    TRY(sc, target(sc, rq, &row, &of));
    if (row->row_version != version)
        return rq_stale(sc, row->row_version);
    TRY(sc, people_remove(sc, &row->user_id, &of));
    return rs_empty(sc, rs, 204);
}

static enum err user_sessions_end(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    const struct q_user_get_row *row;
    struct place of;

    TRY(sc, target(sc, rq, &row, &of));
    TRY(sc, people_lock(sc));
    TRY(sc, people_may_change(sc, &row->user_id, &of));
    TRY(sc, session_end_all(sc, &row->user_id, NULL));
    return rs_empty(sc, rs, 204);
}

struct role_ask {
    const char *role;
    struct uuid brand_id;
};
static const struct wire_field role_ask_fields[] = {
    WIRE_TEXT(struct role_ask, role, 40, "What the person may; GET /v1/roles lists them."),
    WIRE_ID_OR_NULL(struct role_ask, brand_id, "brd", "The one store brand it is for; all of them when left out."),
    {},
};
static const struct wire role_ask_wire = {"MembershipNew", sizeof(struct role_ask), role_ask_fields};

/* Who works there already has the role at once; anybody else is asked first. */
static enum err memberships_create(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    const struct q_user_get_row *row;
    struct invitation in = {0};
    struct role_ask ask;
    struct invited made;
    struct place of;

    TRY(sc, rq_body(sc, rq, &role_ask_wire, &ask));
    TRY(sc, user_row(sc, rq, &row));
    api_place(sc, &of);
    TRY(sc, place_of(sc, &ask.brand_id, &in.place));
    TRY(sc, people_as_partner(sc));
    in.email = row->email;
    in.name = row->accepted ? row->name : row->invited_name;
    in.locale = row->locale;
    in.role = ask.role;
    in.host = str_dup(sc->arena, rq->host);
    in.at_once = row->accepted && strcmp(row->status, "active") == 0;
    TRY(sc, people_invite(sc, &in, &made));
    return seen_again(sc, &of, &row->user_id, rs, 201);
}

static enum err memberships_delete(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    const struct q_user_get_row *row;
    struct place of;
    struct uuid id;

    TRY(sc, rq_path_id(sc, rq, "membership_id", "mem", &id));
    TRY(sc, target(sc, rq, &row, &of));
    TRY(sc, membership_end(sc, &row->user_id, &id, &of));
    return rs_empty(sc, rs, 204);
}

struct role_view {
    const char *role, *level;
    struct str permissions;
};
static const char *const levels[] = {"partner", "customer", NULL};
static const struct wire_field role_fields[] = {
    WIRE_TEXT(struct role_view, role, 40, "Its name."),
    WIRE_ENUM(struct role_view, level, levels, "Whether it is of the whole partner or of one customer."),
    WIRE_RAW(struct role_view, permissions, "What it may: a list of names."),
    {},
};
static const struct wire role_wire = {"Role", sizeof(struct role_view), role_fields};

static struct str quoted(struct scope *sc, const char *comma_names)
{
    struct buf b;

    buf_init(&b, sc->arena, 8192);
    buf_s(&b, *comma_names ? "[\"" : "[");
    for (const char *c = comma_names; *c; c++)
        if (*c == ',')
            buf_s(&b, "\",\"");
        else
            buf_c(&b, *c);
    buf_s(&b, *comma_names ? "\"]" : "]");
    return buf_str(&b);
}

static enum err roles_list(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct q_role_list_rows rows;
    struct role_view *views;

    TRY(sc, q_role_list(sc, &rows));
    views = ARENA_ARRAY(sc->arena, struct role_view, rows.n);
    for (size_t i = 0; i < rows.n; i++)
        views[i] = (struct role_view){rows.v[i].role, rows.v[i].level, quoted(sc, rows.v[i].permissions)};
    return rs_page(sc, rq, rs, &role_wire, views, rows.n, NULL);
}

static const char *const list_query[] = {"limit", "cursor", NULL};

const struct route api_user_routes[] = {
    {GET, "/v1/users", users_list, .name = "users.list", .summary = "People and their roles.", .paged = true,
     .may = PERMISSION_USERS_READ, .answers = &user_wire, .query = list_query},
    {POST, "/v1/users", users_invite, .idempotent = true, .name = "users.invite",
     .summary = "Invites a person to a role.", .may = PERMISSION_USERS_WRITE, .takes = &invite_wire,
     .answers = &user_wire},
    {GET, "/v1/users/{user_id}", users_get, .name = "users.get", .summary = "One person.", .etag = true,
     .may = PERMISSION_USERS_READ, .answers = &user_wire},
    {PATCH, "/v1/users/{user_id}", users_patch, .name = "users.update",
     .summary = "Changes, disables or enables a person.", .etag = true, .may = PERMISSION_USERS_WRITE,
     .takes = &change_wire, .answers = &user_wire},
    {DELETE, "/v1/users/{user_id}", users_delete, .name = "users.delete", .summary = "Takes a person's roles away.",
     .may = PERMISSION_USERS_WRITE},
    {DELETE, "/v1/users/{user_id}/sessions", user_sessions_end, .name = "users.end_sessions",
     .summary = "Ends all sessions of a person.", .may = PERMISSION_USERS_WRITE},
    {POST, "/v1/users/{user_id}/memberships", memberships_create, .idempotent = true, .name = "memberships.create",
     .summary = "Gives a person a role.", .may = PERMISSION_USERS_WRITE, .takes = &role_ask_wire,
     .answers = &user_wire},
    {DELETE, "/v1/users/{user_id}/memberships/{membership_id}", memberships_delete, .name = "memberships.delete",
     .summary = "Takes one role away.", .may = PERMISSION_USERS_WRITE},
    {GET, "/v1/roles", roles_list, .name = "roles.list", .summary = "Roles, and what each may.", .paged = true,
     .may = PERMISSION_USERS_READ, .answers = &role_wire},
    {},
};
