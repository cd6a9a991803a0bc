#include <openssl/ec.h>
#include <openssl/evp.h>
#include <stdio.h>

#include "access/passkey_int.h"
#include "base/must.h"
#include "crypto/crypto.h"
#include "kit/test.h"

/* A device of our own: a key of P-256, and the octets that it would hand over. Each test changes one thing of them. */
#define HOST   "portal.example"
#define ORIGIN "https://portal.example"

struct device {
    EVP_PKEY *key;
    uint8_t point[65];
};

static struct device device_new(void)
{
    struct device d = {.key = EVP_EC_gen("P-256")};
    size_t n = 0;

    MUST_BE(d.key && EVP_PKEY_get_octet_string_param(d.key, "pub", d.point, sizeof(d.point), &n) == 1 && n == 65);
    return d;
}

struct made {
    uint8_t octets[400];
    size_t n, data; /* where the authenticator's data begins */
};

static void put(struct made *m, const void *p, size_t n)
{
    MUST_BE(m->n + n <= sizeof(m->octets));
    memcpy(m->octets + m->n, p, n);
    m->n += n;
}

/* {"fmt": "none", "attStmt": {}, "authData": 164 octets} */
static struct made attestation(const struct device *d)
{
    struct made m = {0};
    uint8_t host[32];

    crypto_hash(HOST, strlen(HOST), host);
    put(&m,
        "\xa3\x63"
        "fmt\x64none\x67"
        "attStmt\xa0\x68"
        "authData\x58\xa4",
        30);
    m.data = m.n;
    put(&m, host, 32);
    put(&m, "\x45\x00\x00\x00\x07", 5);
    put(&m, "0123456789abcdef", 16);
    put(&m,
        "\x00\x20"
        "credential-credential-credential",
        34);
    put(&m, "\xa5\x01\x02\x03\x26\x20\x01\x21\x58\x20", 10);
    put(&m, d->point + 1, 32);
    put(&m, "\x22\x58\x20", 3);
    put(&m, d->point + 33, 32);
    MUST_BE(m.n - m.data == 164);
    return m;
}

static enum err read_made(const struct made *m, const char *host)
{
    struct passkey_made out;

    return passkey_made_read(test_scope(), (struct bytes){m->octets, m->n}, host, &out);
}

TEST(what_a_device_made_is_read)
{
    struct device d = device_new();
    struct made m = attestation(&d);
    struct passkey_made out;

    CHECK_OK(passkey_made_read(test_scope(), (struct bytes){m.octets, m.n}, HOST, &out));
    CHECK_INT(out.sign_count, 7);
    CHECK_INT(out.credential_id.n, 32);
    CHECK(memcmp(out.point, d.point, 65) == 0);
    EVP_PKEY_free(d.key);
}

/* Every octet of the frame, of the flags, of the key: one changed bit, and it is not taken; or it was one that says
 * nothing (the counter, the make of the device, the credential's own name). */
TEST(no_part_of_it_can_be_changed)
{
    struct device d = device_new();
    struct made good = attestation(&d);

    for (size_t i = 0; i < good.n; i++) {
        size_t at = i - good.data;
        bool free = i >= good.data && ((at >= 33 && at < 53) || (at >= 55 && at < 87));

        for (unsigned bit = 0; bit < 8; bit++) {
            struct made m = good;

            if (i == good.data + 32 && bit != 0 && bit != 2 && bit != 6 && bit != 7)
                continue; /* flags that mean nothing here */
            m.octets[i] ^= (uint8_t)(1u << bit);
            if (!free && read_made(&m, HOST) == OK)
                test_failed(__FILE__, __LINE__, "octet %zu, bit %u is not looked at", i, bit);
        }
    }
    EVP_PKEY_free(d.key);
}

TEST(it_must_be_whole_and_nothing_more)
{
    struct device d = device_new();
    struct made good = attestation(&d), m;

    for (size_t n = 0; n < good.n; n++) {
        m = good;
        m.n = n;
        CHECK_ERR(read_made(&m, HOST), ERR_UNAUTHENTICATED);
    }
    m = good;
    put(&m, "\0", 1);
    CHECK_ERR(read_made(&m, HOST), ERR_UNAUTHENTICATED);
    CHECK_ERR(read_made(&good, "portal.exampl"), ERR_UNAUTHENTICATED);
    EVP_PKEY_free(d.key);
}

static enum err client(const char *text, const char *type)
{
    const char *challenge;

    return passkey_client_read(test_scope(), (struct bytes){text, strlen(text)}, type, ORIGIN, &challenge);
}

