#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/scope.h"
#include "crypto/crypto.h"
#include "json/doc.h"

/* sign: what outside systems sign, and how they want to be signed to: the closed set of checks, handshakes and request
 * signatures that a connector's manifest chooses from and gives parameters to. Pure: the time, the nonce and the keys
 * are handed in, and nothing is fetched, read or kept. Knows no vendor, no tenant and no connection.
 * The fact people get wrong: a check is over the octets that came, so the body must be handed in as it was received;
 * what was parsed and written again is another message.
 */

/* ---- checks of what comes in ----
 *
 * A check is an object with "kind":
 *   {"kind": "hmac", "hash": "sha256", "over": "{t}.{body}",
 *    "signature": {"header": "x-signature", "encoding": "hex", "form": "pairs", "time": "t", "version": "v1"},
 *    "key": "text", "time": {"unit": "s", "tolerance_s": 300}}
 * "hash"       "sha256" (the default) or "sha1"
 * "over"       a template of text and {body}, {sha256:body} (hex), {crc32:body} (decimal), {url} (as it is registered
 *              there), {method}, {path} (with its query), {header:NAME}, {t} (the time, as it came); the body must be
 *              in it, and the time where there is one
 * "signature"  "header": a name, or a list of which the first that is present counts; "encoding": "base64" or "hex" in
 *              small letters; "form": "plain" (the default), "list" (Standard Webhooks: "v1,SIG v1,SIG") or "pairs"
 *              ("t=1,v1=SIG"), both with the "version" that counts, "pairs" with "time" where the time is one of them
 * "key"        how the secret is written: "text" (the default), "hex" or "base64"; "prefix": cut off where it stands
 * "needs"      further headers that must be there, once: each a name or a list of which one is enough
 * "time"       "unit": "s", "ms" or "rfc3339"; "tolerance_s": to either side; "header", unless it is one of the pairs
 *
 *   {"kind": "hmac_items", "items": "/notificationItems", "fields": ["/a/b", …], "separator": ":",
 *    "signature": {"pointer": "/a/signature", "encoding": "base64"}, "key": "hex"}
 * each item of a list in the body is signed for itself, over the texts at the pointers (RFC 6901, into the item; what
 * is not there is empty), and has its signature in it; every item must be right, and there must be one
 *
 *   {"kind": "rsa_certificate", "over": "{header:a}|{secret:webhook_id}|{crc32:body}",
 *    "signature": {"header": "x-sig", "encoding": "base64"},
 *    "algorithm": {"header": "x-algo", "is": "SHA256withRSA"},
 *    "certificate": {"header": "x-cert-url", "hosts": ["*.example.com"], "name": "signer.example.com"}}
 * the certificate is fetched by the caller from the address that sign_check_fetch tells, over TLS; {secret:NAME} is the
 * connection's secret, by whatever name; "algorithm", "name" and "time" may be left out
 *
 *   {"kind": "ecdsa_key", "hash": "sha1", "over": "{body}",
 *    "signature": {"header": "x-signature", "pointer": "/signature", "key": "/kid"},
 *    "url": "https://api.example.com/public_key/{key}"}
 * the header is base64 of JSON, which names a key at one pointer and has the signature (base64 of DER) at the other
 *
 *   {"kind": "secret_header", "header": "x-auth", "prefix": "Bearer "}      the secret itself
 *   {"kind": "basic"}                                                       the secret is "user:password"
 *   {"kind": "secret_field", "items": "/value", "pointer": "/clientState"}  in each item; without "items" in the body
 *   {"kind": "none"}                                                        said, so that nobody forgot it
 */
#define SIGN_SECRETS_MAX  4
#define SIGN_HEADERS_MAX  4 /* that a signature may be in */
#define SIGN_NEEDS_MAX    8
#define SIGN_FIELDS_MAX   32
#define SIGN_HOSTS_MAX    8
#define SIGN_TEMPLATE_MAX 1000 /* octets */

/* clang-format off */
enum [[nodiscard]] sign_verdict {
    SIGN_GOOD,
    SIGN_MISSING,        /* a header, a field or an item that the check needs is not there */
    SIGN_REPEATED,       /* a header came more than once: which of them counts would be a guess */
    SIGN_MALFORMED,      /* it is there and cannot be read */
    SIGN_STALE,          /* older than the tolerance */
    SIGN_EARLY,          /* of a time to come */
    SIGN_WRONG,          /* it does not fit what came */
    SIGN_NO_SECRET,      /* there is none, or none that can be a key: nothing is ever right then */
    SIGN_OTHER_HOST,     /* the certificate lies where none of the vendor's does */
    SIGN_NO_CERTIFICATE, /* none was handed in, or it is not to be trusted, or is not in time */
    SIGN_VERDICT_COUNT,
};
/* clang-format on */
const char *sign_verdict_text(enum sign_verdict v); /* for a person: "the signature does not fit what came" */

struct sign_delivery {
    struct str method;
    struct str url;  /* as it is registered with the sender, to the octet */
    struct str path; /* as it was asked for, with its query */
    struct str body;
    /* One header by lower-case name; *count says how often it came. */
    struct str (*header)(void *arg, const char *name, size_t *count);
    void *arg;
    struct str key; /* PEM of what sign_check_fetch named: a certificate with its issuers behind it, or a public key */
    struct str roots; /* PEM of whom a chain must lead to; empty: wherever it was fetched from was reason enough */
};

