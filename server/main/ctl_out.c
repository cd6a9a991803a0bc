#include <stdio.h>
#include <string.h>

#include "main/ctl_int.h"
#include "json/doc.h"

#define OUT_MAX ((size_t)64 << 20)

const char *ctl_typeid(struct scope *sc, const char *prefix, const struct uuid *id)
{
    char text[TYPEID_TEXT_MAX + 1];

    typeid_format(prefix, id, text);
    return arena_strdup(sc->arena, text);
}

static void put_object(struct buf *b, const char *const *names, const char *const *values, size_t n)
{
    buf_c(b, '{');
    for (size_t i = 0; i < n; i++) {
        buf_s(b, i ? "," : "");
        json_put_text(b, str_of(names[i]));
        buf_c(b, ':');
        if (values[i])
            json_put_text(b, str_of(values[i]));
        else
            buf_s(b, "null");
    }
    buf_c(b, '}');
}

void ctl_record(struct scope *sc, const struct ctl_args *a, const char *const *names, const char *const *values,
                size_t n)
{
    struct buf b;

    buf_init(&b, sc->arena, OUT_MAX);
    if (a->form == CTL_JSON) {
        put_object(&b, names, values, n);
        buf_c(&b, '\n');
    } else {
        for (size_t i = 0; i < n; i++)
            if (values[i])
                buf_f(&b, "%s\n", values[i]);
    }
    fputs(buf_cstr(&b), stdout);
}

void ctl_list_init(struct ctl_list *l, struct scope *sc, const struct ctl_args *a, const char *const *columns, size_t n)
{
    *l = (struct ctl_list){.sc = sc, .args = a, .columns = columns, .column_count = n};
}

void ctl_list_add(struct ctl_list *l, const char *const *cells)
{
    size_t n = l->column_count;

    if (l->rows == l->room) {
        size_t room = l->room ? 2 * l->room : 16;

        l->cells = arena_grow(l->sc->arena, l->cells, l->room * n * sizeof(*cells), room * n * sizeof(*cells));
        l->room = room;
    }
    memcpy(l->cells + l->rows++ * n, cells, n * sizeof(*cells));
}

/* Characters and not octets: what follows a first octet of UTF-8 is not counted. */
static size_t width(const char *s)
{
    size_t n = 0;

    for (; s && *s; s++)
        n += ((unsigned char)*s & 0xc0) != 0x80;
    return n;
}

static void put_line(struct buf *b, const char *const *cells, const size_t *widths, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        buf_s(b, cells[i] ? cells[i] : "-");
        for (size_t w = cells[i] ? width(cells[i]) : 1; i + 1 < n && w < widths[i] + 2; w++)
            buf_c(b, ' ');
    }
    buf_c(b, '\n');
}

static void put_table(struct buf *b, const struct ctl_list *l)
{
    size_t n = l->column_count;
    size_t *widths = ARENA_ARRAY(l->sc->arena, size_t, n);

    for (size_t i = 0; i < n; i++) {
        widths[i] = width(l->columns[i]);
        for (size_t r = 0; r < l->rows; r++)
            if (width(l->cells[r * n + i]) > widths[i])
                widths[i] = width(l->cells[r * n + i]);
    }
    put_line(b, l->columns, widths, n);
    for (size_t r = 0; r < l->rows; r++)
        put_line(b, l->cells + r * n, widths, n);
}

/* Tabs and line ends would be taken for ours. */
static void put_tabbed(struct buf *b, const struct ctl_list *l)
{
    size_t n = l->column_count;

    for (size_t i = 0; i < l->rows * n; i++) {
        for (const char *c = l->cells[i] ? l->cells[i] : ""; *c; c++)
            buf_c(b, (unsigned char)*c < 0x20 ? ' ' : *c);
        buf_c(b, (i + 1) % n ? '\t' : '\n');
    }
}

static void put_array(struct buf *b, const struct ctl_list *l)
{
    buf_c(b, '[');
    for (size_t r = 0; r < l->rows; r++) {
        buf_s(b, r ? ",\n " : "");
        put_object(b, l->columns, l->cells + r * l->column_count, l->column_count);
    }
    buf_s(b, "]\n");
}

void ctl_list_print(const struct ctl_list *l)
{
    struct buf b;

    buf_init(&b, l->sc->arena, OUT_MAX);
    if (l->args->form == CTL_JSON)
        put_array(&b, l);
    else if (l->args->form == CTL_PLAIN)
        put_tabbed(&b, l);
    else
        put_table(&b, l);
    fputs(buf_cstr(&b), stdout);
}
