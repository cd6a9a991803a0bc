#include <string.h>

#include "access/people_int.h"
#include "mail/mail.h"
#include "sys/config.h"

static const char *locale_of(const char *locale)
{
    return locale && *locale ? locale : "en";
}

const char *people_link(struct scope *sc, const char *host, const char *path, const char *rest)
{
    int port = (int)config_int("PUBLIC_PORT");

    return port == 443 ? arena_f(sc->arena, "https://%s%s%s", host, path, rest)
                       : arena_f(sc->arena, "https://%s:%d%s%s", host, port, path, rest);
}

enum err people_host(struct scope *sc, const char **out)
{
    const struct q_people_host_row *row;

    TRY(sc, q_people_host(sc, &row));
    if (!row)
        return FAIL(sc, ERR_NOT_FOUND, "the partner has no verified host: name one with --host");
    *out = row->host;
    return OK;
}

enum err people_locale_check(struct scope *sc, const char *locale)
{
    enum err e;

    if (!locale || mail_speaks(locale))
        return OK;
    scope_clear(sc);
    scope_item(sc, "/locale", "not_a_language", "must be en, de, fr or es");
    e = FAIL(sc, ERR_INVALID, "this is no language that can be set");
    scope_problem(sc, "validation", 422);
    return e;
}

/* The person with this address, made when there is none. */
static enum err find_or_make(struct scope *sc, const struct invitation *in, const char *norm, struct uuid *out,
                             bool *out_disabled)
{
    const struct q_user_email_find_row *row;
    struct uuid id = uuid_new();

    TRY(sc, q_user_email_find(sc, &(struct q_user_email_find_in){.email_norm = norm}, &row));
    *out_disabled = row && strcmp(row->status, "disabled") == 0;
    if (row) {
        *out = row->user_id;
        return OK;
    }
    TRY(sc, q_user_create(sc,
                          &(struct q_user_create_in){.user_id = id,
                                                     .email = in->email,
                                                     .email_norm = norm,
                                                     .name = in->name,
                                                     .locale = locale_of(in->locale)},
                          NULL));
    *out = id;
    return OK;
}

static enum err give(struct scope *sc, const struct invitation *in, const struct uuid *user_id, struct uuid *out)
{
    const struct q_membership_same_row *same;
    const struct place *p = &in->place;
    struct q_membership_count_row count;
    struct uuid id = uuid_new();

    TRY(sc, q_membership_same(sc,
                              &(struct q_membership_same_in){.user_id = *user_id,
                                                             .role = in->role,
                                                             .has_customer_id = p->has_customer,
                                                             .customer_id = p->customer_id,
                                                             .has_brand_id = p->has_brand,
                                                             .brand_id = p->brand_id},
                              &same));
    if (same)
        return FAIL(sc, ERR_CONFLICT, "the person has this role there already, or was invited to it");
    TRY(sc, q_membership_count(sc, &(struct q_membership_count_in){.user_id = *user_id}, &count));
    if (count.n >= PEOPLE_MEMBERSHIPS_MAX)
        return FAIL(sc, ERR_CONFLICT, "a person can have at most %d roles", PEOPLE_MEMBERSHIPS_MAX);
    TRY(sc, q_membership_create(sc,
                                &(struct q_membership_create_in){.membership_id = id,
                                                                 .user_id = *user_id,
                                                                 .role = in->role,
                                                                 .level = p->has_customer ? "customer" : "partner",
                                                                 .has_customer_id = p->has_customer,
                                                                 .customer_id = p->customer_id,
                                                                 .has_brand_id = p->has_brand,
                                                                 .brand_id = p->brand_id,
                                                                 .invited_name = in->name,
                                                                 .accepted = in->at_once},
                                NULL));
    *out = id;
    return OK;
}

static enum err send(struct scope *sc, const struct invitation *in, const struct invited *made)
{
    const char *link = people_link(sc, in->host, "/invite#", made->token);
    struct q_invitation_said_in by = {.actor_kind = actor_kind_name(sc->actor),
                                      .actor_id = sc->actor_id,
                                      .has_customer_id = in->place.has_customer,
                                      .customer_id = in->place.customer_id,
                                      .has_brand_id = in->place.has_brand,
                                      .brand_id = in->place.brand_id};
    struct q_invitation_said_row said;

    TRY(sc, q_invitation_said(sc, &by, &said));
    return mail_put(sc, &(struct mail_new){.kind = "invitation",
                                           .to = in->email,
                                           .locale = in->locale,
                                           .about = made->user_id,
                                           .has_customer = in->place.has_customer,
                                           .customer_id = in->place.customer_id,
                                           .words = {{"link", link},
                                                     {"name", in->name},
                                                     {"invited_by", said.invited_by},
                                                     {"into", said.into_name},
                                                     {"role", in->role},
                                                     {"expires", people_expiry(sc, PEOPLE_INVITATION_S)}},
                                           .word_count = 6});
}

static enum err given(struct scope *sc, const struct invitation *in, const struct invited *made)
{
    audit_note(sc, &(struct audit_act){.action = "membership.create",
                                       .object_kind = "mem",
                                       .object_id = made->membership_id,
                                       .has_customer = in->place.has_customer,
                                       .customer_id = in->place.customer_id,
                                       .detail = in->role});
    return q_session_age(sc, &(struct q_session_age_in){.user_id = made->user_id}, NULL);
}

