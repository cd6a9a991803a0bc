#include <string.h>

#include "base/timefmt.h"
#include "care/care_int.h"
#include "db/db.h"
#include "live/live.h"
#include "manifest/manifest.h"
#include "q_care.h"

/* One object as it is there now, read as the work would read it; and whether deliveries come. */

#define BACK_US (INT64_C(30) * 86400 * 1000000)

struct sample {
    const char *kind; /* of mappings: "order"; NULL: nothing is said to read it */
    const struct doc *record;
    const char *key;
};

/* What the source, the first where there are several, lists as changed lately, and one of it. record stays NULL: there
 * is nothing. */
static enum err by_source(struct care_run *r, struct sample *out)
{
    int64_t now_us = time_now_us();
    const char *object = link_connector(r->link)->source->feeds[0].object;
    struct source_window w = {.object = object, .from_us = now_us - BACK_US, .until_us = now_us, .after = ""};
    struct source_page page;
    struct source_thing thing;

    TRY(r->sc, link_changes(r->sc, r->link, &w, &page));
    if (page.n == 0)
        return OK;
    TRY(r->sc, link_one(r->sc, r->link, object, page.changes[0].key, &thing));
    if (!thing.found)
        return OK;
    *out = (struct sample){object, thing.body, page.changes[0].key};
    return OK;
}

static enum err by_manifest(struct care_run *r, bool *out_there, struct sample *out)
{
    const struct manifest *m = manifest_of(link_connector(r->link));
    int64_t now_us = time_now_us();
    struct source_window w = {.from_us = now_us - BACK_US, .until_us = now_us, .after = ""};
    struct told told;
    struct ask ask;
    bool declared;

    if (!m)
        return OK;
    TRY(r->sc, manifest_check_ask(r->sc, link_site(r->link), MANIFEST_CHECK_SAMPLE, &w, &declared, &ask));
    *out_there |= declared;
    if (!declared)
        return OK;
    TRY(r->sc, link_question(r->sc, r->link, &ask, false, &told));
    out->kind = manifest_kind_of(m, ask.operation);
    out->record = doc_kind(told.value) == DOC_ARRAY ? doc_at(told.value, 0) : told.value;
    out->key = ask.operation;
    return OK;
}

/* The customer's own mapping, where one is assigned. */
static enum err choice(struct care_run *r, const char *kind, struct live_choice *out)
{
    struct live_assigned *v;
    size_t n;

    *out = (struct live_choice){.own = false};
    if (r->trial)
        return OK;
    TRY(r->sc, live_list(r->sc, &r->connection, &v, &n));
    for (size_t i = 0; i < n; i++)
        if (v[i].own && strcmp(v[i].object, kind) == 0)
            *out = (struct live_choice){.own = true,
                                        .mapping_id = v[i].mapping_id,
                                        .current = v[i].current,
                                        .rolling = v[i].rolling,
                                        .share = v[i].share};
    return db_commit(r->sc);
}

/* What is wrong with it, without a word of what it holds. */
static void judge(struct care_run *r, const struct sample *s, const struct mapping_result *m, struct care_check *out)
{
    if (m->valid)
        care_say(out, "ok",
                 arena_f(r->sc->arena, "one %s was asked for and read; all its fields are in order", s->kind), NULL);
    else if (m->held)
        care_say(out, "warning",
                 arena_f(r->sc->arena, "one %s was read, and waits for a word of a cross reference", s->kind),
                 "add the missing entry to the cross reference");
    else if (m->faults.n)
        care_say(out, "warning",
                 arena_f(r->sc->arena, "one %s was read, and %zu of its fields are not in order, the first at %s: %s",
                         s->kind, m->faults.n, m->faults.v[0].pointer ? m->faults.v[0].pointer : "its root",
                         m->faults.v[0].code),
                 "try the mapping on this object, and change the rule or the object");
    else
        care_say(out, "warning", arena_f(r->sc->arena, "one %s could not be read", s->kind), "try its mapping");
}

static enum err mapped(struct care_run *r, const struct sample *s, struct care_check *out)
{
    struct live_in in = {.system = r->connection.connector,
                         .connector = link_connector(r->link),
                         .object = s->kind,
                         .record_key = str_of(s->key),
                         .received_us = time_now_us()};
    struct live_mapped m;

    TRY(r->sc, choice(r, s->kind, &in.choice));
    TRY(r->sc, live_map(r->sc, &in, s->record, &m));
    judge(r, s, &m.result, out);
    return OK;
}

