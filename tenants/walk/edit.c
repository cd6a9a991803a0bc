#include "base/timefmt.h"
#include "db/db.h"
#include "flows/flows.h"
#include "flows/jobs.h"
#include "walk/walk_int.h"

/* Jobs whose input a person has edited. */

#define MEANT_MAX 5000 /* changes of one job that are looked at */

/* ---- editing ---- */

static enum err in_its_place(struct scope *sc, const struct flows_job *j, const struct doc *input)
{
    const struct flowdef *def;
    const char *key;

    TRY(sc, flows_compiled(sc, &j->flow_id, j->flow_version, &def));
    if (!flowdef_key(sc->arena, def, input, j->created_at_us, &key))
        return walk_wrong(sc, "no_key", arena_f(sc->arena, "the flow's key cannot be made of this: %s", key));
    if (flowdef_head(def)->key && key && strcmp(key, j->business_key) != 0)
        return walk_wrong(sc, "other_key",
                          arena_f(sc->arena, "the run has its turn among those of \"%s\", and this is of \"%s\"",
                                  j->business_key, key));
    return OK;
}

enum err walk_edit(struct scope *sc, const struct flows_job *j, const struct walk_edited *e, bool *out_changed)
{
    struct flows_edit_new new = {.seen = e->seen, .who = e->who, .note = e->note};

    TRY(sc, flows_editable(sc, j));
    TRY(sc, walk_written(sc, e->input, &new.body));
    TRY(sc, in_its_place(sc, j, e->input));
    return flows_edit(sc, j, &new, out_changed);
}

/* ---- trying what was edited ---- */

static enum err meant(struct scope *sc, struct walk *w)
{
    struct q_walk_meant_rows rows;

    if (w->meant)
        return OK;
    TRY(sc, q_walk_meant(sc, &(struct q_walk_meant_in){.job_id = w->job->job_id, .most = MEANT_MAX}, &rows));
    TRY(sc, db_commit(sc));
    w->meant = ARENA_ARRAY(sc->arena, struct walk_meant, rows.n + 1);
    w->meant_count = rows.n;
    for (size_t i = 0; i < rows.n; i++)
        w->meant[i] = (struct walk_meant){rows.v[i].connection_id, rows.v[i].operation, rows.v[i].effect_key,
                                          rows.v[i].state, false};
    return OK;
}

/* Where the ledger has the change already, whoever made it, nothing new comes of it. */
static enum err is_known(struct scope *sc, const struct uuid *connection_id, const char *operation, const char *key,
                         bool *out)
{
    const struct q_walk_effect_row *row;

    TRY(sc,
        q_walk_effect(
            sc, &(struct q_walk_effect_in){.connection_id = *connection_id, .operation = operation, .effect_key = key},
            &row));
    *out = row != NULL;
    return db_commit(sc);
}

enum err walk_same(struct scope *sc, struct walk *w, const struct uuid *connection_id, const char *operation,
                   const char *key)
{
    const struct walk_meant *other = NULL;
    bool known;

    if (w->in.edits == 0)
        return OK;
    TRY(sc, meant(sc, w));
    for (size_t i = 0; i < w->meant_count; i++) {
        struct walk_meant *m = &w->meant[i];

        if (!uuid_equal(&m->connection_id, connection_id) || strcmp(m->operation, operation) != 0)
            continue;
        if (strcmp(m->key, key) == 0) {
            m->met = true;
            return OK;
        }
        if (!m->met && !other)
            other = m;
    }
    if (!other)
        return OK;
    TRY(sc, is_known(sc, connection_id, operation, key, &known));
    if (known)
        return OK;
    return FAIL(sc, ERR_HOLD,
                "the edit gives %s the key \"%s\", and before it was \"%s\": it would be made a second time", operation,
                key, other->key);
}

enum err walk_left(struct scope *sc, struct walk *w)
{
    if (w->in.edits == 0 || w->in.shadow)
        return OK;
    TRY(sc, meant(sc, w));
    for (size_t i = 0; i < w->meant_count; i++) {
        const struct walk_meant *m = &w->meant[i];

        if (!m->met && (strcmp(m->state, "sent") == 0 || strcmp(m->state, "unknown") == 0))
            return FAIL(sc, ERR_HOLD,
                        "%s of \"%s\" was sent and no answer told what became of it, and what was edited no longer "
                        "comes to it: nobody "
                        "would learn what became of it",
                        m->operation, m->key);
    }
    return OK;
}
