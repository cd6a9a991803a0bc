/* sqlgen: makes a typed C function of every named statement in sql/queries/<room>.sql.
 *
 *   sqlgen OUTDIR file.sql…    writes q_<room>.h and q_<room>.c for each file, and q_table.c over all of them
 *
 *   -- order_state :one   in order_id uuid   out state text, placed_at timestamptz?
 *   select state, placed_at from sales_order where id = :order_id;
 *
 * The header may go on over further "--" lines until the SQL starts; "-- #" is a comment. Nothing is written unless
 * every file is right. C members are named after the SQL names, times with the suffix _us; a nullable scalar x has
 * bool has_x beside it, an array x has size_t x_n.
 */
#include "sqlgen_int.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Everything lives until the end of the program; the list keeps it reachable for the leak checker. */
struct block {
    struct block *next;
    max_align_t body[];
};
static struct block *blocks;

void *keep(size_t n)
{
    struct block *b = calloc(1, sizeof(*b) + n);

    if (!b)
        abort();
    b->next = blocks;
    blocks = b;
    return b->body;
}

char *keep_text(const char *p, size_t n)
{
    char *copy = keep(n + 1);

    memcpy(copy, p, n);
    return copy;
}

void wrong(const char *file, unsigned line, const char *fmt, ...)
{
    va_list ap;

    fprintf(stderr, "%s:%u: ", file, line);
    va_start(ap, fmt);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fputc('\n', stderr);
    exit(1);
}

void text_add(struct text *t, const char *p, size_t n)
{
    if (t->n + n + 1 > t->cap) {
        size_t cap = (t->cap + n + 1) * 2;
        char *bigger = keep(cap);

        if (t->n)
            memcpy(bigger, t->p, t->n);
        t->p = bigger;
        t->cap = cap;
    }
    memcpy(t->p + t->n, p, n);
    t->n += n;
}

size_t name_length(const char *p)
{
    size_t n = 0;

    if (!islower((unsigned char)*p) && *p != '_')
        return 0;
    while (islower((unsigned char)p[n]) || isdigit((unsigned char)p[n]) || p[n] == '_')
        n++;
    return n;
}

static char *read_file(const char *path)
{
    FILE *f = fopen(path, "rb");
    struct text t = {NULL, 0, 0};
    char part[4096];
    size_t n;

    if (!f)
        wrong(path, 0, "cannot be opened");
    while ((n = fread(part, 1, sizeof(part), f)) > 0)
        text_add(&t, part, n);
    if (ferror(f))
        wrong(path, 0, "cannot be read");
    fclose(f);
    if (t.n && memchr(t.p, '\0', t.n))
        wrong(path, 1, "holds a NUL");
    return keep_text(t.n ? t.p : "", t.n);
}

static char *room_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *stem = slash ? slash + 1 : path;
    size_t n = name_length(stem);

    if (n == 0 || strcmp(stem + n, ".sql") != 0 || (n == 5 && strncmp(stem, "table", 5) == 0))
        wrong(path, 0, "is not named <room>.sql");
    return keep_text(stem, n);
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        fprintf(stderr, "usage: sqlgen OUTDIR file.sql...\n");
        return 2;
    }
    for (int i = 2; i < argc; i++) {
        struct source s = {.file = argv[i], .room = room_of(argv[i]), .line = 1};

        s.at = read_file(argv[i]);
        parse_file(&s);
    }
    for (int i = 2; i < argc; i++)
        emit_room(argv[1], room_of(argv[i]));
    emit_table(argv[1]);
    return 0;
}