TEST(the_browser_speaks_for_this_page_and_ceremony_alone)
{
    static const char *const bad[] = {
        "{\"type\":\"webauthn.create\",\"challenge\":\"YWJj\",\"origin\":\"" ORIGIN "\"}",
        "{\"type\":\"webauthn.get\",\"challenge\":\"YWJj\",\"origin\":\"https://portal.example:444\"}",
        "{\"type\":\"webauthn.get\",\"challenge\":\"YWJj\",\"origin\":\"http://portal.example\"}",
        "{\"type\":\"webauthn.get\",\"challenge\":\"YWJj\",\"origin\":\"https://portal.example.evil.test\"}",
        "{\"type\":\"webauthn.get\",\"challenge\":\"YWJj\",\"origin\":[\"" ORIGIN "\"]}",
        "{\"type\":\"webauthn.get\",\"challenge\":\"YWJj\"}",
        "{\"type\":\"webauthn.get\",\"challenge\":\"\",\"origin\":\"" ORIGIN "\"}",
        "{\"type\":\"webauthn.get\",\"challenge\":\"YW+/\",\"origin\":\"" ORIGIN "\"}",
        "{\"type\":\"webauthn.get\",\"challenge\":\"YWJjZ\",\"origin\":\"" ORIGIN "\"}",
        "{\"type\":\"webauthn.get\",\"challenge\":\"YWIA\",\"origin\":\"" ORIGIN "\"}",
        "{\"type\":\"webauthn.get\",\"challenge\":\"YWJj\",\"origin\":\"" ORIGIN "\",\"crossOrigin\":true}",
        "{\"type\":\"webauthn.get\",\"type\":\"webauthn.get\",\"challenge\":\"YWJj\",\"origin\":\"" ORIGIN "\"}",
        "",
        "[]",
    };
    const char *good =
        "{\"type\":\"webauthn.get\",\"challenge\":\"YWJj\",\"origin\":\"" ORIGIN "\",\"crossOrigin\":false}";
    const char *challenge;

    CHECK_OK(passkey_client_read(test_scope(), (struct bytes){good, strlen(good)}, "webauthn.get", ORIGIN, &challenge));
    CHECK_STR(challenge, "abc");
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        CHECK_ERR(client(bad[i], "webauthn.get"), ERR_UNAUTHENTICATED);
}

struct proof {
    uint8_t data[37], client[20], signature[80];
    size_t signature_n;
};

static struct proof proof_of(const struct device *d)
{
    struct proof p = {0};
    EVP_MD_CTX *c = EVP_MD_CTX_new();
    uint8_t text[37 + 32];

    memcpy(p.client, "{\"as\":\"it was told\"}", sizeof(p.client));
    crypto_hash(HOST, strlen(HOST), p.data);
    p.data[32] = 5;
    p.data[36] = 9;
    memcpy(text, p.data, 37);
    crypto_hash(p.client, sizeof(p.client), text + 37);
    p.signature_n = sizeof(p.signature);
    MUST_BE(EVP_DigestSignInit(c, NULL, EVP_sha256(), NULL, d->key) == 1 &&
            EVP_DigestSign(c, p.signature, &p.signature_n, text, sizeof(text)) == 1);
    EVP_MD_CTX_free(c);
    return p;
}

static enum err check(const uint8_t point[65], const struct proof *p, const char *host, size_t data_n)
{
    uint32_t count;

    return passkey_proof_check(test_scope(), point, host, (struct bytes){p->data, data_n},
                               (struct bytes){p->client, sizeof(p->client)},
                               (struct bytes){p->signature, p->signature_n}, &count);
}

TEST(a_proof_holds_for_its_key_host_and_words_alone)
{
    struct device d = device_new(), other = device_new();
    struct proof good = proof_of(&d), p;
    uint32_t count;

    CHECK_OK(passkey_proof_check(test_scope(), d.point, HOST, (struct bytes){good.data, 37},
                                 (struct bytes){good.client, sizeof(good.client)},
                                 (struct bytes){good.signature, good.signature_n}, &count));
    CHECK_INT(count, 9);
    CHECK_ERR(check(other.point, &good, HOST, 37), ERR_UNAUTHENTICATED);
    CHECK_ERR(check(d.point, &good, "portal.exampl", 37), ERR_UNAUTHENTICATED);
    CHECK_ERR(check(d.point, &good, HOST, 36), ERR_UNAUTHENTICATED);
    for (size_t i = 0; i < 37 * 8; i++) {
        p = good;
        p.data[i / 8] ^= (uint8_t)(1u << i % 8);
        CHECK_ERR(check(d.point, &p, HOST, 37), ERR_UNAUTHENTICATED);
    }
    for (size_t i = 0; i < sizeof(good.client); i++) {
        p = good;
        p.client[i] ^= 1;
        CHECK_ERR(check(d.point, &p, HOST, 37), ERR_UNAUTHENTICATED);
    }
    for (size_t i = 0; i < good.signature_n; i++) {
        p = good;
        p.signature[i] ^= 1;
        CHECK_ERR(check(d.point, &p, HOST, 37), ERR_UNAUTHENTICATED);
    }
    EVP_PKEY_free(d.key);
    EVP_PKEY_free(other.key);
}
