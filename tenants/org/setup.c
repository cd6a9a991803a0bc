#include <string.h>

#include "db/db.h"
#include "org/org.h"
#include "q_org.h"

enum err org_partner_use(struct scope *sc, const char *slug)
{
    const struct q_partner_by_slug_row *row;

    TRY(sc, q_partner_by_slug(sc, &(struct q_partner_by_slug_in){.slug = slug}, &row));
    TRY(sc, db_commit(sc));
    if (!row)
        return FAIL(sc, ERR_NOT_FOUND, "there is no partner \"%s\"", slug);
    sc->tenant = (struct tenant){.has_partner = true, .partner_id = row->partner_id};
    return OK;
}

static enum err environment_create(struct scope *sc, const struct uuid *customer_id, const char *kind)
{
    return q_environment_create(sc,
                                &(struct q_environment_create_in){.partner_id = sc->tenant.partner_id,
                                                                  .customer_id = *customer_id,
                                                                  .environment_id = uuid_new(),
                                                                  .kind = kind},
                                NULL);
}

enum err org_customer_add(struct scope *sc, const char *name, const char *external_id, struct uuid *out)
{
    struct uuid id = uuid_new();

    TRY(sc, q_customer_create(sc,
                              &(struct q_customer_create_in){.partner_id = sc->tenant.partner_id,
                                                             .customer_id = id,
                                                             .name = name,
                                                             .external_id = external_id ? external_id : ""},
                              NULL));
    TRY(sc, environment_create(sc, &id, "live"));
    TRY(sc, environment_create(sc, &id, "sandbox"));
    *out = id;
    return OK;
}

enum err org_customer_create(struct scope *sc, const char *name, struct uuid *out)
{
    return org_customer_add(sc, name, NULL, out);
}

enum err org_environment_add(struct scope *sc, const struct uuid *customer_id, const char *kind)
{
    return environment_create(sc, customer_id, kind);
}

enum err org_environment_find(struct scope *sc, const struct uuid *customer_id, const char *kind, struct uuid *out)
{
    const struct q_environment_find_row *row;

    TRY(sc, q_environment_find(sc, &(struct q_environment_find_in){.customer_id = *customer_id, .kind = kind}, &row));
    if (!row)
        return FAIL(sc, ERR_NOT_FOUND, "there is no such customer");
    *out = row->environment_id;
    return OK;
}

enum err org_environment(struct scope *sc, const struct uuid *customer_id, struct uuid *out)
{
    return org_environment_find(sc, customer_id, "live", out);
}
