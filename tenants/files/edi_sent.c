#include "db/db.h"
#include "files/page_int.h"
#include "obs/obs.h"
#include "x12/x12.h"

/* Documents of EDI that were sent, each set by its control numbers, and what the partner's 997, 999 or TA1 says of
 * them. What was rejected, and what is not acknowledged in time, is held at the job whose work it was, and is an
 * exception there. Who sends what, and when, is the flow's: nothing here is sent again. */

#define SETS_MAX 200
#define TOLD     50                                          /* sets of one look */
#define SAID_MAX 1000                                        /* octets */
#define WORDS    900                                         /* octets of a reason */
#define LATE     "the trading partner has not acknowledged " /* how such a reason begins */

/* Partners give numbers back with other zeros before them. */
static struct str bare(struct str s)
{
    while (s.n && s.p[s.n - 1] == ' ')
        s.n--;
    while (s.n > 1 && *s.p == '0') {
        s.p++;
        s.n--;
    }
    return s;
}

static bool number_of(struct str s, int64_t *out)
{
    int64_t v = 0;

    s = bare(s);
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9' || s.n > 9)
            return false;
        v = v * 10 + (s.p[i] - '0');
    }
    *out = v;
    return v > 0;
}

/* ---- what leaves ---- */

static enum err note_group(struct scope *sc, const struct connection *c, const char *name,
                           const struct x12_group *group)
{
    const char **controls = ARENA_ARRAY(sc->arena, const char *, group->n);
    const char **codes = ARENA_ARRAY(sc->arena, const char *, group->n);
    int64_t control;

    if (str_is(group->code, "FA") || group->n == 0 || group->n > SETS_MAX || !number_of(group->control, &control))
        return OK;
    for (size_t i = 0; i < group->n; i++) {
        controls[i] = str_dup(sc->arena, bare(group->sets[i].control));
        codes[i] = str_dup(sc->arena, group->sets[i].code);
    }
    return q_edi_sent_add(sc,
                          &(struct q_edi_sent_add_in){.partner_id = sc->tenant.partner_id,
                                                      .customer_id = sc->tenant.customer_id,
                                                      .connection_id = c->connection_id,
                                                      .control = control,
                                                      .group_code = str_dup(sc->arena, group->code),
                                                      .name = name,
                                                      .has_job_id = !uuid_is_nil(&sc->job_id),
                                                      .job_id = sc->job_id,
                                                      .set_controls = controls,
                                                      .set_controls_n = group->n,
                                                      .codes = codes,
                                                      .codes_n = group->n},
                          NULL);
}

enum err files_sent_leaves(struct scope *sc, const struct connection *c, const char *name, struct str octets)
{
    struct x12_file file;

    TRY(sc, x12_read(sc, octets, &file));
    for (size_t i = 0; i < file.n; i++)
        for (size_t k = 0; k < file.items[i].n; k++)
            TRY(sc, note_group(sc, c, name, &file.items[i].groups[k]));
    return db_commit(sc);
}

enum err files_sent_left(struct scope *sc, const struct connection *c, const char *name)
{
    TRY(sc, q_edi_sent_left(sc, &(struct q_edi_sent_left_in){.connection_id = c->connection_id, .name = name}, NULL));
    return db_commit(sc);
}

/* ---- what is said of it ---- */

static const char *state_of(enum x12_verdict v)
{
    static const char *const states[] = {
        [X12_ACCEPTED] = "accepted", [X12_ERRORS_NOTED] = "errors", [X12_PARTLY] = NULL, [X12_REJECTED] = "rejected"};

    return states[v];
}

static bool is_among(const struct q_edi_acked_rows *rows, const char *control)
{
    for (size_t i = 0; i < rows->n; i++)
        if (strcmp(rows->v[i].set_control, control) == 0)
            return true;
    return false;
}

static const char *stranger(struct scope *sc, const struct q_edi_acked_in *in, const struct q_edi_acked_rows *rows)
{
    if (rows->n == 0)
        return arena_f(sc->arena, "it acknowledges the control number %lld, and nothing was sent with that",
                       (long long)in->control);
    for (size_t i = 0; i < in->set_controls_n; i++)
        if (!is_among(rows, in->set_controls[i]))
            return arena_f(sc->arena, "it acknowledges the set %s of the control number %lld, and no such set was sent",
                           in->set_controls[i], (long long)in->control);
    return NULL;
}

static enum err said(struct scope *sc, const struct q_edi_acked_in *in, const char **out_stranger)
{
    struct q_edi_acked_rows rows;

    TRY(sc, q_edi_acked(sc, in, &rows));
    *out_stranger = stranger(sc, in, &rows);
    return q_edi_settle(
        sc, &(struct q_edi_settle_in){.connection_id = in->connection_id, .control = in->control, .said = LATE}, NULL);
}

