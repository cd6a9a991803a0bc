#include "db/db.h"
#include "org/org.h"
#include "q_org.h"

/* The two statements answer rows of the same members. */
#define CUSTOMER_OF(row)                                                                                               \
    {                                                                                                                  \
        .customer_id = (row).customer_id, .name = (row).name, .external_id = (row).external_id,                        \
        .status = (row).status, .status_reason = (row).status_reason, .certificate = (row).certificate,                \
        .created_at_us = (row).created_at_us,                                                                          \
        .suspended_at_us = (row).has_suspended_at ? (row).suspended_at_us : INT64_MIN,                                 \
        .closed_at_us = (row).has_closed_at ? (row).closed_at_us : INT64_MIN, .row_version = (row).row_version         \
    }

enum err org_customer_get(struct scope *sc, const struct uuid *id, const char *external_id, struct org_customer *out)
{
    const struct q_customer_get_row *row;

    TRY(sc, q_customer_get(sc,
                           &(struct q_customer_get_in){.customer_id = id ? *id : (struct uuid){{0}},
                                                       .external_id = external_id ? external_id : ""},
                           &row));
    if (!row)
        return FAIL(sc, ERR_NOT_FOUND, "there is no such customer");
    *out = (struct org_customer)CUSTOMER_OF(*row);
    return OK;
}

enum err org_customer_list(struct scope *sc, const struct uuid *after, size_t most, struct org_customer **out,
                           size_t *out_n)
{
    struct q_customer_page_rows rows;
    struct org_customer *v;

    TRY(sc, q_customer_page(sc, &(struct q_customer_page_in){.after = *after, .most = (int32_t)most}, &rows));
    v = ARENA_ARRAY(sc->arena, struct org_customer, rows.n);
    for (size_t i = 0; i < rows.n; i++)
        v[i] = (struct org_customer)CUSTOMER_OF(rows.v[i]);
    *out = v;
    *out_n = rows.n;
    return OK;
}

enum err org_customer_change(struct scope *sc, const struct org_customer *to, bool *out_changed)
{
    const struct q_customer_change_row *row;

    TRY(sc, q_customer_change(sc,
                              &(struct q_customer_change_in){.customer_id = to->customer_id,
                                                             .version = to->row_version,
                                                             .name = to->name,
                                                             .external_id = to->external_id ? to->external_id : ""},
                              &row));
    *out_changed = row != NULL;
    return OK;
}

enum err org_environment_list(struct scope *sc, const struct uuid *customer_id, const struct uuid *after, size_t most,
                              struct org_environment **out, size_t *out_n)
{
    struct q_environment_page_in in = {.after = *after, .most = (int32_t)most};
    struct q_environment_page_rows rows;
    struct org_environment *v;

    if (customer_id)
        in.customer_id = *customer_id;
    TRY(sc, q_environment_page(sc, &in, &rows));
    v = ARENA_ARRAY(sc->arena, struct org_environment, rows.n);
    for (size_t i = 0; i < rows.n; i++)
        v[i] = (struct org_environment){rows.v[i].customer_id, rows.v[i].environment_id, rows.v[i].kind,
                                        rows.v[i].created_at_us};
    *out = v;
    *out_n = rows.n;
    return OK;
}
