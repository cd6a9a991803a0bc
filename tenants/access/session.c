#include <string.h>

#include "access/people_int.h"

/* A transaction is told at its beginning whose it is; one that is under way is told again. */
enum err people_as(struct scope *sc, const struct tenant *t)
{
    char customer[UUID_TEXT_LEN + 1] = "all", brand[UUID_TEXT_LEN + 1] = "all";
    struct q_people_as_row row;

    sc->tenant = *t;
    if (t->has_customer)
        uuid_format(&t->customer_id, customer);
    if (t->has_brand)
        uuid_format(&t->brand_id, brand);
    return q_people_as(sc, &(struct q_people_as_in){.customer = customer, .brand = brand}, &row);
}

enum err people_as_partner(struct scope *sc)
{
    return people_as(sc, &(struct tenant){.has_partner = true, .partner_id = sc->tenant.partner_id});
}

/* What a browser says of itself is shown to its owner: printable, and not much of it. */
const char *people_printable(struct scope *sc, const char *text, size_t max)
{
    char *out = arena_strndup(sc->arena, text ? text : "", strnlen(text ? text : "", max));

    for (char *c = out; *c; c++)
        if (*c < 0x20 || *c > 0x7e)
            *c = '?';
    return out;
}

enum err session_open(struct scope *sc, const struct uuid *user_id, const char *methods, const char *agent,
                      struct sign_in *out)
{
    struct q_session_create_in in = {.session_id = uuid_new(),
                                     .user_id = *user_id,
                                     .methods = methods,
                                     .address = people_printable(sc, sc->address ? sc->address : "unknown", 64),
                                     .user_agent = people_printable(sc, agent, 200)};

    TRY(sc, q_people_tidy(sc, NULL));
    *out = (struct sign_in){0};
    people_token(out->token);
    in.token_hash = people_token_hash(sc, str_of(out->token));
    TRY(sc, q_session_create(sc, &in, NULL));
    out->state = SIGN_IN_DONE;
    out->user_id = *user_id;
    out->session_id = in.session_id;
    sc->actor = ACTOR_USER;
    sc->actor_id = *user_id;
    people_note(sc, "session.create", user_id, methods);
    return OK;
}

static enum err unknown(struct scope *sc)
{
    return FAIL(sc, ERR_UNAUTHENTICATED, "the session has ended; please sign in again");
}

/* What holds at one place, of all that a person may: the customers and store brands there are to choose from. */
struct choice {
    const struct uuid *customer, *brand; /* as named, or NULL */
    bool at_partner, at_customer, several;
    bool brands_only, several_brands;
    struct uuid customer_id, brand_id;
    uint64_t of_partner, of_customer, of_brand;
};

static void take_customer(struct choice *c, const struct q_session_find_row *row)
{
    uint64_t may = permission_set(row->permissions);

    if (c->customer && !uuid_equal(c->customer, &row->customer_id))
        return;
    if (c->at_customer && !uuid_equal(&c->customer_id, &row->customer_id)) {
        c->several = true;
        return;
    }
    if (!c->at_customer)
        c->brands_only = true;
    c->at_customer = true;
    c->customer_id = row->customer_id;
    if (!row->has_brand_id) {
        c->brands_only = false;
        c->of_customer |= may;
    } else if (!c->brand || uuid_equal(c->brand, &row->brand_id)) {
        c->several_brands |= c->of_brand && !uuid_equal(&c->brand_id, &row->brand_id);
        c->brand_id = row->brand_id;
        c->of_brand |= may;
    }
}

static void look_over(struct choice *c, const struct q_session_find_row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!rows[i].has_membership_id)
            continue;
        if (rows[i].has_customer_id) {
            take_customer(c, &rows[i]);
        } else {
            c->at_partner = true;
            c->of_partner |= permission_set(rows[i].permissions);
        }
    }
}

static void bind_customer(struct caller *out, const struct choice *c)
{
    out->has_customer = true;
    out->customer_id = c->customer_id;
    if (c->brand || c->brands_only) {
        out->has_brand = true;
        out->brand_id = c->brand ? *c->brand : c->brand_id;
    }
}

/* A person of the whole partner sees all of it, and with a customer named has what is held there as well. */
static enum err choose(struct scope *sc, const struct choice *c, struct session_look *out)
{
    struct caller *who = &out->caller;

