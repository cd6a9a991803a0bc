#include <string.h>

#include "crypto/crypto.h"
#include "mail/mail_int.h"
#include "obs/obs.h"
#include "org/org.h"
#include "q_mail.h"

const char *const mail_states[] = {"queued", "sending", "sent", "unknown", "failed", "dead", NULL};

static bool is_label_octet(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
}

bool mail_domain_valid(const char *s)
{
    size_t label = 0;

    for (; *s; s++) {
        bool last = !s[1] || s[1] == '.';

        if (*s == '.' ? label == 0 : !is_label_octet(*s) || label == 63 || (*s == '-' && (label == 0 || last)))
            return false;
        label = *s == '.' ? 0 : label + 1;
    }
    return label > 0;
}

/* The plain form of RFC 5321, without quotes, comments or anything beyond ASCII. */
bool mail_address_valid(const char *address)
{
    const char *at = strrchr(address, '@');

    if (!at || at == address || at - address > 64 || address[0] == '.' || at[-1] == '.')
        return false;
    for (const char *c = address; c < at; c++)
        if ((unsigned char)*c <= ' ' || (unsigned char)*c > '~' || strchr("()<>[]:;@\\,\"", *c))
            return false;
    return strlen(address) <= MAIL_ADDRESS_MAX && !strstr(address, "..") && mail_domain_valid(at + 1);
}

/* Whom it goes to, without saying so: bound to the partner, the same however the address is written. */
static void hash_to(struct scope *sc, const char *to, uint8_t out[CRYPTO_HASH_BYTES])
{
    char partner[UUID_TEXT_LEN + 1];
    char *text;

    uuid_format(&sc->tenant.partner_id, partner);
    text = arena_f(sc->arena, "mail-to/%s/%s", partner, to);
    for (char *c = text; *c; c++)
        *c = *c >= 'A' && *c <= 'Z' ? (char)(*c + 'a' - 'A') : *c;
    crypto_hash(text, strlen(text), out);
}

static int64_t lock_key(const char *kind, const uint8_t hash[CRYPTO_HASH_BYTES])
{
    uint64_t key = 0;

    for (size_t i = 0; i < 8; i++)
        key = key << 8 | hash[i];
    for (; *kind; kind++)
        key = key * 31 + (unsigned char)*kind;
    return (int64_t)key;
}

/* A mail of a customer's own people belongs to that customer, said or not. */
static void customer_of(const struct scope *sc, const struct mail_new *m, bool *has, struct uuid *out)
{
    *has = m->has_customer || sc->tenant.has_customer;
    *out = m->has_customer ? m->customer_id : sc->tenant.customer_id;
}

/* The first over the limit is kept as one that was not sent, for whoever wonders; more leave no trace. */
static enum err refuse(struct scope *sc, const struct mail_kind *kind, struct q_mail_refuse_in *in, bool first)
{
    metric_add_label(METRIC_MAILS, "limited", 1);
    if (!kind->quiet)
        return FAIL(sc, ERR_LIMIT, "%s", in->reason);
    if (!first)
        return OK;
    in->mail_id = uuid_new();
    return q_mail_refuse(sc, in, NULL);
}

static enum err limits(struct scope *sc, const struct mail_kind *kind, const struct q_mail_create_in *in,
                       bool *out_over)
{
    struct q_mail_recent_row row;
    struct q_mail_lock_row lock;
    struct q_mail_refuse_in no = {.partner_id = in->partner_id,
                                  .has_customer_id = in->has_customer_id,
                                  .customer_id = in->customer_id,
                                  .kind = in->kind,
                                  .has_about_id = in->has_about_id,
                                  .about_id = in->about_id,
                                  .to_hash = in->to_hash,
                                  .locale = in->locale,
                                  .key_epoch = in->key_epoch,
                                  .reason = "too many mails of this kind went to this address within the hour"};

    TRY(sc, q_mail_lock(sc, &(struct q_mail_lock_in){.key = lock_key(in->kind, in->to_hash.p)}, &lock));
    TRY(sc,
        q_mail_recent(sc, &(struct q_mail_recent_in){.to_hash = in->to_hash, .kind = in->kind, .most = MAIL_QUEUE_MAX},
                      &row));
    *out_over = row.recent >= MAIL_PER_HOUR_MAX || row.waiting >= MAIL_QUEUE_MAX;
    if (!*out_over)
        return OK;
    if (row.recent < MAIL_PER_HOUR_MAX)
        no.reason = "too many mails wait to be sent";
    return refuse(sc, kind, &no, row.recent <= MAIL_PER_HOUR_MAX);
}

