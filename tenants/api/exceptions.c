#include "api/api_int.h"
#include "api/customer_int.h"
#include "audit/audit.h"
#include "review/review.h"

/* Work that stopped or waits, grouped by cause. */

static const char *const counted_states[] = {"all", "some", NULL};

struct worth_view {
    struct money amount;
};

static const struct wire_field worth_fields[] = {
    WIRE_MONEY(struct worth_view, amount, "The sum of the orders' totals in one currency."),
    {},
};
static const struct wire worth_wire = {"ExceptionWorth", sizeof(struct worth_view), worth_fields};

/* What people of the customer say about it. */
struct handling_view {
    const char *assignee, *note, *by;
    bool archived;
    int64_t at;
};

static const struct wire_field handling_fields[] = {
    WIRE_TEXT(struct handling_view, assignee, 200, "Who sees to it; null: nobody."),
    WIRE_TEXT(struct handling_view, note, 2000, "What there is to know; null: nothing."),
    WIRE_BOOL(struct handling_view, archived, "Whether it is put away until more stops for it."),
    WIRE_TEXT(struct handling_view, by, 200, "Who said so."),
    WIRE_TIME(struct handling_view, at, "When."),
    {},
};
static const struct wire handling_wire = {"ExceptionHandling", sizeof(struct handling_view), handling_fields};

struct group_view {
    const char *id, *class, *connector, *operation, *code, *path, *system, *sample, *owner, *permission, *action,
        *verdict, *verdict_words, *trend;
    struct uuid sample_job_id;
    int64_t jobs, stopped, customers, first_seen_at, last_seen_at, last_hour, day_before, went_well;
    struct wire_list at_stake;
    const struct handling_view *handling;
};

static const struct wire_field group_fields[] = {
    WIRE_TEXT(struct group_view, id, 32, "The cause; the same whenever it comes."),
    WIRE_TEXT(struct group_view, class, 40, "How the last tries ended, in a word, as hold or upstream_no; or empty."),
    WIRE_TEXT(struct group_view, connector, 40, "At which kind of system; empty: at none."),
    WIRE_TEXT(struct group_view, operation, 64, "Which change was under way; empty: none."),
    WIRE_TEXT(struct group_view, code, 60, "What is in the way, as a why says it; other: what no rule knows."),
    WIRE_TEXT(struct group_view, path, 200, "The field, rule, table or name that it is about; empty: none."),
    WIRE_TEXT(struct group_view, system, 120, "At which connection, when it is at one; or null."),
    WIRE_TEXT(struct group_view, sample, 2000, "What was said last; null: nothing was."),
    WIRE_ID(struct group_view, sample_job_id, "job", "The last of its jobs."),
    WIRE_INT(struct group_view, jobs, 1, INT32_MAX, "How many jobs."),
    WIRE_INT(struct group_view, stopped, 0, INT32_MAX,
             "How many of them wait for somebody; the others come back by themselves."),
    WIRE_INT(struct group_view, customers, 1, INT32_MAX, "Of how many customers."),
    WIRE_LIST(struct group_view, at_stake, &worth_wire, REVIEW_MONIES, "What their orders are worth, by currency."),
    WIRE_TIME(struct group_view, first_seen_at, "When the first of them failed last."),
    WIRE_TIME(struct group_view, last_seen_at, "When the last one did."),
    WIRE_INT(struct group_view, last_hour, 0, INT32_MAX, "How many in the last hour."),
    WIRE_INT(struct group_view, day_before, 0, INT32_MAX, "And in the day before that."),
    WIRE_ENUM(struct group_view, trend, review_trend_names, "An hour's number against the hours before."),
    WIRE_INT(struct group_view, went_well, 0, INT32_MAX,
             "How many jobs of the same connections and flows ended well since the first."),
    WIRE_ENUM(struct group_view, verdict, review_verdict_names,
              "configuration: nothing went well since it began; data: other work does; unclear: one alone."),
    WIRE_TEXT(struct group_view, verdict_words, 200, "The same in words."),
    WIRE_ENUM(struct group_view, owner, why_owner_names, "Who can do something."),
    WIRE_TEXT(struct group_view, permission, 60, "The permission that it takes here; null: it is done elsewhere."),
    WIRE_TEXT(struct group_view, action, 500, "What to do; empty: nothing is known."),
    WIRE_OBJECT(struct group_view, handling, &handling_wire,
                "What people of the customer say about it; null: nothing, or the answer is of several customers."),
    {},
};
static const struct wire group_wire = {"Exception", sizeof(struct group_view), group_fields};

struct groups_view {
    struct wire_list exceptions;
    int64_t jobs;
    const char *counted;
};

static const struct wire_field groups_fields[] = {
    WIRE_LIST(struct groups_view, exceptions, &group_wire, REVIEW_MOST, "By cause, those with the most jobs first."),
    WIRE_INT(struct groups_view, jobs, 0, INT32_MAX, "How many jobs they are in all."),
    WIRE_ENUM(struct groups_view, counted, counted_states,
              "some: there are more jobs or causes than are looked at, and the newest count."),
    {},
};
static const struct wire groups_wire = {"Exceptions", sizeof(struct groups_view), groups_fields};

struct count_view {
    int64_t count, jobs, stopped;
};

static const struct wire_field count_fields[] = {
    WIRE_INT(struct count_view, count, 0, INT32_MAX, "How many causes, but for those that are put away."),
    WIRE_INT(struct count_view, jobs, 0, INT32_MAX, "How many jobs they keep."),
    WIRE_INT(struct count_view, stopped, 0, INT32_MAX, "How many of those wait for somebody."),
    {},
};
static const struct wire count_wire = {"ExceptionCount", sizeof(struct count_view), count_fields};

