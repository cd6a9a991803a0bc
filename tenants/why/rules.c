#include <string.h>

#include "why/why_int.h"

/* Every way of not being there, in the order of the way. */

#define ORDERS      "orders:write"
#define CONNECTIONS "connections:write"
#define MAPPINGS    "mappings:write"
#define PUBLISH     "mappings:publish"
#define FLOWS       "flows:publish"
#define RUN         "flows:run"
#define APPROVE     "flows:approve"
#define LET_GO      "then let the order go on"

static bool is(const char *a, const char *b)
{
    return a && strcmp(a, b) == 0;
}

/* ---- where it should have come from ---- */

static bool source_revoked(const struct why_facts *f)
{
    return f->asked_source && is(f->source_status, "revoked");
}

static bool source_broken(const struct why_facts *f)
{
    return f->asked_source && is(f->source_status, "broken");
}

static bool source_paused(const struct why_facts *f)
{
    return f->asked_source && is(f->source_status, "paused");
}

static bool never_heard(const struct why_facts *f)
{
    return f->asked_source && !f->heard;
}

static bool asked_source(const struct why_facts *f)
{
    return f->asked_source;
}

/* ---- how it ended ---- */

static bool delivered(const struct why_facts *f)
{
    return is(f->order_state, "delivered");
}

static bool done(const struct why_facts *f)
{
    return !f->has_order && is(f->job_state, "done");
}

static bool document_is(const struct why_facts *f, const char *state)
{
    return done(f) && is(f->document_state, state);
}

static bool document_rejected(const struct why_facts *f)
{
    return document_is(f, "rejected");
}

static bool document_awaited(const struct why_facts *f)
{
    return document_is(f, "sent");
}

static bool document_noted(const struct why_facts *f)
{
    return document_is(f, "errors");
}

static bool document_taken(const struct why_facts *f)
{
    return document_is(f, "accepted");
}

static bool shadow_done(const struct why_facts *f)
{
    return done(f) && f->shadow;
}

static bool cancelled(const struct why_facts *f)
{
    return !f->has_order && is(f->job_state, "cancelled");
}

static bool dead(const struct why_facts *f)
{
    return is(f->job_state, "dead");
}

/* ---- who is served ---- */

static bool partner_stands(const struct why_facts *f)
{
    return !is(f->partner_status, "active");
}

static bool customer_ends(const struct why_facts *f)
{
    return is(f->customer_status, "closing") || is(f->customer_status, "closed");
}

static bool customer_stands(const struct why_facts *f)
{
    return !is(f->customer_status, "active");
}

static bool ready(const struct why_facts *f)
{
    return is(f->job_state, "ready");
}

static bool flow_paused(const struct why_facts *f)
{
    return ready(f) && is(f->flow_state, "paused");
}

/* What it was given before is done. */
static bool flow_draining(const struct why_facts *f)
{
    return ready(f) && is(f->flow_state, "draining") && f->drained_us != INT64_MIN && f->created_us > f->drained_us;
}

static bool connection_paused(const struct why_facts *f)
{
    return ready(f) && f->paused;
}

/* ---- its turn, its time, somebody to work on it ---- */

static bool behind_running(const struct why_facts *f)
{
    return ready(f) && f->is_behind && f->behind_runs;
}

static bool behind_held(const struct why_facts *f)
{
    return ready(f) && f->is_behind && f->behind_held;
}

static bool behind_waiting(const struct why_facts *f)
{
    return ready(f) && f->is_behind;
}

static bool later(const struct why_facts *f)
{
    return ready(f) && !f->due;
}

static bool planned(const struct why_facts *f)
{
    return later(f) && f->attempts == 0;
}

static bool after(const struct why_facts *f, const char *outcome)
{
    return later(f) && is(f->outcome, outcome);
}

static bool unknown(const struct why_facts *f)
{
    return later(f) && (is(f->effect_state, "unknown") || is(f->effect_state, "sent"));
}

/* What an operation of a connection answers is told so by the worker; of others nothing is known but that they did not
 * say. */
static bool failing(const struct why_facts *f)
{
    return unknown(f) && f->effect_reason && strncmp(f->effect_reason, "answered ", strlen("answered ")) == 0;
}

static bool answer_lost(const struct why_facts *f)
{
    return after(f, "upstream_unknown");
}

