#include "conform/conform_int.h"

#include "base/timefmt.h"
#include "connect/connector.h"

/* Asking what changed, as the source declares it: what is listed has keys and times, a time to come has nothing, and
 * what a key of the list names is found. Each without faults, since those are tried with the operations that it uses.
 */
#define YEAR_2000_US INT64_C(946684800000000)
#define YEAR_2090_US INT64_C(3786912000000000)
#define YEAR_2100_US INT64_C(4102444800000000)

static const struct source_pull *pull_of(const struct connector *c)
{
    const struct source_pull *p = c->source ? c->source->pull : NULL;

    return p && p->changes_ask ? p : NULL;
}

static struct erp_site site_of(const struct trial *t)
{
    return (struct erp_site){.connector = t->c, .settings = t->settings};
}

/* Under the name of the operation that is asked, which the scenario does not have. */
static struct outcome asked(struct trial *t, const struct ask *ask)
{
    const char *named = t->operation;
    struct outcome o;

    t->operation = ask->operation;
    o = conform_ask(t, ask->with, ask->after, false);
    t->operation = named;
    return o;
}

static bool fails(struct trial *t, enum err e)
{
    if (e != OK)
        conform_fails(t, "%s", scope_fault(t->sc)->message);
    return e != OK;
}

static bool changes(struct trial *t, int64_t from_us, int64_t until_us, struct source_page *out)
{
    const struct source_pull *pull = pull_of(t->c);
    struct source_window w = {.object = t->object, .from_us = from_us, .until_us = until_us, .after = ""};
    struct erp_site site = site_of(t);
    struct ask ask = {0};
    struct outcome o;

    if (fails(t, pull->changes_ask(t->sc, &site, &w, &ask)))
        return false;
    o = asked(t, &ask);
    if (o.e == ERR_UPSTREAM_NO && from_us > time_now_us()) /* some refuse to be asked of a time to come */
        return false;
    conform_ends(t, o, OK);
    return o.e == OK && !fails(t, pull->changes_told(t->sc, &site, &w, &o.told, out));
}

static void listed(struct trial *t)
{
    struct source_page page;

    if (changes(t, YEAR_2000_US, time_now_us(), &page) && page.n == 0)
        conform_fails(t, "nothing of what the stand-in has changed from 2000 until now");
}

static void nothing_to_come(struct trial *t)
{
    struct source_page page;

    if (changes(t, YEAR_2090_US, YEAR_2100_US, &page) && page.n > 0)
        conform_fails(t, "\"%s\" is listed as changed after 2090: what is asked does not tell from when",
                      page.changes[0].key);
}

static void fetched(struct trial *t)
{
    const struct source_pull *pull = pull_of(t->c);
    struct erp_site site = site_of(t);
    struct source_thing thing;
    struct source_page page;
    struct ask ask = {0};
    struct outcome o;

    if (!changes(t, YEAR_2000_US, time_now_us(), &page) || page.n == 0 ||
        fails(t, pull->one_ask(t->sc, &site, t->object, page.changes[0].key, &ask)))
        return;
    o = asked(t, &ask);
    conform_ends(t, o, OK);
    if (o.e == OK && !fails(t, pull->one_told(t->sc, &site, t->object, &o.told, &thing)) &&
        (!thing.found || !thing.body))
        conform_fails(t, "\"%s\" is listed and cannot be fetched", page.changes[0].key);
}

void conform_source(struct trial *t)
{
    const struct connector_source *s = t->c->source;

    for (size_t i = 0; i < s->feed_count; i++) {
        t->object = s->feeds[i].object;
        t->operation = s->feed_count == 1 ? "source" : arena_f(t->sc->arena, "source %s", t->object);
        t->op = (struct operation){0};
        conform_scenario(t, "what changed is listed, with keys and times", listed);
        conform_scenario(t, "what changes later is not listed", nothing_to_come);
        conform_scenario(t, "what is listed can be fetched", fetched);
    }
}

bool conform_has_source(const struct connector *c)
{
    return pull_of(c) != NULL;
}
