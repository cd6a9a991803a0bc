#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Inside of the host tool sqlgen; what it reads and writes stands at the top of sqlgen.c. */
enum { COLUMNS_MAX = 64, NAME_LEN_MAX = 56 };

struct type {
    const char *sql;
    const char *c;    /* with the blank or star before the name */
    const char *verb; /* db_put_<verb>, db_get_<verb> */
    unsigned oid, array_oid;
    bool own_null; /* the C value itself can say null */
    bool put_scope, put_address, get_scope;
};

struct column {
    char *name;
    char *member;
    const struct type *type;
    bool nullable, array, used;
    unsigned line;
};

enum card { CARD_ONE, CARD_MAYBE, CARD_MANY, CARD_EXEC };
extern const char *const card_names[];

struct statement {
    struct statement *next;
    const char *file;
    unsigned line;
    const char *room;
    char *name;
    enum card card;
    struct column in[COLUMNS_MAX], out[COLUMNS_MAX];
    unsigned in_n, out_n;
    char *text;
};

struct source {
    const char *file;
    const char *room;
    const char *at;
    unsigned line;
};

/* A growing text. */
struct text {
    char *p;
    size_t n, cap;
};

extern struct statement *first_statement;

void *keep(size_t n); /* cleared; lives until the end of the program */
char *keep_text(const char *p, size_t n);
void text_add(struct text *t, const char *p, size_t n);
size_t name_length(const char *p); /* 0: no name starts here */
void wrong(const char *file, unsigned line, const char *fmt, ...) __attribute__((noreturn, format(printf, 3, 4)));

void parse_file(struct source *s);
void emit_room(const char *folder, const char *room);
void emit_table(const char *folder);
