#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/scope.h"
#include "connect/connect.h"
#include "crypto/crypto.h"

/* own: connectors that a partner puts on a running server: documents as those that come with the program, kept by name
 * and version, for this partner's connections alone. One is judged whole before it is kept, signed with what was
 * judged, and asked for its signature each time it is loaded (decision 0038). Compiled ones are kept by each thread.
 * The fact people get wrong: a newer version changes nothing by being published. A connection works by the version it
 * was made with until somebody moves it, and what a version says, once it was published, stays.
 */
#define OWN_NAMES_MAX    50                 /* connectors of one partner */
#define OWN_VERSIONS_MAX 200                /* of one connector */
#define OWN_MAPPINGS_MAX 40                 /* of one version */
#define OWN_BROUGHT_MAX  (512u << 10)       /* octets of its mappings together */
#define OWN_MANIFEST_MAX (256u << 10)       /* octets of its manifest */
#define OWN_OCTETS_MAX   ((size_t)64 << 20) /* of all versions of one partner together */
#define OWN_IN_USE_MAX   128                /* versions of one partner, on each thread at once */
#define OWN_BODY_MAX     ((size_t)1 << 20)

struct own_new {
    struct str manifest, mappings; /* mappings: an object by kind; p NULL: none */
    const char *note;              /* NULL: none */
    const char *who;
};

struct own_version {
    const char *name, *version, *state; /* "draft", "published", "retired", "deleted" */
    int32_t ordinal;
    int64_t octets;                  /* of both documents */
    const char *document, *mappings; /* JSON; NULL in lists */
    const char *note, *author, *published_by, *retired_by, *deleted_by;
    int64_t created_us, published_us, retired_us, deleted_us; /* INT64_MIN: not yet */
    struct bytes sha256, signer, signature;
    bool is_signed;      /* the hash is the one that was signed */
    bool genuine;        /* it is what was judged and signed, documents and all; not of lists, which do not read them */
    int64_t connections; /* that work by it; of lists alone */
};

/* What was found out of a document that is in order. */
struct own_judged {
    const char *name, *version, *title;
    uint8_t sha256[CRYPTO_HASH_BYTES]; /* of the canonical octets of {"manifest": …, "mappings": …} */
    const char *const *unmapped;       /* kinds of things that no mapping reads; NULL ends them */
};

/* ERR_INVALID: each fault is an item below /manifest or /mappings. Keeps nothing; parks. */
enum err own_judge(struct scope *sc, const struct own_new *in, struct own_judged *out);
/* A draft, in the place of one of the same version. ERR_CONFLICT: that version was published, or a newer one is there.
 */
enum err own_put(struct scope *sc, const struct own_new *in, struct own_judged *out);
enum err own_publish(struct scope *sc, const char *name, const char *version, const char *who);
/* No connection is made with it or moved to it any more; those that work by it go on. */
enum err own_retire(struct scope *sc, const char *name, const char *version, const char *who);

/* Its documents go; that it was there stays. ERR_CONFLICT: it is published, or connections work by it. */
enum err own_delete(struct scope *sc, const char *name, const char *version, const char *who);

enum err own_get(struct scope *sc, const char *name, const char *version, struct own_version *out); /* ERR_NOT_FOUND */
/* The newest first, of those before an ordinal. */
enum err own_list(struct scope *sc, const char *name, int32_t before, size_t most, struct own_version **out,
                  size_t *out_n);
/* Those that connections can be made with, each in its newest version; one that is not genuine is left out and logged.
 */
enum err own_connectors(struct scope *sc, const struct connector ***out, size_t *out_n);

connect_own own_find; /* for connect_own_set */
void own_thread_end(void);

/* Moves a connection to another published version of its connector. settings and secrets as in in, either may be
 * missing: then it keeps what it has. permissions: those that whoever asks has seen to. ERR_INVALID (422): what the
 * version wants and was not given, by pointer. */
struct own_move {
    const char *version;
    struct str settings, secrets; /* p NULL: as they are */
    const char *const *permissions;
    size_t permission_count;
    const char *despite; /* why it is moved though it is not known what became of what it sent; NULL: then it is not */
};
enum err own_move(struct scope *sc, const struct connection *c, const struct own_move *in);

/* The public key that this process signs by; ERR_FORBIDDEN: it cannot. */
enum err own_signer(struct scope *sc, uint8_t out[CRYPTO_KEY_BYTES]);
/* By the current key-encryption key what the old one has signed; as tenon_operator, in transactions of its own. */
enum err own_resign(struct scope *sc, size_t *out_done, size_t *out_failed);
