#include "base/timefmt.h"
#include "db/db.h"
#include "mail/mail.h"
#include "walk/walk_int.h"

/* The steps that ask or tell people. */

#define QUESTION_MAX 2000 /* octets */
#define TEXT_MAX     8000

enum err walk_approve(struct scope *sc, struct walk *w, const struct flowdef_step *s)
{
    struct q_walk_ask_in in = {.partner_id = sc->tenant.partner_id,
                               .customer_id = sc->tenant.customer_id,
                               .approval_id = uuid_new(),
                               .job_id = w->job->job_id,
                               .flow_id = w->job->flow_id,
                               .four_eyes = s->four_eyes};
    struct q_walk_ask_row row;

    TRY(sc, walk_text(sc, w, s, s->expr, "its question", QUESTION_MAX, &in.question));
    in.step = walk_place(sc, w, s);
    if (w->in.edits) /* a word for what it was about before says nothing of what it is about now */
        in.step = arena_f(sc->arena, "%s edit %d", in.step, w->in.edits);
    in.has_due_at = s->most_us > 0;
    in.due_at_us = time_now_us() + s->most_us;
    TRY(sc, flow_fence(sc, w->job));
    TRY(sc, flow_pinned(sc, w->job));
    TRY(sc, q_walk_ask(sc, &in, &row));
    TRY(sc, db_commit(sc));
    if (strcmp(row.state, "approved") == 0)
        return OK;
    if (strcmp(row.state, "rejected") == 0) {
        w->job->said = row.note ? arena_f(sc->arena, "rejected: %s", row.note) : "rejected";
        w->ended = true;
        return OK;
    }
    return FAIL(sc, ERR_HOLD, "waits for somebody to approve: %s", in.question);
}

static enum err write_to(struct scope *sc, struct walk *w, const char *subject, const char *text,
                         const struct q_walk_told_row *who)
{
    return mail_put(sc,
                    &(struct mail_new){
                        .kind = "notice",
                        .to = who->email,
                        .locale = who->locale,
                        .about = who->user_id,
                        .has_customer = true,
                        .customer_id = sc->tenant.customer_id,
                        .words = {{"name", who->name}, {"flow", w->in.flow_name}, {"subject", subject}, {"text", text}},
                        .word_count = 4});
}

/* Nobody there, or too many letters already, is no reason for work to stand still: the notice says how many were
 * written to. */
static enum err write_all(struct scope *sc, struct walk *w, const char *subject, const char *text, const char *step)
{
    const struct q_walk_tell_row *first;
    struct q_walk_told_rows people;

    TRY(sc, flow_fence(sc, w->job));
    TRY(sc, q_walk_told(sc, &people));
    TRY(sc, q_walk_tell(sc,
                        &(struct q_walk_tell_in){.partner_id = sc->tenant.partner_id,
                                                 .customer_id = sc->tenant.customer_id,
                                                 .job_id = w->job->job_id,
                                                 .step = step,
                                                 .subject = subject,
                                                 .told = (int32_t)people.n},
                        &first));
    for (size_t i = 0; first && i < people.n; i++)
        TRY(sc, write_to(sc, w, subject, text, &people.v[i]));
    return db_commit(sc);
}

enum err walk_notify(struct scope *sc, struct walk *w, const struct flowdef_step *s)
{
    const char *subject, *text, *step;
    enum err e;

    TRY(sc, walk_text(sc, w, s, s->expr, "its subject", FLOWDEF_REASON_MAX, &subject));
    TRY(sc, walk_text(sc, w, s, s->text, "its text", TEXT_MAX, &text));
    step = walk_place(sc, w, s);
    if (w->in.shadow)
        return OK;
    e = write_all(sc, w, subject, text, step);
    if (e != ERR_LIMIT)
        return e == OK ? OK : scope_pass(sc, e, __FILE__, __LINE__);
    db_rollback(sc);
    scope_clear(sc);
    return OK;
}
