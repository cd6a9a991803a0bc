#include <string.h>

#include "db/db.h"
#include "lifecycle/lifecycle.h"
#include "q_lifecycle.h"
#include "sys/loop.h"

#define ERASE_ROWS 2000 /* a transaction */

static enum err status_of(struct scope *sc, const struct uuid *customer_id, const struct q_customer_status_row **out)
{
    TRY(sc, q_customer_status(sc, &(struct q_customer_status_in){.customer_id = *customer_id}, out));
    if (!*out)
        return FAIL(sc, ERR_NOT_FOUND, "there is no such customer");
    return OK;
}

static enum err open_status(struct scope *sc, const struct uuid *customer_id)
{
    const struct q_customer_status_row *row;

    TRY(sc, status_of(sc, customer_id, &row));
    if (strcmp(row->status, "active") != 0 && strcmp(row->status, "suspended") != 0)
        return FAIL(sc, ERR_CONFLICT, "the customer is erased");
    return OK;
}

enum err lifecycle_suspend(struct scope *sc, const struct uuid *customer_id, const char *reason)
{
    TRY(sc, open_status(sc, customer_id));
    return q_customer_suspend(sc, &(struct q_customer_suspend_in){.customer_id = *customer_id, .reason = reason}, NULL);
}

enum err lifecycle_resume(struct scope *sc, const struct uuid *customer_id)
{
    TRY(sc, open_status(sc, customer_id));
    return q_customer_resume(sc, &(struct q_customer_resume_in){.customer_id = *customer_id}, NULL);
}

enum err lifecycle_partner_suspend(struct scope *sc, const char *reason)
{
    return q_partner_status_set(sc, &(struct q_partner_status_set_in){.status = "suspended", .reason = reason}, NULL);
}

enum err lifecycle_partner_resume(struct scope *sc)
{
    return q_partner_status_set(sc, &(struct q_partner_status_set_in){.status = "active", .reason = ""}, NULL);
}

static const char *asker(struct scope *sc)
{
    char text[UUID_TEXT_LEN + 1];

    uuid_format(&sc->actor_id, text);
    return arena_f(sc->arena, "%s %s", actor_kind_name(sc->actor), uuid_is_nil(&sc->actor_id) ? "" : text);
}

/* One that was begun before is gone on with, by the same word. */
static enum err begin(struct scope *sc, const struct uuid *customer_id, const char *name, const char *reason)
{
    const struct q_customer_status_row *row;
    struct q_customer_erase_begin_row made;

    TRY(sc, status_of(sc, customer_id, &row));
    if (strcmp(row->status, "closed") == 0)
        return OK;
    if (strcmp(row->name, name) != 0) {
        scope_item(sc, "/confirm", "not_the_name", "this must be the customer's name, to the letter");
        enum err e = FAIL(sc, ERR_INVALID, "the confirmation is not the customer's name");

        scope_problem(sc, "validation", 422);
        return e;
    }
    if (strcmp(row->status, "closing") == 0)
        return OK;
    if (strcmp(row->status, "suspended") != 0)
        return FAIL(sc, ERR_CONFLICT, "only a suspended customer can be erased: suspend it first");
    TRY(sc, q_customer_erase_begin(
                sc,
                &(struct q_customer_erase_begin_in){
                    .customer_id = *customer_id, .confirmed = name, .asked_by = asker(sc), .why = reason},
                &made));
    return made.certificate ? OK
                            : FAIL(sc, ERR_FORBIDDEN, "only who speaks for the whole partner can erase a customer");
}

enum err lifecycle_erase(struct scope *sc, const struct uuid *customer_id, const char *name, const char *reason,
                         int64_t due_us, bool *out_closed)
{
    struct q_customer_erase_step_row step = {0};

    TRY(sc, begin(sc, customer_id, name, reason));
    TRY(sc, db_commit(sc));
    while (!step.closed && (due_us == 0 || loop_now_us() < due_us)) {
        TRY(sc, q_customer_erase_step(
                    sc, &(struct q_customer_erase_step_in){.customer_id = *customer_id, .most = ERASE_ROWS}, &step));
        TRY(sc, db_commit(sc));
    }
    *out_closed = step.closed;
    return OK;
}
