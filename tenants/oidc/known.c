#include <stdlib.h>
#include <string.h>

#include "oidc/oidc_int.h"

struct known {
    char *issuer; /* NULL: the place is free */
    char *authorization_endpoint, *token_endpoint, *jwks_uri, *keys;
    bool by_post, says_iss;
    int64_t about_until_us, keys_until_us, keys_again_us, used_us;
};

static _Thread_local struct known known[OIDC_KNOWN_MAX];

static char *copied(const char *s, size_t n)
{
    char *copy = strndup(s, n);

    if (!copy)
        out_of_memory();
    return copy;
}

static void forget(struct known *k)
{
    free(k->issuer);
    free(k->authorization_endpoint);
    free(k->token_endpoint);
    free(k->jwks_uri);
    free(k->keys);
    *k = (struct known){0};
}

static struct known *find(const char *issuer)
{
    for (size_t i = 0; i < OIDC_KNOWN_MAX; i++)
        if (known[i].issuer && strcmp(known[i].issuer, issuer) == 0)
            return &known[i];
    return NULL;
}

static struct known *find_or_make(const char *issuer, int64_t now_us)
{
    struct known *k = find(issuer);

    for (size_t i = 0; !k && i < OIDC_KNOWN_MAX; i++)
        if (!known[i].issuer)
            k = &known[i];
    if (!k) {
        k = &known[0];
        for (size_t i = 1; i < OIDC_KNOWN_MAX; i++)
            if (known[i].used_us < k->used_us)
                k = &known[i];
        forget(k);
    }
    if (!k->issuer)
        k->issuer = copied(issuer, strlen(issuer));
    k->used_us = now_us;
    return k;
}

bool oidc_known_about(struct scope *sc, const char *issuer, int64_t now_us, struct oidc_about *out)
{
    struct known *k = find(issuer);

    if (!k || now_us >= k->about_until_us)
        return false;
    k->used_us = now_us;
    *out = (struct oidc_about){.authorization_endpoint = arena_strdup(sc->arena, k->authorization_endpoint),
                               .token_endpoint = arena_strdup(sc->arena, k->token_endpoint),
                               .jwks_uri = arena_strdup(sc->arena, k->jwks_uri),
                               .by_post = k->by_post,
                               .says_iss = k->says_iss};
    return true;
}

static void replace(char **at, const char *with)
{
    free(*at);
    *at = copied(with, strlen(with));
}

void oidc_known_about_put(const char *issuer, int64_t now_us, const struct oidc_about *about)
{
    struct known *k = find_or_make(issuer, now_us);

    if (k->jwks_uri && strcmp(k->jwks_uri, about->jwks_uri) != 0)
        k->keys_until_us = 0; /* keys of the old place prove nothing any more */
    replace(&k->authorization_endpoint, about->authorization_endpoint);
    replace(&k->token_endpoint, about->token_endpoint);
    replace(&k->jwks_uri, about->jwks_uri);
    k->by_post = about->by_post;
    k->says_iss = about->says_iss;
    k->about_until_us = now_us + OIDC_ABOUT_US;
}

bool oidc_known_keys(struct scope *sc, const char *issuer, int64_t now_us, struct str *out)
{
    struct known *k = find(issuer);

    if (!k || !k->keys || now_us >= k->keys_until_us)
        return false;
    k->used_us = now_us;
    *out = str_of(arena_strdup(sc->arena, k->keys));
    return true;
}

void oidc_known_keys_put(const char *issuer, int64_t now_us, struct str keys)
{
    struct known *k = find_or_make(issuer, now_us);

    free(k->keys);
    k->keys = copied(keys.p, keys.n);
    k->keys_until_us = now_us + OIDC_KEYS_US;
}

bool oidc_known_keys_again(const char *issuer, int64_t now_us)
{
    struct known *k = find_or_make(issuer, now_us);

    if (now_us < k->keys_again_us)
        return false;
    k->keys_again_us = now_us + OIDC_KEYS_AGAIN_US;
    return true;
}

size_t oidc_known_count(void)
{
    size_t n = 0;

    for (size_t i = 0; i < OIDC_KNOWN_MAX; i++)
        n += known[i].issuer != NULL;
    return n;
}

void oidc_thread_end(void)
{
    for (size_t i = 0; i < OIDC_KNOWN_MAX; i++)
        forget(&known[i]);
}
