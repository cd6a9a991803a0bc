#include <string.h>

#include "base/timefmt.h"
#include "db/db.h"
#include "q_why.h"
#include "sys/config.h"
#include "why/why_int.h"

/* What is known of an order or a job, and of what it waits for in turn. */

#define ORDER_KEY "order:"

static const char *shown(struct scope *sc, const char *text)
{
    return text ? arena_cut(sc->arena, text, 200) : NULL;
}

static enum err tenant_facts(struct scope *sc, const struct uuid *customer_id, struct why_facts *f)
{
    struct q_why_tenant_row row;

    TRY(sc, q_why_tenant(sc, &(struct q_why_tenant_in){.customer_id = *customer_id}, &row));
    f->customer = row.customer;
    f->customer_status = row.customer_status;
    f->partner_status = row.partner_status;
    f->sees_all = row.sees_all;
    return OK;
}

static enum err order_facts(struct scope *sc, const struct why_asked *asked, struct why_facts *f,
                            struct why_answer *out)
{
    struct q_why_order_is_row row;

    f->has_order = !uuid_is_nil(&asked->order_id);
    if (!f->has_order)
        return OK;
    TRY(sc, q_why_order_is(
                sc, &(struct q_why_order_is_in){.customer_id = asked->customer_id, .order_id = asked->order_id}, &row));
    f->of_order = true;
    f->it = arena_f(sc->arena, "order \"%s\"", row.number);
    f->order_state = row.state;
    f->held_reason = row.held_reason;
    f->external_number = row.external_number;
    f->received_us = row.received_at_us;
    f->delivered_us = row.has_delivered_at ? row.delivered_at_us : INT64_MIN;
    out->message_id = row.message_id;
    return OK;
}

static int64_t time_or(bool has, int64_t us)
{
    return has ? us : INT64_MIN;
}

static void job_read(struct scope *sc, const struct q_why_job_row *row, struct why_facts *f)
{
    f->has_job = true;
    f->of_order = strcmp(row->kind, "order") == 0;
    if (!f->it)
        f->it = f->of_order && strncmp(row->business_key, ORDER_KEY, strlen(ORDER_KEY)) == 0
                    ? arena_f(sc->arena, "order %s", row->business_key + strlen(ORDER_KEY))
                    : arena_f(sc->arena, "the job of \"%s\"", row->business_key);
    f->job_state = row->state;
    f->job_reason = row->reason;
    f->outcome = row->outcome;
    f->shadow = row->shadow;
    f->suspect = row->suspect;
    f->due = row->due;
    f->attempts = row->attempts;
    f->crashes = row->crashes;
    f->run_us = row->run_at_us;
    f->created_us = row->created_at_us;
    f->tried_us = time_or(row->has_tried_at, row->tried_at_us);
    f->ended_us = time_or(row->has_ended_at, row->ended_at_us);
    f->worker_us = time_or(row->has_any_at, row->any_at_us);
    f->owner_us = time_or(row->has_owner_at, row->owner_at_us);
    f->now_us = row->now_at_us;
}

static enum err way_facts(struct scope *sc, struct why_facts *f, struct why_answer *out)
{
    struct q_why_way_row row;

    TRY(sc, q_why_way(sc,
                      &(struct q_why_way_in){.customer_id = out->customer_id,
                                             .connection_id = out->connection_id,
                                             .flow_id = out->flow_id,
                                             .object = "order"},
                      &row));
    f->source = row.source;
    f->source_status = row.source_status;
    f->has_destination = row.has_destination;
    f->destination = row.destination;
    f->destination_status = row.destination_status;
    f->destination_reason = shown(sc, row.destination_reason);
    f->paused = row.paused;
    f->paused_reason = shown(sc, row.paused_reason);
    f->flow = row.flow;
    f->flow_state = row.flow_state;
    f->drained_us = time_or(row.has_drained_at, row.drained_at_us);
    f->flow_works = row.flow_works;
    f->own_mapping = row.has_mapping_id;
    f->mapping = row.mapping;
    f->mapping_works = row.mapping_works;
    if (row.has_destination_id)
        out->destination_id = row.destination_id;
    if (row.has_mapping_id)
        out->mapping_id = row.mapping_id;
    return OK;
}

