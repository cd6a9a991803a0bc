#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "db/db.h"
#include "obs/obs.h"
#include "q_sandbox.h"
#include "sandbox/sandbox_int.h"
#include "sys/loop.h"
#include "json/doc.h"

/* Those in memory. What is used least goes when another is asked for; what it holds is in the database by then. */

#define WAIT_US  INT64_C(10000000) /* for one that is being read */
#define STEP_US  2000
#define KEPT_MAX ((size_t)64 << 20)

struct scope *sandbox_scope(struct sandbox *b)
{
    struct scope *sc = scope_new();

    sc->db = b->conf.db;
    sc->actor = ACTOR_SYSTEM;
    return sc;
}

static struct sandbox_place *place_of(const struct sandbox *b, const struct uuid *token)
{
    for (size_t i = 0; i < b->n; i++)
        if (uuid_equal(&b->places[i]->token, token))
            return b->places[i];
    return NULL;
}

static void place_free(struct sandbox_place *p)
{
    standin_close(p->standin);
    free(p);
}

static void place_remove(struct sandbox *b, struct sandbox_place *p)
{
    for (size_t i = 0; i < b->n; i++)
        if (b->places[i] == p) {
            b->places[i] = b->places[--b->n];
            place_free(p);
            return;
        }
}

void sandbox_give(struct sandbox_place *p)
{
    if (p)
        p->users--;
}

/* ---- keeping ---- */

static enum err save(struct scope *sc, struct sandbox_place *p, uint64_t *out_turns)
{
    const struct q_simulation_save_row *row;
    struct buf b;

    sc->tenant = p->tenant;
    buf_init(&b, sc->arena, KEPT_MAX);
    *out_turns = standin_turns(p->standin);
    TRY(sc, standin_save(sc, p->standin, &b));
    db_commit_next(sc);
    TRY(sc, q_simulation_save(sc,
                              &(struct q_simulation_save_in){.connection_id = p->connection_id,
                                                             .epoch = p->epoch,
                                                             .state = {b.p, b.n},
                                                             .waiting = (int32_t)standin_waiting(p->standin)},
                              &row));
    p->lost = !row;
    return OK;
}

/* In a scope of its own: whose request began it has no say in when it ends. */
static enum err save_now(struct sandbox *b, struct sandbox_place *p)
{
    struct scope *sc = sandbox_scope(b);
    uint64_t turns = 0;
    enum err e;

    p->saving = true;
    e = save(sc, p, &turns);
    if (e == OK && !p->lost)
        p->kept_turns = turns;
    if (e != OK)
        log_fault(LOG_WARN, "sandbox", sc, "what a simulated system holds could not be kept");
    db_rollback(sc);
    scope_free(sc);
    p->saving = false;
    waitq_wake_all(&p->saved);
    return e;
}

enum err sandbox_keep(struct scope *sc, struct sandbox *b, struct sandbox_place *p)
{
    const uint64_t wanted = standin_turns(p->standin);

    while (!p->lost && p->kept_turns < wanted) {
        if (p->saving)
            waitq_wait(&p->saved, 0);
        else if (save_now(b, p) != OK)
            return FAIL(sc, ERR_UNAVAILABLE, "it could not be kept");
    }
    if (p->lost)
        return FAIL(sc, ERR_UNAVAILABLE, "another process answers for it now");
    return OK;
}

void sandbox_keep_all(struct sandbox *b)
{
    for (size_t i = 0; i < b->n; i++) {
        struct sandbox_place *p = b->places[i];

        if (p->standin && !p->lost && p->kept_turns != standin_turns(p->standin))
            (void)save_now(b, p);
    }
}

/* ---- reading ---- */

static const struct standin_shipped *shipped(const char *connector)
{
    for (size_t i = 0; i < standin_shipped_count; i++)
        if (strcmp(standin_shipped_table[i].name, connector) == 0)
            return &standin_shipped_table[i];
    return NULL;
}

static enum err made(struct scope *sc, struct sandbox_place *p, const struct q_simulation_take_row *row)
{
    const struct standin_shipped *s = shipped(row->connector);
    struct standin *standin;
    const struct doc *d;
    enum err e = OK;

    if (!s)
        return FAIL(sc, ERR_NOT_FOUND, "there is no stand-in for such a system any more");
    TRY(sc, doc_parse(sc, (struct str){s->text, s->n}, &d));
    TRY(sc, standin_open(sc, d, row->seed, &standin));
    if (row->state.p)
        e = doc_parse(sc, (struct str){row->state.p, row->state.n}, &d);
    if (e == OK && row->state.p)
        e = standin_load(sc, standin, d);
    if (e != OK) {
        standin_close(standin);
        return scope_pass(sc, e, __FILE__, __LINE__);
    }
    standin_prefix(standin, p->prefix);
    p->seed = row->seed;
    p->epoch = row->epoch;
    p->kept_turns = standin_turns(standin);
    p->standin = standin;
    return OK;
}

