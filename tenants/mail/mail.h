#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/scope.h"
#include "base/uuid.h"

/* mail: what a partner's people are written, in the partner's words. A mail is queued in the transaction of the act
 * that causes it; a worker sends it, as an effect like any other. Recipients, links and names travel sealed, so that
 * the queue tells nobody who may open one. The fact people get wrong: a mail is sent at least once and not exactly
 * once. When the relay's last answer is lost it may have been taken, and is sent again under the same Message-ID, by
 * which a mailbox can drop the repeat.
 */
#define MAIL_WORDS_MAX    16
#define MAIL_ADDRESS_MAX  254
#define MAIL_QUEUE_MAX    1000 /* of one partner that wait */
#define MAIL_PER_HOUR_MAX 5    /* of one kind to one address */

struct mail_word {
    const char *name; /* as the template names it: "link" */
    const char *value;
};

/* Kinds, and the words their templates may use beside the brand's own; "at", "until" and "expires" are RFC 3339 times,
 * "role" is a role's name and "device" what the browser said of itself: the letter says them in the reader's words.
 * What is NULL or "" is left out:
 *   invitation      link name invited_by into role expires
 *   reset           link name expires
 *   new_sign_in     link name at address device
 *   token_expiring  link name what expires days
 *   access_granted  link name staff into reason until
 *   notice          link name flow subject text: what a flow of the customer's says, or the platform (flow left out)
 *   test            -
 */
struct mail_new {
    const char *kind;   /* the template: "invitation", "reset", "new_sign_in", "token_expiring", "notice", "test" */
    const char *to;     /* one address */
    const char *locale; /* "en"; NULL: the partner's */
    struct uuid about;  /* the user or key it is about; nil: none */
    bool has_customer;
    struct uuid customer_id; /* whose audit and erasure it belongs to */
    struct mail_word words[MAIL_WORDS_MAX];
    size_t word_count;
};
/* In the scope's transaction. ERR_INVALID for an address that cannot be one. ERR_LIMIT when too many wait or were sent
 * to this address, but for what nobody asked for by name (reset, new_sign_in), which is then left out: its asker must
 * not learn from the answer whether there is such a person. */
enum err mail_put(struct scope *sc, const struct mail_new *m);
/* A notice to one of the customer's people, likewise. */
enum err mail_notice(struct scope *sc, const struct uuid *user_id, const char *email, const char *locale,
                     const char *name, const char *subject, const char *text);
bool mail_address_valid(const char *address);
bool mail_speaks(const char *locale);       /* one of the languages that letters and pages have: en, de, fr, es */
bool mail_domain_valid(const char *domain); /* names of RFC 1123 with dots between them; one alone will do */

/* What became of them; contents are not among it. */
struct mail_row {
    struct uuid mail_id, customer_id; /* nil: no customer's */
    const char *kind, *state, *reason;
    int32_t attempts;
    int64_t created_at_us, sent_at_us, due_at_us; /* INT64_MIN: not, or no more */
};
extern const char *const mail_states[]; /* ends with NULL */
/* Newest first, of the scope's partner; to NULL: to anybody. */
enum err mail_list(struct scope *sc, const struct uuid *before, const char *to, size_t most, struct mail_row **out,
                   size_t *out_n);

/* Templates are read and checked once, before any thread sends. ERR_INVALID names the file and what is wrong with it.
 */
enum err mail_templates_load(struct scope *sc, const char *branding_dir);
void mail_templates_unload(void);

/* The way out. */
struct mail_relay {
    const char *url;             /* smtp://host:587, smtps://host:465 */
    const char *user, *password; /* NULL: none */
    const char *from;            /* for partners without an address of their own */
    const char *ca_file;         /* NULL: the system's */
    bool clear;                  /* may be reached without TLS, wherever it is */
};

struct mail_ticket {
    struct uuid partner_id, mail_id;
    int64_t epoch; /* of the lease; a late sender's number is stale */
};
/* As the dispatcher's role: leases what is due, of partners in turn. */
enum err mail_claim(struct scope *sc, size_t most, struct mail_ticket **out, size_t *out_n);
enum err mail_forget(struct scope *sc); /* what ended long ago */
/* As a worker, in the ticket's tenant: opens, writes, sends and records. An error is one of recording. Parks. */
enum err mail_send(struct scope *sc, const struct mail_relay *relay, const struct mail_ticket *ticket);

/* What hangs on the partner's keys, for whoever turns the key ring (org_ring_add). */
struct org_ring_walk;
enum err mail_ring_walk(struct scope *sc, struct org_ring_walk *w);