static enum err effect_facts(struct scope *sc, struct why_facts *f, struct why_answer *out)
{
    const struct q_why_effect_row *row;

    TRY(sc, q_why_effect(sc, &(struct q_why_effect_in){.customer_id = out->customer_id, .job_id = out->job_id}, &row));
    if (!row)
        return OK;
    f->operation = row->operation;
    f->effect_key = row->effect_key;
    f->effect_state = row->state;
    f->effect_system = row->system;
    f->effect_reason = shown(sc, row->reason);
    f->sent_us = time_or(row->has_sent_at, row->sent_at_us);
    out->effect_id = row->effect_id;
    return OK;
}

static enum err document_facts(struct scope *sc, struct why_facts *f, const struct why_answer *out)
{
    const struct q_why_sent_row *row;

    TRY(sc, q_why_sent(sc, &(struct q_why_sent_in){.customer_id = out->customer_id, .job_id = out->job_id}, &row));
    if (!row)
        return OK;
    f->document = row->name;
    f->document_state = row->state;
    f->document_said = shown(sc, row->said);
    return OK;
}

static enum err before_facts(struct scope *sc, struct why_asked *asked, struct why_facts *f)
{
    const struct q_why_before_row *row;

    TRY(sc, q_why_before(sc,
                         &(struct q_why_before_in){.customer_id = asked->customer_id,
                                                   .business_key = asked->business_key,
                                                   .job_id = asked->job_id},
                         &row));
    f->is_behind = row != NULL;
    if (!row)
        return OK;
    f->behind_held = strcmp(row->state, "held") == 0;
    f->behind_runs = strcmp(row->state, "leased") == 0;
    asked->before_id = row->job_id;
    return OK;
}

/* What a person or a word could let go: of what has stopped. */
static enum err waits_facts(struct scope *sc, const struct why_asked *asked, struct why_facts *f,
                            struct why_answer *out)
{
    bool by_order = !uuid_is_nil(&out->order_id);
    const struct uuid *who = by_order ? &out->order_id : &asked->job_id;
    const struct q_why_word_row *word;
    const struct q_why_case_row *c;

    TRY(sc, q_why_word(sc,
                       &(struct q_why_word_in){
                           .customer_id = asked->customer_id, .kind = by_order ? "order" : "job", .waiting_id = *who},
                       &word));
    if (word) {
        f->table = word->name;
        f->word = arena_cut(sc->arena, word->key, 60);
        f->words = word->words;
        out->table_id = word->table_id;
    }
    TRY(sc, q_why_case(sc, &(struct q_why_case_in){.customer_id = asked->customer_id, .waiting_id = *who}, &c));
    if (c) {
        f->path = arena_cut(sc->arena, c->path, 100);
        f->cases = c->cases;
        out->case_id = c->case_id;
    }
    return OK;
}

static enum err job_facts(struct scope *sc, struct why_asked *asked, struct why_facts *f, struct why_answer *out)
{
    const struct q_why_job_row *row;

    if (uuid_is_nil(&asked->job_id))
        return OK;
    TRY(sc, q_why_job(sc, &(struct q_why_job_in){.job_id = asked->job_id}, &row));
    if (!row)
        return OK;
    job_read(sc, row, f);
    asked->business_key = row->business_key;
    out->job_id = row->job_id;
    if (row->has_message_id)
        out->message_id = row->message_id;
    if (row->has_flow_id)
        out->flow_id = row->flow_id;
    if (row->has_order_id)
        out->order_id = row->order_id;
    TRY(sc, effect_facts(sc, f, out));
    TRY(sc, document_facts(sc, f, out));
    return before_facts(sc, asked, f);
}