    if (c->brand && !c->customer && !c->at_customer)
        return FAIL(sc, ERR_INVALID, "a store brand is named together with its customer");
    if (c->at_partner) {
        who->may = c->of_partner;
        if (c->customer)
            who->may |= c->of_customer | (c->brand ? c->of_brand : 0);
        return OK;
    }
    if (!c->at_customer && c->customer)
        return FAIL(sc, ERR_NOT_FOUND, "there is no such customer");
    if (c->brand && !c->several && c->brands_only && !c->of_brand)
        return FAIL(sc, ERR_NOT_FOUND, "there is no such store brand");
    who->must_choose = c->several || (c->brands_only && c->several_brands);
    bind_customer(who, c); /* with nothing at all: a customer that nobody has */
    if (who->must_choose)
        memset(&who->customer_id, 0, sizeof(who->customer_id));
    else
        who->may = c->of_customer | (who->has_brand ? c->of_brand : 0);
    return OK;
}

static enum err rotate(struct scope *sc, const struct q_session_find_row *row, struct bytes hash,
                       struct session_look *out)
{
    const struct q_session_rotate_row *done;
    char token[PEOPLE_TOKEN_MAX];

    people_token(token);
    TRY(sc, q_session_rotate(sc,
                             &(struct q_session_rotate_in){.session_id = row->session_id,
                                                           .old_hash = hash,
                                                           .new_hash = people_token_hash(sc, str_of(token))},
                             &done));
    if (done) /* another request of the same browser may have been quicker */
        memcpy(out->renewed, token, sizeof(token));
    return OK;
}

static enum err keep_up(struct scope *sc, const struct q_session_find_row *row, struct bytes hash, bool unattended,
                        struct session_look *out)
{
    const struct q_session_end_row *ended;

    if (row->outworn) { /* somebody has kept a secret that was replaced long ago */
        TRY(sc, q_session_end(sc, &(struct q_session_end_in){.session_id = row->session_id, .user_id = row->user_id},
                              &ended));
        people_note(sc, "session.reused", &row->user_id, "a replaced cookie came back; the session was ended");
        TRY(sc, db_commit(sc));
        return unknown(sc);
    }
    if (unattended)
        return db_commit(sc);
    if (row->rotate)
        TRY(sc, rotate(sc, row, hash, out));
    else if (row->unseen)
        TRY(sc, q_session_seen(sc, &(struct q_session_seen_in){.session_id = row->session_id}, NULL));
    return db_commit(sc);
}

enum err session_find(struct scope *sc, struct str token, const struct uuid *customer, const struct uuid *brand,
                      bool unattended, struct session_look *out)
{
    struct choice c = {.customer = customer, .brand = brand};
    struct q_session_find_rows rows;
    struct bytes hash;

    *out = (struct session_look){0};
    if (token.n != 52)
        return unknown(sc);
    hash = people_token_hash(sc, token);
    TRY(sc, q_session_find(sc, &(struct q_session_find_in){.token_hash = hash}, &rows));
    if (rows.n == 0) {
        TRY(sc, db_commit(sc));
        return unknown(sc);
    }
    TRY(sc, keep_up(sc, &rows.v[0], hash, unattended, out));
    out->caller = (struct caller){.partner_id = sc->tenant.partner_id,
                                  .kind = ACTOR_USER,
                                  .actor_id = rows.v[0].user_id,
                                  .session_id = rows.v[0].session_id};
    look_over(&c, rows.v, rows.n);
    TRY(sc, choose(sc, &c, out));
    out->caller.second_factor_due = rows.v[0].second_factor_due;
    if (out->caller.second_factor_due)
        out->caller.may = 0;
    return OK;
}

enum err session_renew(struct scope *sc, const struct uuid *session_id, char out[PEOPLE_TOKEN_MAX])
{
    char token[PEOPLE_TOKEN_MAX];

    people_token(token);
    TRY(sc, q_session_renew(sc,
                            &(struct q_session_renew_in){.session_id = *session_id,
                                                         .new_hash = people_token_hash(sc, str_of(token))},
                            NULL));
    memcpy(out, token, sizeof(token));
    return OK;
}

enum err session_end(struct scope *sc, const struct uuid *user_id, const struct uuid *session_id)
{
    const struct q_session_end_row *row;

    TRY(sc, q_session_end(sc, &(struct q_session_end_in){.session_id = *session_id, .user_id = *user_id}, &row));
    if (!row)
        return FAIL(sc, ERR_NOT_FOUND, "there is no such session");
    audit_note(sc, &(struct audit_act){.action = "session.end", .object_kind = "ses", .object_id = *session_id});
    return OK;
}

enum err session_end_all(struct scope *sc, const struct uuid *user_id, const struct uuid *but)
{
    struct q_session_end_all_in in = {.user_id = *user_id};
    struct q_session_end_all_row row;

    if (but)
        in.but = *but;
    TRY(sc, q_session_end_all(sc, &in, &row));
    if (row.n)
        people_note(sc, "session.end_all", user_id, arena_f(sc->arena, "%lld sessions", (long long)row.n));
    return OK;
}
