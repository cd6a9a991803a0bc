#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/scope.h"
#include "base/uuid.h"

/* crypto: secrets and the few primitives the product uses, all from libsodium. A secret lives in locked memory,
 * is wiped on release, and nothing can print it.
 */
enum err crypto_start(struct scope *sc); /* once a process; secrets made before it abort */

struct secret; /* owned by whoever made it */
struct secret *secret_new(size_t n);
struct secret *secret_copy(const void *p, size_t n); /* does not wipe the source */
void secret_free(struct secret *s);                  /* takes NULL */
void secret_wipe(struct secret **s);                 /* for CLEANUP */
const uint8_t *secret_bytes(const struct secret *s);
uint8_t *secret_fill(struct secret *s);
size_t secret_size(const struct secret *s);

#define CRYPTO_KEY_BYTES     32
#define CRYPTO_HASH_BYTES    32
#define CRYPTO_SEAL_OVERHEAD 72 /* ephemeral key 32, nonce 24, tag 16 */
#define CRYPTO_WRAP_OVERHEAD 40 /* nonce 24, tag 16 */

void crypto_random(void *out, size_t n);
void crypto_hash(const void *p, size_t n, uint8_t out[CRYPTO_HASH_BYTES]);    /* SHA-256, FIPS 180-4 */
void crypto_blake2b(const void *p, size_t n, uint8_t out[CRYPTO_HASH_BYTES]); /* BLAKE2b-256 without a key, RFC 7693 */
void crypto_hmac_sha256(const void *key, size_t key_n, const void *p, size_t n, uint8_t out[32]); /* RFC 2104 */
bool crypto_equal(const void *a, const void *b, size_t n);                                        /* constant time */

/* A password's hash, with its own salt and costs: Argon2id (RFC 9106), 64 MiB, three passes. Both take a tenth of a
 * second and more: on the side pool only. False when there is no memory. */
#define CRYPTO_PASSWORD_MAX 128
bool crypto_password_hash(const void *p, size_t n, char out[CRYPTO_PASSWORD_MAX]);
bool crypto_password_verify(const char *stored, const void *p, size_t n);

/* For codes of authenticator apps alone (RFC 6238). */
void crypto_hmac_sha1(const void *key, size_t key_n, const void *p, size_t n, uint8_t out[20]);

/* Others' signatures: ES256 by an uncompressed point of P-256 (DER as WebAuthn has it, raw as JWS has it), RS256 by a
 * modulus of 2,048 bits and more. */
bool crypto_p256_is_point(const uint8_t point[65]);
bool crypto_es256_verify(const uint8_t point[65], const void *p, size_t n, const uint8_t *der, size_t der_n);
bool crypto_es256_verify_raw(const uint8_t point[65], const void *p, size_t n, const uint8_t rs[64]);
bool crypto_rs256_verify(struct bytes modulus, struct bytes exponent, const void *p, size_t n, const uint8_t *signature,
                         size_t signature_n);

/* Signatures of what lies in parts side by side, as if they were one. SHA-1 for vendors that know nothing else. */
enum crypto_digest { CRYPTO_SHA256, CRYPTO_SHA1 };
enum crypto_key_kind { CRYPTO_RSA, CRYPTO_P256 };
#define CRYPTO_DIGEST_MAX 32
size_t crypto_digest_size(enum crypto_digest d);
void crypto_hmac(enum crypto_digest d, struct bytes key, const struct bytes *parts, size_t n,
                 uint8_t out[CRYPTO_DIGEST_MAX]);

/* A public key as SubjectPublicKeyInfo in DER, from "PUBLIC KEY" in PEM. False for what is none. */
bool crypto_pem_key(struct arena *a, struct str pem, struct bytes *out);
/* The key of the first certificate of a chain in PEM, each followed by its issuer's, all in time at now_us and of at
 * least 112 bits. With `roots` (PEM) the chain leads to one of them; without, its last certificate is trusted, so
 * whoever hands it in must know where it is from. The first is for `name`, unless that is NULL. */
bool crypto_chain_key(struct arena *a, struct str chain, struct str roots, const char *name, int64_t now_us,
                      struct bytes *out);
/* PKCS #1 v1.5 by RSA keys of 2,048 to 8,192 bits, ECDSA in DER by keys of P-256; false where the key is another. */
bool crypto_key_verify(struct bytes key, enum crypto_key_kind kind, enum crypto_digest d, const struct bytes *parts,
                       size_t n, struct bytes signature);
