#include "json/doc_int.h"

enum doc_kind doc_kind(const struct doc *d)
{
    if (!d)
        return DOC_NULL;
    if (d->kind == DOC_COMPUTED_INT)
        return DOC_INT;
    return d->kind == DOC_COMPUTED_REAL ? DOC_NUMBER : (enum doc_kind)d->kind;
}

size_t doc_count(const struct doc *d)
{
    return doc_kind(d) == DOC_ARRAY || doc_kind(d) == DOC_OBJECT ? d->n : 0;
}

const struct doc *doc_at(const struct doc *d, size_t i)
{
    if (i >= doc_count(d))
        return NULL;
    return d->kind == DOC_OBJECT ? &d->children[2 * i + 1] : &d->children[i];
}

struct str doc_key(const struct doc *d, size_t i)
{
    if (doc_kind(d) != DOC_OBJECT || i >= d->n)
        return (struct str){0};
    return (struct str){d->children[2 * i].text, d->children[2 * i].n};
}

static const struct doc *member(const struct doc *d, const char *name, size_t n)
{
    if (doc_kind(d) != DOC_OBJECT)
        return NULL;
    for (size_t i = 0; i < 2 * (size_t)d->n; i += 2)
        if (d->children[i].n == n && memcmp(d->children[i].text, name, n) == 0)
            return &d->children[i + 1];
    return NULL;
}

const struct doc *doc_get(const struct doc *d, const char *key)
{
    return member(d, key, strlen(key));
}

size_t doc_index_of(const char *p, size_t n)
{
    size_t v = 0;

    if (n == 0 || n > 9 || (*p == '0' && n > 1))
        return SIZE_MAX;
    for (size_t i = 0; i < n; i++) {
        if (p[i] < '0' || p[i] > '9')
            return SIZE_MAX;
        v = v * 10 + (size_t)(p[i] - '0');
    }
    return v;
}

const struct doc *doc_path(const struct doc *d, const char *dotted)
{
    while (d && *dotted) {
        size_t n = strcspn(dotted, ".");

        d = doc_kind(d) == DOC_ARRAY ? doc_at(d, doc_index_of(dotted, n)) : member(d, dotted, n);
        dotted += n;
        if (*dotted == '.')
            dotted++;
    }
    return d;
}

struct str doc_text(const struct doc *d)
{
    return doc_kind(d) == DOC_TEXT ? (struct str){d->text, d->n} : (struct str){0};
}

const char *doc_cstr(struct arena *a, const struct doc *d)
{
    return doc_kind(d) == DOC_TEXT ? arena_strndup(a, d->text, d->n) : NULL;
}

bool doc_int(const struct doc *d, int64_t *out)
{
    bool negative;
    uint64_t v = 0;

    if (doc_kind(d) != DOC_INT)
        return false;
    if (d->kind == DOC_COMPUTED_INT) {
        *out = d->integer;
        return true;
    }
    negative = *d->text == '-';
    for (size_t i = negative; i < d->n; i++)
        v = v * 10 + (uint64_t)(d->text[i] - '0');
    *out = (int64_t)(negative ? 0 - v : v);
    return true;
}

struct str doc_number_text(const struct doc *d)
{
    bool written = d && (d->kind == DOC_INT || d->kind == DOC_NUMBER);

    return written ? (struct str){d->text, d->n} : (struct str){0};
}

bool doc_decimal(const struct doc *d, struct decimal *out)
{
    char computed[DOC_REAL_MAX];
    struct str text;

    if (d && d->kind == DOC_COMPUTED_INT) {
        *out = decimal_of(d->integer);
        return true;
    }
    if (d && d->kind == DOC_COMPUTED_REAL)
        text = (struct str){computed, doc_real_format(d->real, computed)};
    else
        text = doc_kind(d) == DOC_TEXT ? doc_text(d) : doc_number_text(d);
    return text.n && decimal_parse(text, out);
}

bool doc_bool(const struct doc *d, bool *out)
{
    if (doc_kind(d) != DOC_TRUE && doc_kind(d) != DOC_FALSE)
        return false;
    *out = d->kind == DOC_TRUE;
    return true;
}
