#include <string.h>

#include "access/access.h"
#include "access/access_int.h"
#include "access/people.h"
#include "audit/audit.h"
#include "base/timefmt.h"
#include "crypto/crypto.h"
#include "db/db.h"
#include "mail/mail.h"
#include "q_grant.h"
#include "sys/loop.h"

#define KEY_PREFIX "sk_grant_"
#define PLACES     64
#define LIFE_US    1000000

/* A thread's short memory: few operators are let in at a time. */
static _Thread_local struct kept_place {
    int64_t until_us;
    uint8_t hash[CRYPTO_HASH_BYTES];
    struct caller caller;
} places[PLACES];

bool access_grant_is_key(struct str presented)
{
    return str_starts(presented, KEY_PREFIX);
}

static struct kept_place *place_of(const uint8_t hash[CRYPTO_HASH_BYTES])
{
    return &places[hash[0] % PLACES];
}

static bool remembers(const struct kept_place *p, const uint8_t hash[CRYPTO_HASH_BYTES])
{
    return p->until_us > loop_now_us() && memcmp(p->hash, hash, CRYPTO_HASH_BYTES) == 0;
}

bool access_grant_is_known(struct str presented)
{
    uint8_t hash[CRYPTO_HASH_BYTES];

    crypto_hash(presented.p, presented.n, hash);
    return remembers(place_of(hash), hash);
}

void access_grants_forget(void)
{
    memset(places, 0, sizeof(places));
}

static struct caller caller_of(const struct q_grant_find_row *row)
{
    return (struct caller){.partner_id = row->partner_id,
                           .has_customer = row->has_customer_id,
                           .customer_id = row->customer_id,
                           .kind = ACTOR_OPERATOR,
                           .actor_id = row->grant_id,
                           .grant_id = row->grant_id,
                           .may = permission_set(row->permissions)};
}

enum err access_grant_find(struct scope *sc, struct str presented, struct caller *out)
{
    const struct q_grant_find_row *row;
    uint8_t hash[CRYPTO_HASH_BYTES];
    int64_t asked_us = loop_now_us(), left_us;
    struct kept_place *p;

    if (presented.n >= ACCESS_GRANT_TEXT_MAX)
        return FAIL(sc, ERR_UNAUTHENTICATED, "this access has ended, or never was");
    crypto_hash(presented.p, presented.n, hash);
    p = place_of(hash);
    if (!remembers(p, hash)) {
        TRY(sc, q_grant_find(sc, &(struct q_grant_find_in){.secret_hash = {hash, sizeof(hash)}}, &row));
        TRY(sc, db_commit(sc));
        if (!row)
            return FAIL(sc, ERR_UNAUTHENTICATED, "this access has ended, or never was");
        left_us = row->expires_at_us - time_now_us();
        *p = (struct kept_place){.until_us = asked_us + (left_us < LIFE_US ? left_us : LIFE_US),
                                 .caller = caller_of(row)};
        memcpy(p->hash, hash, sizeof(p->hash));
    }
    *out = p->caller;
    return OK;
}

/* 256 bits behind a prefix that says what it is. */
static void key_text(char out[ACCESS_GRANT_TEXT_MAX])
{
    static const char digits[] = "0123456789abcdefghjkmnpqrstvwxyz";
    uint8_t random[52];
    size_t n = sizeof(KEY_PREFIX) - 1;

    crypto_random(random, sizeof(random));
    memcpy(out, KEY_PREFIX, n);
    for (size_t i = 0; i < sizeof(random); i++)
        out[n + i] = digits[random[i] & 31];
    out[n + sizeof(random)] = '\0';
}

static enum err check(struct scope *sc, const struct access_grant_new *g)
{
    if (g->minutes < 1 || g->minutes > ACCESS_GRANT_MINUTES_MAX)
        return FAIL(sc, ERR_INVALID, "an access lasts from 1 to %d minutes", ACCESS_GRANT_MINUTES_MAX);
    if (strlen(g->reason) > 500 || strlen(g->operator_name) > 120)
        return FAIL(sc, ERR_INVALID, "a reason has at most 500 octets, a name at most 120");
    return OK;
}