static struct why_facts unknown_facts(void)
{
    return (struct why_facts){.received_us = INT64_MIN,
                              .delivered_us = INT64_MIN,
                              .tried_us = INT64_MIN,
                              .ended_us = INT64_MIN,
                              .worker_us = INT64_MIN,
                              .owner_us = INT64_MIN,
                              .sent_us = INT64_MIN,
                              .drained_us = INT64_MIN,
                              .heard_us = INT64_MIN,
                              .lease_us = config_int("LEASE_MS") * 1000};
}

static enum err one(struct scope *sc, struct why_asked *asked, struct why_answer *out)
{
    struct why_facts f = unknown_facts();

    out->customer_id = asked->customer_id;
    out->order_id = asked->order_id;
    out->connection_id = asked->connection_id;
    TRY(sc, tenant_facts(sc, &asked->customer_id, &f));
    TRY(sc, order_facts(sc, asked, &f, out));
    TRY(sc, job_facts(sc, asked, &f, out));
    TRY(sc, way_facts(sc, &f, out));
    TRY(sc, waits_facts(sc, asked, &f, out));
    why_judge(sc->arena, &f, out);
    asked->it = f.it;
    return OK;
}

/* ---- what it waits for in turn ---- */

static enum err job_asked(struct scope *sc, const struct uuid *job_id, struct why_asked *out)
{
    const struct q_why_job_row *row;

    TRY(sc, q_why_job(sc, &(struct q_why_job_in){.job_id = *job_id}, &row));
    if (!row)
        return FAIL(sc, ERR_NOT_FOUND, "there is no such job");
    *out = (struct why_asked){.customer_id = row->customer_id, .job_id = row->job_id};
    if (row->has_connection_id)
        out->connection_id = row->connection_id;
    return OK;
}

/* The job behind what this one waits for; nil: none that is known. */
static enum err next_of(struct scope *sc, const struct why_asked *asked, const struct why_answer *a, struct uuid *out)
{
    const struct q_why_effect_of_row *row;
    struct str stars[WHY_STARS_MAX];

    *out = asked->before_id;
    if (strcmp(a->code, "waits_for_effect") != 0 || !why_matches("waits for * of \"*\": it *", a->reason, stars))
        return OK;
    TRY(sc, q_why_effect_of(sc,
                            &(struct q_why_effect_of_in){.customer_id = a->customer_id,
                                                         .flow_id = a->flow_id,
                                                         .connection_id = a->connection_id,
                                                         .operation = str_dup(sc->arena, stars[0]),
                                                         .effect_key = str_dup(sc->arena, stars[1])},
                            &row));
    *out = row ? row->job_id : (struct uuid){{0}};
    return OK;
}

static bool waits_for_another(const struct why_answer *a)
{
    return strcmp(a->code, "earlier_waits") == 0 || strcmp(a->code, "earlier_runs") == 0 ||
           strcmp(a->code, "earlier_held") == 0 || strcmp(a->code, "waits_for_effect") == 0;
}

/* Whose it is is whose the last one is; what it says comes behind. */
static void joined(struct scope *sc, const struct why_answer *last, struct why_answer *out)
{
    out->links[out->link_count++] = (struct why_link){last->job_id, last->code, last->sentence};
    out->sentence = arena_f(sc->arena, "%s; of that: %s", out->sentence, last->sentence);
    out->action = last->action;
    out->owner = last->owner;
    out->owner_words = last->owner_words;
    out->permission = last->permission;
    if (last->state == WHY_STOPPED)
        out->state = WHY_WAITING;
}

static enum err walked(struct scope *sc, struct why_asked *asked, struct why_answer *out)
{
    struct why_answer *last = out;
    struct uuid next;

