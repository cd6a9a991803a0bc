#include <limits.h>
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include "base/must.h"
#include "crypto/crypto.h"

/* Keys and certificates that come as PEM. What does not parse is refused, and leaves no trace in the library's queue of
 * errors, which the next caller of this thread would take for its own. */
#define PEM_MAX       (64u << 10)
#define CHAIN_MAX     8
#define ROOTS_MAX     400
#define STRENGTH      2 /* of OpenSSL's levels: 112 bits */
#define RSA_BITS_MIN  2048
#define RSA_BITS_MAX  8192
#define ROOTS_PEM_MAX (1u << 20)

static void bio_free(BIO **b)
{
    BIO_free(*b);
}

static void key_free(EVP_PKEY **k)
{
    EVP_PKEY_free(*k);
}

static void certificates_free(struct stack_st_X509 **s)
{
    sk_X509_pop_free(*s, X509_free);
}

static BIO *reader(struct str pem, size_t most)
{
    BIO *in;

    if (pem.n == 0 || pem.n > most)
        return NULL;
    in = BIO_new_mem_buf(pem.p, (int)pem.n);
    MUST_BE(in);
    return in;
}

static bool key_der(struct arena *a, EVP_PKEY *key, struct bytes *out)
{
    unsigned char *der = NULL;
    int n = key ? i2d_PUBKEY(key, &der) : 0;

    ERR_clear_error();
    if (n <= 0)
        return false;
    *out = (struct bytes){arena_memdup(a, der, (size_t)n), (size_t)n};
    OPENSSL_free(der);
    return true;
}

bool crypto_pem_key(struct arena *a, struct str pem, struct bytes *out)
{
    CLEANUP(bio_free) BIO *in = reader(pem, PEM_MAX);
    CLEANUP(key_free) EVP_PKEY *key = in ? PEM_read_bio_PUBKEY(in, NULL, NULL, NULL) : NULL;

    return key_der(a, key, out);
}

static struct stack_st_X509 *certificates(struct str pem, size_t octets, int most)
{
    CLEANUP(bio_free) BIO *in = reader(pem, octets);
    CLEANUP(certificates_free) struct stack_st_X509 *all = sk_X509_new_null();
    struct stack_st_X509 *whole;
    X509 *x;

    MUST_BE(all);
    ERR_clear_error();
    while (in && (x = PEM_read_bio_X509(in, NULL, NULL, NULL)))
        MUST_BE(sk_X509_push(all, x) > 0);
    if (sk_X509_num(all) == 0 || sk_X509_num(all) > most ||
        ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
        return NULL;
    whole = all;
    all = NULL;
    return whole;
}

static bool leads(struct stack_st_X509 *chain, struct stack_st_X509 *trusted, int64_t now_us)
{
    X509_STORE_CTX *c = X509_STORE_CTX_new();
    X509_VERIFY_PARAM *how;
    bool good;

    MUST_BE(c && X509_STORE_CTX_init(c, NULL, sk_X509_value(chain, 0), chain) == 1);
    X509_STORE_CTX_set0_trusted_stack(c, trusted);
    how = X509_STORE_CTX_get0_param(c);
    X509_VERIFY_PARAM_set_time(how, (time_t)(now_us / 1000000));
    X509_VERIFY_PARAM_set_auth_level(how, STRENGTH);
    MUST_BE(X509_VERIFY_PARAM_set_flags(how, X509_V_FLAG_PARTIAL_CHAIN) == 1);
    good = X509_verify_cert(c) == 1;
    X509_STORE_CTX_free(c);
    return good;
}

static bool in_order(struct stack_st_X509 *chain)
{
    for (int i = 0; i + 1 < sk_X509_num(chain); i++)
        if (X509_check_issued(sk_X509_value(chain, i + 1), sk_X509_value(chain, i)) != X509_V_OK)
            return false;
    return true;
}

bool crypto_chain_key(struct arena *a, struct str chain_pem, struct str roots, const char *name, int64_t now_us,
                      struct bytes *out)
{
    CLEANUP(certificates_free) struct stack_st_X509 *chain = certificates(chain_pem, PEM_MAX, CHAIN_MAX);
    CLEANUP(certificates_free) struct stack_st_X509 *trusted = NULL;
    X509 *last;
    bool good;