/* The partner's owners, in the partner's words. */
static enum err tell_one(struct scope *sc, const struct access_grant_new *g, const struct q_grant_told_row *owner)
{
    char until[TIME_TEXT_MAX];
    struct mail_new m = {
        .kind = "access_granted",
        .to = owner->email,
        .locale = owner->locale,
        .about = owner->user_id,
        .words = {{"name", owner->name}, {"staff", g->operator_name}, {"reason", g->reason}, {"until", until}},
        .word_count = 4};

    time_format((time_now_us() / 1000000 + g->minutes * 60) * 1000000, until);
    if (owner->into_name)
        m.words[m.word_count++] = (struct mail_word){"into", owner->into_name};
    return mail_put(sc, &m);
}

static enum err tell(struct scope *sc, const struct access_grant_new *g)
{
    struct q_grant_told_in in = {.has_customer_id = g->customer_id != NULL};
    struct q_grant_told_rows rows;

    if (g->customer_id)
        in.customer_id = *g->customer_id;
    TRY(sc, q_grant_told(sc, &in, &rows));
    for (size_t i = 0; i < rows.n; i++)
        if (access_can_be_told(sc, rows.v[i].email))
            TRY(sc, tell_one(sc, g, &rows.v[i]));
    return OK;
}

enum err access_grant_create(struct scope *sc, const struct access_grant_new *g, struct uuid *out,
                             char out_text[ACCESS_GRANT_TEXT_MAX])
{
    struct q_grant_add_in in = {.partner_id = sc->tenant.partner_id,
                                .grant_id = uuid_new(),
                                .has_customer_id = g->customer_id != NULL,
                                .operator_name = g->operator_name,
                                .reason = g->reason,
                                .minutes = (int32_t)g->minutes};
    struct audit_act act = {.action = "grant.create",
                            .object_kind = ACCESS_GRANT_PREFIX,
                            .object_id = in.grant_id,
                            .has_customer = g->customer_id != NULL,
                            .reason = g->reason};
    uint8_t hash[CRYPTO_HASH_BYTES];

    TRY(sc, check(sc, g));
    if (g->customer_id)
        in.customer_id = act.customer_id = *g->customer_id;
    key_text(out_text);
    crypto_hash(out_text, strlen(out_text), hash);
    in.secret_hash = (struct bytes){hash, sizeof(hash)};
    TRY(sc, q_grant_add(sc, &in, NULL));
    act.detail = arena_f(sc->arena, "%s, for %d minutes", g->operator_name, (int)g->minutes);
    audit_note(sc, &act);
    *out = in.grant_id;
    return tell(sc, g);
}

enum err access_grant_list(struct scope *sc, const struct uuid *before, size_t most, struct access_grant **out,
                           size_t *out_n)
{
    struct q_grant_list_in in = {.before = *before, .most = (int32_t)most};
    struct q_grant_list_rows rows;
    struct access_grant *v;

    TRY(sc, q_grant_list(sc, &in, &rows));
    v = ARENA_ARRAY(sc->arena, struct access_grant, rows.n);
    for (size_t i = 0; i < rows.n; i++)
        v[i] = (struct access_grant){rows.v[i].grant_id,
                                     rows.v[i].has_customer_id,
                                     rows.v[i].customer_id,
                                     rows.v[i].operator_name,
                                     rows.v[i].reason,
                                     rows.v[i].revoked_by,
                                     rows.v[i].granted_at_us,
                                     rows.v[i].expires_at_us,
                                     rows.v[i].has_revoked_at ? rows.v[i].revoked_at_us : INT64_MIN,
                                     rows.v[i].live};
    *out = v;
    *out_n = rows.n;
    return OK;
}