/* What it is made for is among them already. */
static enum err make_room(struct scope *sc, struct sandbox *b, const struct sandbox_place *for_it)
{
    while (b->n > b->conf.most) {
        struct sandbox_place *p = sandbox_idlest(b, for_it);
        enum err e;

        if (!p) {
            e = FAIL(sc, ERR_UNAVAILABLE, "too many simulated systems are in use at once");
            scope_retry_after(sc, 1);
            return e;
        }
        p->users++;
        e = p->lost || p->kept_turns == standin_turns(p->standin) ? OK : sandbox_keep(sc, b, p);
        p->users--;
        if (e != OK && !p->lost)
            return scope_pass(sc, e, __FILE__, __LINE__);
        scope_clear(sc);
        if (p->users == 0)
            place_remove(b, p);
    }
    return OK;
}

static enum err whose(struct scope *sc, struct sandbox_place *p)
{
    const struct q_simulation_find_row *row;

    TRY(sc, q_simulation_find(sc, &(struct q_simulation_find_in){.token = p->token}, &row));
    TRY(sc, db_commit(sc));
    if (!row)
        return FAIL(sc, ERR_NOT_FOUND, "nothing has that name");
    p->tenant = (struct tenant){
        .has_partner = true, .partner_id = row->partner_id, .has_customer = true, .customer_id = row->customer_id};
    p->connection_id = row->connection_id;
    return OK;
}

static enum err load(struct scope *sc, struct sandbox_place *p)
{
    const struct q_simulation_take_row *row;

    sc->tenant = p->tenant;
    TRY(sc, q_simulation_take(sc, &(struct q_simulation_take_in){.connection_id = p->connection_id}, &row));
    TRY(sc, db_commit(sc));
    if (!row)
        return FAIL(sc, ERR_NOT_FOUND, "nothing has that name");
    return made(sc, p, row);
}

static enum err unread(struct scope *sc, const struct scope *own, enum err e)
{
    if (e == ERR_NOT_FOUND)
        return FAIL(sc, ERR_NOT_FOUND, "nothing has that name");
    log_fault(LOG_WARN, "sandbox", own, "a simulated system could not be read");
    return FAIL(sc, ERR_UNAVAILABLE, "the simulated system could not be read");
}

/* What is read is read in own: the request that asks first may be given up. Nothing goes for one that has no place. */
static enum err read_in(struct scope *sc, struct scope *own, struct sandbox *b, struct sandbox_place *p)
{
    enum err e = whose(own, p);

    if (e != OK)
        return unread(sc, own, e);
    TRY(sc, sandbox_fits(sc, b, p));
    TRY(sc, make_room(sc, b, p));
    e = load(own, p);
    return e == OK ? OK : unread(sc, own, e);
}

static enum err begin(struct scope *sc, struct sandbox *b, const struct uuid *token, struct sandbox_place **out)
{
    struct sandbox_place *p = calloc(1, sizeof(*p));
    struct scope *own = sandbox_scope(b);
    char name[UUID_TEXT_LEN + 1];
    enum err e;

    b->places = realloc(b->places, (b->n + 1) * sizeof(struct sandbox_place *));
    if (!p || !b->places)
        out_of_memory();
    p->token = *token;
    uuid_format(token, name);
    snprintf(p->prefix, sizeof(p->prefix), "/c/%s", name);
    p->users = 1;
    b->places[b->n++] = p;
    e = read_in(sc, own, b, p);
    db_rollback(own);
    scope_free(own);
    if (e != OK)
        place_remove(b, p);
    else
        *out = p;
    return e;
}

enum err sandbox_take(struct scope *sc, struct sandbox *b, const struct uuid *token, struct sandbox_place **out)
{
    const int64_t until = loop_now_us() + WAIT_US;
    struct sandbox_place *p;

    for (;;) {
        p = place_of(b, token);
        if (p && p->lost && p->users == 0)
            place_remove(b, p);
        else if (p && p->standin && !p->lost)
            break;
        else if (p && loop_now_us() > until)
            return FAIL(sc, ERR_UNAVAILABLE, "the simulated system is being read");
        else if (p)
            fiber_sleep_us(STEP_US);
        else
            return begin(sc, b, token, out);
    }
    if (p->users == 0)
        TRY(sc, sandbox_fits(sc, b, p));
    p->users++;
    p->used_us = loop_now_us();
    *out = p;
    return OK;
}

void sandbox_forget(struct sandbox *b)
{
    while (b->n)
        place_free(b->places[--b->n]);
    free(b->places);
    b->places = NULL;
}
