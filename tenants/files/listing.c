#include <stdlib.h>

#include "base/utf8.h"
#include "files/remote_int.h"

/* What a host lists of a folder: names alone, and long lines that say size and time and end with the name. The host may
 * be anybody's: lines are looked up from their ends, in an order, so that what a list costs is bound by its size. */

#define LISTED_MAX 10000 /* names and lines that are looked at; a host's folder has no more */
#define ALIKE_MAX  8     /* lines that end with one name: of "b" and of "a b" */

struct lines {
    struct str *v;
    size_t n;
};

static bool line_next(struct str *left, struct str *out)
{
    const char *end = left->n ? memchr(left->p, '\n', left->n) : NULL;
    size_t n = end ? (size_t)(end - left->p) : left->n;

    if (!left->n)
        return false;
    *out = (struct str){left->p, n};
    left->p += n + (end != NULL);
    left->n -= n + (end != NULL);
    if (out->n && out->p[out->n - 1] == '\r')
        out->n--;
    return true;
}

/* By octets, from the end. */
static int by_end(const void *a, const void *b)
{
    const struct str *x = a, *y = b;

    for (size_t i = 1; i <= x->n && i <= y->n; i++)
        if (x->p[x->n - i] != y->p[y->n - i])
            return (unsigned char)x->p[x->n - i] < (unsigned char)y->p[y->n - i] ? -1 : 1;
    return x->n < y->n ? -1 : x->n > y->n;
}

/* Those that are about a file: a folder's and a link's are not. */
static struct lines lines_read(struct scope *sc, struct str list)
{
    struct lines l = {ARENA_ARRAY(sc->arena, struct str, LISTED_MAX), 0};
    struct str line;

    while (l.n < LISTED_MAX && line_next(&list, &line))
        if (line.n && *line.p == '-')
            l.v[l.n++] = line;
    qsort(l.v, l.n, sizeof(*l.v), by_end);
    return l;
}

/* The line that ends with a blank and the name: the shortest, since that of a longer name ends so as well. */
static struct str line_of(const struct lines *l, struct str blank_and_name)
{
    struct str best = {NULL, 0};
    size_t low = 0, high = l->n;

    while (low < high) {
        size_t at = low + (high - low) / 2;

        if (by_end(&l->v[at], &blank_and_name) < 0)
            low = at + 1;
        else
            high = at;
    }
    for (size_t i = low; i < l->n && i < low + ALIKE_MAX; i++) {
        struct str line = l->v[i];

        if (line.n < blank_and_name.n ||
            memcmp(line.p + line.n - blank_and_name.n, blank_and_name.p, blank_and_name.n) != 0)
            break;
        if (!best.n || line.n < best.n)
            best = line;
    }
    return best;
}

/* Servers of FTP give whole paths in a list of names; the name is what is behind the last slash. */
static struct str last_part(struct str path)
{
    for (size_t i = path.n; i > 0; i--)
        if (path.p[i - 1] == '/')
            return (struct str){path.p + i, path.n - i};
    return path;
}

static bool name_fits(struct str name)
{
    for (size_t i = 0; i < name.n; i++)
        if ((unsigned char)name.p[i] < ' ' || name.p[i] == 0x7f)
            return false;
    return name.n <= FILES_LISTED_NAME_MAX && utf8_valid(name, NULL);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct files_listed *)a)->name, ((const struct files_listed *)b)->name);
}

/* A name that is listed twice is one file. */
static void once_each(struct files_listing *l)
{
    size_t n = 0;

    qsort(l->v, l->n, sizeof(*l->v), by_name);
    for (size_t i = 0; i < l->n; i++)
        if (n == 0 || strcmp(l->v[n - 1].name, l->v[i].name) != 0)
            l->v[n++] = l->v[i];
    l->n = n;
}

void files_listing_read(struct scope *sc, const struct files_settings *s, struct str names, struct str list,
                        struct files_listing *out)
{
    struct lines lines = lines_read(sc, list);
    struct str name;

    *out = (struct files_listing){.v = ARENA_ARRAY(sc->arena, struct files_listed, FILES_LISTED_MAX)};
    for (size_t i = 0; i < LISTED_MAX && out->n < FILES_LISTED_MAX && line_next(&names, &name); i++) {
        const char *text;
        struct str line;

        name = last_part(name);
        if (!name.n || *name.p == '.' || name.n > NET_REMOTE_NAME_MAX)
            continue;
        text = arena_f(sc->arena, " %.*s", (int)name.n, name.p);
        line = line_of(&lines, str_of(text));
        if (line.n && !name_fits(name))
            out->unfit++;
        else if (line.n && files_name_fits(s, text + 1))
            out->v[out->n++] = (struct files_listed){text + 1, line};
    }
    once_each(out);
}

static int by_octets(const void *a, const void *b)
{
    const struct str *x = a, *y = b;
    int order = memcmp(x->p, y->p, x->n < y->n ? x->n : y->n);

    return order ? order : x->n < y->n ? -1 : x->n > y->n;
}

void files_names_read(struct arena *a, struct str names, struct files_names *out)
{
    struct str name;

    *out = (struct files_names){.v = ARENA_ARRAY(a, struct str, LISTED_MAX)};
    while (out->n < LISTED_MAX && line_next(&names, &name)) {
        name = last_part(name);
        if (name.n)
            out->v[out->n++] = name;
    }
    out->whole = names.n == 0;
    qsort(out->v, out->n, sizeof(*out->v), by_octets);
}

bool files_names_has(const struct files_names *names, const char *name)
{
    struct str s = str_of(name);

    return names->n && bsearch(&s, names->v, names->n, sizeof(*names->v), by_octets) != NULL;
}
