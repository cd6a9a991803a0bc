#include "manifest/manifest_int.h"

#include "base/timefmt.h"

/* What comes in: deliveries, and what is asked for that changed. */

static bool topic_fits(const char *rule, const char *topic)
{
    size_t n = strlen(rule);

    return rule[n - 1] == '*' ? strncmp(rule, topic, n - 1) == 0 : strcmp(rule, topic) == 0;
}

/* A time as vendors write them: RFC 3339, or seconds or milliseconds since 1970. 0: none. */
static int64_t time_at(const struct doc *v)
{
    int64_t n, us = 0;

    if (doc_int(v, &n))
        return n > INT64_C(100000000000) ? n * 1000 : n * 1000000;
    (void)time_parse(doc_text(v), &us);
    return us;
}

static const struct manifest_event *event_of(const struct manifest *m, const char *topic)
{
    for (size_t i = 0; i < m->event_count; i++)
        if (topic_fits(m->events[i].topic, topic))
            return &m->events[i];
    return NULL;
}

size_t manifest_event_find(const struct manifest *m, const char *topic)
{
    const struct manifest_event *e = event_of(m, topic);

    return e ? (size_t)(e - m->events) : m->event_count;
}

/* ---- a delivery that tells only which things changed ---- */

#define KEY_MAX      200
#define SLOW_AGAIN_S 60

struct hinting {
    struct hook_hint *v;
    size_t n;
};

static void hint_add(struct hinting *h, const char *object, const char *key, int64_t changed_us)
{
    if (h->n < HOOK_HINTS_MAX)
        h->v[h->n++] = (struct hook_hint){object, key, changed_us};
}

/* As the ledger keeps it: "order:17". */
static bool key_fits(const char *object, const char *key)
{
    return strlen(object) + 1 + strlen(key) <= KEY_MAX;
}

/* One key, or a list of them. More than are taken, or one that is too long: the source is asked. */
static void hints_of(struct scope *sc, struct hinting *h, const struct manifest_event *e, const struct doc *keys,
                     int64_t changed_us)
{
    bool list = doc_kind(keys) == DOC_ARRAY;
    size_t n = list ? doc_count(keys) : 1;

    for (size_t i = 0; i < n && h->n < HOOK_HINTS_MAX; i++) {
        const char *key = h->n == HOOK_HINTS_MAX - 1 ? NULL : manifest_text_of(sc, list ? doc_at(keys, i) : keys);

        if (h->n < HOOK_HINTS_MAX - 1 && !(key && *key))
            continue;
        hint_add(h, e->object, key && key_fits(e->object, key) ? key : NULL, changed_us);
    }
}

static int64_t changed_at(struct scope *sc, struct manifest_run *run, const struct manifest_event *e,
                          const struct doc *body)
{
    const char *why;
    struct doc v;

    return e->changed && manifest_eval(sc, run, e->changed, body, &v, &why) ? time_at(&v) : 0;
}

/* Its sender sends it again: by then the connection may work by a version that is quicker. */
static enum err too_slow(struct scope *sc)
{
    enum err e =
        FAIL(sc, ERR_UNAVAILABLE,
             "the expressions of the connector's hooks take more of a processor for one delivery than the %d ms "
             "that they may: make them simpler, and let fetch get what is large",
             (int)(2 * MANIFEST_BRIEF_US / 1000));

    scope_problem(sc, "connector-slow", 503);
    scope_retry_after(sc, SLOW_AGAIN_S);
    return e;
}

