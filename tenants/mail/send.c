#include <string.h>

#include "base/timefmt.h"
#include "db/db.h"
#include "mail/mail_int.h"
#include "net/mail.h"
#include "obs/obs.h"
#include "org/org.h"
#include "q_mail.h"

#define LEASE_S  300 /* longer than one try can take */
#define TOTAL_MS 120000

enum err mail_claim(struct scope *sc, size_t most, struct mail_ticket **out, size_t *out_n)
{
    struct q_mail_claim_rows rows;
    struct mail_ticket *v;

    db_commit_next(sc);
    TRY(sc, q_mail_claim(sc, &(struct q_mail_claim_in){.most = (int32_t)most, .lease_s = LEASE_S}, &rows));
    v = ARENA_ARRAY(sc->arena, struct mail_ticket, rows.n);
    for (size_t i = 0; i < rows.n; i++)
        v[i] = (struct mail_ticket){rows.v[i].partner_id, rows.v[i].mail_id, rows.v[i].lease_epoch};
    *out = v;
    *out_n = rows.n;
    return OK;
}

enum err mail_forget(struct scope *sc)
{
    struct q_mail_forget_row row;

    db_commit_next(sc);
    return q_mail_forget(sc, &row);
}

/* ---- one try ---- */

struct
try {
    const struct mail_relay *relay;
    const struct mail_ticket *ticket;
    const struct q_mail_open_row *row;
    struct brand brand;
    struct mail_letter letter;
    const char *from;
    struct str text;
};

static enum err open_words(struct scope *sc, struct try *t)
{
    CLEANUP(secret_wipe) struct secret *plain = NULL;
    const struct q_mail_open_row *row = t->row;

    TRY(sc, org_unseal(sc, ORG_CONNECTION, row->key_epoch, row->wrapped,
                       mail_label(sc, &t->ticket->mail_id, row->key_epoch), row->sealed, &plain));
    TRY(sc, mail_unpack(sc, (struct str){(const char *)secret_bytes(plain), secret_size(plain)}, &t->letter));
    t->letter.kind = row->kind;
    t->letter.locale = row->locale;
    return OK;
}

/* A partner's own address serves once the partner has proven its domain, or one above it: otherwise anybody could write
 * in anybody's name. Until then the relay's does, and answers go to the partner's. */
static enum err find_sender(struct scope *sc, struct try *t)
{
    const char *own = t->brand.mail_from_address, *at = strrchr(own, '@');
    struct q_mail_domain_row row = {0};

    if (at)
        TRY(sc, q_mail_domain(sc, &(struct q_mail_domain_in){.domain = at + 1}, &row));
    t->from = row.proven ? own : t->relay->from;
    return OK;
}

static enum err write_letter(struct scope *sc, struct try *t)
{
    if (!t->from || !*t->from)
        return FAIL(sc, ERR_UNAVAILABLE, "no sender's address is set for this partner");
    return mail_letter_write(sc, &t->letter, &t->brand, t->from, t->row->message_id, t->row->created_at_us, &t->text);
}

/* RFC 3463: what the relay's number means to whoever wrote the address. Its own words may name its machine, so they
 * are for the log alone. */
static const char *refusal(const struct net_mail_reply *r)
{
    if (strncmp(r->enhanced, "5.1.", 4) == 0)
        return "the address does not exist or takes no mail";
    if (strncmp(r->enhanced, "5.2.", 4) == 0)
        return "the mailbox is full or switched off";
    if (strncmp(r->enhanced, "5.7.", 4) == 0)
        return "the receiving side refused it by its own rules";
    return "the receiving side refused it";
}

static enum err refused(struct scope *sc, enum err e, const struct net_mail_reply *r)
{
    if (e != ERR_UPSTREAM_NO && e != ERR_UPSTREAM_BUSY)
        return e;
    scope_clear(sc);
    e = e == ERR_UPSTREAM_NO ? FAIL(sc, e, "%s (%d%s%s)", refusal(r), r->code, *r->enhanced ? " " : "", r->enhanced)
                             : FAIL(sc, e, "the receiving side asks to come back later (%d%s%s)", r->code,
                                    *r->enhanced ? " " : "", r->enhanced);
    scope_detail(sc, "it said: %s", r->text);
    return e;
}

static enum err deliver(struct scope *sc, const struct try *t)
{
    const char *at = strrchr(t->row->message_id, '@');
    struct net_mail_reply reply = {0};
    struct net_mail mail = {.url = t->relay->url,
                            .user = t->relay->user,
                            .password = t->relay->password,
                            .ca_file = t->relay->ca_file,
                            .clear = t->relay->clear,
                            .hello = at ? at + 1 : "localhost",
                            .from = t->from,
                            .to = t->letter.to,
                            .text = t->text,
                            .total_ms = TOTAL_MS};
    enum err e;

    if (!t->relay->url || !*t->relay->url)
        return FAIL(sc, ERR_UNAVAILABLE, "no way to send mail is set up");
    e = net_mail(sc, &mail, &reply);
    return e == OK ? OK : refused(sc, e, &reply);
}

static enum err attempt(struct scope *sc, struct try *t)
{
    TRY(sc, open_words(sc, t));
    TRY(sc, write_letter(sc, t));
    return deliver(sc, t);
}

/* ---- and what is recorded of it ---- */

static enum err record(struct scope *sc, const struct try *t, enum err e, const char *reason)
{
    int64_t age_us = time_now_us() - t->row->created_at_us;
    struct mail_verdict v = mail_judge(e, t->row->attempts, age_us);

    metric_add_label(METRIC_MAILS, v.state, 1);
    TRY(sc, q_mail_end(sc,
                       &(struct q_mail_end_in){.mail_id = t->ticket->mail_id,
                                               .epoch = t->ticket->epoch,
                                               .state = v.state,
                                               .delay_us = v.delay_us,
                                               .reason = reason},
                       NULL));
    return db_commit(sc);
}

static const char *reason_of(struct scope *sc, enum err e)
{
    const struct fault *f = scope_fault(sc);

    return e == OK ? NULL : arena_cut(sc->arena, f->message ? f->message : err_info(e)->title, 500);
}

enum err mail_send(struct scope *sc, const struct mail_relay *relay, const struct mail_ticket *ticket)
{
    struct try t = {.relay = relay, .ticket = ticket};
    const char *reason;
    enum err e;

    sc->tenant = (struct tenant){.has_partner = true, .partner_id = ticket->partner_id};
    TRY(sc, q_mail_open(sc, &(struct q_mail_open_in){.mail_id = ticket->mail_id, .epoch = ticket->epoch}, &t.row));
    if (!t.row) /* somebody else's by now */
        return db_commit(sc);
    TRY(sc, brand_published(sc, &t.brand));
    TRY(sc, find_sender(sc, &t));
    TRY(sc, db_commit(sc)); /* nothing is held while the relay thinks */
    e = attempt(sc, &t);
    reason = reason_of(sc, e);
    if (e != OK)
        log_fault(LOG_INFO, "mail", sc, "a mail was not sent");
    scope_clear(sc);
    return record(sc, &t, e, reason);
}
