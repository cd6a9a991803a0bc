#include <stdio.h>
#include <string.h>

#include "access/access.h"
#include "audit/audit.h"
#include "connect/connect.h"
#include "db/db.h"
#include "flow/flow.h"
#include "main/ctl_int.h"
#include "org/org.h"

/* Partners, customers, connections and orders, as tenon_operator. */

static void put_id(struct scope *sc, const struct ctl_args *a, const char *prefix, const struct uuid *id)
{
    ctl_record(sc, a, (const char *const[]){"id"}, (const char *const[]){ctl_typeid(sc, prefix, id)}, 1);
}

/* On the partner's record. customer NULL: not one customer's matter. */
static void note(struct scope *sc, const char *action, const char *kind, const struct uuid *id,
                 const struct uuid *customer)
{
    struct audit_act act = {.action = action, .object_kind = kind, .object_id = *id, .has_customer = customer != NULL};

    if (customer)
        act.customer_id = *customer;
    audit_note(sc, &act);
}

static enum err partner_create(struct scope *sc, const struct ctl_args *a)
{
    const char *slug, *name, *host;
    const char *brand = ctl_option(a, "brand");
    struct uuid id;

    TRY(sc, ctl_need(sc, a, "slug", &slug));
    TRY(sc, ctl_need(sc, a, "name", &name));
    TRY(sc, ctl_need(sc, a, "host", &host));
    TRY(sc, org_partner_create(sc, slug, name, host, brand ? brand : "neutral", &id));
    note(sc, "partner.create", "prt", &id, NULL);
    TRY(sc, ctl_commit(sc, a));
    put_id(sc, a, "prt", &id);
    return OK;
}

static enum err customer_create(struct scope *sc, const struct ctl_args *a)
{
    const char *name;
    struct uuid id;

    TRY(sc, ctl_partner(sc, a));
    TRY(sc, ctl_need(sc, a, "name", &name));
    TRY(sc, org_customer_create(sc, name, &id));
    note(sc, "customer.create", "cus", &id, &id);
    TRY(sc, ctl_commit(sc, a));
    put_id(sc, a, "cus", &id);
    return OK;
}

static enum err secret_option(struct scope *sc, const struct ctl_args *a, const char *option, struct bytes *out)
{
    const char *path;
    struct str text;

    TRY(sc, ctl_need(sc, a, option, &path));
    TRY(sc, ctl_read_file(sc, path, 4096, &text));
    *out = (struct bytes){text.p, text.n};
    return OK;
}

static enum err connection_add(struct scope *sc, const struct ctl_args *a)
{
    const char *settings = ctl_option(a, "settings");
    struct connection_new in = {.settings = str_of(settings ? settings : "{}")};
    char token[HOOK_TOKEN_MAX];
    struct bytes secrets;
    struct uuid destination, id;
    bool given;

    TRY(sc, ctl_partner(sc, a));
    TRY(sc, ctl_need(sc, a, "connector", &in.connector));
    TRY(sc, ctl_need(sc, a, "name", &in.name));
    TRY(sc, ctl_id(sc, a, "customer", "cus", &in.customer_id, &given));
    if (!given)
        return FAIL(sc, ERR_INVALID, "--customer is needed");
    TRY(sc, ctl_id(sc, a, "destination", "con", &destination, &given));
    in.destination_id = given ? &destination : NULL;
    if (ctl_option(a, "secrets-file")) {
        TRY(sc, secret_option(sc, a, "secrets-file", &secrets));
        in.secrets = (struct str){secrets.p, secrets.n};
    } else {
        TRY(sc, secret_option(sc, a, "secret-file", &in.secret));
    }
    if (ctl_option(a, "api-token-file"))
        TRY(sc, secret_option(sc, a, "api-token-file", &in.api_token));
    TRY(sc, connection_create(sc, &in, &id, token));
    note(sc, "connection.create", "con", &id, &in.customer_id);
    TRY(sc, ctl_commit(sc, a));
    ctl_record(
        sc, a, (const char *const[]){"id", "hook_path"},
        (const char *const[]){ctl_typeid(sc, "con", &id), *token ? arena_f(sc->arena, "/hooks/%s", token) : NULL}, 2);
    return OK;
}

static enum err order_free(struct scope *sc, const struct ctl_args *a)
{
    struct uuid id, customer;
    const char *by;

    TRY(sc, ctl_partner(sc, a));
    TRY(sc, ctl_need(sc, a, "by", &by));
    if (!a->word || !typeid_parse("ord", a->word, strlen(a->word), &id))
        return FAIL(sc, ERR_INVALID, "name the order by its id, like ord_…");
    TRY(sc, access_grant_use(sc, by, NULL));
    TRY(sc, flow_release(sc, &id, arena_f(sc->arena, "by the operator: %s", by), &customer));
    TRY(sc, access_grant_use(sc, by, &customer));
    note(sc, "order.release", "ord", &id, &customer);
    return ctl_commit(sc, a);
}

const struct ctl_command ctl_org_commands[] = {
    {"partner", "create", "--slug SLUG --name NAME --host HOST [--brand PACK]", "Makes a partner and its first host.",
     "--slug acme --name \"Acme Systems\" --host portal.acme.example", partner_create, CTL_DATABASE},
    {"customer", "create", "--partner SLUG --name NAME", "Makes a customer of a partner.",
     "--partner acme --name \"Alder & Pine\"", customer_create, CTL_DATABASE},
    {"connection", "create",
     "--partner SLUG --customer cus_… --connector NAME --name NAME --secret-file FILE [--api-token-file FILE] | "
     "--secrets-file FILE [--settings JSON] [--destination con_…]",
     "Makes a connection; the second line is the address for the system's webhooks.", NULL, connection_add,
     CTL_DATABASE},
    {"order", "release", "--partner SLUG --by NAME ord_…", "Lets a held order go on; it takes a grant (grant create).",
     NULL, order_free, CTL_DATABASE},
    {},
};