/* All events that name the topic as the first that fits does, each for the kind of object that it is about. */
static enum err hook_hints(struct scope *sc, struct manifest_run *run, const struct manifest_event *first,
                           const struct doc *body, struct hook_facts *out)
{
    struct hinting h = {ARENA_ARRAY(sc->arena, struct hook_hint, HOOK_HINTS_MAX), 0};
    const char *why = "it has none";
    size_t of_topic = 0;
    struct doc v;

    for (size_t i = 0; i < run->m->event_count; i++) {
        const struct manifest_event *e = &run->m->events[i];

        if (!e->fetch || strcmp(e->topic, first->topic) != 0)
            continue;
        of_topic++;
        if (manifest_eval(sc, run, e->key, body, &v, &why) && !expr_is_absent(v))
            hints_of(sc, &h, e, &v, changed_at(sc, run, e, body));
    }
    if (manifest_overspent(run))
        return too_slow(sc);
    if (h.n == 0 && of_topic == 1)
        return FAIL(sc, ERR_INVALID, "what a delivery of \"%s\" is about is not told: %s", first->topic, why);
    out->hints = h.v;
    out->hint_count = h.n;
    return OK;
}

static enum err hook_fact(struct scope *sc, struct manifest_run *run, const char *topic, const struct manifest_event *e,
                          const struct doc *body, struct hook_facts *out)
{
    const char *key = NULL, *why = "it has none";
    int64_t changed_us;
    struct doc v;

    if (manifest_eval(sc, run, e->key, body, &v, &why))
        key = manifest_text_of(sc, &v);
    changed_us = changed_at(sc, run, e, body);
    if (manifest_overspent(run))
        return too_slow(sc);
    if (!key || !*key)
        return FAIL(sc, ERR_INVALID, "what a delivery of \"%s\" is about is not told: %s", topic, why);
    if (!key_fits(e->object, key))
        return FAIL(sc, ERR_INVALID, "what a delivery of \"%s\" is about has a key of more than %d octets", topic,
                    KEY_MAX);
    *out = (struct hook_facts){
        .kind = e->object, .business_key = arena_f(sc->arena, "%s:%s", e->object, key), .changed_us = changed_us};
    return OK;
}

enum err manifest_hook_read(struct scope *sc, const struct connector *c, const char *topic, const struct doc *body,
                            struct hook_facts *out)
{
    struct manifest_run run = {.m = manifest_of(c), .brief = true};
    const struct manifest_event *e = event_of(run.m, topic);

    *out = (struct hook_facts){0};
    if (!e)
        return OK;
    return e->fetch ? hook_hints(sc, &run, e, body, out) : hook_fact(sc, &run, topic, e, body, out);
}

static const char *said_at(struct scope *sc, struct manifest_run *run, const struct expr *e, const struct doc *body)
{
    const char *why;
    struct doc v;

    return e && manifest_eval(sc, run, e, body, &v, &why) ? manifest_text_of(sc, &v) : NULL;
}

enum err manifest_hook_said(struct scope *sc, const struct connector *c, const struct doc *body, struct hook_said *out)
{
    struct manifest_run run = {.m = manifest_of(c), .brief = true};
    const struct manifest_said *s = &run.m->said;
    struct hook_said said = {.id = said_at(sc, &run, s->id, body),
                             .topic = said_at(sc, &run, s->topic, body),
                             .version = said_at(sc, &run, s->version, body),
                             .account = said_at(sc, &run, s->account, body)};

    if (manifest_overspent(&run))
        return too_slow(sc);
    *out = said;
    return OK;
}

/* ---- what is asked ---- */

static enum err with_of(struct scope *sc, struct manifest_run *run, const struct expr *e, const struct doc *input,
                        const struct doc **out)
{
    struct doc *v = ARENA_NEW(sc->arena, struct doc);
    const char *why = "it has no value";

    if (!manifest_eval(sc, run, e, input, v, &why) || expr_is_absent(*v))
        return FAIL(sc, ERR_HOLD, "\"%s\" cannot be asked what changed: %s", run->m->title, why);
    *out = v;
    return OK;
}

static const struct manifest_source *source_of(const struct manifest *m, const char *object)
{
    for (size_t i = 0; i < m->source_count; i++)
        if (strcmp(m->sources[i].object, object) == 0)
            return &m->sources[i];
    return NULL;
}

