#pragma once

#include "audit/audit.h"
#include "json/doc.h"

/* What a scope keeps until its transaction ends. */
struct audit_kept {
    struct audit_kept *next;
    struct audit_entry entry;
    const struct audit_mark *mark; /* of a read: what to remember once it is written */
};

/* A read that this thread knows to be on record. */
struct audit_mark {
    uint8_t key[16];
    int64_t good_us; /* for so long an entry covers the reads that follow */
};

struct audit_pending {
    struct audit_kept *first, **end;
    size_t count;
    bool spare;                         /* the only one kept is so */
    enum err (*then)(struct scope *sc); /* another room's last words, said first */
};

/* Takes an act into the scope; the entry's chain is filled when it is written. */
struct audit_kept *audit_keep(struct scope *sc, const struct audit_act *act);

/* Is this read on record, or being written by another request just now? When not, it is the caller's to write. */
bool audit_seen(const struct audit_mark *m, int64_t now_us);
void audit_saw(const struct audit_mark *m, int64_t now_us);

/* A record read over from its beginning, or from a place whose hash is known. */
struct audit_chain {
    int64_t seq; /* the last one that held */
    uint8_t hash[CRYPTO_HASH_BYTES];
};
/* NULL: it is the next entry. Otherwise what is wrong with entry chain->seq + 1, and the chain stays. */
const char *audit_chain_add(struct audit_chain *c, int64_t seq, const uint8_t prev[CRYPTO_HASH_BYTES], struct str text,
                            const uint8_t hash[CRYPTO_HASH_BYTES]);

#define AUDIT_KEY_PREFIX "sgk" /* of signing keys, as the API writes their ids */
void audit_put_key(struct buf *b, const struct audit_key *k);
void audit_put_checkpoint(struct buf *b, const struct audit_checkpoint *c);

/* A checkpoint that a record is held against. */
struct audit_witness {
    int64_t seq;
    uint8_t hash[CRYPTO_HASH_BYTES], signature[CRYPTO_SIGNATURE_BYTES];
    struct str text;     /* what the signature covers */
    const char *partner; /* whose record */
};
/* Reads one as the API, the export and a webhook write it; texts into the scope's arena. */
enum err audit_witness_read(struct scope *sc, const struct doc *d, struct audit_witness *out);
