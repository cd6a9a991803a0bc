#include "sqlgen_int.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static const struct type types[] = {
    {"uuid", "struct uuid ", "uuid", 2950, 2951, .put_scope = true, .put_address = true},
    {"text", "const char *", "text", 25, 1009, .own_null = true, .get_scope = true},
    {"int", "int32_t ", "int", 23, 1007, .put_scope = true},
    {"bigint", "int64_t ", "bigint", 20, 1016, .put_scope = true},
    {"bool", "bool ", "bool", 16, 1000},
    {"bytea", "struct bytes ", "bytes", 17, 1001, .own_null = true},
    {"timestamptz", "int64_t ", "time", 1184, 1185, .put_scope = true},
};

const char *const card_names[] = {"one", "maybe", "many", "exec"};

struct statement *first_statement;
static struct statement **statements_end = &first_statement;

static bool is_name_char(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

static void skip_blanks(struct source *s)
{
    while (*s->at == ' ' || *s->at == '\t' || *s->at == '\r')
        s->at++;
}

static void skip_line(struct source *s)
{
    while (*s->at && *s->at != '\n')
        s->at++;
    if (*s->at == '\n') {
        s->at++;
        s->line++;
    }
}

static bool is_plain_comment(const char *p)
{
    p += 2;
    while (*p == ' ' || *p == '\t' || *p == '\r')
        p++;
    return *p == '#' || *p == '\n' || *p == '\0';
}

/* Inside a header: goes over line ends while the next line is a "--" line too. False at the header's end. */
static bool header_more(struct source *s)
{
    for (;;) {
        const char *next;

        skip_blanks(s);
        if (*s->at && *s->at != '\n')
            return true;
        if (!*s->at)
            return false;
        next = s->at + 1;
        while (*next == ' ' || *next == '\t')
            next++;
        if (strncmp(next, "--", 2) != 0)
            return false;
        s->line++;
        s->at = next + 2;
        if (is_plain_comment(next))
            s->at += strcspn(s->at, "\n");
    }
}

static char *take_name(struct source *s, const char *what)
{
    size_t n = header_more(s) ? name_length(s->at) : 0;
    char *name;

    if (n == 0 || is_name_char(s->at[n]))
        wrong(s->file, s->line, "%s expected at \"%.20s\"", what, header_more(s) ? s->at : "end of header");
    if (n > NAME_LEN_MAX)
        wrong(s->file, s->line, "%.*s is longer than %d characters", (int)n, s->at, NAME_LEN_MAX);
    name = keep_text(s->at, n);
    s->at += n;
    return name;
}

static const struct type *type_find(const char *name)
{
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        if (strcmp(types[i].sql, name) == 0)
            return &types[i];
    return NULL;
}

static char *member_name(const struct column *c)
{
    size_t n = strlen(c->name);
    bool has = n > 3 && strcmp(c->name + n - 3, "_us") == 0;
    char *m = keep(n + 4);

    memcpy(m, c->name, n);
    if (c->type->oid == 1184 && !has)
        memcpy(m + n, "_us", 3);
    return m;
}

static void take_column(struct source *s, const struct statement *st, struct column *list, unsigned *n, bool is_in)
{
    struct column c = {.name = take_name(s, "a parameter or column name"), .line = s->line};
    char *type = take_name(s, "a type");

    c.type = type_find(type);
    if (!c.type)
        wrong(s->file, s->line, "%s: unknown type %s of %s", st->name, type, c.name);
    if (*s->at == '?') {
        c.nullable = true;
        s->at++;
    }
    if (strncmp(s->at, "[]", 2) == 0) {
        c.array = true;
        s->at += 2;
    }
    if (c.array && (!is_in || c.nullable))
        wrong(s->file, s->line, "%s: %s: an array can only be an input that is not null", st->name, c.name);
    c.member = member_name(&c);
    for (unsigned i = 0; i < *n; i++)
        if (strcmp(list[i].name, c.name) == 0 || strcmp(list[i].member, c.member) == 0)
            wrong(s->file, s->line, "%s: %s is declared twice", st->name, c.name);
    if (*n == COLUMNS_MAX)
        wrong(s->file, s->line, "%s: more than %d names", st->name, COLUMNS_MAX);
    list[(*n)++] = c;
}

static bool take_word(struct source *s, const char *word)
{
    size_t n = strlen(word);

    if (!header_more(s) || strncmp(s->at, word, n) != 0 || is_name_char(s->at[n]))
        return false;
    s->at += n;
    return true;
}

static void take_columns(struct source *s, struct statement *st, bool is_in)
{
    struct column *list = is_in ? st->in : st->out;
    unsigned *n = is_in ? &st->in_n : &st->out_n;

    do {
        take_column(s, st, list, n, is_in);
        if (!header_more(s) || *s->at != ',')
            return;
        s->at++;
    } while (true);
}

static void take_card(struct source *s, struct statement *st)
{
    skip_blanks(s);
    if (*s->at++ != ':')
        wrong(s->file, s->line, "%s: :one, :maybe, :many or :exec expected", st->name);
    for (unsigned i = 0; i < 4; i++)
        if (take_word(s, card_names[i])) {
            st->card = (enum card)i;
            return;
        }
    wrong(s->file, s->line, "%s: :one, :maybe, :many or :exec expected", st->name);
}

static void take_header(struct source *s, struct statement *st)
{
    bool in = false, out = false;

    s->at += 2;
    st->line = s->line;
    st->name = take_name(s, "a statement's name (a plain comment starts with \"-- #\")");
    take_card(s, st);
    while (header_more(s)) {
        if (!in && !out && take_word(s, "in"))
            in = true;
        else if (!out && take_word(s, "out"))
            out = true;
        else
            wrong(s->file, s->line, "%s: \"in\" or \"out\" expected at \"%.20s\"", st->name, s->at);
        take_columns(s, st, !out);
    }
    if (st->card == CARD_EXEC && out)
        wrong(s->file, st->line, "%s: an :exec statement has no columns", st->name);
    if (st->card != CARD_EXEC && !out)
        wrong(s->file, st->line, "%s: a :%s statement needs columns (out …)", st->name, card_names[st->card]);
}

static void copy_run(struct source *s, struct text *t, size_t n)
{
    for (size_t i = 0; i < n; i++)
        s->line += s->at[i] == '\n';
    text_add(t, s->at, n);
    s->at += n;
}

/* Length of the quoted text at p, closing quote included; 0 when it does not end. */
static size_t quoted_length(const char *p, bool backslash)
{
    char quote = *p;

    for (size_t i = 1; p[i]; i++) {
        if (backslash && p[i] == '\\' && p[i + 1])
            i++;
        else if (p[i] == quote && p[i + 1] == quote)
            i++;
        else if (p[i] == quote)
            return i + 1;
    }
    return 0;
}

/* Length of $tag$…$tag$ at p, or 0 when that is none; an unended one reaches to the end. */
static size_t dollar_length(const char *p)
{
    size_t tag = 1;
    const char *end;

    while (is_name_char(p[tag]))
        tag++;
    if (p[tag] != '$' || isdigit((unsigned char)p[1]))
        return 0;
    tag++;
    for (end = p + tag; *end; end++)
        if (strncmp(end, p, tag) == 0)
            return (size_t)(end - p) + tag;
    return strlen(p);
}

static bool looks_like_header(const char *p)
{
    size_t n;

    p += 2 + strspn(p + 2, " \t");
    n = name_length(p);
    p += n;
    p += strspn(p, " \t");
    if (n == 0 || *p != ':')
        return false;
    for (unsigned i = 0; i < 4; i++)
        if (strncmp(p + 1, card_names[i], strlen(card_names[i])) == 0)
            return true;
    return false;
}

/* Comments stay in the file: the server need not read them. */
static void drop_comment(struct source *s, const struct statement *st)
{
    unsigned depth = 0;

    if (*s->at == '-') {
        if (looks_like_header(s->at))
            wrong(s->file, s->line, "%s is not ended by \";\" before the next statement", st->name);
        s->at += strcspn(s->at, "\n");
        return;
    }
    do {
        if (!*s->at)
            wrong(s->file, st->line, "%s: a comment does not end", st->name);
        s->line += *s->at == '\n';
        if (strncmp(s->at, "/*", 2) == 0 || strncmp(s->at, "*/", 2) == 0) {
            depth += *s->at == '/' ? 1U : -1U;
            s->at++;
        }
        s->at++;
    } while (depth);
}

static void take_parameter(struct source *s, struct statement *st, struct text *t)
{
    size_t n = name_length(s->at + 1);
    char number[16];

    for (unsigned i = 0; i < st->in_n; i++)
        if (strlen(st->in[i].name) == n && strncmp(st->in[i].name, s->at + 1, n) == 0) {
            int len = snprintf(number, sizeof(number), "$%u", i + 1);

            st->in[i].used = true;
            text_add(t, number, (size_t)len);
            s->at += n + 1;
            return;
        }
    wrong(s->file, s->line, "%s: :%.*s is not declared", st->name, (int)n, s->at + 1);
}

/* Takes one piece of SQL: a quoted run, a comment, a parameter, a word or one character. */
static void take_piece(struct source *s, struct statement *st, struct text *t)
{
    const char *p = s->at;
    size_t n = 1;

    if (strncmp(p, "--", 2) == 0 || strncmp(p, "/*", 2) == 0) {
        drop_comment(s, st);
        return;
    }
    if (*p == ':' && name_length(p + 1) && p[1] != ':') {
        take_parameter(s, st, t);
        return;
    }
    if (*p == '\'' || *p == '"') {
        n = quoted_length(p, false);
    } else if ((*p == 'e' || *p == 'E') && p[1] == '\'') {
        n = quoted_length(p + 1, true);
        n += n > 0;
    } else if (*p == '$' && isdigit((unsigned char)p[1])) {
        wrong(s->file, s->line, "%s: a parameter is written :name, not $%c", st->name, p[1]);
    } else if (*p == '$') {
        n = dollar_length(p);
        n += n == 0;
    } else if (strncmp(p, "::", 2) == 0) {
        n = 2;
    } else if (is_name_char(*p)) {
        while (is_name_char(p[n]) || p[n] == '$')
            n++;
    }
    if (n == 0)
        wrong(s->file, s->line, "%s: a quote does not end", st->name);
    copy_run(s, t, n);
}

static void take_sql(struct source *s, struct statement *st)
{
    struct text t = {NULL, 0, 0};

    for (;;) {
        if (!*s->at)
            wrong(s->file, st->line, "%s is not ended by \";\"", st->name);
        if (*s->at == ';')
            break;
        take_piece(s, st, &t);
    }
    s->at++;
    while (t.n && isspace((unsigned char)t.p[t.n - 1]))
        t.n--;
    while (t.n && isspace((unsigned char)*t.p)) {
        t.p++;
        t.n--;
    }
    if (t.n == 0)
        wrong(s->file, st->line, "%s has no SQL", st->name);
    st->text = keep_text(t.p, t.n);
    for (unsigned i = 0; i < st->in_n; i++)
        if (!st->in[i].used)
            wrong(s->file, st->in[i].line, "%s: :%s is declared and not used", st->name, st->in[i].name);
}

static void add_statement(struct statement *st)
{
    for (struct statement *o = first_statement; o; o = o->next)
        if (strcmp(o->name, st->name) == 0)
            wrong(st->file, st->line, "%s stands in %s:%u already", st->name, o->file, o->line);
    *statements_end = st;
    statements_end = &st->next;
}

void parse_file(struct source *s)
{
    for (;;) {
        struct statement *st;

        s->at += strspn(s->at, " \t\r");
        if (!*s->at)
            return;
        if (*s->at == '\n' || (strncmp(s->at, "--", 2) == 0 && is_plain_comment(s->at))) {
            skip_line(s);
            continue;
        }
        if (strncmp(s->at, "--", 2) != 0)
            wrong(s->file, s->line, "SQL without a \"-- name :cardinality\" line before it");
        st = keep(sizeof(*st));
        st->file = s->file;
        st->room = s->room;
        take_header(s, st);
        take_sql(s, st);
        add_statement(st);
    }
}
