#include <string.h>

#include "watch/watch_int.h"

/* What people read of a deviation. */

static const char *one(struct arena *a, const struct drift_deviation *d)
{
    const char *path = *d->path ? d->path : "the payload";

    switch (d->what) {
    case DRIFT_MISSING:
        return arena_f(a, "%s is missing", path);
    case DRIFT_NEW:
        return arena_f(a, "%s is new", path);
    case DRIFT_RENAMED:
        return arena_f(a, "%s seems to be called %s now", path, d->other ? d->other : "otherwise");
    case DRIFT_VALUE:
        return arena_f(a, "%s has a word that it never had: %s", path, d->got);
    case DRIFT_UNIT:
        return arena_f(a, "%s has %s", path, d->got);
    case DRIFT_TYPE:
    case DRIFT_FORMAT:
    case DRIFT_WHATS:
        break;
    }
    return arena_f(a, "%s was %s and is %s", path, d->expected, d->got);
}

const char *watch_words(struct arena *a, const struct drift_deviation *first, size_t all)
{
    const char *words = arena_cut(a, one(a, first), WATCH_REASON_MAX);

    return all > 1 ? arena_f(a, "%s, and %zu more", words, all - 1) : words;
}

/* The gravest first. Where any is held, those that pass are no reason. */
const char *watch_sentence(struct arena *a, const struct drift_seen *seen)
{
    const struct drift_deviation *first = &seen->v[0];
    size_t all = 0;

    for (size_t i = 1; i < seen->n; i++)
        if (seen->v[i].action > first->action)
            first = &seen->v[i];
    for (size_t i = 0; i < seen->n; i++)
        all += (seen->v[i].action == DRIFT_PASS) == (first->action == DRIFT_PASS);
    return watch_words(a, first, all);
}

/* The first value at a dotted path, list items left out. */
static const struct doc *at(const struct doc *d, const char *path, size_t depth)
{
    size_t n = strcspn(path, ".");
    const struct doc *found = NULL;

    if (!*path || !d || depth > DOC_DEPTH_MAX)
        return d;
    for (size_t i = 0; i < doc_count(d) && !found; i++) {
        struct str key = doc_kind(d) == DOC_OBJECT ? doc_key(d, i) : (struct str){0};

        if (doc_kind(d) == DOC_ARRAY)
            found = at(doc_at(d, i), path, depth + 1);
        else if (key.n == n && memcmp(key.p, path, n) == 0)
            return at(doc_at(d, i), path + n + (path[n] == '.'), depth + 1);
    }
    return found;
}

static const char *looks(struct arena *a, const struct doc *d)
{
    switch (doc_kind(d)) {
    case DOC_NULL:
        return d ? "null" : "nothing";
    case DOC_FALSE:
    case DOC_TRUE:
        return "true or false";
    case DOC_INT:
        return "a whole number";
    case DOC_NUMBER:
        return "a number";
    case DOC_TEXT:
        return arena_f(a, "a text of %zu octets", doc_text(d).n);
    case DOC_ARRAY:
        return arena_f(a, "a list of %zu", doc_count(d));
    case DOC_OBJECT:
        return arena_f(a, "an object of %zu fields", doc_count(d));
    }
    return "";
}

/* Of a list of words the word, which drift keeps anyway; of all else what it is and how long. */
const char *watch_sample(struct arena *a, const struct doc *payload, const struct drift_deviation *d)
{
    if (d->what == DRIFT_VALUE)
        return arena_cut(a, d->got, WATCH_SAMPLE_MAX);
    return looks(a, at(payload, d->what == DRIFT_RENAMED && d->other ? d->other : d->path, 0));
}
