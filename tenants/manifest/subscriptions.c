#include "manifest/manifest_int.h"

/* What a vendor sends where, as it keeps it: how that is listed, asked for and ended, and which topics the work needs.
 */

#define TOPICS_MAX 40

static bool asks(struct reading *r, const char *name, const char *pointer, bool changes)
{
    const struct manifest_operation *o = name ? manifest_operation(r->m, name) : NULL;

    if (name && !o)
        manifest_fault(r, pointer, "unknown_operation", "there is no operation \"%s\"", name);
    if (o && o->asks_only == changes)
        manifest_fault(r, pointer, "not_allowed", changes ? "must change something" : "must change nothing");
    return o != NULL;
}

static void topics(struct reading *r, const struct doc *list, struct manifest_subscriptions *s)
{
    if (doc_kind(list) != DOC_ARRAY || doc_count(list) == 0 || doc_count(list) > TOPICS_MAX) {
        manifest_fault(r, "/subscriptions/topics", "required", "must be a list of at most %d topics", TOPICS_MAX);
        return;
    }
    s->topics = ARENA_ARRAY(r->keep, const char *, doc_count(list));
    for (size_t i = 0; i < doc_count(list); i++) {
        const char *topic = doc_cstr(r->keep, doc_at(list, i));

        if (topic && *topic && strlen(topic) <= 100)
            s->topics[s->topic_count++] = topic;
        else
            manifest_fault(r, arena_f(r->sc->arena, "/subscriptions/topics/%zu", i), "wrong_type",
                           "must be a text of 1 to 100 octets");
    }
}

/* Secrets go along with such a call: it goes where the connection's own calls go, and nowhere that an answer names. */
static void stays_here(struct reading *r, const char *operation, const char *pointer)
{
    const struct doc *o = doc_get(doc_get(r->m->document, "operations"), operation ? operation : "");

    if (doc_get(o, "upload") || doc_get(doc_get(o, "answer"), "document"))
        manifest_fault(r, arena_f(r->sc->arena, "%s/operation", pointer), "not_allowed",
                       "what keeps subscriptions hands no document over and fetches none");
}

static void read_call(struct reading *r, const struct doc *d, const char *member, struct manifest_check_rule *out)
{
    static const char *const tells[] = {"operation", "with", "secret", "comment", NULL};
    static const char *const names[] = {"operation", "with", "comment", NULL};
    const char *here = arena_f(r->sc->arena, "/subscriptions/%s", member);

    if (!manifest_object(r, doc_get(d, member), here, strcmp(member, "create") == 0 ? tells : names))
        return;
    out->operation = manifest_text(r, doc_get(d, member), here, "operation", 64, true);
    out->with = manifest_expr(r, doc_get(d, member), here, "with", true);
    asks(r, out->operation, here, true);
    stays_here(r, out->operation, here);
}

static void read_item(struct reading *r, const struct doc *d, struct manifest_subscriptions *s)
{
    static const char *const names[] = {"topic", "topics", "address", "works", "ref", "ends", "comment", NULL};
    static const char here[] = "/subscriptions/item";

    if (!manifest_object(r, d, here, names))
        return;
    s->covers = manifest_expr(r, d, here, "topics", false);
    s->topic = manifest_expr(r, d, here, "topic", !doc_get(d, "topics"));
    s->address = manifest_expr(r, d, here, "address", true);
    s->works = manifest_expr(r, d, here, "works", false);
    s->ref = manifest_expr(r, d, here, "ref", false);
    s->ends = manifest_expr(r, d, here, "ends", false);
    if (s->covers && s->topic)
        manifest_fault(r, here, "not_allowed", "says either the topic or the topics of an item");
}

/* Two secrets are good at once and no more, so one that is told is that of all topics; and whether it is the one that
 * is kept is known by what the subscription is called. */
static void read_secret(struct reading *r, const struct doc *d, struct manifest_subscriptions *s)
{
    s->secret = manifest_expr(r, doc_get(d, "create"), "/subscriptions/create", "secret", false);
    if (s->secret && !s->covers)
        manifest_fault(r, "/subscriptions/create/secret", "not_allowed", "needs item.topics: one for all of them");
    if (s->secret && !s->ref)
        manifest_fault(r, "/subscriptions/item/ref", "required",
                       "must say what it is called, to know whose secret is kept");
}

void manifest_read_subscriptions(struct reading *r, const struct doc *d)
{
    static const char *const names[] = {"list", "item", "create", "delete", "renew", "topics", "comment", NULL};
    struct manifest_subscriptions *s = &r->m->subscriptions;

    if (!d || !manifest_object(r, d, "/subscriptions", names))
        return;
    s->list = manifest_text(r, d, "/subscriptions", "list", 64, true);
    asks(r, s->list, "/subscriptions/list", false);
    read_item(r, doc_get(d, "item"), s);
    read_call(r, d, "create", &s->create);
    read_call(r, d, "delete", &s->end);
    read_secret(r, d, s);
    if (doc_get(d, "renew"))
        read_call(r, d, "renew", &s->renew);
    if (!s->ends != !s->renew.operation)
        manifest_fault(r, "/subscriptions/renew", "required", "item.ends and renew go together");
    topics(r, doc_get(d, "topics"), s);
}

/* ---- as they are asked for ---- */

size_t manifest_topics(const struct manifest *m, const char *const **out)
{
    *out = m ? m->subscriptions.topics : NULL;
    return m ? m->subscriptions.topic_count : 0;
}

const char *manifest_subscription_list(const struct manifest *m)
{
    return m->subscriptions.list;
}

