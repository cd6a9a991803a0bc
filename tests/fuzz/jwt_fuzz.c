#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/must.h"
#include "crypto/crypto.h"
#include "http/jwt.h"

/* A token's reader. An input that begins with '{' is a head, a line feed and claims, put into parts with a signature
 * that nobody made; any other is the token itself. What is read must keep the rules that the library does not, and must
 * not verify: the key's private half is thrown away. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

static char pem[512];

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    struct scope *sc = scope_new();
    uint8_t point[CRYPTO_POINT_BYTES];
    struct secret *lost;
    const char *text;

    (void)argc, (void)argv;
    MUST_BE(crypto_start(sc) == OK);
    crypto_es256_pair_new(point, &lost);
    secret_free(lost);
    MUST_BE(crypto_es256_pem(sc, (struct bytes){point, sizeof(point)}, &text) == OK);
    MUST_BE(strlen(text) < sizeof(pem));
    memcpy(pem, text, strlen(text) + 1);
    scope_free(sc);
    return 0;
}

static struct str in_parts(struct scope *sc, const uint8_t *data, size_t size)
{
    const uint8_t *line = memchr(data, '\n', size);
    size_t head = line ? (size_t)(line - data) : size;
    struct buf b;

    buf_init(&b, sc->arena, 2 * HTTP_JWT_MAX);
    buf_base64url(&b, data, head);
    buf_c(&b, '.');
    if (line)
        buf_base64url(&b, line + 1, size - head - 1);
    buf_c(&b, '.');
    for (int i = 0; i < 86; i++)
        buf_c(&b, i == 85 ? 'Q' : 'B');
    return buf_str(&b);
}

static void check(struct scope *sc, const struct http_jwt *t)
{
    struct http_jwt_rule rule = {.aud = "https://a", .now = 1500, .longest = 900, .ahead = 5};

    MUST_BE(strlen(t->token) <= HTTP_JWT_MAX && doc_kind(t->claims) == DOC_OBJECT);
    MUST_BE(t->iat > 0 && t->exp > 0 && t->nbf > 0 && doc_get(t->claims, "exp") && doc_get(t->claims, "iat"));
    if (http_jwt_judge(sc, t, &rule) == OK)
        MUST_BE(t->exp > 1500 && t->iat <= 1505 && t->nbf <= 1505 && t->exp - t->iat <= 900);
    MUST_BE(http_jwt_verify(sc, t, pem) != OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct scope *sc = scope_new();
    char *copy = arena_alloc(sc->arena, size ? size : 1);
    struct str token = {copy, size};
    struct http_jwt t;

    if (size)
        memcpy(copy, data, size);
    if (size && data[0] == '{')
        token = in_parts(sc, data, size);
    if (http_jwt_read(sc, token, "tky", &t) == OK)
        check(sc, &t);
    scope_free(sc);
    return 0;
}