enum err people_invite(struct scope *sc, const struct invitation *in, struct invited *out)
{
    const char *norm;
    bool disabled;

    *out = (struct invited){0};
    TRY(sc, people_email_norm(sc, in->email, &norm));
    TRY(sc, people_lock(sc));
    TRY(sc, people_may_give(sc, in->role, &in->place));
    TRY(sc, find_or_make(sc, in, norm, &out->user_id, &disabled));
    TRY(sc, give(sc, in, &out->user_id, &out->membership_id));
    if (in->at_once)
        return given(sc, in, out);
    TRY(sc, one_time_make(sc, ONE_TIME_INVITATION,
                          &(struct one_time_what){.has_user = true,
                                                  .has_membership = true,
                                                  .user_id = out->user_id,
                                                  .membership_id = out->membership_id},
                          PEOPLE_INVITATION_S, out->token));
    audit_note(sc, &(struct audit_act){.action = "user.invite",
                                       .object_kind = "usr",
                                       .object_id = out->user_id,
                                       .has_customer = in->place.has_customer,
                                       .customer_id = in->place.customer_id,
                                       .detail = in->role});
    return in->host && !disabled ? send(sc, in, out) : OK;
}

static struct place place_of(const struct q_membership_list_row *m)
{
    return (struct place){m->has_customer_id, m->has_brand_id, m->customer_id, m->brand_id};
}

static bool within(const struct place *p, const struct place *of)
{
    return (!of->has_customer || (p->has_customer && uuid_equal(&p->customer_id, &of->customer_id))) &&
           (!of->has_brand || (p->has_brand && uuid_equal(&p->brand_id, &of->brand_id)));
}

static enum err end_one(struct scope *sc, const struct uuid *user_id, const struct uuid *membership_id,
                        const char *role, const struct place *p)
{
    if (!(sc->actor == ACTOR_USER && uuid_equal(&sc->actor_id, user_id))) /* everyone may leave */
        TRY(sc, people_may_give(sc, role, p));
    TRY(sc, q_membership_end(sc, &(struct q_membership_end_in){.membership_id = *membership_id}, NULL));
    TRY(sc, q_one_time_void_of(sc, &(struct q_one_time_void_of_in){.membership_id = *membership_id}, NULL));
    TRY(sc, q_session_age(sc, &(struct q_session_age_in){.user_id = *user_id}, NULL));
    audit_note(sc, &(struct audit_act){.action = "membership.end",
                                       .object_kind = "mem",
                                       .object_id = *membership_id,
                                       .has_customer = p->has_customer,
                                       .customer_id = p->customer_id,
                                       .detail = role});
    return OK;
}

enum err membership_end(struct scope *sc, const struct uuid *user_id, const struct uuid *membership_id,
                        const struct place *of)
{
    const struct q_membership_get_row *row;
    struct administrators *before;
    struct place p;

    TRY(sc, people_lock(sc));
    TRY(sc, q_membership_get(sc, &(struct q_membership_get_in){.user_id = *user_id, .membership_id = *membership_id},
                             &row));
    if (row)
        p = (struct place){row->has_customer_id, row->has_brand_id, row->customer_id, row->brand_id};
    if (!row || !within(&p, of))
        return FAIL(sc, ERR_NOT_FOUND, "the person has no such role");
    TRY(sc, administrators_before(sc, &before));
    TRY(sc, end_one(sc, user_id, membership_id, row->role, &p));
    return administrators_after(sc, before);
}

static enum err memberships(struct scope *sc, const struct uuid *user_id, struct q_membership_list_rows *out)
{
    return q_membership_list(sc, &(struct q_membership_list_in){.user_ids = user_id, .user_ids_n = 1}, out);
}

enum err people_remove(struct scope *sc, const struct uuid *user_id, const struct place *of)
{
    struct q_membership_list_rows rows;
    struct administrators *before;
    size_t ended = 0;

    TRY(sc, people_lock(sc));
    TRY(sc, administrators_before(sc, &before));
    TRY(sc, memberships(sc, user_id, &rows));
    for (size_t i = 0; i < rows.n; i++) {
        struct place p = place_of(&rows.v[i]);

        if (!within(&p, of))
            continue;
        TRY(sc, end_one(sc, user_id, &rows.v[i].membership_id, rows.v[i].role, &p));
        ended++;
    }
    TRY(sc, administrators_after(sc, before));
    if (ended == rows.n)
        TRY(sc, session_end_all(sc, user_id, NULL));
    people_note(sc, "user.remove", user_id, NULL);
    return OK;
}

enum err people_may_change(struct scope *sc, const struct uuid *user_id, const struct place *of)
{
    struct q_membership_list_rows rows;

    TRY(sc, memberships(sc, user_id, &rows));
    for (size_t i = 0; i < rows.n; i++) {
        struct place p = place_of(&rows.v[i]);

        if (!within(&p, of))
            return FAIL(sc, ERR_FORBIDDEN, "this person also works elsewhere: end the role here instead");
        TRY(sc, people_may_give(sc, rows.v[i].role, &p));
    }
    return OK;
}