static const char *text_at(struct scope *sc, struct manifest_run *run, const struct expr *e, const struct doc *item)
{
    const char *why;
    struct doc v;

    return manifest_eval(sc, run, e, item, &v, &why) ? manifest_text_of(sc, &v) : NULL;
}

/* One value is a list of one. */
static const struct doc *listed(struct scope *sc, struct doc v)
{
    struct doc *kept = ARENA_NEW(sc->arena, struct doc);

    *kept = doc_kind(&v) == DOC_TEXT ? doc_make_array(arena_memdup(sc->arena, &v, sizeof(v)), 1) : v;
    return kept;
}

void manifest_subscription_item(struct scope *sc, const struct erp_site *site, const struct doc *item,
                                struct manifest_subscription *out)
{
    struct manifest_run run = {.m = manifest_at(site), .budget = site->budget, .settings = site->settings};
    const struct manifest_subscriptions *s = &run.m->subscriptions;
    const char *why, *topic = s->topic ? text_at(sc, &run, s->topic, item) : NULL,
                     *address = text_at(sc, &run, s->address, item);
    bool works = true;
    struct doc v;

    if (s->works)
        works = manifest_eval(sc, &run, s->works, item, &v, &why) && doc_bool(&v, &works) && works;
    *out = (struct manifest_subscription){.topic = topic ? topic : "",
                                          .address = address ? address : "",
                                          .works = works,
                                          .ends_us = INT64_MIN,
                                          .ref = ""};
    if (s->ref && (topic = text_at(sc, &run, s->ref, item)))
        out->ref = topic;
    if (s->covers && manifest_eval(sc, &run, s->covers, item, &v, &why))
        out->covers = listed(sc, v);
    if (s->ends && (topic = text_at(sc, &run, s->ends, item)))
        (void)time_parse(str_of(topic), &out->ends_us);
}

static enum err with_of(struct scope *sc, const struct erp_site *site, const struct manifest_check_rule *c,
                        const struct doc *input, struct ask *out)
{
    struct manifest_run run = {.m = manifest_at(site), .budget = site->budget, .settings = site->settings};
    struct doc *with = ARENA_NEW(sc->arena, struct doc);
    const char *why = "it has no value";

    if (!manifest_eval(sc, &run, c->with, input, with, &why) || expr_is_absent(*with))
        return FAIL(sc, ERR_HOLD, "what %s is asked with cannot be made: %s", c->operation, why);
    *out = (struct ask){.operation = c->operation, .with = with, .secret = true};
    return OK;
}

static struct doc texts_of(struct scope *sc, const char *const *v, size_t n)
{
    struct doc *list = ARENA_ARRAY(sc->arena, struct doc, n);

    for (size_t k = 0; k < n; k++)
        list[k] = doc_make_text(str_of(v[k]));
    return doc_make_array(list, n);
}

/* Each is asked for under a key of its own: what was registered before and has ended since is not registered now, and
 * what was registered twice is ended by the next look. */
enum err manifest_subscription_create(struct scope *sc, const struct erp_site *site, const char *topic,
                                      const char *address, const struct doc *secrets, struct ask *out)
{
    const struct manifest_subscriptions *s = &manifest_at(site)->subscriptions;
    struct doc *v = ARENA_ARRAY(sc->arena, struct doc, 6), input;
    char once[UUID_TEXT_LEN + 1];
    struct uuid id = uuid_new();

    v[0] = doc_make_text(topic ? STR("topic") : STR("topics"));
    v[1] = topic ? doc_make_text(str_of(topic)) : texts_of(sc, s->topics, s->topic_count);
    v[2] = doc_make_text(STR("address"));
    v[3] = doc_make_text(str_of(address));
    v[4] = doc_make_text(STR("secrets"));
    v[5] = *secrets;
    input = doc_make_object(v, 3);
    TRY(sc, with_of(sc, site, &s->create, &input, out));
    uuid_format(&id, once);
    out->key = arena_f(sc->arena, "subscription:%s", once);
    return OK;
}

enum err manifest_subscription_end(struct scope *sc, const struct erp_site *site, const struct doc *item,
                                   struct ask *out)
{
    return with_of(sc, site, &manifest_at(site)->subscriptions.end, item, out);
}

bool manifest_subscriptions_end(const struct manifest *m)
{
    return m->subscriptions.renew.operation != NULL;
}

enum err manifest_subscription_renew(struct scope *sc, const struct erp_site *site, const struct doc *item,
                                     const char *address, const struct doc *secrets, struct ask *out)
{
    struct doc *v = ARENA_ARRAY(sc->arena, struct doc, 6), input;

    v[0] = doc_make_text(STR("item"));
    v[1] = *item;
    v[2] = doc_make_text(STR("address"));
    v[3] = doc_make_text(str_of(address));
    v[4] = doc_make_text(STR("secrets"));
    v[5] = *secrets;
    input = doc_make_object(v, 3);
    return with_of(sc, site, &manifest_at(site)->subscriptions.renew, &input, out);
}

bool manifest_subscriptions_whole(const struct manifest *m)
{
    return m->subscriptions.covers != NULL;
}

bool manifest_subscriptions_tell(const struct manifest *m)
{
    return m->subscriptions.secret != NULL;
}

enum err manifest_subscription_told(struct scope *sc, const struct erp_site *site, const struct told *told,
                                    struct str *out_secret)
{
    struct manifest_run run = {.m = manifest_at(site), .budget = site->budget, .settings = site->settings};
    const char *text = text_at(sc, &run, run.m->subscriptions.secret, told->value);

    if (!text || !*text || !told->ref || !*told->ref)
        return FAIL(sc, ERR_HOLD, "the answer that registered it does not tell what its deliveries are signed with");
    *out_secret = str_of(text);
    return OK;
}
