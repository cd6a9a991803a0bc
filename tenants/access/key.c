#include "access/access.h"
#include "org/org.h"

enum err access_key_find(struct scope *sc, struct str presented, struct caller *out)
{
    struct org_caller key;

    TRY(sc, org_key_find(sc, presented, &key));
    *out = (struct caller){.partner_id = key.partner_id,
                           .has_customer = key.has_customer,
                           .customer_id = key.customer_id,
                           .kind = ACTOR_API_KEY,
                           .actor_id = key.api_key_id,
                           .may = permission_set(key.scopes)};
    return OK;
}

bool access_key_is_known(struct str presented)
{
    return org_key_is_known(presented);
}
