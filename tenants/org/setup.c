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

enum err org_customer_create(struct scope *sc, const char *name, struct uuid *out)
{
    struct uuid id = uuid_new();

    TRY(sc,
        q_customer_create(
            sc, &(struct q_customer_create_in){.partner_id = sc->tenant.partner_id, .customer_id = id, .name = name},
            NULL));
    TRY(sc, q_environment_create(sc,
                                 &(struct q_environment_create_in){.partner_id = sc->tenant.partner_id,
                                                                   .customer_id = id,
                                                                   .environment_id = uuid_new(),
                                                                   .kind = "live"},
                                 NULL));
    *out = id;
    return OK;
}

enum err org_environment(struct scope *sc, const struct uuid *customer_id, struct uuid *out)
{
    const struct q_environment_find_row *row;

    TRY(sc, q_environment_find(sc, &(struct q_environment_find_in){.customer_id = *customer_id, .kind = "live"}, &row));
    if (!row)
        return FAIL(sc, ERR_NOT_FOUND, "there is no such customer");
    *out = row->environment_id;
    return OK;
}
