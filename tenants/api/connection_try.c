#include <string.h>

#include "api/connection_int.h"
#include "audit/audit.h"
#include "care/care.h"

/* A connection tried before it is made: the body of a creation, of which nothing is stored. It calls out from here,
 * since the secrets are in no other process (decision 0040). */

#define AT_ONCE 8 /* of a thread */
#define OF_ONE  2 /* of a customer, of those */
#define COST    60
#define AGAIN_S 5

struct trial_view {
    const char *verdict;
    struct wire_list checks;
};

static const struct wire_field trial_fields[] = {
    WIRE_ENUM(struct trial_view, verdict, api_check_verdicts, "The worst of the checks."),
    WIRE_LIST(struct trial_view, checks, &api_trial_check_wire, CARE_CHECKS, "Each of them, in this order."),
    {},
};
static const struct wire trial_wire = {"ConnectionTrial", sizeof(struct trial_view), trial_fields};

/* Whose trials this thread has under way. */
static _Thread_local struct uuid running[AT_ONCE];
static _Thread_local size_t running_n;

static enum err begin(struct scope *sc, const struct uuid *customer_id)
{
    size_t own = 0;
    enum err e;

    for (size_t i = 0; i < running_n; i++)
        own += uuid_equal(&running[i], customer_id);
    if (running_n < AT_ONCE && own < OF_ONE) {
        running[running_n++] = *customer_id;
        return OK;
    }
    e = FAIL(sc, ERR_LIMIT, "other connections are being tried: come back when they have ended");
    scope_retry_after(sc, AGAIN_S);
    return e;
}

static void end(const struct uuid *customer_id)
{
    size_t i = 0;

    while (!uuid_equal(&running[i], customer_id))
        i++;
    running[i] = running[--running_n];
}

static enum err answer(struct scope *sc, struct rs *rs, const struct care_checks *c)
{
    struct trial_view view = {.verdict = c->verdict, .checks = api_checks_list(sc, c)};

    return rs_json(sc, rs, 200, &trial_wire, &view);
}

static enum err try(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct care_checks *c = ARENA_NEW(sc->arena, struct care_checks);
    const struct connector *connector;
    struct connection_new in;
    enum err e;

    TRY(sc, api_connection_asked(sc, rq, &in));
    if (in.simulated)
        return scope_wrong(sc, "/simulated", "not_allowed",
                           "there is nothing to try about a simulated system: it lets in whoever made it");
    TRY(sc, connection_judge(sc, &in, &connector));
    TRY(sc, begin(sc, &in.customer_id));
    e = care_try(sc, connector, &in, c);
    end(&in.customer_id);
    TRY(sc, e);
    audit_note(sc, &(struct audit_act){.action = "connection.try",
                                       .object_kind = "cus",
                                       .object_id = in.customer_id,
                                       .has_customer = true,
                                       .customer_id = in.customer_id,
                                       .detail = arena_f(sc->arena, "%s: %s", connector->name, c->verdict)});
    return answer(sc, rs, c);
}

const struct route api_connection_try_routes[] = {
    {POST, "/v1/connections/try", try, .may = PERMISSION_CONNECTIONS_WRITE, .takes = &api_connection_new_wire,
     .answers = &trial_wire, .secret = true, .cost = COST, .name = "connections.try",
     .summary = "Tries a connection before it is made: nothing of it is stored, and each check says what it found."},
    {},
};