/* Of a set that is not named something is said where all share the group's fate. */
enum err files_sent_acked(struct scope *sc, const struct uuid *connection_id, const struct x12_set *set,
                          const char **out_stranger)
{
    struct q_edi_acked_in in = {.connection_id = *connection_id};
    const char **controls, **states, **words;
    struct x12_acked acked;

    *out_stranger = NULL;
    if (x12_acked_read(sc, set, &acked) != OK) {
        *out_stranger = arena_strdup(sc->arena, scope_fault(sc)->message);
        scope_clear(sc);
        return OK;
    }
    if (!number_of(acked.control, &in.control)) {
        *out_stranger = "the control number that it acknowledges is none of ours";
        return OK;
    }
    controls = ARENA_ARRAY(sc->arena, const char *, acked.n + 1);
    states = ARENA_ARRAY(sc->arena, const char *, acked.n + 1);
    words = ARENA_ARRAY(sc->arena, const char *, acked.n + 1);
    for (size_t i = 0; i < acked.n; i++) {
        controls[i] = str_dup(sc->arena, bare(acked.sets[i].control));
        states[i] = state_of(acked.sets[i].verdict);
        words[i] = arena_cut(sc->arena, acked.sets[i].words, SAID_MAX);
    }
    in.group_code = str_dup(sc->arena, acked.code);
    in.set_controls = controls;
    in.states = states;
    in.saids = words;
    in.set_controls_n = in.states_n = in.saids_n = acked.n;
    in.rest_state = state_of(acked.verdict);
    in.rest_said = arena_cut(sc->arena, acked.words, SAID_MAX);
    return said(sc, &in, out_stranger);
}

/* A TA1 that takes an interchange says nothing of what is in it; one that does not takes all of it along. */
enum err files_sent_refused(struct scope *sc, const struct uuid *connection_id, const struct x12_interchange *in,
                            const char **out_stranger)
{
    *out_stranger = NULL;
    for (size_t i = 0; i < in->ta1_n; i++) {
        const struct x12_segment *ta1 = &in->ta1[i];
        struct str code = ta1->n > 4 ? ta1->elements[4] : (struct str){NULL, 0};
        const char *meaning = x12_meaning(X12_INTERCHANGE, code);
        struct q_edi_acked_in all = {.connection_id = *connection_id, .rest_state = "rejected"};

        if (ta1->n < 4 || !str_is(ta1->elements[3], "R"))
            continue;
        if (!number_of(ta1->elements[0], &all.control)) {
            *out_stranger = "the control number that it refuses is none of ours";
            continue;
        }
        all.rest_said = arena_cut(sc->arena,
                                  arena_f(sc->arena, "its interchange is refused: error %s%s%s",
                                          str_dup(sc->arena, code), *meaning ? ": " : "", meaning),
                                  SAID_MAX);
        TRY(sc, said(sc, &all, out_stranger));
    }
    return OK;
}

/* ---- telling ---- */

/* One reason for all of a job that is wrong in the same way. */
static size_t reason_of(struct scope *sc, const struct q_edi_untold_row *v, size_t n, const struct files_edi *s,
                        const char **out)
{
    bool rejected = strcmp(v[0].state, "rejected") == 0;
    size_t i = 0;
    struct buf b;

    buf_init(&b, sc->arena, (size_t)TOLD * (2 * SAID_MAX));
    if (rejected)
        buf_f(&b, "the trading partner rejected \"%s\": ", v[0].name);
    else
        buf_f(&b, "the trading partner has not acknowledged \"%s\" within %lld hours", v[0].name,
              (long long)(s->late_s / 3600));
    for (; i < n && v[i].has_job_id == v[0].has_job_id && uuid_equal(&v[i].job_id, &v[0].job_id) &&
           strcmp(v[i].state, v[0].state) == 0 && strcmp(v[i].name, v[0].name) == 0;
         i++)
        if (rejected)
            buf_f(&b, "%sset %s (%s) of %lld%s%s", i ? "; " : "", v[i].set_control, v[i].code, (long long)v[i].control,
                  v[i].said ? ": " : "", v[i].said ? v[i].said : "");
    *out = arena_cut(sc->arena, buf_cstr(&b), WORDS);
    return i;
}

/* What was answered for since it was looked for is not told; what the job stands for already is told before the next.
 */
static enum err tell(struct scope *sc, const struct uuid *connection_id, const struct q_edi_untold_row *v, size_t n,
                     const char *reason)
{
    const struct q_edi_hold_row *held = NULL;
    const struct q_edi_job_waits_row *waits = NULL;
    size_t told = 0;

    for (size_t i = 0; i < n; i++) {
        const struct q_edi_told_row *row;

        TRY(sc, q_edi_told(sc,
                           &(struct q_edi_told_in){.connection_id = *connection_id,
                                                   .control = v[i].control,
                                                   .set_control = v[i].set_control,
                                                   .state = v[i].state},
                           &row));
        told += row != NULL;
    }
    if (told && v[0].has_job_id) {
        TRY(sc, q_edi_hold(sc, &(struct q_edi_hold_in){.job_id = v[0].job_id, .reason = reason}, &held));
        if (!held)
            TRY(sc, q_edi_job_waits(sc, &(struct q_edi_job_waits_in){.job_id = v[0].job_id}, &waits));
    }
    if (waits) {
        db_rollback(sc);
        return OK;
    }
    if (told && !held)
        LOG(LOG_WARN, "files", sc, "a document of EDI was not taken, and its job has ended otherwise",
            LOG_T("name", v[0].name));
    return db_commit(sc);
}

enum err files_sent_tell(struct scope *sc, const struct uuid *connection_id, const struct files_edi *s)
{
    struct q_edi_untold_rows rows;
    const char *reason;
    size_t n;

    TRY(sc,
        q_edi_untold(
            sc, &(struct q_edi_untold_in){.connection_id = *connection_id, .late_s = (int32_t)s->late_s, .most = TOLD},
            &rows));
    TRY(sc, db_commit(sc));
    for (size_t i = 0; i < rows.n; i += n) {
        n = reason_of(sc, rows.v + i, rows.n - i, s, &reason);
        TRY(sc, tell(sc, connection_id, rows.v + i, n, reason));
    }
    return OK;
}
