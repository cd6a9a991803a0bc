#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/scope.h"
#include "base/uuid.h"
#include "crypto/crypto.h"

/* audit: who did what, from where, before and after: one append-only, gap-free, hash-chained record a partner.
 * An entry stands in the transaction of the act: audit_note keeps it, and db_commit writes all that were kept last,
 * when the partner's chain is locked for the shortest time. Actor, address, tenant and request come from the scope. The
 * fact people get wrong: nothing is written when the transaction is rolled back, so a refusal that must be seen needs a
 * transaction of its own.
 *
 * Hash version 1, for whoever checks a record with a program of their own. An entry's hash is BLAKE2b (RFC 7693) with
 * 32 octets of output and no key, over the UTF-8 text of one JSON object in the canonical form of RFC 8785, which holds
 * every other field of the entry: members in this order (that of their names), no white space, null for what is absent,
 *
 *   action         text        after_hash   64 hex digits   hash_version  the number 1    prev_hash   64 hex digits
 *   actor_id       id          at           time            object_id     id              reason      text
 *   actor_kind     text        before_hash  64 hex digits   object_kind   text            request_id  id
 *   actor_name     text        customer_id  id              partner_id    id              seq         number
 *   address        text        detail       text, entry_id an id between detail and hash_version
 *
 * Ids are TypeIDs as the API writes them ("ord_…"): aud for the entry, prt, cus, req, object_kind for the object, and
 * for the actor key, usr, cli, emb, con or gra by its kind. Times are RFC 3339 in UTC, with six digits of a second
 * unless they are zero. Hex is lower case. before_hash and after_hash are BLAKE2b-256 of the object's JSON as it was
 * and became. prev_hash is the hash of the entry before, and 64 zeros for seq 1; seq counts from 1 without gaps. The
 * export holds these very octets (record.c), so that nobody has to build them.
 */
#define AUDIT_HASH_VERSION 1
#define AUDIT_DETAIL_MAX   500
#define AUDIT_REASON_MAX   1000

struct audit_act {
    const char *action;      /* "connection.create": noun and verb */
    const char *object_kind; /* TypeID prefix of the object: "con" */
    struct uuid object_id;   /* nil: the act has no single object */
    bool has_customer;       /* false: the scope's, when it is bound to one */
    struct uuid customer_id;
    struct str before, after; /* JSON without secrets; only their digests are kept. Empty: there was none */
    const char *detail;       /* for the reader, at most 500 octets, no secret, no personal data; NULL: none */
    const char *reason;       /* as a person gave it; NULL: none */
};
/* Texts are copied into the scope's arena. Never fails; the writing may fail the commit. An act of no partner's (the
 * installation's own) has no record to stand in. */
void audit_note(struct scope *sc, const struct audit_act *act);
/* On record only when the transaction notes nothing else: what each request under a grant leaves at least. */
void audit_note_spare(struct scope *sc, const struct audit_act *act);
/* A read of money, personal data or the audit itself: noted before the answer leaves, at most once a minute for each
 * actor, address, action and object (decision 0016); each single one of an operator. A list is one read without an
 * object: NULL. */
enum err audit_read(struct scope *sc, const char *action, const char *object_kind, const struct uuid *object_id);
/* The same of an object whose customer is known, so that this customer's people see it whoever reads. */
enum err audit_read_of(struct scope *sc, const struct uuid *customer_id, const char *action, const char *object_kind,
                       const struct uuid *object_id);

/* An entry as it is kept. Texts are NULL and ids nil for what is absent. */
struct audit_entry {
    struct uuid partner_id, entry_id, actor_id, customer_id, object_id, request_id;
    int64_t seq, at_us;
    const char *actor_kind, *actor_name, *address, *action, *object_kind, *detail, *reason;
    struct bytes before_hash, after_hash;
    uint8_t prev_hash[CRYPTO_HASH_BYTES], hash[CRYPTO_HASH_BYTES];
    int32_t hash_version;
};
/* The canonical text that the entry's hash covers. */
struct str audit_canonical(struct scope *sc, const struct audit_entry *e);
const char *audit_actor_prefix(const char *actor_kind); /* NULL: such an actor has no id */

struct audit_filter {
    int64_t before; /* sequence number; 0: from the newest */
    int64_t from_seq;
    int64_t from_us, to_us;          /* 0: open */
    const char *action;              /* NULL: any */
    struct uuid actor_id, object_id; /* nil: any */
};
/* Newest first. Whoever speaks for one customer sees that customer's entries only. */
enum err audit_list(struct scope *sc, const struct audit_filter *f, size_t most, struct audit_entry **out,
                    size_t *out_n);

/* A checkpoint says, signed by a key that only workers can open, which hash the record had at a place: whoever keeps
 * one elsewhere can show any change before it, a cut behind it, and a whole database that was rolled back. signed_text
 * is what the Ed25519 signature covers: the canonical JSON of {at, hash, hash_version, partner_id, seq, type}, where
 * type is "audit.checkpoint". */
