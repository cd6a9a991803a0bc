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

static void read_call(struct reading *r, const struct doc *d, const char *member, struct manifest_check_rule *out)
{
    static const char *const names[] = {"operation", "with", "comment", NULL};
    const char *here = arena_f(r->sc->arena, "/subscriptions/%s", member);

    if (!manifest_object(r, doc_get(d, member), here, names))
        return;
    out->operation = manifest_text(r, doc_get(d, member), here, "operation", 64, true);
    out->with = manifest_expr(r, doc_get(d, member), here, "with", true);
    asks(r, out->operation, here, true);
}

void manifest_read_subscriptions(struct reading *r, const struct doc *d)
{
    static const char *const names[] = {"list", "item", "create", "delete", "topics", "comment", NULL};
    static const char *const item[] = {"topic", "address", "works", "comment", NULL};
    struct manifest_subscriptions *s = &r->m->subscriptions;

    if (!d || !manifest_object(r, d, "/subscriptions", names))
        return;
    s->list = manifest_text(r, d, "/subscriptions", "list", 64, true);
    asks(r, s->list, "/subscriptions/list", false);
    if (manifest_object(r, doc_get(d, "item"), "/subscriptions/item", item)) {
        s->topic = manifest_expr(r, doc_get(d, "item"), "/subscriptions/item", "topic", true);
        s->address = manifest_expr(r, doc_get(d, "item"), "/subscriptions/item", "address", true);
        s->works = manifest_expr(r, doc_get(d, "item"), "/subscriptions/item", "works", false);
    }
    read_call(r, d, "create", &s->create);
    read_call(r, d, "delete", &s->end);
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

void manifest_subscription_item(struct scope *sc, const struct erp_site *site, const struct doc *item,
                                struct manifest_subscription *out)
{
    struct manifest_run run = {.m = manifest_at(site), .settings = site->settings};
    const struct manifest_subscriptions *s = &run.m->subscriptions;
    const char *why, *topic = text_at(sc, &run, s->topic, item), *address = text_at(sc, &run, s->address, item);
    bool works = true;
    struct doc v;

    if (s->works)
        works = manifest_eval(sc, &run, s->works, item, &v, &why) && doc_bool(&v, &works) && works;
    *out = (struct manifest_subscription){topic ? topic : "", address ? address : "", works};
}

static enum err with_of(struct scope *sc, const struct erp_site *site, const struct manifest_check_rule *c,
                        const struct doc *input, struct ask *out)
{
    struct manifest_run run = {.m = manifest_at(site), .settings = site->settings};
    struct doc *with = ARENA_NEW(sc->arena, struct doc);
    const char *why = "it has no value";

    if (!manifest_eval(sc, &run, c->with, input, with, &why) || expr_is_absent(*with))
        return FAIL(sc, ERR_HOLD, "what %s is asked with cannot be made: %s", c->operation, why);
    *out = (struct ask){.operation = c->operation, .with = with, .secret = true};
    return OK;
}

enum err manifest_subscription_create(struct scope *sc, const struct erp_site *site, const char *topic,
                                      const char *address, const struct doc *secrets, struct ask *out)
{
    struct doc *v = ARENA_ARRAY(sc->arena, struct doc, 6), input;

    v[0] = doc_make_text(STR("topic"));
    v[1] = doc_make_text(str_of(topic));
    v[2] = doc_make_text(STR("address"));
    v[3] = doc_make_text(str_of(address));
    v[4] = doc_make_text(STR("secrets"));
    v[5] = *secrets;
    input = doc_make_object(v, 3);
    TRY(sc, with_of(sc, site, &manifest_at(site)->subscriptions.create, &input, out));
    out->key = arena_f(sc->arena, "subscription:%s:%s", topic, address);
    return OK;
}

enum err manifest_subscription_end(struct scope *sc, const struct erp_site *site, const struct doc *item,
                                   struct ask *out)
{
    return with_of(sc, site, &manifest_at(site)->subscriptions.end, item, out);
}
