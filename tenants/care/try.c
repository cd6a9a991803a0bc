#include <string.h>

#include "care/care_int.h"
#include "db/db.h"

/* A connection that is tried before it is made: with what stands in the request, of which nothing is kept. */

#define MARGIN_US  INT64_C(3000000) /* of the request's time, for its answer */
#define SECRET_MIN 4                /* octets; what is shorter keeps nothing secret, and is found in every word */
#define DEPTH      4

/* The reason without a text that was given as a secret. */
static const char *without(struct scope *sc, const char *reason, struct str secret)
{
    const char *at;
    struct buf b;

    if (!reason || secret.n < SECRET_MIN || !memmem(reason, strlen(reason), secret.p, secret.n))
        return reason;
    buf_init(&b, sc->arena, 4 * strlen(reason) + 4);
    while ((at = memmem(reason, strlen(reason), secret.p, secret.n))) {
        buf_add(&b, reason, (size_t)(at - reason));
        buf_s(&b, "***");
        reason = at + secret.n;
    }
    buf_s(&b, reason);
    return buf_cstr(&b);
}

static const char *without_any(struct scope *sc, const char *reason, const struct doc *secrets, unsigned depth)
{
    if (doc_kind(secrets) == DOC_TEXT)
        return without(sc, reason, doc_text(secrets));
    for (size_t i = 0; depth && i < doc_count(secrets); i++)
        reason = without_any(sc, reason, doc_at(secrets, i), depth - 1);
    return reason;
}

/* Where in the request what failed was written. */
static const char *field_of(const struct connector *c, const struct connection_new *in, const struct care_check *k)
{
    if (strcmp(k->verdict, "failed") != 0)
        return NULL;
    if (strcmp(k->name, "reachable") == 0)
        return "/settings";
    if (strcmp(k->name, "credentials") != 0)
        return NULL;
    return c->secrets_check ? "/secrets" : in->api_token.p ? "/api_token" : "/secret";
}

/* What cannot be opened is told by each check in the same words. */
static void open_link(struct care_run *r, const struct connector *c, const struct connection_new *in,
                      const struct doc **out_secrets)
{
    *out_secrets = NULL;
    if (link_open_new(r->sc, c, in, out_secrets, &r->link) == OK) {
        link_lane(r->link, LANE_ORDERS);
        return;
    }
    r->link = NULL;
    r->closed = care_words(r->sc);
}

enum err care_try(struct scope *sc, const struct connector *c, const struct connection_new *in, struct care_checks *out)
{
    struct care_run r = {.sc = sc, .out = out, .trial = true};
    int64_t due_us = sc->deadline_us;
    const struct doc *secrets;

    *out = (struct care_checks){.asked_us = INT64_MIN, .begun_us = INT64_MIN, .checked_us = INT64_MIN};
    TRY(sc, db_commit(sc)); /* no connection of the database waits with it */
    r.connection = (struct connection){.customer_id = in->customer_id, .connector = c->name, .name = in->name};
    if (due_us)
        sc->deadline_us = due_us - MARGIN_US;
    open_link(&r, c, in, &secrets);
    care_run_all(&r);
    sc->deadline_us = due_us;
    if (r.link)
        link_forget(r.link);
    for (size_t i = 0; i < out->n; i++) {
        out->v[i].reason = without_any(sc, out->v[i].reason, secrets, DEPTH);
        out->v[i].field = field_of(c, in, &out->v[i]);
    }
    out->verdict = care_worst(out);
    return OK;
}