    if (!chain)
        return ERR_clear_error(), false;
    if (roots.n) {
        trusted = certificates(roots, ROOTS_PEM_MAX, ROOTS_MAX);
    } else {
        last = sk_X509_value(chain, sk_X509_num(chain) - 1);
        trusted = sk_X509_new_null();
        MUST_BE(trusted && X509_up_ref(last) == 1 && sk_X509_push(trusted, last) > 0);
    }
    good = trusted && in_order(chain) && leads(chain, trusted, now_us) &&
           (!name || X509_check_host(sk_X509_value(chain, 0), name, 0, 0, NULL) == 1) &&
           key_der(a, X509_get0_pubkey(sk_X509_value(chain, 0)), out);
    ERR_clear_error();
    return good;
}

static bool key_is(const EVP_PKEY *key, enum crypto_key_kind kind)
{
    char group[32];
    size_t n;

    if (!key)
        return false;
    if (kind == CRYPTO_RSA)
        return EVP_PKEY_base_id(key) == EVP_PKEY_RSA && EVP_PKEY_bits(key) >= RSA_BITS_MIN &&
               EVP_PKEY_bits(key) <= RSA_BITS_MAX;
    return EVP_PKEY_base_id(key) == EVP_PKEY_EC && EVP_PKEY_get_group_name(key, group, sizeof(group), &n) == 1 &&
           str_is((struct str){group, n}, "prime256v1");
}

static const EVP_MD *digest(enum crypto_digest d)
{
    return d == CRYPTO_SHA1 ? EVP_sha1() : EVP_sha256();
}

bool crypto_key_verify(struct bytes der, enum crypto_key_kind kind, enum crypto_digest d, const struct bytes *parts,
                       size_t n, struct bytes signature)
{
    const unsigned char *p = der.p;
    CLEANUP(key_free) EVP_PKEY *key = der.n <= PEM_MAX ? d2i_PUBKEY(NULL, &p, (long)der.n) : NULL;
    EVP_MD_CTX *c = EVP_MD_CTX_new();
    bool good;

    MUST_BE(c);
    good = key_is(key, kind) && EVP_DigestVerifyInit(c, NULL, digest(d), NULL, key) == 1;
    for (size_t i = 0; good && i < n; i++)
        good = EVP_DigestVerifyUpdate(c, parts[i].p, parts[i].n) == 1;
    good = good && EVP_DigestVerifyFinal(c, signature.p, signature.n) == 1;
    EVP_MD_CTX_free(c);
    ERR_clear_error();
    return good;
}

/* A key under a password is refused rather than asked for. */
static int no_password(char *buf, int size, int writing, void *arg)
{
    (void)buf;
    (void)size;
    (void)writing;
    (void)arg;
    return -1;
}

enum err crypto_pem_sign(struct scope *sc, const struct secret *pem, enum crypto_key_kind kind, enum crypto_digest d,
                         struct bytes what, struct bytes *out)
{
    struct str text = {pem ? (const char *)secret_bytes(pem) : NULL, pem ? secret_size(pem) : 0};
    CLEANUP(bio_free) BIO *in = reader(text, PEM_MAX);
    CLEANUP(key_free) EVP_PKEY *key = in ? PEM_read_bio_PrivateKey(in, NULL, no_password, NULL) : NULL;
    uint8_t signature[RSA_BITS_MAX / 8];
    size_t n = sizeof(signature);
    EVP_MD_CTX *c;

    ERR_clear_error();
    if (!key_is(key, kind))
        return FAIL(sc, ERR_INVALID, "the key must be a private key in PEM form without a password, %s",
                    kind == CRYPTO_RSA ? "RSA of 2,048 to 8,192 bits" : "of the curve P-256");
    c = EVP_MD_CTX_new();
    MUST_BE(c && EVP_DigestSignInit(c, NULL, digest(d), NULL, key) == 1);
    MUST_BE(EVP_DigestSign(c, signature, &n, what.p, what.n) == 1);
    EVP_MD_CTX_free(c);
    *out = (struct bytes){arena_memdup(sc->arena, signature, n), n};
    return OK;
}

bool crypto_es256_raw(struct bytes der, uint8_t out[64])
{
    const unsigned char *p = der.p;
    ECDSA_SIG *sig = der.n <= 80 ? d2i_ECDSA_SIG(NULL, &p, (long)der.n) : NULL;
    bool good = sig && BN_bn2binpad(ECDSA_SIG_get0_r(sig), out, 32) == 32 &&
                BN_bn2binpad(ECDSA_SIG_get0_s(sig), out + 32, 32) == 32;

    ECDSA_SIG_free(sig);
    ERR_clear_error();
    return good;
}
