#include <string.h>

#include "access/callers.h"
#include "audit/audit.h"
#include "base/timefmt.h"
#include "db/db.h"
#include "main/ctl_int.h"

/* API keys, OAuth clients and the keys that sign tokens, as tenon_operator. */

/* What a key had before scopes could be chosen. */
#define SCOPES_DEFAULT "orders:read,orders:write,connections:read,connections:write,messages:read"

static enum err scopes_option(struct scope *sc, const struct ctl_args *a, uint64_t *out)
{
    const char *text = ctl_option(a, "scopes");
    uint64_t may = 0;

    if (!text)
        text = SCOPES_DEFAULT;
    for (const char *at = text; *at;) {
        size_t n = strcspn(at, ",");
        enum permission p = permission_find((struct str){at, n});

        if (p == PERMISSION_NONE)
            return FAIL(sc, ERR_INVALID, "--scopes: there is no scope \"%.*s\"", (int)n, at);
        may |= PERMISSION_BIT(p);
        at += n + (at[n] == ',');
    }
    *out = may;
    return OK;
}

static enum err expires_option(struct scope *sc, const struct ctl_args *a, int64_t *out)
{
    const char *text = ctl_option(a, "expires");

    *out = INT64_MIN;
    if (text && (!time_parse(str_of(text), out) || *out <= time_now_us()))
        return FAIL(sc, ERR_INVALID, "--expires takes a time in the future, like 2027-01-31T00:00:00Z");
    return OK;
}

/* By commas, into the arena. */
static void addresses_option(struct scope *sc, const struct ctl_args *a, struct access_key_new *out)
{
    const char *text = ctl_option(a, "address");
    const char **items = ARENA_ARRAY(sc->arena, const char *, ACCESS_ADDRESSES_MAX);

    out->addresses = items;
    for (const char *at = text ? text : ""; *at && out->addresses_n < ACCESS_ADDRESSES_MAX;) {
        size_t n = strcspn(at, ",");

        items[out->addresses_n++] = arena_strndup(sc->arena, at, n);
        at += n + (at[n] == ',');
    }
}

static enum err new_of(struct scope *sc, const struct ctl_args *a, struct uuid *customer, struct access_key_new *out)
{
    bool given;

    TRY(sc, ctl_partner(sc, a));
    TRY(sc, ctl_need(sc, a, "name", &out->name));
    TRY(sc, ctl_id(sc, a, "customer", "cus", customer, &given));
    out->customer_id = given ? customer : NULL;
    TRY(sc, scopes_option(sc, a, &out->may));
    TRY(sc, expires_option(sc, a, &out->expires_at));
    addresses_option(sc, a, out);
    return OK;
}

static void note(struct scope *sc, const char *action, const char *kind, const struct uuid *id,
                 const struct access_key_new *in)
{
    struct audit_act act = {.action = action, .object_kind = kind, .object_id = *id, .detail = in->name};

    act.has_customer = in->customer_id;
    if (in->customer_id)
        act.customer_id = *in->customer_id;
    audit_note(sc, &act);
}

static enum err key_create(struct scope *sc, const struct ctl_args *a)
{
    struct access_key_new in = {0};
    char text[ACCESS_SECRET_MAX];
    struct uuid customer, id;

    TRY(sc, new_of(sc, a, &customer, &in));
    TRY(sc, access_key_create(sc, &in, &id, text));
    note(sc, "api_key.create", "key", &id, &in);
    TRY(sc, ctl_commit(sc, a));
    ctl_record(sc, a, (const char *const[]){"api_key"}, (const char *const[]){text}, 1);
    return OK;
}

static enum err client_create(struct scope *sc, const struct ctl_args *a)
{
    struct access_key_new in = {0};
    char text[ACCESS_SECRET_MAX];
    struct uuid customer, id;

    TRY(sc, new_of(sc, a, &customer, &in));
    TRY(sc, access_client_create(sc, &in, &id, text));
    note(sc, "client.create", "cli", &id, &in);
    TRY(sc, ctl_commit(sc, a));
    ctl_record(sc, a, (const char *const[]){"client_id", "client_secret"},
               (const char *const[]){ctl_typeid(sc, "cli", &id), text}, 2);
    return OK;
}

static enum err token_key_rotate(struct scope *sc, const struct ctl_args *a)
{
    struct uuid id;

    TRY(sc, ctl_partner(sc, a));
    TRY(sc, access_token_key_rotate(sc, &id));
    audit_note(sc, &(struct audit_act){.action = "token_key.rotate", .object_kind = "tky", .object_id = id});
    TRY(sc, ctl_commit(sc, a));
    ctl_record(sc, a, (const char *const[]){"kid"}, (const char *const[]){ctl_typeid(sc, "tky", &id)}, 1);
    return OK;
}

const struct ctl_command ctl_callers_commands[] = {
    {"key", "create",
     "--partner SLUG [--customer cus_…] --name NAME [--scopes NAMES] [--expires TIME] [--address NETWORKS]",
     "Makes an API key and shows it, once. Names and networks stand with commas between them.",
     "--partner acme --name laptop --scopes orders:read --address 192.0.2.0/24", key_create, CTL_DATABASE},
    {"client", "create", "--partner SLUG [--customer cus_…] --name NAME [--scopes NAMES]",
     "Makes an OAuth client and shows its secret, once.", "--partner acme --name warehouse --scopes orders:read",
     client_create, CTL_DATABASE},
    {"token-key", "rotate", "--partner SLUG",
     "Signs access tokens with a new key from now on; the one before verifies until its tokens have ended.",
     "--partner acme", token_key_rotate, CTL_DATABASE},
    {},
};
