#include <stdlib.h>
#include <string.h>

#include "api/api_int.h"

/* In the place of tenants/api/auth.c in tenond-open, which only a measurement starts: whoever asks is the caller that
 * the environment names, and nothing that was sent is looked at. Everything else is the product's. */
enum err api_auth(struct scope *sc, const struct rq *rq)
{
    static const struct caller *everybody;
    static struct caller c = {.kind = ACTOR_API_KEY, .has_customer = true, .may = UINT64_MAX};
    const char *partner = getenv("PERF_PARTNER"), *customer = getenv("PERF_CUSTOMER");

    (void)rq;
    if (!everybody) {
        if (!partner || !customer || !typeid_parse("prt", partner, strlen(partner), &c.partner_id) ||
            !typeid_parse("cus", customer, strlen(customer), &c.customer_id))
            return api_refuse(sc);
        c.actor_id = c.customer_id;
        everybody = &c;
    }
    sc->tenant = (struct tenant){true, true, c.partner_id, c.customer_id, false, {{0}}};
    sc->actor = c.kind;
    sc->actor_id = c.actor_id;
    sc->caller = everybody;
    return OK;
}