struct audit_checkpoint {
    int64_t seq, at_us;
    struct bytes hash, signature;
    struct uuid key_id;
    const char *signed_text;
};
struct audit_key {
    struct uuid key_id;
    struct bytes public_key;
    int64_t created_at_us, retired_at_us; /* INT64_MIN: in use */
};
/* Partners whose record has `entries` or more that no checkpoint covers, or any for `seconds`. As tenon_dispatch. */
enum err audit_due(struct scope *sc, int64_t entries, int seconds, size_t most, struct uuid **out, size_t *out_n);
/* Signs where the scope's partner's record stands, once it has been read over since the last one; ERR_CONFLICT when it
 * is not whole, and then nothing is signed. As tenon_worker, with the key of connections; commits. */
enum err audit_checkpoint_make(struct scope *sc);
/* Newest first, those before a place (0: from the newest). */
enum err audit_checkpoint_list(struct scope *sc, int64_t before, size_t most, struct audit_checkpoint **out,
                               size_t *out_n);
enum err audit_key_list(struct scope *sc, struct audit_key **out, size_t *out_n);

/* One page of the record as JSON Lines, each of them an object with one member but for the entries:
 *
 *   {"export":{complete, from_seq, partner_id, to_seq}}    complete: false for whoever speaks for one customer
 *   {"key":{key_id, public_key, created_at, retired_at}}   Ed25519, base64
 *   {"checkpoint":{seq, at, hash, key_id, signed, signature}}
 *   {"entry":{…the canonical text, octet for octet…},"hash":"64 hex digits"}
 *   {"end":{"next_from_seq":number or null}}
 *
 * Pages one behind the other are a record, too. out_next is 0 for the last one. */
#define AUDIT_PAGE_MAX 5000
enum err audit_export(struct scope *sc, int64_t from_seq, int64_t to_seq, struct buf *out, int64_t *out_next);

/* Reads over such a record without a database (verify.c). */
struct audit_verify;
struct audit_verify_conf {
    int64_t from_seq; /* the first one there must be; 0: 1 */
    bool partial;     /* one customer's entries: numbers are missing, so that only what is there can be judged */
};
struct audit_verdict {
    int64_t bad_seq; /* the first place that is not as it was written; 0: the record is whole */
    const char *why;
    int64_t first_seq, last_seq, entries, checkpoints;
    bool own_keys; /* checkpoints were judged by keys that came with the record itself */
};
struct audit_verify *audit_verify_new(struct scope *sc, const struct audit_verify_conf *conf); /* the scope's */
/* Of a checkpoint kept elsewhere and of keys: any JSON that holds such objects as the API answers them, or lines of it.
 * A key may be its base64 alone. ERR_INVALID when there is none in it. Before the first line of the record. */
enum err audit_verify_key(struct audit_verify *v, struct str text);
enum err audit_verify_checkpoint(struct audit_verify *v, struct str text);
/* The record, line by line, without line feeds. ERR_INVALID for what is no line of an export. */
enum err audit_verify_line(struct audit_verify *v, struct str line);
enum err audit_verify_end(struct audit_verify *v, struct audit_verdict *out);

/* Checkpoints are sent to one address a partner names, by Standard Webhooks 1.0.0: at least once, ten times at most
 * over three days. webhook-id is the same each time, so that a receiver knows what it has. */
#define AUDIT_SECRET_TEXT_MAX 56

struct audit_webhook {
    const char *url;
    int64_t created_at_us, version;
};
/* ERR_NOT_FOUND when none is named. */
enum err audit_webhook_get(struct scope *sc, struct audit_webhook *out);
/* version: of the one it takes the place of, 0 for none; ERR_CONFLICT when that is not so any more. The secret is shown
 * once and kept sealed, for workers alone. On the record. */
enum err audit_webhook_put(struct scope *sc, const char *url, int64_t version, int64_t *out_version,
                           char out_secret[AUDIT_SECRET_TEXT_MAX]);
enum err audit_webhook_remove(struct scope *sc, int64_t version);

struct audit_due_one {
    struct uuid partner_id;
    int64_t seq;
};
/* What is to be sent now. As tenon_dispatch. */
enum err audit_sending(struct scope *sc, size_t most, struct audit_due_one **out, size_t *out_n);

struct audit_sending {
    bool wanted; /* false: somebody else has it, or nobody wants it */
    bool last;   /* of its tries */
    int64_t seq;
    const char *url, *id, *timestamp, *signature; /* of the headers webhook-… */
    struct str body;
};
/* Counts the try and makes the letter; commits. As tenon_worker, with the key of connections. */
enum err audit_send_begin(struct scope *sc, int64_t seq, struct audit_sending *out);
/* How it went: status 0 when nobody answered; commits. */
enum err audit_send_end(struct scope *sc, const struct audit_sending *s, int status, const char *reason);

/* What hangs on the partner's keys, for whoever turns the key ring (org_ring_add). */
struct org_ring_walk;
enum err audit_ring_walk(struct scope *sc, struct org_ring_walk *w);
