#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <stdlib.h>

#include "crypto/crypto.h"
#include "http/hello_int.h"

struct http_tls {
    SSL_CTX *ctx;
};

static const h2o_iovec_t protocols[] = {{H2O_STRLIT("h2")}, {H2O_STRLIT("http/1.1")}, {NULL, 0}};

static enum err tls_fail(struct scope *sc, const char *what)
{
    char text[256];
    enum err e = FAIL(sc, ERR_UNAVAILABLE, "%s", what);

    ERR_error_string_n(ERR_get_error(), text, sizeof(text));
    ERR_clear_error();
    scope_detail(sc, "%s", text);
    return e;
}

/* No ticket and no session is kept, so nothing can be resumed on another listener. */
static bool tls_restrict(SSL_CTX *ctx)
{
    static const unsigned char id[] = "listener";

    SSL_CTX_set_options(ctx, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET |
                                 SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_NO_SESSION_RESUMPTION_ON_RENEGOTIATION);
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS);
    return SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) == 1 && SSL_CTX_set_num_tickets(ctx, 0) == 1 &&
           SSL_CTX_set_session_id_context(ctx, id, sizeof(id) - 1) == 1 &&
           SSL_CTX_set_cipher_list(ctx, "ECDHE+AESGCM:ECDHE+CHACHA20") == 1 &&
           SSL_CTX_set1_groups_list(ctx, "X25519:P-256:P-384") == 1;
}

enum err http_tls_open(struct scope *sc, const char *cert_file, const char *key_file, struct http_tls **out)
{
    struct http_tls *t = calloc(1, sizeof(*t));
    const char *failed = NULL;

    if (!t || !(t->ctx = SSL_CTX_new(TLS_server_method())))
        out_of_memory();
    if (!tls_restrict(t->ctx))
        failed = "TLS cannot be set up";
    else if (SSL_CTX_use_certificate_chain_file(t->ctx, cert_file) != 1)
        failed = "the certificate file cannot be read";
    else if (SSL_CTX_use_PrivateKey_file(t->ctx, key_file, SSL_FILETYPE_PEM) != 1)
        failed = "the private key file cannot be read or does not fit the certificate";
    if (failed) {
        http_tls_close(t);
        return tls_fail(sc, failed);
    }
    h2o_ssl_register_alpn_protocols(t->ctx, protocols);
    *out = t;
    return OK;
}

void http_tls_close(struct http_tls *t)
{
    if (t)
        SSL_CTX_free(t->ctx);
    free(t);
}

SSL_CTX *http_tls_context(struct http_tls *t)
{
    return t ? t->ctx : NULL;
}

static bool take_chain(SSL_CTX *ctx, BIO *in)
{
    X509 *x = PEM_read_bio_X509(in, NULL, NULL, NULL);
    bool taken = x && SSL_CTX_use_certificate(ctx, x) == 1;

    X509_free(x);
    while (taken && (x = PEM_read_bio_X509(in, NULL, NULL, NULL))) {
        taken = SSL_CTX_add0_chain_cert(ctx, x) == 1;
        if (!taken)
            X509_free(x);
    }
    ERR_clear_error(); /* the end of the file is one */
    return taken;
}

static bool take_key(SSL_CTX *ctx, const struct secret *pem)
{
    BIO *in = BIO_new_mem_buf(secret_bytes(pem), (int)secret_size(pem));
    EVP_PKEY *key = in ? PEM_read_bio_PrivateKey(in, NULL, NULL, (void *)(uintptr_t) "") : NULL;
    bool taken = key && SSL_CTX_use_PrivateKey(ctx, key) == 1;

    EVP_PKEY_free(key);
    BIO_free(in);
    return taken;
}

SSL_CTX *tls_for_host(const char *chain_pem, const struct secret *key_pem)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
    BIO *in = BIO_new_mem_buf(chain_pem, -1);

    if (!ctx || !in)
        out_of_memory();
    if (!tls_restrict(ctx) || !take_chain(ctx, in) || !take_key(ctx, key_pem)) {
        ERR_clear_error();
        SSL_CTX_free(ctx);
        ctx = NULL;
    } else {
        h2o_ssl_register_alpn_protocols(ctx, protocols);
    }
    BIO_free(in);
    return ctx;
}
