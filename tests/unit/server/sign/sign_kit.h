#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "kit/test.h"
#include "sign/sign_int.h"

#define NOW_S  INT64_C(1767225600)
#define NOW_US (NOW_S * 1000000)

#define KIT_HEADERS_MAX 16

/* Headers as somebody sent them, the same name as often as it likes. */
struct kit_headers {
    struct sign_header v[KIT_HEADERS_MAX];
    size_t n;
};

static inline struct str kit_header(void *arg, const char *name, size_t *count)
{
    const struct kit_headers *h = arg;
    struct str found = {NULL, 0};

    *count = 0;
    for (size_t i = 0; i < h->n; i++)
        if (strcasecmp(h->v[i].name, name) == 0) {
            found = str_of(h->v[i].value);
            ++*count;
        }
    return found;
}

static inline void kit_add(struct kit_headers *h, const char *name, const char *value)
{
    CHECK(h->n < KIT_HEADERS_MAX);
    h->v[h->n++] = (struct sign_header){name, value};
}

/* JSON with single quotes, in which ` stands for one. */
static inline const struct doc *kit_doc(struct scope *sc, const char *text)
{
    char *copy = arena_strdup(sc->arena, text);
    const struct doc *d;

    for (char *p = copy; *p; p++)
        *p = (char)(*p == '\'' ? '"' : *p == '`' ? '\'' : *p);
    CHECK_OK(doc_parse(sc, str_of(copy), &d));
    return d;
}

static inline const struct sign_check *kit_check(struct scope *sc, const char *text)
{
    const struct sign_check *c = NULL;
    enum err e = sign_check_compile(sc, kit_doc(sc, text), "", &c);

    if (e != OK)
        test_failed(__FILE__, __LINE__, "%s: %s %s", text, sc->fault.items ? sc->fault.items->pointer : "?",
                    sc->fault.items ? sc->fault.items->detail : "?");
    return c;
}

static inline void kit_secret_end(void *s)
{
    secret_free(s);
}

/* Until the scope ends. */
static inline const struct secret *kit_secret_of(struct scope *sc, struct str text)
{
    struct secret *s = secret_copy(text.p, text.n);

    arena_defer(sc->arena, kit_secret_end, s);
    return s;
}

static inline const struct secret *kit_secret(struct scope *sc, const char *text)
{
    return kit_secret_of(sc, str_of(text));
}

static inline enum sign_verdict kit_judge(struct scope *sc, const struct sign_check *c, const struct sign_delivery *d,
                                          const char *secret, int64_t now_us)
{
    const struct secret *one = kit_secret(sc, secret);

    return sign_check_judge(sc, c, d, &one, 1, now_us);
}

#define CHECK_VERDICT(got, want)                                                                                       \
    do {                                                                                                               \
        enum sign_verdict got_ = (got), want_ = (want);                                                                \
        if (got_ != want_)                                                                                             \
            test_failed(__FILE__, __LINE__, "%s: \"%s\", not \"%s\"", #got, sign_verdict_text(got_),                   \
                        sign_verdict_text(want_));                                                                     \
    } while (0)

/* A file of the material that is no part of this repository; skips the test where it is not. */
static inline const struct doc *kit_shared(struct scope *sc, const char *name)
{
    const char *shared = getenv("TENON_SHARED");
    const struct doc *d;
    struct buf b;
    size_t n;
    char *p;
    FILE *f;

    if (!shared || !*shared)
        test_skip("TENON_SHARED is not set");
    f = fopen(arena_f(sc->arena, "%s/vendor-apis/_signatures/%s", shared, name), "rb");
    if (!f)
        test_skip("there are no vectors");
    buf_init(&b, sc->arena, 32 << 20);
    while ((p = buf_reserve(&b, 65536)) && (n = fread(p, 1, 65536, f)) > 0)
        buf_advance(&b, n);
    (void)fclose(f);
    CHECK_OK(doc_parse(sc, buf_str(&b), &d));
    return d;
}
