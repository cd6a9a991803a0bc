#include "connect/connect.h"
#include "db/db.h"
#include "live/live.h"
#include "walk/walk_int.h"

/* The steps that look into what people keep: mappings and cross references. */

#define WORD_SHOWN 60 /* octets */

/* ---- look-ups ---- */

static enum err books(struct scope *sc, struct walk *w)
{
    struct flowdef_names tables;

    if (w->books)
        return OK;
    flowdef_tables(sc->arena, w->def, &tables);
    TRY(sc, xref_load(sc, (const char *const *)tables.v, tables.n, &w->books));
    return db_commit(sc);
}

/* One transaction: the word is put down, and the job waits for it. OK: it has come meanwhile. */
static enum err wait_for_word(struct scope *sc, struct walk *w, const char *table, struct str key, const char *where)
{
    struct xref_missed m = {.table = table,
                            .key = key,
                            .kind = "job",
                            .waiting_id = w->job->job_id,
                            .at_us = w->in.received_at_us,
                            .sample = arena_f(sc->arena, "%s of a job of \"%s\"", where, w->in.flow_name)};
    struct xref_word word;

    TRY(sc, flow_fence(sc, w->job));
    TRY(sc, xref_hold(sc, table));
    TRY(sc, xref_waits_no_more(sc, "job", &w->job->job_id)); /* but for this word */
    TRY(sc, xref_missed(sc, &m, &word));
    TRY(sc, db_commit(sc));
    if (word.answered) {
        w->job->retry_us = 1000;
        return FAIL(sc, ERR_LIMIT, "an entry for the word has just come");
    }
    return FAIL(sc, ERR_HOLD, "%s has no entry for \"%s\"%s", table,
                arena_cut(sc->arena, str_dup(sc->arena, key), WORD_SHOWN),
                word.elsewhen ? " that is valid when the job came" : "");
}

enum err walk_look_up(struct scope *sc, struct walk *w, const struct flowdef_step *s)
{
    struct str found;
    const char *key;

    TRY(sc, books(sc, w));
    TRY(sc, walk_text(sc, w, s, s->key, "its key", XREF_TEXT_MAX, &key));
    if (xref_find(w->books, str_of(s->name), str_of(key), w->in.received_at_us, &found)) {
        walk_bind(sc, w, s->id, doc_make_text(found));
        return OK;
    }
    if (s->miss == FLOWDEF_MISS_DEFAULT) {
        walk_bind(sc, w, s->id, s->value);
        return OK;
    }
    if (s->miss == FLOWDEF_MISS_FAIL)
        return FAIL(sc, ERR_HOLD, "%s has no entry for \"%s\"", s->name, arena_cut(sc->arena, key, WORD_SHOWN));
    return wait_for_word(sc, w, s->name, str_of(key), s->pointer);
}

/* ---- mapping ---- */

static enum err mapped_wrong(struct scope *sc, struct walk *w, const struct flowdef_step *s,
                             const struct mapping_result *r)
{
    const struct mapping_fault *f;

    for (size_t i = 0; i < r->miss_count; i++)
        if (r->misses[i].then == MISS_HOLD)
            return wait_for_word(sc, w, r->misses[i].table, str_of(r->misses[i].key), r->misses[i].pointer);
    if (r->faults.n == 0)
        return FAIL(sc, ERR_HOLD, "the %s could not be mapped", s->name);
    f = &r->faults.v[0];
    if (f->rule && f->line)
        return FAIL(sc, ERR_HOLD, "the rule for %s failed in line %u, column %u: %s", f->rule, f->line, f->column,
                    f->detail);
    return FAIL(sc, ERR_HOLD, "%s of the %s %s", f->pointer, s->name, f->detail);
}

static struct live_choice choice_of(const struct q_walk_inputs_row *in)
{
    return (struct live_choice){.own = in->has_mapping_id,
                                .mapping_id = in->mapping_id,
                                .pinned = in->has_pinned ? in->pinned : 0,
                                .current = in->has_current_version ? in->current_version : 0,
                                .rolling = in->has_rolling_version ? in->rolling_version : 0,
                                .share = in->has_share ? in->share : 0};
}

/* What the flow reads of the connection that its message came by may have a mapping of the partner's own connector. */
static enum err brought(struct scope *sc, const struct walk *w, struct live_in *in)
{
    const struct connector *connector;
    struct connection c;

    if (in->choice.own || !w->in.has_connection_id || mapping_shipped(in->system, in->object))
        return OK;
    TRY(sc, connection_get(sc, &w->in.connection_id, &c));
    TRY(sc, connector_of(sc, &c, &connector));
    if (connector && connector->own_version && strcmp(connector->name, in->system) == 0)
        in->connector = connector;
    return db_commit(sc);
}

enum err walk_map(struct scope *sc, struct walk *w, const struct flowdef_step *s)
{
    struct live_in in = {.choice = choice_of(&w->in),
                         .system = s->system,
                         .object = s->name,
                         .record_key = str_of(w->job->business_key),
                         .received_us = w->in.received_at_us,
                         .creating = true};
    struct live_mapped mapped;
    struct doc *record = ARENA_NEW(sc->arena, struct doc);

    TRY(sc, walk_value(sc, w, s, s->expr, record));
    if (expr_is_absent(*record))
        return FAIL(sc, ERR_HOLD, "the flow's step %s has nothing to map", s->pointer);
    TRY(sc, brought(sc, w, &in));
    TRY(sc, live_map(sc, &in, record, &mapped));
    if (!mapped.result.made)
        return mapped_wrong(sc, w, s, &mapped.result);
    if (!w->in.has_pinned) /* what it begins with it goes on with; written with the first change */
        w->job->pin = (struct flow_pin){true, w->in.has_mapping_id, w->in.mapping_id, mapped.version};
    walk_bind(sc, w, s->id, mapped.result.value);
    return OK;
}