enum err access_grant_get(struct scope *sc, const struct uuid *id, struct access_grant *out)
{
    const struct q_grant_get_row *r;

    TRY(sc, q_grant_get(sc, &(struct q_grant_get_in){.grant_id = *id}, &r));
    if (!r)
        return FAIL(sc, ERR_NOT_FOUND, "there is no such access");
    *out = (struct access_grant){r->grant_id,      r->has_customer_id, r->customer_id,
                                 r->operator_name, r->reason,          r->revoked_by,
                                 r->granted_at_us, r->expires_at_us,   r->has_revoked_at ? r->revoked_at_us : INT64_MIN,
                                 r->live};
    return OK;
}

enum err access_grant_revoke(struct scope *sc, const struct uuid *id, const char *by)
{
    struct q_grant_revoke_in in = {.grant_id = *id, .revoked_by = arena_cut(sc->arena, by, 200)};
    struct q_grant_revoke_rows rows;
    struct access_grant now;

    TRY(sc, q_grant_revoke(sc, &in, &rows));
    if (rows.n == 0) {
        TRY(sc, access_grant_get(sc, id, &now));
        return FAIL(sc, ERR_CONFLICT, "this access has ended already");
    }
    audit_note(sc, &(struct audit_act){.action = "grant.revoke",
                                       .object_kind = ACCESS_GRANT_PREFIX,
                                       .object_id = *id,
                                       .has_customer = rows.v[0].has_customer_id,
                                       .customer_id = rows.v[0].customer_id});
    return OK;
}

static enum err grant_of(struct scope *sc, const char *operator_name, const struct uuid *customer_id, struct uuid *out)
{
    const struct q_grant_of_customer_row *of_customer;
    const struct q_grant_of_row *of_any;

    if (customer_id) {
        struct q_grant_of_customer_in in = {.operator_name = operator_name, .customer_id = *customer_id};

        TRY(sc, q_grant_of_customer(sc, &in, &of_customer));
        *out = of_customer ? of_customer->grant_id : (struct uuid){0};
        return OK;
    }
    TRY(sc, q_grant_of(sc, &(struct q_grant_of_in){.operator_name = operator_name}, &of_any));
    *out = of_any ? of_any->grant_id : (struct uuid){0};
    return OK;
}

enum err access_grant_use(struct scope *sc, const char *operator_name, const struct uuid *customer_id)
{
    struct uuid id;

    TRY(sc, grant_of(sc, operator_name, customer_id, &id));
    if (uuid_is_nil(&id))
        return FAIL(sc, ERR_FORBIDDEN, "%s has no access to this data now; grant create gives one, with a reason",
                    operator_name);
    sc->actor = ACTOR_OPERATOR;
    sc->actor_id = id;
    return OK;
}

enum err access_actor_words(struct scope *sc, const char **out)
{
    static const struct {
        const char *named, *unnamed;
    } words[ACTOR_COUNT] = {
        [ACTOR_NONE] = {"", "by nobody who is known"},
        [ACTOR_SYSTEM] = {"the system ", "by the system"},
        [ACTOR_API_KEY] = {"the API key ", "by an API key"},
        [ACTOR_USER] = {"", "by a person"},
        [ACTOR_WEBHOOK] = {"the webhook ", "by a webhook"},
        [ACTOR_CLIENT] = {"the client ", "by a client"},
        [ACTOR_EMBED] = {"the embedded page ", "by an embedded page"},
        [ACTOR_OPERATOR] = {"the operator ", "by the operator"},
    };
    struct q_actor_called_in in = {.actor_kind = actor_kind_name(sc->actor), .actor_id = sc->actor_id};
    struct q_actor_called_row row = {.name = sc->actor_name};

    if (!row.name)
        TRY(sc, q_actor_called(sc, &in, &row));
    *out = row.name ? arena_f(sc->arena, "by %s\"%s\"", words[sc->actor].named, row.name) : words[sc->actor].unnamed;
    return OK;
}