static bool refused_us(const struct why_facts *f)
{
    return after(f, "upstream_auth") || after(f, "unauthenticated");
}

/* One that is broken is tried all the same. */
static bool broken_there(const struct why_facts *f)
{
    return later(f) && f->attempts > 0 && is(f->destination_status, "broken");
}

static bool busy(const struct why_facts *f)
{
    return after(f, "upstream_busy");
}

static bool slow(const struct why_facts *f)
{
    return after(f, "timeout");
}

static bool down(const struct why_facts *f)
{
    return after(f, "unavailable");
}

static bool crowded(const struct why_facts *f)
{
    return after(f, "limit");
}

static bool at_fault(const struct why_facts *f)
{
    return after(f, "internal");
}

static bool nobody_works(const struct why_facts *f)
{
    return ready(f) && (f->worker_us == INT64_MIN || f->now_us - f->worker_us > f->lease_us);
}

static bool suspected(const struct why_facts *f)
{
    return ready(f) && f->suspect;
}

static bool leased(const struct why_facts *f)
{
    return is(f->job_state, "leased");
}

static bool worker_silent(const struct why_facts *f)
{
    return leased(f) && (f->owner_us == INT64_MIN || f->now_us - f->owner_us > f->lease_us);
}

static bool under_way(const struct why_facts *f)
{
    return leased(f) && is(f->effect_state, "sent");
}

/* ---- what stopped it ---- */

static bool of_flow(const struct why_facts *f)
{
    return why_has_stopped(f) && f->flow;
}

static bool refused_there(const struct why_facts *f)
{
    return why_has_stopped(f) && is(f->outcome, "upstream_no");
}

static bool word_waited(const struct why_facts *f)
{
    return why_has_stopped(f) && f->words > 0;
}

static bool case_waited(const struct why_facts *f)
{
    return why_has_stopped(f) && f->cases > 0;
}

static bool no_case(const struct why_facts *f)
{
    return f->cases == 0 && f->sees_all;
}

static bool no_word(const struct why_facts *f)
{
    return f->words == 0 && f->sees_all;
}

static bool mapping_there(const struct why_facts *f)
{
    return f->of_order && (!f->own_mapping || f->mapping_works);
}

static bool destination_there(const struct why_facts *f)
{
    return f->of_order && f->has_destination;
}

/* Only of an order: which of a flow's connections it was is in the words alone. */
static bool destination_works(const struct why_facts *f)
{
    return f->of_order && is(f->destination_status, "active");
}

