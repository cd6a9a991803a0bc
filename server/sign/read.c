#include <string.h>

#include "sign/sign_int.h"

/* Documents of checks and handshakes, member by member. Every fault is told with its place. */

void fault_at(struct reader *r, const char *where, const char *code, const char *what)
{
    scope_item(r->sc, arena_f(r->sc->arena, "%s%s", r->at, where), code, "%s", what);
}

bool read_members(struct reader *r, const struct doc *d, const char *where, const char *const *names)
{
    struct buf b;

    if (doc_kind(d) != DOC_OBJECT) {
        fault_at(r, where, d ? "wrong_type" : "required", "must be an object");
        return false;
    }
    for (size_t i = 0; i < doc_count(d); i++) {
        size_t k = 0;

        while (names[k] && !str_is(doc_key(d, i), names[k]))
            k++;
        if (names[k])
            continue;
        buf_init(&b, r->sc->arena, 4096);
        buf_s(&b, where);
        doc_pointer_put(&b, doc_key(d, i));
        fault_at(r, buf_cstr(&b), "unknown_member", "is not known");
    }
    return true;
}

size_t read_choice(struct reader *r, const struct doc *d, const char *where, const char *const *names, int otherwise)
{
    struct buf b;
    size_t i = 0;

    if (!d && otherwise >= 0)
        return (size_t)otherwise;
    while (names[i] && !(doc_kind(d) == DOC_TEXT && str_is(doc_text(d), names[i])))
        i++;
    if (names[i])
        return i;
    buf_init(&b, r->sc->arena, 1000);
    for (i = 0; names[i]; i++)
        buf_f(&b, "%s\"%s\"", i ? ", " : "must be one of ", names[i]);
    fault_at(r, where, d ? "not_in_list" : "required", buf_cstr(&b));
    return 0;
}

const char *read_word(struct reader *r, const struct doc *d, const char *where, size_t most)
{
    struct str s = doc_text(d);
    bool fits = s.n > 0 && s.n <= most;

    for (size_t i = 0; fits && i < s.n; i++)
        fits = s.p[i] >= ' ' && s.p[i] < 0x7f;
    if (fits)
        return str_dup(r->sc->arena, s);
    fault_at(r, where, d ? "invalid" : "required",
             arena_f(r->sc->arena, "must be a text of 1 to %zu visible characters of ASCII", most));
    return NULL;
}

const char *read_header(struct reader *r, const struct doc *d, const char *where)
{
    static const char token[] = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz";
    struct str s = doc_text(d);
    char *name = arena_strndup(r->sc->arena, s.p, s.n);
    bool fits = s.n > 0 && s.n <= 100;

    for (size_t i = 0; fits && i < s.n; i++) {
        if (name[i] >= 'A' && name[i] <= 'Z')
            name[i] = (char)(name[i] + 'a' - 'A');
        fits = name[i] && strchr(token, name[i]);
    }
    if (fits)
        return name;
    fault_at(r, where, d ? "invalid" : "required", "must be the name of a header");
    return NULL;
}

const char *read_pointer(struct reader *r, const struct doc *d, const char *where)
{
    struct str s = doc_text(d);
    bool fits = doc_kind(d) == DOC_TEXT && s.n <= 500 && (s.n == 0 || *s.p == '/');

    for (size_t i = 0; fits && i < s.n; i++)
        fits = s.p[i] != '~' || (i + 1 < s.n && (s.p[i + 1] == '0' || s.p[i + 1] == '1'));
    if (fits)
        return str_dup(r->sc->arena, s);
    fault_at(r, where, d ? "invalid" : "required", "must be a JSON Pointer, as \"/data/id\"");
    return NULL;
}

enum err read_end(struct reader *r, const char *what)
{
    if (scope_fault(r->sc)->item_count == r->before)
        return OK;
    return FAIL(r->sc, ERR_INVALID, "%s is not right", what);
}
