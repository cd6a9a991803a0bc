#include <stdlib.h>
#include <string.h>

#include "connect/connect_int.h"
#include "json/doc_value.h"

/* What belongs to the items of a list and is told by another one: each item gets its own of them, by a key that both
 * have. Asked for once for the whole list, and not once for each item.
 */
struct keyed {
    const char *key;
    size_t at; /* in the list it stands in: those of one key stay in their order */
};

static int by_key(const void *a, const void *b)
{
    const struct keyed *x = a, *y = b;
    int order = strcmp(x->key, y->key);

    return order ? order : (x->at > y->at) - (x->at < y->at);
}

struct joining {
    const struct doc *of_part; /* the other list */
    const char **keys;         /* of its items; NULL: it has none */
    struct keyed *sorted;      /* its items that have a key */
    size_t n;
};

static void sort(struct scope *sc, struct joining *j)
{
    j->sorted = ARENA_ARRAY(sc->arena, struct keyed, doc_count(j->of_part) + 1);
    for (size_t i = 0; i < doc_count(j->of_part); i++)
        if (j->keys[i])
            j->sorted[j->n++] = (struct keyed){j->keys[i], i};
    qsort(j->sorted, j->n, sizeof(*j->sorted), by_key);
}

/* The first of that key, or where it would stand. */
static size_t first_of(const struct joining *j, const char *key)
{
    size_t low = 0, high = j->n;

    while (low < high) {
        size_t mid = low + (high - low) / 2;

        if (strcmp(j->sorted[mid].key, key) < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

static struct doc own(struct scope *sc, const struct joining *j, const char *key)
{
    size_t first = key ? first_of(j, key) : 0, n = 0;
    struct doc *v;

    while (key && first + n < j->n && strcmp(j->sorted[first + n].key, key) == 0)
        n++;
    v = ARENA_ARRAY(sc->arena, struct doc, n + 1);
    for (size_t i = 0; i < n; i++)
        v[i] = *doc_at(j->of_part, j->sorted[first + i].at);
    return doc_make_array(v, n);
}

static const struct doc *joined(struct scope *sc, struct joining *j, const struct doc *list, const char **keys,
                                const char *to)
{
    struct doc *v = ARENA_ARRAY(sc->arena, struct doc, doc_count(list) + 1), *out = ARENA_NEW(sc->arena, struct doc);

    sort(sc, j);
    for (size_t i = 0; i < doc_count(list); i++) {
        struct doc belonging = own(sc, j, keys[i]);

        v[i] = doc_kind(doc_at(list, i)) == DOC_OBJECT ? link_with_member(sc, doc_at(list, i), to, &belonging)
                                                       : *doc_at(list, i);
    }
    *out = doc_make_array(v, doc_count(list));
    return out;
}

enum err link_parts_join(struct scope *sc, struct link *l, const struct ask *ask, struct told *out)
{
    const struct connector_named *named = l->connector->named;
    const struct doc *whole = out->value;
    const char *to, **keys;
    struct ask part;

    for (size_t i = 0; named->part_keys && named->part && named->part(sc, &l->site, ask, whole, i, &part, &to); i++) {
        struct joining j = {0};
        struct told told;

        if (!named->part_keys(sc, &l->site, ask, i, whole, false, &keys))
            continue;
        TRY(sc, link_ask_all(sc, l, &part, &told));
        j.of_part = told.found ? told.value : NULL;
        if (j.of_part)
            named->part_keys(sc, &l->site, ask, i, j.of_part, true, &j.keys);
        out->value = joined(sc, &j, out->value, keys, to);
    }
    return OK;
}
