#include <string.h>

#include "base/timefmt.h"
#include "xref/xref_int.h"
#include "json/doc.h"

/* A snapshot from a text: for tests, and for trying a mapping without a database. */
static enum err wrong(struct scope *sc, struct str table, const char *why)
{
    return FAIL(sc, ERR_INVALID, "cross reference %s: %s", str_dup(sc->arena, table), why);
}

static bool rule_name(const struct doc *rules, const char *member, const char *const *names, int *out)
{
    const struct doc *d = doc_get(rules, member);

    if (d)
        *out = xref_name_index(names, doc_text(d));
    return *out >= 0;
}

static enum err rules_of(struct scope *sc, const struct doc *d, struct xref_book *out)
{
    int letters = XREF_CASE_EXACT, blanks = XREF_BLANKS_TRIM;
    const struct doc *empty = doc_get(d, "key_empty");

    if (!rule_name(d, "key_case", xref_case_names, &letters))
        return wrong(sc, out->name, "key_case is exact or fold");
    if (!rule_name(d, "key_blanks", xref_blanks_names, &blanks))
        return wrong(sc, out->name, "key_blanks is exact, trim or collapse");
    out->key = (struct xref_rule){(enum xref_case)letters, (enum xref_blanks)blanks, false};
    if (empty && !doc_bool(empty, &out->key.empty))
        return wrong(sc, out->name, "key_empty is true or false");
    return OK;
}

static enum err pair_of(struct scope *sc, const struct xref_book *b, struct str key, const struct doc *value,
                        struct xref_pair *out)
{
    char norm[XREF_NORM_MAX];
    const char *code, *fault = xref_word_fault(&b->key, key, &code);
    size_t n = 0;

    if (fault)
        return wrong(sc, b->name, arena_f(sc->arena, "the key of an entry: %s", fault));
    if (doc_kind(value) != DOC_TEXT)
        return wrong(sc, b->name, "the value of an entry is a text");
    xref_normal(&b->key, key, norm, &n);
    *out = (struct xref_pair){{arena_strndup(sc->arena, norm, n), n}, doc_text(value), INT64_MIN, INT64_MIN};
    return OK;
}

static enum err time_of(struct scope *sc, const struct xref_book *b, const struct doc *d, int64_t *out)
{
    if (d && doc_kind(d) != DOC_NULL && !time_parse(doc_text(d), out))
        return wrong(sc, b->name, "valid_from and valid_to are times of RFC 3339");
    return OK;
}

static enum err entries_of(struct scope *sc, const struct doc *d, struct xref_book *out)
{
    bool listed = doc_kind(d) == DOC_ARRAY;

    if (d && !listed && doc_kind(d) != DOC_OBJECT)
        return wrong(sc, out->name, "entries are an object, or a list of objects with key and value");
    out->n = doc_count(d);
    out->pairs = ARENA_ARRAY(sc->arena, struct xref_pair, out->n);
    for (size_t i = 0; i < out->n; i++) {
        const struct doc *e = doc_at(d, i);
        struct str key = listed ? doc_text(doc_get(e, "key")) : doc_key(d, i);

        TRY(sc, pair_of(sc, out, key, listed ? doc_get(e, "value") : e, &out->pairs[i]));
        if (listed) {
            TRY(sc, time_of(sc, out, doc_get(e, "valid_from"), &out->pairs[i].from_us));
            TRY(sc, time_of(sc, out, doc_get(e, "valid_to"), &out->pairs[i].to_us));
        }
    }
    return OK;
}

enum err xref_snapshot_from_doc(struct scope *sc, struct str json, struct xref_snapshot **out)
{
    struct xref_snapshot *s;
    const struct doc *d;
    struct str twice;

    TRY(sc, doc_parse(sc, json, &d));
    if (doc_kind(d) != DOC_OBJECT)
        return FAIL(sc, ERR_INVALID, "cross references are an object with a member for each of them");
    s = xref_snapshot_new(sc->arena, doc_count(d));
    for (size_t i = 0; i < s->n; i++) {
        s->books[i].name = doc_key(d, i);
        TRY(sc, rules_of(sc, doc_get(doc_at(d, i), "rules"), &s->books[i]));
        TRY(sc, entries_of(sc, doc_get(doc_at(d, i), "entries"), &s->books[i]));
    }
    if (!xref_snapshot_seal(s, &twice))
        return FAIL(sc, ERR_INVALID, "there are two entries for %s that are valid at the same time",
                    str_dup(sc->arena, twice));
    *out = s;
    return OK;
}