struct sign_check; /* compiled; of the scope it was compiled in, as is the document; any thread's */

/* Faults are items whose pointers begin with `at` ("" where the check is the whole document). */
enum err sign_check_compile(struct scope *sc, const struct doc *d, const char *at, const struct sign_check **out);

/* What must be fetched before it can be judged: an https address, NULL where nothing must be. */
enum sign_verdict sign_check_fetch(struct scope *sc, const struct sign_check *c, const struct sign_delivery *d,
                                   const char **out_url);

/* At most SIGN_SECRETS_MAX secrets, all of which are tried whichever fits. */
enum sign_verdict sign_check_judge(struct scope *sc, const struct sign_check *c, const struct sign_delivery *d,
                                   const struct secret *const *secrets, size_t n, int64_t now_us);

/* The opposite, for whoever plays a sender. */
struct sign_header {
    const char *name, *value;
};

struct sign_sender {
    const struct secret *secret;
    const struct secret *pem; /* private key, for signatures that are not with the secret */
    const char *key_name;     /* the certificate's address, or what the key is called */
    int64_t now_us;
};

#define SIGN_MADE_MAX 4

struct sign_made {
    struct sign_header headers[SIGN_MADE_MAX];
    size_t n;
    struct str body; /* with its signatures where they stand in it, else as it was */
};

enum err sign_check_make(struct scope *sc, const struct sign_check *c, const struct sign_delivery *d,
                         const struct sign_sender *by, struct sign_made *out);

/* ---- handshakes ----
 *
 *   {"kind": "echo_query", "name": "validationToken"}     the parameter's value, as text/plain: it is a stranger's, so
 *                                                         the answer must forbid to guess at another type
 *   {"kind": "challenge_sha256", "name": "challenge_code", "member": "challengeResponse"}
 *                                                         hex SHA-256 of the code, the secret and the registered url
 *   {"kind": "probe"}                                     every delivery: 200 or 401, without a body
 */
struct sign_handshake;

struct sign_answer {
    bool answers; /* false: it is no handshake */
    bool takes;   /* what came is a delivery as well */
    int status;
    const char *content_type; /* NULL: no body */
    struct str body;
};

enum err sign_handshake_compile(struct scope *sc, const struct doc *d, const char *at,
                                const struct sign_handshake **out);
/* ERR_INVALID where a secret is needed and there is none. */
enum err sign_handshake_answer(struct scope *sc, const struct sign_handshake *h, const struct sign_delivery *d,
                               enum sign_verdict verdict, const struct secret *secret, struct sign_answer *out);

/* ---- requests that go out ---- */

struct sign_request {
    struct str method;
    struct str url; /* absolute, http or https */
    const struct sign_header *headers;
    size_t n;
    struct str body;
    bool form; /* the body is application/x-www-form-urlencoded */
};

/* Values of Authorization; they hold what they were given, so they go into no log. */
enum err sign_basic(struct scope *sc, struct str user, const struct secret *password, const char **out);
enum err sign_bearer(struct scope *sc, const struct secret *token, const char **out);

/* OAuth 1.0a with HMAC-SHA256 (RFC 5849; the method's name as it is in use). */
struct sign_oauth1 {
    struct str consumer_key;
    const struct secret *consumer_secret;
    struct str token;                  /* empty: none, and no token_secret */
    const struct secret *token_secret; /* NULL: none */
    struct str realm;                  /* empty: none */
    struct str nonce;                  /* letters and digits, never the same twice for one time */
    int64_t now_us;
};
enum err sign_oauth1_header(struct scope *sc, const struct sign_oauth1 *o, const struct sign_request *r,
                            const char **out);
/* The url with the parameters behind its own. */
enum err sign_oauth1_url(struct scope *sc, const struct sign_oauth1 *o, const struct sign_request *r, const char **out);

/* AWS Signature Version 4: the headers to be sent beside the request's own, all of which are signed as given. Host is
 * signed as the url has it. Not for S3, which has rules of its own. */
struct sign_aws {
    struct str access_key;
    const struct secret *secret_key;
    const struct secret *session_token; /* NULL: none */
    const char *service, *region;
    int64_t now_us;
};
enum err sign_aws_v4(struct scope *sc, const struct sign_aws *a, const struct sign_request *r, struct sign_made *out);

/* A JWT by which a client says who it is (RFC 7523). Times in whole seconds. */
enum sign_algorithm { SIGN_ES256, SIGN_RS256 };

struct sign_assertion {
    enum sign_algorithm algorithm;
    const struct secret *pem; /* PKCS #8 */
    struct str key_id;        /* "kid"; empty: left out, as are those below */
    struct str thumbprint;    /* "x5t" */
    struct str issuer, subject, audience, id;
    const struct doc *scope; /* a text or a list; NULL: left out */
    int64_t issued_us, expires_us;
};
enum err sign_assertion(struct scope *sc, const struct sign_assertion *a, const char **out);

/* ---- bodies ---- */

#define SIGN_FORM_MAX (8u << 20) /* octets of a form */

/* An object of scalars as application/x-www-form-urlencoded, a list as its name repeated; and the same with brackets
 * for what is deeper (a[b][0]=c). Numbers as they are written, null as nothing. */
enum err sign_form(struct scope *sc, const struct doc *d, struct str *out);
enum err sign_form_brackets(struct scope *sc, const struct doc *d, struct str *out);
