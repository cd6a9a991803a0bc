#include <stdio.h>
#include <string.h>

#include "audit/audit.h"
#include "base/timefmt.h"
#include "brand/brand.h"
#include "main/ctl_int.h"
#include "org/hosts.h"

/* Hosts of a partner as the operator gives them, and brands that come in folders. */

static enum err host_add(struct scope *sc, const struct ctl_args *a)
{
    const char *host, *verified = ctl_option(a, "verified");
    struct uuid id;

    TRY(sc, ctl_partner(sc, a));
    TRY(sc, ctl_need(sc, a, "host", &host));
    TRY(sc, org_host_add(sc, host, verified && strcmp(verified, "true") == 0, &id));
    audit_note(sc, &(struct audit_act){.action = "host.add", .object_kind = "hst", .object_id = id, .detail = host});
    TRY(sc, ctl_commit(sc, a));
    ctl_record(sc, a, (const char *const[]){"id"}, (const char *const[]){ctl_typeid(sc, "hst", &id)}, 1);
    return OK;
}

static enum err host_release(struct scope *sc, const struct ctl_args *a)
{
    struct uuid id;

    TRY(sc, ctl_partner(sc, a));
    if (!a->word || !typeid_parse("hst", a->word, strlen(a->word), &id))
        return FAIL(sc, ERR_INVALID, "name the host by its id, like hst_…");
    TRY(sc, org_claim_release(sc, &id));
    audit_note(sc, &(struct audit_act){.action = "host.release", .object_kind = "hst", .object_id = id});
    return ctl_commit(sc, a);
}

static const char *day_of(struct scope *sc, int64_t us)
{
    char text[TIME_TEXT_MAX];

    if (!us)
        return "";
    time_format(us, text);
    return arena_strdup(sc->arena, text);
}

static enum err host_list(struct scope *sc, const struct ctl_args *a)
{
    static const char *const columns[] = {"id", "host", "state", "certificate_until"};
    struct org_claim *v;
    struct ctl_list l;
    size_t n;

    TRY(sc, ctl_partner(sc, a));
    TRY(sc, org_claim_list(sc, &(struct uuid){{0}}, ORG_HOSTS_MAX, &v, &n));
    ctl_list_init(&l, sc, a, columns, ARRAY_LEN(columns));
    for (size_t i = 0; i < n; i++)
        ctl_list_add(&l, (const char *const[]){ctl_typeid(sc, "hst", &v[i].host_id), v[i].host,
                                               v[i].verified ? "verified" : "pending",
                                               day_of(sc, v[i].has_certificate ? v[i].not_after_us : 0)});
    ctl_list_print(&l);
    return OK;
}

static enum err brand_check(struct scope *sc, const struct ctl_args *a)
{
    enum err e;

    if (!a->word)
        return FAIL(sc, ERR_INVALID, "name the folder of the brand");
    e = brand_pack_check(sc, a->word);
    for (const struct fault_item *i = e == OK ? NULL : scope_fault(sc)->items; i; i = i->next)
        fprintf(stderr, "%s: %s\n", i->pointer, i->detail);
    return e;
}

const struct ctl_command ctl_brand_commands[] = {
    {"host", "add", "--partner SLUG --host HOST [--verified true]",
     "Gives a partner a host; verified: it is served at once, without a record of the name server.",
     "--partner acme --host portal.acme.example --verified true", host_add, CTL_DATABASE},
    {"host", "list", "--partner SLUG", "Lists a partner's hosts and how long their certificates are good.",
     "--partner acme", host_list, CTL_DATABASE},
    {"host", "release", "--partner SLUG hst_…", "Takes a host from a partner.", NULL, host_release, CTL_DATABASE},
    {"brand", "check", "FOLDER", "Judges a folder with brand.json and images as an upload would be.",
     "branding/northwind", brand_check, CTL_ALONE},
    {},
};
