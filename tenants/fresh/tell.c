#include "base/timefmt.h"
#include "db/db.h"
#include "fresh/fresh_int.h"
#include "mail/mail.h"
#include "q_fresh.h"

/* Who is told that a feed has gone quiet, and that it is back: each once. */

#define MOST 50

static const char *text_of(struct scope *sc, const struct q_feed_alerts_untold_row *a)
{
    char since[TIME_TEXT_MAX], came[TIME_TEXT_MAX];

    if (!a->has_closed_at)
        return arena_f(sc->arena, "It has gone quiet: %s.", a->reason);
    time_format(a->since_us - a->since_us % 1000000, since);
    time_format(a->closed_at_us - a->closed_at_us % 1000000, came);
    return arena_f(sc->arena, "It is back: messages come again. It was quiet from %s; this was seen at %s.", since,
                   came);
}

/* What opened and closed before anybody was told is told once, as closed. */
static enum err tell_one(struct scope *sc, const struct q_feed_alerts_untold_row *a,
                         const struct q_feed_told_rows *people, bool write)
{
    const char *subject = arena_f(sc->arena, "%s: \"%s\" from %s",
                                  a->has_closed_at ? "It is back" : "It has gone quiet", a->object, a->connection_name);

    for (size_t i = 0; write && i < people->n; i++) {
        const struct q_feed_told_row *who = &people->v[i];

        TRY(sc, mail_notice(sc, &who->user_id, who->email, who->locale, who->name, subject, text_of(sc, a)));
    }
    return q_feed_alert_told(sc,
                             &(struct q_feed_alert_told_in){.alert_id = a->alert_id,
                                                            .told = write ? (int32_t)people->n : 0,
                                                            .closed = a->has_closed_at},
                             NULL);
}

static enum err tell(struct scope *sc, bool write)
{
    struct q_feed_alerts_untold_rows alerts;
    struct q_feed_told_rows people;

    TRY(sc, q_feed_alerts_untold(sc, &(struct q_feed_alerts_untold_in){.most = MOST}, &alerts));
    if (alerts.n == 0)
        return db_commit(sc);
    TRY(sc, q_feed_told(sc, &people));
    for (size_t i = 0; i < alerts.n; i++)
        TRY(sc, tell_one(sc, &alerts.v[i], &people, write));
    return db_commit(sc);
}

/* Too many letters already is no reason to try for ever: the alert itself can be seen, and says that nobody was written
 * to. */
enum err fresh_tell(struct scope *sc)
{
    enum err e = tell(sc, true);

    if (e != ERR_LIMIT)
        return e == OK ? OK : scope_pass(sc, e, __FILE__, __LINE__);
    db_rollback(sc);
    scope_clear(sc);
    return tell(sc, false);
}
