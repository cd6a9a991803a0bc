#pragma once

#include "api/api_int.h"
#include "org/org.h"

/* What the files about customers share. */
struct customer_view {
    struct uuid id;
    const char *name, *external_id, *status, *status_reason;
    int64_t created_at, suspended_at, closed_at;
    struct str certificate;
};
extern const struct wire api_customer_wire;

/* The customer that the path names, by its id or as ext:… by the partner's own. */
enum err api_customer_named(struct scope *sc, const struct rq *rq, struct org_customer *out);
enum err api_customer_answer(struct scope *sc, struct rs *rs, int status, const struct uuid *id);
void api_customer_note(struct scope *sc, const char *action, const struct uuid *id, const char *reason);
enum err api_suspended(struct scope *sc); /* 409 customer-suspended */
/* 422 that names one member. */
