#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "base/must.h"
#include "base/timefmt.h"
#include "crypto/crypto.h"

/* What somebody brings to be served with: a chain in PEM form and the key to its first certificate. Whom browsers trust
 * is theirs to say; here it is judged whether it could work at all. */
#define CHAIN_MAX 8
#define NAMES_MAX 40

struct chain {
    X509 *v[CHAIN_MAX];
    int n;
};

static void chain_free(struct chain *c)
{
    while (c->n > 0)
        X509_free(c->v[--c->n]);
}

static void key_free(EVP_PKEY **k)
{
    EVP_PKEY_free(*k);
}

static void bio_free(BIO **b)
{
    BIO_free(*b);
}

static enum err fail(struct scope *sc, const char *pointer, const char *code, const char *what)
{
    enum err e;

    ERR_clear_error();
    scope_clear(sc);
    scope_item(sc, pointer, code, "%s", what);
    e = FAIL(sc, ERR_INVALID, "the certificate cannot be used: %s", what);
    scope_problem(sc, "validation", 422);
    return e;
}

static enum err chain_read(struct scope *sc, struct str pem, struct chain *out)
{
    CLEANUP(bio_free) BIO *in = BIO_new_mem_buf(pem.p, (int)pem.n);
    X509 *x;

    if (!in)
        out_of_memory();
    while ((x = PEM_read_bio_X509(in, NULL, NULL, NULL))) {
        if (out->n == CHAIN_MAX) {
            X509_free(x);
            return fail(sc, "/chain", "too_long", "the chain has more than eight certificates");
        }
        out->v[out->n++] = x;
    }
    if (out->n == 0 || ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
        return fail(sc, "/chain", "not_a_chain", "the chain must be certificates in PEM form");
    ERR_clear_error();
    for (int i = 0; i + 1 < out->n; i++)
        if (X509_check_issued(out->v[i + 1], out->v[i]) != X509_V_OK)
            return fail(sc, "/chain", "out_of_order", "each certificate of the chain must be followed by its issuer's");
    return OK;
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

static enum err key_read(struct scope *sc, struct str pem, X509 *leaf)
{
    CLEANUP(bio_free) BIO *in = BIO_new_mem_buf(pem.p, (int)pem.n);
    CLEANUP(key_free) EVP_PKEY *key = in ? PEM_read_bio_PrivateKey(in, NULL, no_password, NULL) : NULL;
    int bits;

    if (!key)
        return fail(sc, "/key", "not_a_key", "the key must be a private key in PEM form, without a password");
    bits = EVP_PKEY_bits(key);
    if (!(EVP_PKEY_base_id(key) == EVP_PKEY_EC && (bits == 256 || bits == 384)) &&
        !(EVP_PKEY_base_id(key) == EVP_PKEY_RSA && bits >= 2048 && bits <= 8192))
        return fail(sc, "/key", "not_allowed",
                    "the key must be of the curve P-256 or P-384, or RSA of 2,048 to 8,192 bits");
    if (X509_check_private_key(leaf, key) != 1)
        return fail(sc, "/key", "does_not_fit", "the key is not that of the first certificate");
    return OK;
}

static int64_t time_of(const ASN1_TIME *t)
{
    int days = 0, seconds = 0;
    ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);

    MUST_BE(epoch);
    if (ASN1_TIME_diff(&days, &seconds, epoch, t) != 1)
        days = seconds = 0;
    ASN1_TIME_free(epoch);
    return ((int64_t)days * 86400 + seconds) * 1000000;
}

static bool signed_weakly(const X509 *x)
{
    int digest = NID_undef;

    return X509_get_signature_info((X509 *)(uintptr_t)x, &digest, NULL, NULL, NULL) == 1 &&
           (digest == NID_md5 || digest == NID_sha1 || digest == NID_md5_sha1);
}

static const char *names_of(struct scope *sc, const X509 *leaf)
{
    GENERAL_NAMES *names = X509_get_ext_d2i(leaf, NID_subject_alt_name, NULL, NULL);
    struct buf b;

    buf_init(&b, sc->arena, 8192);
    for (int i = 0; i < sk_GENERAL_NAME_num(names) && i < NAMES_MAX; i++) {
        const GENERAL_NAME *g = sk_GENERAL_NAME_value(names, i);

        if (g->type != GEN_DNS)
            continue;
        buf_s(&b, b.n ? " " : "");
        for (int c = 0; c < ASN1_STRING_length(g->d.dNSName); c++) {
            unsigned char one = ASN1_STRING_get0_data(g->d.dNSName)[c];

            buf_c(&b, one > ' ' && one < 0x7f ? (char)one : '?');
        }
    }
    GENERAL_NAMES_free(names);
    return buf_cstr(&b);
}

enum err crypto_certificate_judge(struct scope *sc, struct str chain_pem, struct str key_pem, const char *host,
                                  struct crypto_certificate *out)
{
    CLEANUP(chain_free) struct chain chain = {.n = 0};
    struct crypto_certificate c;
    unsigned n = sizeof(c.fingerprint);

    TRY(sc, chain_read(sc, chain_pem, &chain));
    TRY(sc, key_read(sc, key_pem, chain.v[0]));
    if (X509_check_host(chain.v[0], host, 0, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT, NULL) != 1)
        return fail(sc, "/chain", "other_host", "the first certificate does not name this host");
    if (signed_weakly(chain.v[0]))
        return fail(sc, "/chain", "not_allowed", "the first certificate is signed with MD5 or SHA-1");
    c.not_before_us = time_of(X509_get0_notBefore(chain.v[0]));
    c.not_after_us = time_of(X509_get0_notAfter(chain.v[0]));
    if (c.not_after_us <= time_now_us())
        return fail(sc, "/chain", "expired", "the first certificate has expired");
    if (c.not_before_us > time_now_us() + INT64_C(86400) * 1000000)
        return fail(sc, "/chain", "not_yet_valid", "the first certificate is not valid yet");
    MUST_BE(X509_digest(chain.v[0], EVP_sha256(), c.fingerprint, &n) == 1);
    c.names = names_of(sc, chain.v[0]);
    *out = c;
    return OK;
}