void care_check_sample(struct care_run *r, struct care_check *out)
{
    const struct connector *c = link_connector(r->link);
    struct sample s = {0};
    bool there;
    enum err e;

    if (!r->signed_in) {
        care_say(out, "skipped", "its credentials were not seen to work", NULL);
        return;
    }
    there = c->source && c->source->pull;
    e = there ? by_source(r, &s) : OK;
    if (e == OK && !s.record)
        e = by_manifest(r, &there, &s);
    if (e == OK && s.record && s.kind)
        e = mapped(r, &s, out);
    else if (e == OK && s.record)
        care_say(out, "ok", "one object was asked for and came", NULL);
    else if (e == OK)
        care_say(out, "skipped",
                 there ? "there is no object that changed in the last 30 days" : "nothing is read from it", NULL);
    if (e != OK)
        care_say(out, e == ERR_UPSTREAM_NO || e == ERR_UPSTREAM_AUTH ? "failed" : "warning", care_words(r->sc),
                 "see whether the credentials may read it, and check again");
}

static enum err last_delivery(struct care_run *r, int64_t *out_us)
{
    const struct q_check_last_delivery_row *row;

    TRY(r->sc, q_check_last_delivery(
                   r->sc, &(struct q_check_last_delivery_in){.connection_id = r->connection.connection_id}, &row));
    *out_us = row && row->has_last_at ? row->last_at_us : INT64_MIN;
    return db_commit(r->sc);
}

/* What the keeper saw, where it looks; false: it does not. */
static bool by_keeping(struct care_run *r, struct care_check *out)
{
    struct care_keeping k;
    size_t missing = 0;

    if (care_keep_get(r->sc, &r->connection, &k) != OK || db_commit(r->sc) != OK) {
        (void)care_words(r->sc);
        return false;
    }
    if (!k.wanted || (k.kept_us == INT64_MIN && !k.fault))
        return false;
    for (size_t i = 0; i < k.topic_count; i++)
        missing += strcmp(k.topics[i].state, "registered") != 0;
    if (k.fault)
        care_say(out, "failed", k.fault, "see what the vendor says, and whether the permissions reach for webhooks");
    else if (missing)
        care_say(out, "failed", arena_f(r->sc->arena, "%zu of %zu topics are not registered", missing, k.topic_count),
                 "they are registered with the next look");
    else
        care_say(out, "ok", arena_f(r->sc->arena, "all %zu topics are registered", k.topic_count), NULL);
    return true;
}

#define PUT_OFF_US INT64_C(3600000000)

/* Deliveries that took too long to read were sent away to come again. */
static bool put_off(struct care_run *r, struct care_check *out)
{
    struct care_life life;

    if (care_life_get(r->sc, &r->connection.connection_id, &life) != OK || db_commit(r->sc) != OK) {
        (void)care_words(r->sc);
        return false;
    }
    if (life.put_off_us < time_now_us() - PUT_OFF_US)
        return false;
    care_say(out, "failed", arena_f(r->sc->arena, "deliveries were put off: %s", life.put_off_why),
             "move the connection to a version of its connector whose hooks are simpler");
    return true;
}

void care_check_webhook(struct care_run *r, struct care_check *out)
{
    const struct connector *c;
    const struct manifest *m;
    char text[TIME_TEXT_MAX];
    int64_t last_us;

    if (connector_if_good(r->sc, &r->connection, &c) != OK) {
        care_say(out, "warning", care_words(r->sc), "check again later");
        return;
    }
    m = manifest_of(c);
    if (!c || !c->source || (m && !doc_get(manifest_document(m), "hooks") && c->secrets_check)) {
        care_say(out, "skipped", "such a system sends nothing by itself; it is asked", NULL);
        return;
    }
    if (r->trial) {
        care_say(out, "skipped", "nothing can have come before the connection is there", NULL);
        return;
    }
    if (put_off(r, out) || by_keeping(r, out))
        return;
    if (last_delivery(r, &last_us) != OK) {
        care_say(out, "warning", care_words(r->sc), "check again later");
        return;
    }
    if (last_us == INT64_MIN) {
        care_say(out, "warning", "nothing has come yet, and the vendor cannot be asked what it sends where",
                 "register the connection's address for webhooks at the vendor");
        return;
    }
    time_format(last_us - last_us % 1000000, text);
    care_say(out, "ok", arena_f(r->sc->arena, "the last delivery came at %s", text), NULL);
}