static const struct handling_view *handling_of(struct scope *sc, const struct review_group *g)
{
    struct handling_view *v = ARENA_NEW(sc->arena, struct handling_view);

    if (!g->handled)
        return NULL;
    *v = (struct handling_view){g->handling.assignee, g->handling.note, g->handling.by, g->handling.archived,
                                g->handling.at_us};
    return v;
}

static struct group_view view_of(struct scope *sc, const struct review_group *g)
{
    struct worth_view *worth = ARENA_ARRAY(sc->arena, struct worth_view, g->money_count);

    for (size_t i = 0; i < g->money_count; i++)
        worth[i] = (struct worth_view){g->monies[i]};
    return (struct group_view){.id = g->id,
                               .class = g->class,
                               .connector = g->connector,
                               .operation = g->operation,
                               .code = g->cause.code,
                               .path = g->path,
                               .system = g->system,
                               .sample = g->sample,
                               .sample_job_id = g->job_id,
                               .jobs = g->jobs,
                               .stopped = g->stopped,
                               .customers = g->customers,
                               .at_stake = {worth, g->money_count},
                               .first_seen_at = g->first_us,
                               .last_seen_at = g->last_us,
                               .last_hour = g->last_hour,
                               .day_before = g->last_day,
                               .trend = review_trend_names[g->trend],
                               .went_well = g->went_well,
                               .verdict = review_verdict_names[g->verdict],
                               .verdict_words = g->verdict_words,
                               .owner = why_owner_names[g->cause.owner],
                               .permission = g->cause.permission,
                               .action = g->cause.action,
                               .handling = handling_of(sc, g)};
}

/* Of the caller's customer, or of all it sees. */
static enum err groups(struct scope *sc, struct review_groups *out)
{
    struct uuid nil = {{0}};

    return review_groups(sc, sc->tenant.has_customer ? &sc->tenant.customer_id : &nil, out);
}

static enum err exceptions_list(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct groups_view view;
    struct group_view *views;
    struct review_groups all;

    (void)rq;
    TRY(sc, groups(sc, &all));
    views = ARENA_ARRAY(sc->arena, struct group_view, all.n);
    for (size_t i = 0; i < all.n; i++)
        views[i] = view_of(sc, &all.v[i]);
    view = (struct groups_view){{views, all.n}, all.jobs, counted_states[all.all ? 0 : 1]};
    return rs_json(sc, rs, 200, &groups_wire, &view);
}

static enum err exceptions_count(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct count_view view = {0};
    struct review_groups all;

    (void)rq;
    TRY(sc, groups(sc, &all));
    for (size_t i = 0; i < all.n; i++) {
        if (all.v[i].handling.archived)
            continue;
        view.count++;
        view.jobs += all.v[i].jobs;
        view.stopped += all.v[i].stopped;
    }
    return rs_json(sc, rs, 200, &count_wire, &view);
}

/* ---- saying something ---- */

struct handling_ask {
    const char *assignee, *note;
    bool archived;
};

static const struct wire_field handling_ask_fields[] = {
    WIRE_TEXT_OR_NULL(struct handling_ask, assignee, 200, "Who sees to it; null: nobody."),
    WIRE_TEXT_OR_NULL(struct handling_ask, note, 2000, "What there is to know; null: nothing."),
    WIRE_BOOL(struct handling_ask, archived, "Whether it is put away until more stops for it."),
    {},
};
static const struct wire handling_ask_wire = {"ExceptionHandlingAsk", sizeof(struct handling_ask), handling_ask_fields};

static enum err named(struct scope *sc, const struct rq *rq, const char **out)
{
    struct str id = rq_param(rq, "exception_id");

    if (!review_id_valid(id))
        return FAIL(sc, ERR_NOT_FOUND, "there is no such exception");
    *out = str_dup(sc->arena, id);
    return OK;
}

static enum err handling_put(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct review_handling in;
    struct handling_ask ask;
    struct uuid customer_id;
    const char *id, *who;

    if (sc->tenant.has_brand)
        return FAIL(sc, ERR_FORBIDDEN, "only who speaks for all store brands can do that");
    TRY(sc, api_customer_of(sc, rq, &customer_id));
    TRY(sc, named(sc, rq, &id));
    TRY(sc, rq_body(sc, rq, &handling_ask_wire, &ask));
    TRY(sc, access_actor_words(sc, &who));
    in = (struct review_handling){
        .assignee = ask.assignee, .note = ask.note, .archived = ask.archived, .by = arena_cut(sc->arena, who, 200)};
    TRY(sc, review_handle(sc, &customer_id, id, &in));
    audit_note(sc, &(struct audit_act){
                       .action = "exception.handle", .has_customer = true, .customer_id = customer_id, .detail = id});
    return rs_json(sc, rs, 200, &handling_ask_wire, &ask);
}

const struct route api_exception_routes[] = {
    {GET, "/v1/exceptions", exceptions_list, .may = PERMISSION_FLOWS_READ, .answers = &groups_wire,
     .name = "exceptions.list", .summary = "Lists what stops work or keeps it waiting, grouped by cause.", .cost = 10},
    {GET, "/v1/exceptions/count", exceptions_count, .may = PERMISSION_FLOWS_READ, .answers = &count_wire,
     .name = "exceptions.count", .summary = "Counts the causes that stop work or keep it waiting.", .cost = 5},
    {PUT, "/v1/exceptions/{exception_id}/handling", handling_put, .may = PERMISSION_FLOWS_RUN,
     .takes = &handling_ask_wire, .answers = &handling_ask_wire, .name = "exceptions.handle",
     .summary = "Says who sees to a cause, what there is to know, and whether it is put away until more stops for it."},
    {},
};