static enum err seal(struct scope *sc, const struct mail_new *m, struct q_mail_create_in *in)
{
    struct str packed = mail_pack(sc, m);

    if (packed.n == 0)
        return FAIL(sc, ERR_TOO_LARGE, "a mail has more words than fit");
    return org_seal(sc, ORG_CONNECTION, mail_label(sc, &in->mail_id, in->key_epoch), (struct bytes){packed.p, packed.n},
                    &in->key_epoch, &in->sealed);
}

enum err mail_put(struct scope *sc, const struct mail_new *m)
{
    const struct mail_kind *kind = mail_kind_find(m->kind);
    uint8_t hash[CRYPTO_HASH_BYTES];
    struct q_mail_create_in in = {.partner_id = sc->tenant.partner_id,
                                  .mail_id = uuid_new(),
                                  .kind = m->kind,
                                  .has_about_id = !uuid_is_nil(&m->about),
                                  .about_id = m->about,
                                  .to_hash = {hash, sizeof(hash)},
                                  .locale = mail_locales[mail_locale_index(m->locale)]};
    bool over;

    MUST_BE(kind && m->word_count <= MAIL_WORDS_MAX);
    if (!mail_address_valid(m->to))
        return FAIL(sc, ERR_INVALID, "this is not an address that mail can be sent to");
    customer_of(sc, m, &in.has_customer_id, &in.customer_id);
    hash_to(sc, m->to, hash);
    TRY(sc, org_epoch(sc, ORG_CONNECTION, &in.key_epoch));
    TRY(sc, limits(sc, kind, &in, &over));
    if (over)
        return OK;
    TRY(sc, seal(sc, m, &in));
    TRY(sc, q_mail_create(sc, &in, NULL));
    metric_add_label(METRIC_MAILS, "queued", 1);
    return OK;
}

enum err mail_list(struct scope *sc, const struct uuid *before, const char *to, size_t most, struct mail_row **out,
                   size_t *out_n)
{
    uint8_t hash[CRYPTO_HASH_BYTES] = {0};
    struct q_mail_list_in in = {
        .before = *before, .has_to = to != NULL, .to_hash = {hash, sizeof(hash)}, .most = (int32_t)most};
    struct q_mail_list_rows rows;
    struct mail_row *v;

    if (to)
        hash_to(sc, to, hash);
    TRY(sc, q_mail_list(sc, &in, &rows));
    v = ARENA_ARRAY(sc->arena, struct mail_row, rows.n);
    for (size_t i = 0; i < rows.n; i++) {
        const struct q_mail_list_row *r = &rows.v[i];

        v[i] = (struct mail_row){.mail_id = r->mail_id,
                                 .customer_id = r->customer_id, /* nil without one */
                                 .kind = r->kind,
                                 .state = r->state,
                                 .reason = r->reason,
                                 .attempts = r->attempts,
                                 .created_at_us = r->created_at_us,
                                 .sent_at_us = r->has_sent_at ? r->sent_at_us : INT64_MIN,
                                 .due_at_us = r->has_due_at ? r->due_at_us : INT64_MIN};
    }
    *out = v;
    *out_n = rows.n;
    return OK;
}

enum err mail_notice(struct scope *sc, const struct uuid *user_id, const char *email, const char *locale,
                     const char *name, const char *subject, const char *text)
{
    return mail_put(sc, &(struct mail_new){.kind = "notice",
                                           .to = email,
                                           .locale = locale,
                                           .about = *user_id,
                                           .has_customer = true,
                                           .customer_id = sc->tenant.customer_id,
                                           .words = {{"name", name}, {"subject", subject}, {"text", text}},
                                           .word_count = 3});
}