/* clang-format off */
const struct why_rule why_rules[] = {
    /* ---- it is there, or has ended ---- */
    {STAGE_THERE, "delivered", WHY_THERE, WHY_NOBODY, NULL, delivered, NULL, NULL,
     "{it} is there: it is {number} in {system}", "nothing"},
    {STAGE_THERE, "dropped", WHY_STOPPED, WHY_ADMIN, FLOWS, done, "dropped: *", NULL,
     "the flow \"{flow}\" dropped it, as it says: {1}", "change the flow, if it should not drop this, and run it again"},
    {STAGE_THERE, "shadow", WHY_STOPPED, WHY_ADMIN, FLOWS, shadow_done, NULL, NULL,
     "the flow \"{flow}\" ran in shadow: what it would have sent can be read, and nothing was sent",
     "take the flow out of shadow and run it again"},
    {STAGE_THERE, "made_already", WHY_THERE, WHY_NOBODY, NULL, done, "* of \"*\" was made already by *", NULL,
     "{it} has ended, and did not send all that it was for: {reason}",
     "nothing, unless another change was meant: then its key has to say so"},
    {STAGE_THERE, "document_rejected", WHY_STOPPED, WHY_ADMIN, RUN, document_rejected, NULL, NULL,
     "{it} has ended, and the trading partner rejected \"{document}\"{document_said}",
     "send it anew, mended, under another name and control number"},
    {STAGE_THERE, "document_awaited", WHY_ON_ITS_WAY, WHY_SYSTEM, NULL, document_awaited, NULL, NULL,
     "{it} has ended, and the trading partner has not acknowledged \"{document}\" yet",
     "nothing; when it is not acknowledged in time it is held and says so"},
    {STAGE_THERE, "document_noted", WHY_THERE, WHY_NOBODY, NULL, document_noted, NULL, NULL,
     "{it} has ended: the trading partner accepted \"{document}\" with errors noted{document_said}",
     "nothing, unless the partner wants it mended"},
    {STAGE_THERE, "document_accepted", WHY_THERE, WHY_NOBODY, NULL, document_taken, NULL, NULL,
     "{it} has ended: the trading partner accepted \"{document}\"", "nothing"},
    {STAGE_THERE, "done", WHY_THERE, WHY_NOBODY, NULL, done, NULL, NULL,
     "{it} has ended: all that it was for has happened", "nothing"},
    {STAGE_THERE, "superseded", WHY_STOPPED, WHY_NOBODY, NULL, cancelled,
     "a later delivery of the same record took its place", NULL,
     "{it} ended without doing anything: {reason}", "ask for the newer one"},
    {STAGE_THERE, "superseded", WHY_STOPPED, WHY_NOBODY, NULL, cancelled,
     "a newer version of the record is known already", NULL,
     "{it} ended without doing anything: {reason}", "ask for the newer one"},
    {STAGE_THERE, "cancelled", WHY_STOPPED, WHY_ADMIN, RUN, cancelled, NULL, NULL,
     "{it} was ended before it was done: {reason}", "start it anew, if it is wanted after all"},

    /* ---- it did not come ---- */
    {STAGE_RECEIVED, "source_revoked", WHY_STOPPED, WHY_ADMIN, CONNECTIONS, source_revoked, NULL, NULL,
     "no delivery of {it} was received: \"{source}\" was revoked{source_why}, and takes none",
     "connect the shop again, and let it send the order once more"},
    {STAGE_RECEIVED, "source_broken", WHY_STOPPED, WHY_ADMIN, CONNECTIONS, source_broken, NULL, NULL,
     "no delivery of {it} was received, and \"{source}\" is broken{source_why}", "repair the connection to the shop"},
    {STAGE_RECEIVED, "source_paused", WHY_STOPPED, WHY_ADMIN, CONNECTIONS, source_paused, NULL, NULL,
     "no delivery of {it} was received, and \"{source}\" is paused{source_why}", "resume the connection"},
    {STAGE_RECEIVED, "never_heard", WHY_STOPPED, WHY_ADMIN, CONNECTIONS, never_heard, NULL, NULL,
     "no delivery of {it} was received: \"{source}\" has never sent anything",
     "set up the shop's webhook with the address of this connection"},
    {STAGE_RECEIVED, "no_delivery", WHY_STOPPED, WHY_SHOP, NULL, asked_source, NULL, NULL,
     "no delivery of {it} was received, or it has not been read yet; the last that \"{source}\" sent came at {heard}",
     "look in the shop whether the order is there, and let it send it once more"},

    /* ---- who is served ---- */
    {STAGE_SERVED, "partner_suspended", WHY_WAITING, WHY_PLATFORM, NULL, partner_stands, NULL, NULL,
     "{it} waits: nothing of this service is worked on, since it is suspended as a whole", "ask who runs the platform"},
    {STAGE_SERVED, "customer_ends", WHY_STOPPED, WHY_PARTNER, NULL, customer_ends, NULL, NULL,
     "\"{customer}\" is being erased: nothing of it is worked on any more", "nothing"},
    {STAGE_SERVED, "customer_suspended", WHY_WAITING, WHY_PARTNER, "customers:write", customer_stands, NULL, NULL,
     "{it} waits: \"{customer}\" is suspended, and nothing of it is worked on", "resume the customer"},
    {STAGE_FLOW, "flow_paused", WHY_WAITING, WHY_ADMIN, FLOWS, flow_paused, NULL, NULL,
     "{it} waits: the flow \"{flow}\" is paused", "resume the flow"},
    {STAGE_FLOW, "flow_draining", WHY_WAITING, WHY_ADMIN, FLOWS, flow_draining, NULL, NULL,
     "{it} waits: the flow \"{flow}\" is drained since {drained}, and begins nothing that came later", "resume the flow"},
    {STAGE_FLOW, "connection_paused", WHY_WAITING, WHY_ADMIN, CONNECTIONS, connection_paused, NULL, NULL,
     "{it} waits: the connection \"{paused}\" is paused{paused_why}", "resume the connection"},

    /* ---- its turn and its time ---- */
    {STAGE_TURN, "earlier_runs", WHY_ON_ITS_WAY, WHY_NOBODY, NULL, behind_running, NULL, NULL,
     "{it} waits for an earlier delivery of the same record, which is being worked on", "nothing"},
    {STAGE_TURN, "earlier_held", WHY_WAITING, WHY_NOBODY, NULL, behind_held, NULL, NULL,
     "{it} waits for an earlier job of its key that is held", "nothing"},
    {STAGE_TURN, "earlier_waits", WHY_WAITING, WHY_NOBODY, NULL, behind_waiting, NULL, NULL,
     "{it} waits for an earlier delivery of the same record", "nothing"},
    {STAGE_TIME, "waits_for_effect", WHY_WAITING, WHY_NOBODY, NULL, later, "waits for * of \"*\": it *", NULL,
     "{it} waits for {1} of \"{2}\": it {3}", "nothing"},
    {STAGE_TIME, "destination_failing", WHY_ON_ITS_WAY, WHY_SYSTEM, NULL, failing, NULL, NULL,
     "{operation} of {it} was sent to {system} at {sent}, which {effect_reason}, and so it is not known whether it was done; "
     "it goes on at {run}", "nothing, unless it stays so"},
    {STAGE_TIME, "outcome_unknown", WHY_ON_ITS_WAY, WHY_NOBODY, NULL, unknown, NULL, NULL,
     "{operation} of {it} was sent to {system} at {sent} and no answer came; whether it was done is looked up at {run}",
     "nothing"},
    {STAGE_TIME, "answer_lost", WHY_ON_ITS_WAY, WHY_NOBODY, NULL, answer_lost, NULL, NULL,
     "{it} is asked of {system} again at {run}: {reason}", "nothing"},
    {STAGE_TIME, "destination_broken", WHY_WAITING, WHY_ADMIN, CONNECTIONS, broken_there, NULL, NULL,
     "{it} waits: the connection \"{destination}\" is broken{destination_why}; it is tried again at {run}",
     "repair the connection"},
    {STAGE_TIME, "credentials_refused", WHY_WAITING, WHY_ADMIN, CONNECTIONS, refused_us, NULL, NULL,
     "{it} waits: {system} did not let us in: {reason}; it is tried again at {run}", "enter new credentials"},
    {STAGE_TIME, "destination_busy", WHY_ON_ITS_WAY, WHY_SYSTEM, NULL, busy, NULL, NULL,
     "{system} is busy: {reason}; {it} is tried again at {run}", "nothing, unless it stays so"},
    {STAGE_TIME, "destination_slow", WHY_ON_ITS_WAY, WHY_SYSTEM, NULL, slow, NULL, NULL,
     "{system} took too long: {reason}; {it} is tried again at {run}", "nothing, unless it stays so"},
    {STAGE_TIME, "destination_down", WHY_WAITING, WHY_SYSTEM, NULL, down, NULL, NULL,
     "{it} waits for {system}: {reason}; it is tried again at {run}", "see that the system can be reached"},
    {STAGE_TIME, "crowded", WHY_ON_ITS_WAY, WHY_PLATFORM, NULL, crowded, NULL, NULL,
     "there is more work than room: {reason}; {it} is tried again at {run}", "nothing, unless it stays so"},
    {STAGE_TIME, "our_fault", WHY_WAITING, WHY_PLATFORM, NULL, at_fault, NULL, NULL,
     "{it} failed by a fault of the platform; it is tried again at {run}", "tell who runs the platform, if it stays so"},
    {STAGE_TIME, "planned", WHY_ON_ITS_WAY, WHY_NOBODY, NULL, planned, NULL, NULL,
     "{it} begins at {run}", "nothing"},
    {STAGE_TIME, "tried_again", WHY_ON_ITS_WAY, WHY_NOBODY, NULL, later, NULL, NULL,
     "{it} is tried again at {run}: {reason}", "nothing"},
    {STAGE_TIME, "given_up", WHY_STOPPED, WHY_ADMIN, ORDERS, dead, NULL, NULL,
     "{it} was given up at its deadline, after {tries} tries: {reason}", "see to what stopped it, " LET_GO},
    {STAGE_WORKER, "no_worker", WHY_WAITING, WHY_PLATFORM, NULL, nobody_works, NULL, NULL,
     "{it} waits: no worker is alive to take it", "tell who runs the platform"},
    {STAGE_WORKER, "suspect", WHY_WAITING, WHY_PLATFORM, NULL, suspected, NULL, NULL,
     "a process ended while it worked on {it}; it is tried again by itself, after others of the kind", "nothing"},
    {STAGE_WORKER, "in_turn", WHY_ON_ITS_WAY, WHY_NOBODY, NULL, ready, NULL, NULL,
     "{it} is due and waits for a worker to be free", "nothing, unless it stays so"},
    {STAGE_WORKER, "worker_silent", WHY_WAITING, WHY_PLATFORM, NULL, worker_silent, NULL, NULL,
     "the worker that had {it} is silent; another takes it within seconds", "nothing, unless it stays so"},
    {STAGE_WORKER, "set_aside", WHY_STOPPED, WHY_PLATFORM, NULL, NULL, "set aside: the process ended * times *", NULL,
     "{it} is set aside: the process ended {1} times while working on it", "tell who runs the platform"},
    {STAGE_THERE, "answer_awaited", WHY_ON_ITS_WAY, WHY_NOBODY, NULL, under_way, NULL, NULL,
     "{operation} of {it} was sent to {system} at {sent}, and its answer is awaited", "nothing"},
    {STAGE_READ, "working", WHY_ON_ITS_WAY, WHY_NOBODY, NULL, leased, NULL, NULL,
     "{it} is being worked on now", "nothing"},

    /* ---- reading it ---- */
    {STAGE_READ, "unreadable_source", WHY_STOPPED, WHY_PLATFORM, NULL, NULL, "nothing here reads messages of \"*\"", NULL,
     "{it} is held: nothing here reads what \"{1}\" sends", "tell who runs the platform"},
    {STAGE_READ, "unknown_kind", WHY_STOPPED, WHY_PLATFORM, NULL, NULL, "nothing here knows how to do \"*\"", NULL,
     "{it} is held: nothing here knows how to do \"{1}\"", "tell who runs the platform"},
    {STAGE_READ, "mapping_unpublished", WHY_STOPPED, WHY_ADMIN, PUBLISH, NULL,
     "no version of the mapping for * of * is published", mapping_there,
     "{it} is held: no version of the mapping \"{mapping}\" for {1} of {2} is published",
     "publish a version of the mapping, " LET_GO},
    {STAGE_READ, "mapping_missing", WHY_STOPPED, WHY_ADMIN, MAPPINGS, NULL, "there is no mapping for * of *", NULL,
     "{it} is held: there is no mapping for {1} of {2}", "assign a mapping to the connection, " LET_GO},
    {STAGE_READ, "mapping_broken", WHY_STOPPED, WHY_ADMIN, PUBLISH, NULL, "the mapping cannot be *", NULL,
     "{it} is held: the mapping cannot be {1}", "publish a version of the mapping that can be used, " LET_GO},
    {STAGE_READ, "rule_failed", WHY_STOPPED, WHY_ADMIN, PUBLISH, NULL,
     "the rule for * failed in line *, column *", NULL,
     "{it} is held: the mapping's rule for {1} failed in line {2}, column {3}",
     "mend the rule and publish the mapping, " LET_GO},
    {STAGE_READ, "key_differs", WHY_STOPPED, WHY_ADMIN, PUBLISH, NULL,
     "the mapping gives the order the natural key \"*\", and its source calls it *", NULL,
     "{it} is held: the mapping calls it \"{1}\", and the shop calls it {2}",
     "let the mapping keep the shop's own key, " LET_GO},
    {STAGE_READ, "drift", WHY_STOPPED, WHY_ADMIN, MAPPINGS, case_waited, "drift: *", NULL,
     "{it} waits for a decision{cases}: what the shop sends at {path} is no longer as it was: {1}",
     "accept the deviation, or mend the mapping and close it"},
    {STAGE_READ, "drift", WHY_STOPPED, WHY_ADMIN, MAPPINGS, NULL, "drift: *", no_case,
     "{it} waits for a decision: what the shop sends is no longer as it was: {1}",
     "accept the deviation, or mend the mapping and close it"},
    {STAGE_READ, "word_too_late", WHY_STOPPED, WHY_ADMIN, MAPPINGS, NULL,
     "* has an entry for \"*\", but none that is valid at *", NULL,
     "{it} waits for a word: {1} has an entry for \"{2}\", but none that is valid at {3}",
     "let the entry be valid when the order came"},
    {STAGE_READ, "word_too_late", WHY_STOPPED, WHY_ADMIN, MAPPINGS, NULL,
     "* has no entry for \"*\" that is valid when the job came", NULL,
     "{it} waits for a word: {1} has no entry for \"{2}\" that was valid when it came",
     "let the entry be valid when the job came"},
    {STAGE_READ, "word_missing", WHY_STOPPED, WHY_ADMIN, MAPPINGS, word_waited, NULL, NULL,
     "{it} waits for a word{words}: the cross reference {table} has no entry for \"{word}\"",
     "add the entry to the cross reference; the order goes on by itself"},
    {STAGE_READ, "word_missing", WHY_STOPPED, WHY_ADMIN, MAPPINGS, NULL, "* has no entry for \"*\"*", no_word,
     "{it} waits for a word: the cross reference {1} has no entry for \"{2}\"", "add the entry, " LET_GO},
    {STAGE_THERE, "document_rejected", WHY_STOPPED, WHY_ADMIN, RUN, NULL, "the trading partner rejected \"*\": *", NULL,
     "{it} was sent as \"{1}\", and the trading partner rejected it: {2}",
     "mend what it names, send it anew under another name and control number, and end this job"},
    {STAGE_THERE, "document_overdue", WHY_STOPPED, WHY_SYSTEM, RUN, NULL,
     "the trading partner has not acknowledged \"*\" within *", NULL,
     "{it} was sent as \"{1}\", and the trading partner has not acknowledged it within {2}",
     "ask the partner whether it came; an acknowledgement that still comes ends this by itself"},
    {STAGE_READ, "flow_broken", WHY_STOPPED, WHY_ADMIN, FLOWS, NULL, "the flow's version * cannot be *", NULL,
     "{it} is held: version {1} of the flow \"{flow}\" cannot be {2}", "publish a version that can be used for those that come; this one keeps its own: cancel it and begin it anew"},
    {STAGE_READ, "step_failed", WHY_STOPPED, WHY_ADMIN, FLOWS, NULL, "the flow's step *", NULL,
     "{it} is held by the flow \"{flow}\": its step {1}", "mend the step for those that come; this one keeps its version: edit what it is about, or cancel it and begin it anew"},

    /* ---- whether it is a sale ---- */
    {STAGE_FIT, "trial", WHY_STOPPED, WHY_SHOP, NULL, NULL, "the order is a trial of the shop*", NULL,
     "{it} is a trial of the shop, and no sale", "nothing, unless it was meant to be a sale"},
    {STAGE_FIT, "cancelled_in_shop", WHY_STOPPED, WHY_SHOP, NULL, NULL, "the order was cancelled in the shop*", NULL,
     "{it} was cancelled in the shop before it was delivered", "nothing"},
    {STAGE_FIT, "currency_unknown", WHY_STOPPED, WHY_SHOP, NULL, NULL, "the currency \"*\" is not one we know", NULL,
     "{it} is held: its currency \"{1}\" is not one we know", "correct the currency in the shop or in the mapping, " LET_GO},
    {STAGE_FIT, "sums_differ", WHY_STOPPED, WHY_SHOP, NULL, NULL, "the lines add up to * but the order says *", NULL,
     "{it} is held: its lines add up to {1}, and its total says {2}", "correct the order in the shop, or the mapping, " LET_GO},
    {STAGE_FIT, "no_lines", WHY_STOPPED, WHY_SHOP, NULL, NULL, "the order has no lines", NULL,
     "{it} is held: it has no lines", "add what was sold in the shop; it is sent again by itself"},
    {STAGE_FIT, "no_sku", WHY_STOPPED, WHY_SHOP, NULL, NULL, "line * (*) has no SKU*", NULL,
     "{it} is held: line {1} ({2}) has no SKU{3}", "give the product a SKU in the shop; it is sent again by itself"},
    {STAGE_FIT, "line_wrong", WHY_STOPPED, WHY_SHOP, NULL, NULL, "line * has a*", NULL,
     "{it} is held: {reason}", "correct the line in the shop, or the mapping, " LET_GO},
    {STAGE_FIT, "line_wrong", WHY_STOPPED, WHY_SHOP, NULL, NULL, "line * has quantity *", NULL,
     "{it} is held: {reason}", "correct the line in the shop, or the mapping, " LET_GO},
    {STAGE_FIT, "field_wrong", WHY_STOPPED, WHY_ADMIN, PUBLISH, NULL, "/* of the order *", NULL,
     "{it} is held: its field /{1} {2}", "correct it in the shop, or what the mapping makes of it, " LET_GO},
    {STAGE_FIT, "field_wrong", WHY_STOPPED, WHY_ADMIN, FLOWS, of_flow, "/* of the * *", NULL,
     "{it} is held by the flow \"{flow}\": field /{1} of the {2} {3}", "mend what makes it, and run it again"},
    {STAGE_FIT, "amount_wrong", WHY_STOPPED, WHY_SHOP, NULL, NULL, "the total * has more decimals than * has", NULL,
     "{it} is held: its total {1} has more decimals than {2} has", "correct the total in the shop or in the mapping, " LET_GO},
    {STAGE_FIT, "amount_wrong", WHY_STOPPED, WHY_SHOP, NULL, NULL, "the order's *", NULL,
     "{it} is held: {reason}", "correct the order in the shop or in the mapping, " LET_GO},

    /* ---- where it goes ---- */
    {STAGE_ROUTE, "no_destination", WHY_STOPPED, WHY_ADMIN, CONNECTIONS, NULL,
     "\"*\" has no destination to send orders to", destination_there,
     "{it} is held: \"{1}\" has no destination to send orders to", "give the connection a destination, " LET_GO},
    {STAGE_ROUTE, "destination_paused", WHY_STOPPED, WHY_ADMIN, CONNECTIONS, NULL,
     "the connection \"*\" is paused", destination_works,
     "{it} is held: the connection \"{1}\" is paused", "resume the connection, " LET_GO},
    {STAGE_ROUTE, "destination_revoked", WHY_STOPPED, WHY_ADMIN, CONNECTIONS, NULL,
     "the connection \"*\" is revoked", destination_works,
     "{it} is held: the connection \"{1}\" was revoked{destination_why}", "connect the system again, " LET_GO},
    {STAGE_ROUTE, "flow_only", WHY_STOPPED, WHY_ADMIN, FLOWS, NULL,
     "the connection \"*\" takes orders by way of a flow only", NULL,
     "{it} is held: \"{1}\" takes orders by way of a flow only", "let the shop's orders go through a flow"},
    {STAGE_ROUTE, "no_calls", WHY_STOPPED, WHY_ADMIN, CONNECTIONS, NULL,
     "nothing can be asked of the connection \"*\"", NULL,
     "{it} is held: nothing can be asked of \"{1}\"", "choose a destination that takes orders, " LET_GO},
    {STAGE_ROUTE, "role_not_set", WHY_STOPPED, WHY_ADMIN, "flows:write", NULL,
     "the flow calls \"*\", and no connection is set for that name", NULL,
     "{it} is held: the flow \"{flow}\" calls \"{1}\", and no connection is set for that name",
     "say which connection the name means, and run it again"},
    {STAGE_ROUTE, "operation_missing", WHY_STOPPED, WHY_ADMIN, CONNECTIONS, NULL, "\"*\" has no operation \"*\"", NULL,
     "{it} is held: \"{1}\" has no operation \"{2}\"", "add the operation to the connection, and run it again"},
    {STAGE_ROUTE, "flow_missing", WHY_STOPPED, WHY_ADMIN, FLOWS, NULL, "there is no flow \"*\" that works", NULL,
     "{it} is held: the flow \"{flow}\" calls the flow \"{1}\", and no version of that is published",
     "publish that flow, and run this one again"},
    {STAGE_ROUTE, "waited_too_long", WHY_STOPPED, WHY_ADMIN, RUN, NULL,
     "waited for * of \"*\" as long as the flow allows: it *", NULL,
     "{it} waited for {1} of \"{2}\" as long as the flow \"{flow}\" allows: it {3}", "see to that, and run it again"},

    /* ---- the other system ---- */
    {STAGE_THERE, "currency_missing_there", WHY_STOPPED, WHY_SYSTEM, NULL, NULL, "\"*\" has no currency *", NULL,
     "{it} is held: \"{1}\" has no currency {2}", "set up the currency there, " LET_GO},
    {STAGE_THERE, "product_missing_there", WHY_STOPPED, WHY_SYSTEM, NULL, NULL, "the SKU \"*\" is not a product there", NULL,
     "{it} is held: the SKU \"{1}\" is no product in {system}", "set up the product there, " LET_GO},
    {STAGE_THERE, "tax_missing_there", WHY_STOPPED, WHY_SYSTEM, NULL, NULL,
     "the tax \"*\" has no tax code that gives its amount", NULL,
     "{it} is held: the tax \"{1}\" has no tax code in {system} that gives its amount", "set up the tax there, " LET_GO},
    {STAGE_THERE, "gone_there", WHY_STOPPED, WHY_SYSTEM, NULL, NULL,
     "the * was made in \"*\" once and is not there any more", NULL,
     "{it} is held: the {1} was made in \"{2}\" once and is not there any more", "bring it back there, " LET_GO},
    {STAGE_THERE, "address_missing_there", WHY_STOPPED, WHY_SYSTEM, NULL, NULL,
     "the customer \"*\" in \"*\" has no address", NULL,
     "{it} is held: the customer \"{1}\" in \"{2}\" has no address", "give the customer an address there, " LET_GO},
    {STAGE_THERE, "cancelled_there", WHY_STOPPED, WHY_SYSTEM, NULL, NULL, "the sale was cancelled in \"*\"", NULL,
     "{it} is held: its sale was cancelled in \"{1}\"", "decide whether the order stands; if so, take it in there by hand"},
    {STAGE_THERE, "totals_differ", WHY_STOPPED, WHY_SYSTEM, NULL, NULL,
     "the sale in \"*\" comes to *, and the order to *", NULL,
     "{it} is held: its sale in \"{1}\" comes to {2}, and the order to {3}", "correct prices or taxes there, " LET_GO},
    {STAGE_THERE, "totals_differ", WHY_STOPPED, WHY_SYSTEM, NULL, NULL, "the sale would differ from the order by *", NULL,
     "{it} is held: its sale would differ from the order by {1}", "correct prices or taxes there, " LET_GO},
    {STAGE_THERE, "changed_after_sale", WHY_STOPPED, WHY_ADMIN, ORDERS, NULL,
     "the order was changed after its sale was made in \"*\"", NULL,
     "{it} was changed after its sale was made in \"{1}\"", "change the sale there as well, " LET_GO},
    {STAGE_THERE, "not_to_be_asked", WHY_STOPPED, WHY_SYSTEM, NULL, NULL,
     "* was sent to \"*\" and no answer told what became of it; the system cannot be asked *", NULL,
     "{1} of {it} was sent to \"{2}\", no answer told what became of it, and that system cannot be asked whether it was done",
     "look there whether it was done, and run or end the job accordingly"},
    {STAGE_THERE, "place_taken", WHY_STOPPED, WHY_ADMIN, ORDERS, NULL, "something else took the place of this change", NULL,
     "{it} is held: something else took the place of its change in {system}", "see what is there, and decide"},
    {STAGE_THERE, "not_permitted_there", WHY_STOPPED, WHY_SYSTEM, NULL, NULL, "the ERP's user may not do that", NULL,
     "{it} is held: the user we have in {system} may not do that", "give the user what it needs there, " LET_GO},
    {STAGE_THERE, "refused_there", WHY_STOPPED, WHY_SYSTEM, NULL, NULL, "the ERP refused: *", NULL,
     "{it} was refused by {system}: {1}", "correct there, or in the shop, what it says, " LET_GO},
    {STAGE_THERE, "refused_there", WHY_STOPPED, WHY_SYSTEM, NULL, refused_there, NULL, NULL,
     "{it} was refused by {system}: {reason}", "correct there, or in the shop, what it says, " LET_GO},
    {STAGE_THERE, "asks_somebody", WHY_STOPPED, WHY_ADMIN, APPROVE, NULL, "waits for somebody to approve: *", NULL,
     "{it} waits for somebody to approve: {1}", "approve or reject it: the question is among the open approvals"},
    {STAGE_THERE, "held_by_step", WHY_STOPPED, WHY_ADMIN, RUN, of_flow, NULL, NULL,
     "the flow \"{flow}\" holds it: {reason}", "see to that, and run it again"},
    {STAGE_THERE, "held", WHY_STOPPED, WHY_ADMIN, ORDERS, why_has_stopped, NULL, NULL,
     "{it} is held: {reason}", "see to that, " LET_GO},
    {STAGE_THERE, "nothing_under_way", WHY_STOPPED, WHY_PLATFORM, NULL, NULL, NULL, NULL,
     "nothing is under way for {it}, and nothing says why", "tell who runs the platform"},
    {.code = NULL},
};
/* clang-format on */
