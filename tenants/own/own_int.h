#pragma once

#include <string.h>

#include "db/db.h"
#include "manifest/manifest.h"
#include "own/own.h"

#define OWN_PURPOSE "own-connector"

/* Do both say three numbers, it is the greater. */
bool own_is_newer(const char *version, const char *than);
/* SHA-256 of the canonical octets of both; false: they are too deep. */
bool own_hash(struct arena *a, const struct doc *manifest, const struct doc *mappings, uint8_t out[CRYPTO_HASH_BYTES]);
/* What is signed: whose it is, what it is called, and the hash. */
struct str own_signed_text(struct scope *sc, const char *name, const char *version, struct bytes sha256);
/* Is it what was judged? Of its documents as they were read. */
enum err own_is_genuine(struct scope *sc, const struct own_version *v, const struct doc *manifest,
                        const struct doc *mappings, bool *out);
enum err own_row(struct scope *sc, const char *name, const char *version, struct own_version *out); /* not judged */
enum err own_crowded(struct scope *sc); /* ERR_UNAVAILABLE: nothing more is taken aside at the moment */