/* A feed of what an earlier version of the manifest could be asked for. */
static enum err source_find(struct scope *sc, const struct erp_site *site, const char *object,
                            const struct manifest_source **out)
{
    *out = source_of(manifest_at(site), object);
    if (!*out)
        return FAIL(sc, ERR_HOLD, "\"%s\" cannot be asked for \"%s\"", manifest_at(site)->title, object);
    return OK;
}

enum err manifest_changes_ask(struct scope *sc, const struct erp_site *site, const struct source_window *w,
                              struct ask *out)
{
    struct manifest_run run = {.m = manifest_at(site), .budget = site->budget, .settings = site->settings, .window = w};
    const struct manifest_source *s;

    TRY(sc, source_find(sc, site, w->object, &s));
    *out = (struct ask){.operation = s->changes, .after = w->after};
    return with_of(sc, &run, s->changes_with, NULL, &out->with);
}

static enum err change(struct scope *sc, struct manifest_run *run, const struct manifest_source *s,
                       const struct doc *item, struct source_change *out)
{
    const char *why = "it has none";
    struct doc key, changed;

    if (!manifest_eval(sc, run, s->item_key, item, &key, &why) ||
        !manifest_eval(sc, run, s->item_changed, item, &changed, &why))
        return FAIL(sc, ERR_UPSTREAM_UNKNOWN, "the list of \"%s\" cannot be read: %s", run->m->title, why);
    out->key = manifest_text_of(sc, &key);
    out->changed_us = time_at(&changed);
    if (!out->key || !*out->key || out->changed_us <= 0)
        return FAIL(sc, ERR_UPSTREAM_UNKNOWN, "the list of \"%s\" has an item without a key and a time", run->m->title);
    return OK;
}

enum err manifest_changes_told(struct scope *sc, const struct erp_site *site, const struct source_window *w,
                               const struct told *told, struct source_page *out)
{
    struct manifest_run run = {.m = manifest_at(site), .budget = site->budget, .settings = site->settings, .window = w};
    const struct manifest_source *s;

    TRY(sc, source_find(sc, site, w->object, &s));
    *out = (struct source_page){.n = doc_count(told->value), .after = told->after};
    if (out->n > SOURCE_PAGE_MAX)
        return FAIL(sc, ERR_UPSTREAM_UNKNOWN, "a page of \"%s\" has more than %d items", run.m->title, SOURCE_PAGE_MAX);
    out->changes = ARENA_ARRAY(sc->arena, struct source_change, out->n);
    for (size_t i = 0; i < out->n; i++)
        TRY(sc, change(sc, &run, s, doc_at(told->value, i), &out->changes[i]));
    return OK;
}

enum err manifest_one_ask(struct scope *sc, const struct erp_site *site, const char *object, const char *key,
                          struct ask *out)
{
    struct manifest_run run = {.m = manifest_at(site), .budget = site->budget, .settings = site->settings};
    struct doc input = doc_make_text(str_of(key));
    const struct manifest_source *s;

    TRY(sc, source_find(sc, site, object, &s));
    *out = (struct ask){.operation = s->one};
    return with_of(sc, &run, s->one_with, &input, &out->with);
}

enum err manifest_one_told(struct scope *sc, const struct erp_site *site, const char *object, const struct told *told,
                           struct source_thing *out)
{
    struct manifest_run run = {.m = manifest_at(site), .budget = site->budget, .settings = site->settings};
    const struct manifest_source *s;
    const char *why;
    struct doc v;

    TRY(sc, source_find(sc, site, object, &s));
    *out = (struct source_thing){
        .found = told->found, .topic = s->topic, .source_version = s->version ? s->version : "", .body = told->value};
    if (told->found && s->one_where &&
        !(manifest_eval(sc, &run, s->one_where, told->value, &v, &why) && doc_kind(&v) == DOC_TRUE))
        out->found = false;
    if (told->found &&
        manifest_eval(sc, &run, s->one_changed ? s->one_changed : s->item_changed, told->value, &v, &why))
        out->changed_us = time_at(&v);
    return OK;
}