    *out = (struct why_answer){.since_us = INT64_MIN, .again_us = INT64_MIN};
    TRY(sc, one(sc, asked, out));
    while (waits_for_another(last) && out->link_count < WHY_LINKS_MAX) {
        struct why_answer *behind = ARENA_NEW(sc->arena, struct why_answer);
        struct why_asked *of = ARENA_NEW(sc->arena, struct why_asked);

        TRY(sc, next_of(sc, asked, last, &next));
        if (uuid_is_nil(&next))
            break;
        TRY(sc, job_asked(sc, &next, of));
        TRY(sc, one(sc, of, behind));
        joined(sc, behind, out);
        asked = of;
        last = behind;
    }
    return OK;
}

/* ---- the three ways to ask ---- */

enum err why_order(struct scope *sc, const struct uuid *order_id, struct why_answer *out)
{
    const struct q_why_order_row *row;
    struct why_asked asked;

    TRY(sc, q_why_order(sc, &(struct q_why_order_in){.order_id = *order_id, .prefix = ORDER_KEY}, &row));
    if (!row)
        return FAIL(sc, ERR_NOT_FOUND, "there is no such order");
    asked = (struct why_asked){
        .customer_id = row->customer_id, .order_id = row->order_id, .connection_id = row->connection_id};
    if (row->has_job_id)
        asked.job_id = row->job_id;
    return walked(sc, &asked, out);
}

enum err why_job(struct scope *sc, const struct uuid *job_id, struct why_answer *out)
{
    struct why_asked asked;

    TRY(sc, job_asked(sc, job_id, &asked));
    return walked(sc, &asked, out);
}

static enum err absent(struct scope *sc, const struct q_why_source_row *row, const struct uuid *connection_id,
                       const char *called, struct why_answer *out)
{
    struct why_facts f = unknown_facts();

    *out = (struct why_answer){.customer_id = row->customer_id, .connection_id = *connection_id};
    TRY(sc, tenant_facts(sc, &row->customer_id, &f));
    f.it = arena_f(sc->arena, "order \"%s\"", arena_cut(sc->arena, called, 64));
    f.asked_source = true;
    f.source = row->name;
    f.source_status = row->status;
    f.source_reason = shown(sc, row->status_reason);
    f.heard = row->heard;
    f.heard_us = time_or(row->has_heard_at, row->heard_at_us);
    why_judge(sc->arena, &f, out);
    out->since_us = f.heard_us;
    return OK;
}

static enum err unread(struct scope *sc, const struct uuid *connection_id, const char *source_key, struct uuid *out)
{
    const struct q_why_unread_row *job;

    *out = (struct uuid){{0}};
    if (!*source_key)
        return OK;
    TRY(sc, q_why_unread(sc,
                         &(struct q_why_unread_in){.connection_id = *connection_id,
                                                   .business_key = arena_f(sc->arena, ORDER_KEY "%s", source_key)},
                         &job));
    if (job)
        *out = job->job_id;
    return OK;
}

enum err why_find(struct scope *sc, const struct uuid *connection_id, const char *number, const char *source_key,
                  struct why_answer *out)
{
    const struct q_why_source_row *source;
    const struct q_why_find_row *order;
    struct uuid job_id;

    TRY(sc, q_why_source(sc, &(struct q_why_source_in){.connection_id = *connection_id}, &source));
    if (!source)
        return FAIL(sc, ERR_NOT_FOUND, "there is no such connection");
    if ((*number == '\0') == (*source_key == '\0'))
        return FAIL(sc, ERR_INVALID, "either the order's number or what its source calls it says which order");
    TRY(sc,
        q_why_find(sc,
                   &(struct q_why_find_in){.connection_id = *connection_id, .number = number, .source_key = source_key},
                   &order));
    if (order)
        return why_order(sc, &order->order_id, out);
    TRY(sc, unread(sc, connection_id, source_key, &job_id));
    if (!uuid_is_nil(&job_id))
        return why_job(sc, &job_id, out);
    return absent(sc, source, connection_id, *number ? number : source_key, out);
}