/* The same the other way, by a private key in PEM without a password. ERR_INVALID for what is no such key. */
enum err crypto_pem_sign(struct scope *sc, const struct secret *pem, enum crypto_key_kind kind, enum crypto_digest d,
                         struct bytes what, struct bytes *out);
/* ECDSA of P-256 in DER as JWS has it (RFC 7518 section 3.4). */
bool crypto_es256_raw(struct bytes der, uint8_t out[64]);

/* X25519 pair; the private half only in a secret. */
void crypto_pair_new(uint8_t public_key[CRYPTO_KEY_BYTES], struct secret **private_key);

/* Sealed to a public key: X25519 with an ephemeral pair, key by BLAKE2b over (shared, ephemeral, public), then
 * XChaCha20-Poly1305-IETF with the associated data. Whoever seals cannot open. */
void crypto_seal(struct arena *a, const uint8_t public_key[CRYPTO_KEY_BYTES], struct str associated, const void *p,
                 size_t n, struct bytes *out);
/* ERR_INVALID when anything was changed or the key is another. */
enum err crypto_open(struct scope *sc, const struct secret *private_key, struct str associated, struct bytes sealed,
                     struct secret **out);

/* Ed25519 (RFC 8032): the private half is the 32-octet seed, only in a secret. */
#define CRYPTO_SIGNATURE_BYTES 64
void crypto_sign_pair_new(uint8_t public_key[CRYPTO_KEY_BYTES], struct secret **out_seed);
/* The same two always for one root and purpose (the seed by HMAC-SHA-256). */
void crypto_sign_pair_derived(const struct secret *root, struct str purpose, uint8_t public_key[CRYPTO_KEY_BYTES],
                              struct secret **out_seed);
void crypto_sign(const struct secret *seed, const void *p, size_t n, uint8_t out[CRYPTO_SIGNATURE_BYTES]);
bool crypto_verify(const uint8_t public_key[CRYPTO_KEY_BYTES], const void *p, size_t n,
                   const uint8_t signature[CRYPTO_SIGNATURE_BYTES]);

/* ES256: ECDSA on P-256 with SHA-256 (RFC 7518), for tokens, which http signs and checks. A public key is the
 * uncompressed point, 4 and both coordinates; the private half is PKCS #8 in PEM, only in a secret. */
#define CRYPTO_POINT_BYTES 65
void crypto_es256_pair_new(uint8_t point[CRYPTO_POINT_BYTES], struct secret **out_pem);
/* The public key in PEM; ERR_INVALID for what is no such point. */
enum err crypto_es256_pem(struct scope *sc, struct bytes point, const char **out);

/* Wrapped under a key-encryption key (XChaCha20-Poly1305-IETF, random nonce). */
void crypto_wrap(struct arena *a, const struct secret *kek, struct str associated, const struct secret *key,
                 struct bytes *out);
enum err crypto_unwrap(struct scope *sc, const struct secret *kek, struct str associated, struct bytes wrapped,
                       struct secret **out);
/* Kept under a key that is derived from `root` for one purpose (HMAC-SHA-256; then XChaCha20-Poly1305-IETF, random
 * nonce): for what is too large for locked memory and must not lie about in clear. */
void crypto_keep(struct arena *a, const struct secret *root, struct str purpose, struct str associated,
                 struct bytes plain, struct bytes *out);
/* ERR_INVALID when anything was changed or the root is another; the result has room for one octet more. */
enum err crypto_kept(struct scope *sc, const struct secret *root, struct str purpose, struct str associated,
                     struct bytes kept, struct bytes *out);
/* A hash that nobody can try guesses against without the root. */
void crypto_mark(const struct secret *root, struct str purpose, struct bytes of, uint8_t out[CRYPTO_HASH_BYTES]);
/* A 32-octet key from 64 hex digits, white space around them allowed. False for anything else. */
bool crypto_key_text(const void *text, size_t n, struct secret **out);
/* A 32-octet key from a file of 64 hex digits (white space around it is allowed), mode without group or other rights.
 */
enum err crypto_key_file(struct scope *sc, const char *path, struct secret **out);

/* A certificate that somebody wants to be served with: names the host, fits the key, is in time and strong enough.
 * ERR_INVALID with an item at "/chain" or "/key" otherwise. Works the processor: offload it where a loop turns. */
struct crypto_certificate {
    uint8_t fingerprint[CRYPTO_HASH_BYTES];
    int64_t not_before_us, not_after_us;
    const char *names; /* DNS names, spaces between them */
};
enum err crypto_certificate_judge(struct scope *sc, struct str chain_pem, struct str key_pem, const char *host,
                                  struct crypto_certificate *out);
