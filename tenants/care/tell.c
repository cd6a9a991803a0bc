#include <string.h>

#include "care/care_int.h"
#include "db/db.h"
#include "mail/mail.h"
#include "q_care.h"

/* Who is told what a connection needs, and that it works again: each once. */

#define MOST 50

static const char *subject_of(struct scope *sc, const struct q_care_alerts_untold_row *a)
{
    const char *what = strcmp(a->kind, "reconnect") == 0 ? "Connect it again" : "New credentials are needed";

    return arena_f(sc->arena, "%s: %s", a->has_closed_at ? "It is in order again" : what, a->name);
}

static const char *text_of(struct scope *sc, const struct q_care_alerts_untold_row *a)
{
    if (a->has_closed_at)
        return arena_f(sc->arena, "It is in order again. What had been told: %s.", a->reason);
    if (strcmp(a->kind, "reconnect") == 0)
        return arena_f(sc->arena,
                       "It stands still, and what waits for it is held and not lost: %s. Give new credentials at the "
                       "connection, and it goes on by itself.",
                       a->reason);
    return arena_f(sc->arena, "It still works: %s.", a->reason);
}

/* What opened and closed before anybody was told is told once, as closed. */
static enum err tell_one(struct scope *sc, const struct q_care_alerts_untold_row *a,
                         const struct q_care_told_rows *people, bool write)
{
    for (size_t i = 0; write && i < people->n; i++) {
        const struct q_care_told_row *who = &people->v[i];

        TRY(sc, mail_notice(sc, &who->user_id, who->email, who->locale, who->name, subject_of(sc, a), text_of(sc, a)));
    }
    return q_care_alert_told(sc,
                             &(struct q_care_alert_told_in){.alert_id = a->alert_id,
                                                            .told = write ? (int32_t)people->n : 0,
                                                            .closed = a->has_closed_at},
                             NULL);
}

static enum err tell(struct scope *sc, bool write)
{
    struct q_care_alerts_untold_rows alerts;
    struct q_care_told_rows people;

    TRY(sc, q_care_alerts_untold(sc, &(struct q_care_alerts_untold_in){.most = MOST}, &alerts));
    if (alerts.n == 0)
        return db_commit(sc);
    TRY(sc, q_care_told(sc, &people));
    for (size_t i = 0; i < alerts.n; i++)
        TRY(sc, tell_one(sc, &alerts.v[i], &people, write));
    return db_commit(sc);
}

/* Too many letters already is no reason to try for ever: the alert itself can be seen, and says that nobody was written
 * to. */
enum err care_tell(struct scope *sc)
{
    enum err e = tell(sc, true);

    if (e != ERR_LIMIT)
        return e == OK ? OK : scope_pass(sc, e, __FILE__, __LINE__);
    db_rollback(sc);
    scope_clear(sc);
    return tell(sc, false);
}
