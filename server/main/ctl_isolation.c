#include <stdio.h>
#include <string.h>

#include "crypto/crypto.h"
#include "main/ctl_int.h"
#include "json/doc.h"

/* Whether a report of the isolation self-test is what the server signed. The file is the answer of /v1/isolation-proof
 * as it came, whose signature is over the octets of its first member, and --keys the answer of
 * /v1/isolation-proof/keys. Works without a server, a database or a key of ours. */
#define ANSWER_MAX ((size_t)1 << 20)

static const char head[] = "{\"report\":", rest[] = ",\"key_id\":\"";

/* The octets between the head and the last place where the rest begins. A text cannot hold the rest: its quotes would
 * be escaped. */
static enum err report_of(struct scope *sc, struct str answer, const struct doc *d, struct str *out)
{
    const char *end = NULL;

    if (doc_count(d) != 4 || !str_starts(answer, head) || !str_is(doc_key(d, 1), "key_id"))
        return FAIL(sc, ERR_INVALID, "this is not an answer of the isolation self-test, as it came");
    for (const char *p = answer.p; p + strlen(rest) <= answer.p + answer.n; p++)
        if (memcmp(p, rest, strlen(rest)) == 0)
            end = p;
    if (!end)
        return FAIL(sc, ERR_INVALID, "the answer names no key");
    *out = (struct str){answer.p + strlen(head), (size_t)(end - answer.p) - strlen(head)};
    return OK;
}

static enum err octets(struct scope *sc, struct str text, uint8_t *out, size_t want, const char *what)
{
    size_t n;

    if (!base64_decode(text, out, want, &n) || n != want)
        return FAIL(sc, ERR_INVALID, "%s is not %zu octets in base 64", what, want);
    return OK;
}

static enum err key_find(struct scope *sc, const struct doc *keys, struct str id, struct str *out)
{
    const struct doc *list = doc_get(keys, "data");

    for (size_t i = 0; i < doc_count(list); i++)
        if (id.n && str_equal(doc_text(doc_get(doc_at(list, i), "id")), id)) {
            *out = doc_text(doc_get(doc_at(list, i), "public_key"));
            return OK;
        }
    return FAIL(sc, ERR_NOT_FOUND, "the keys hold none with the report's key id");
}

static enum err read_doc(struct scope *sc, const char *path, struct str *text, const struct doc **out)
{
    TRY(sc, ctl_read_file(sc, path, ANSWER_MAX, text));
    return doc_parse(sc, *text, out);
}

static enum err verify(struct scope *sc, const struct ctl_args *a)
{
    uint8_t key[CRYPTO_KEY_BYTES], signature[CRYPTO_SIGNATURE_BYTES];
    struct str answer, report, keys_text, key_text;
    const struct doc *d, *keys;
    const char *keys_file;
    bool passed = false;

    TRY(sc, ctl_need(sc, a, "keys", &keys_file));
    if (!a->word)
        return FAIL(sc, ERR_INVALID, "name the file with the answer");
    TRY(sc, read_doc(sc, a->word, &answer, &d));
    TRY(sc, read_doc(sc, keys_file, &keys_text, &keys));
    TRY(sc, report_of(sc, answer, d, &report));
    TRY(sc, key_find(sc, keys, doc_text(doc_get(d, "key_id")), &key_text));
    TRY(sc, octets(sc, key_text, key, sizeof(key), "the key"));
    TRY(sc, octets(sc, doc_text(doc_get(d, "signature")), signature, sizeof(signature), "the signature"));
    if (!crypto_verify(key, report.p, report.n, signature))
        return FAIL(sc, ERR_FORBIDDEN, "the report is not what this key signed");
    doc_bool(doc_path(d, "report.passed"), &passed);
    puts(passed ? "signed, and every check passed" : "signed, and NOT every check passed");
    return OK;
}

const struct ctl_command ctl_isolation_commands[] = {
    {"isolation", "verify", "FILE --keys FILE", "Says whether a report of the isolation self-test is what was signed.",
     "proof.json --keys keys.json", verify, CTL_ALONE},
    {},
};
