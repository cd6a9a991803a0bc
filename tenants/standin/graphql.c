#include "standin/standin_int.h"

#include "base/must.h"

/* What a GraphQL request asks for (specification of October 2021, section 2), with its variables put in. Types are not
 * known here: whether a field is one, the routes tell. */

#define DEPTH_MAX     24
#define LIST_MAX      400 /* fields of a level, members, variables, fragments */
#define DECLARED_MAX  100
#define FRAGMENTS_MAX 60

struct declared {
    struct str name, type;
    struct doc usual; /* absent: none */
    bool needed;
};

struct reader {
    struct scope *sc;
    const char *p, *end;
    const struct doc *given; /* variables */
    struct declared declared[DECLARED_MAX];
    size_t declared_count;
    struct standin_fragment fragments[FRAGMENTS_MAX];
    size_t fragment_count;
    const char *wanted; /* the operation's name; NULL: the only one */
    bool found, first;  /* first: the round in which only variables are looked at */
    struct standin_asked *out;
};

static enum err selection(struct reader *r, int depth, struct standin_picks **out);

/* ---- signs and names ---- */

static void blank(struct reader *r)
{
    for (; r->p < r->end; r->p++) {
        if (*r->p == '#')
            while (r->p + 1 < r->end && r->p[1] != '\n')
                r->p++;
        else if (!strchr(" \t\r\n,", *r->p))
            return;
    }
}

static bool sign(struct reader *r, const char *s)
{
    size_t n = strlen(s);

    blank(r);
    if ((size_t)(r->end - r->p) < n || memcmp(r->p, s, n) != 0)
        return false;
    r->p += n;
    return true;
}

static enum err wrong(struct reader *r, const char *wanted)
{
    if (r->p == r->end)
        return FAIL(r->sc, ERR_INVALID, "syntax error, unexpected end of file, expecting %s", wanted);
    return FAIL(r->sc, ERR_INVALID, "syntax error, unexpected \"%c\", expecting %s", *r->p, wanted);
}

static enum err must(struct reader *r, const char *s)
{
    return sign(r, s) ? OK : wrong(r, s);
}

static bool of_name(char c, bool first)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (!first && c >= '0' && c <= '9');
}

static bool name(struct reader *r, struct str *out)
{
    const char *from;

    blank(r);
    from = r->p;
    while (r->p < r->end && of_name(*r->p, r->p == from))
        r->p++;
    *out = (struct str){from, (size_t)(r->p - from)};
    return out->n > 0;
}

/* ---- values ---- */

static enum err value(struct reader *r, int depth, struct doc *out);

static enum err variable(struct reader *r, struct doc *out)
{
    struct str n;

    if (!name(r, &n))
        return wrong(r, "a variable");
    *out = expr_absent();
    if (r->first)
        return OK;
    for (size_t i = 0; i < r->declared_count; i++) {
        const struct doc *v = doc_get(r->given, str_dup(r->sc->arena, n));

        if (!str_equal(r->declared[i].name, n))
            continue;
        *out = v ? *v : r->declared[i].usual;
        return OK;
    }
    return FAIL(r->sc, ERR_INVALID, "Variable $%.*s is used but not declared", (int)n.n, n.p);
}

/* Their escapes are those of JSON; between three quotes a text stands as it is. */
static enum err text(struct reader *r, struct doc *out)
{
    const char *from = r->p;
    const struct doc *d;

    if (sign(r, "\"\"\"")) {
        from = r->p;
        while (r->end - r->p >= 3 && memcmp(r->p, "\"\"\"", 3) != 0)
            r->p++;
        *out = doc_make_text((struct str){from, (size_t)(r->p - from)});
        return must(r, "\"\"\"");
    }
    for (r->p++; r->p < r->end && *r->p != '"' && *r->p != '\n'; r->p++)
        if (*r->p == '\\' && r->p + 1 < r->end)
            r->p++;
    if (r->p == r->end || *r->p != '"')
        return wrong(r, "the end of a text");
    r->p++;
    TRY(r->sc, doc_parse(r->sc, (struct str){from, (size_t)(r->p - from)}, &d));
    *out = *d;
    return OK;
}

static enum err number(struct reader *r, struct doc *out)
{
    const char *from = r->p;
    const struct doc *d;

    while (r->p < r->end && strchr("+-.eE0123456789", *r->p))
        r->p++;
    TRY(r->sc, doc_parse(r->sc, (struct str){from, (size_t)(r->p - from)}, &d));
    *out = *d;
    return OK;
}

/* Up to the sign that ends it: "name: value" each. A member whose variable was not given is left out. */
static enum err members(struct reader *r, const char *end, int depth, struct doc *out)
{
    struct doc *v = ARENA_ARRAY(r->sc->arena, struct doc, 2 * LIST_MAX);
    size_t n = 0;

    while (!sign(r, end)) {
        struct str key;

        if (n == LIST_MAX || !name(r, &key))
            return wrong(r, "a name");
        TRY(r->sc, must(r, ":"));
        TRY(r->sc, value(r, depth, &v[2 * n + 1]));
        v[2 * n] = doc_make_text(key);
        n += !expr_is_absent(v[2 * n + 1]);
    }
    *out = doc_make_object(v, n);
    return OK;
}

static enum err items(struct reader *r, int depth, struct doc *out)
{
    struct doc *v = ARENA_ARRAY(r->sc->arena, struct doc, LIST_MAX);
    size_t n = 0;

    while (!sign(r, "]")) {
        if (n == LIST_MAX)
            return wrong(r, "no more items");
        TRY(r->sc, value(r, depth, &v[n++]));
    }
    *out = doc_make_array(v, n);
    return OK;
}

static enum err value(struct reader *r, int depth, struct doc *out)
{
    struct str word;

    if (depth > DEPTH_MAX)
        return wrong(r, "less depth");
    if (sign(r, "$"))
        return variable(r, out);
    if (sign(r, "{"))
        return members(r, "}", depth + 1, out);
    if (sign(r, "["))
        return items(r, depth + 1, out);
    if (r->p < r->end && *r->p == '"')
        return text(r, out);
    if (r->p < r->end && (*r->p == '-' || (*r->p >= '0' && *r->p <= '9')))
        return number(r, out);
    if (!name(r, &word))
        return wrong(r, "a value");
    *out = doc_make_text(word); /* of an enumeration */
    if (str_is(word, "true") || str_is(word, "false"))
        *out = doc_make_bool(str_is(word, "true"));
    else if (str_is(word, "null"))
        *out = (struct doc){.kind = DOC_NULL};
    return OK;
}

/* ---- fields ---- */

static enum err directives(struct reader *r, struct doc *out)
{
    struct doc *v = ARENA_ARRAY(r->sc->arena, struct doc, 2 * 8);
    size_t n = 0;

    while (n < 8 && sign(r, "@")) {
        struct str of;

        if (!name(r, &of))
            return wrong(r, "a directive");
        v[2 * n] = doc_make_text(of);
        v[2 * n + 1] = doc_make_object(NULL, 0);
        if (sign(r, "("))
            TRY(r->sc, members(r, ")", 0, &v[2 * n + 1]));
        n++;
    }
    *out = doc_make_object(v, n);
    return OK;
}

static bool left_out(const struct doc *d)
{
    bool skip = false, include = true;

    (void)doc_bool(doc_path(d, "skip.if"), &skip);
    (void)doc_bool(doc_path(d, "include.if"), &include);
    return skip || !include;
}

static enum err field(struct reader *r, int depth, struct standin_pick *p)
{
    if (!name(r, &p->name))
        return wrong(r, "a field");
    p->key = p->name;
    if (sign(r, ":") && !name(r, &p->name))
        return wrong(r, "a field");
    p->args = doc_make_object(NULL, 0);
    if (sign(r, "("))
        TRY(r->sc, members(r, ")", depth, &p->args));
    TRY(r->sc, directives(r, &p->directives));
    if (sign(r, "{"))
        TRY(r->sc, selection(r, depth + 1, &p->below));
    return OK;
}

/* "...": on a type, or a fragment by its name. */
static enum err several(struct reader *r, int depth, struct standin_pick *p)
{
    struct str word;

    if (name(r, &word) && str_is(word, "on") && !name(r, &p->on))
        return wrong(r, "a type");
    if (word.n && !str_is(word, "on"))
        p->fragment = word;
    TRY(r->sc, directives(r, &p->directives));
    if (p->fragment.n)
        return OK;
    TRY(r->sc, must(r, "{"));
    return selection(r, depth + 1, &p->below);
}

static enum err selection(struct reader *r, int depth, struct standin_picks **out)
{
    struct standin_pick *v = ARENA_ARRAY(r->sc->arena, struct standin_pick, LIST_MAX);
    size_t n = 0;

    if (depth > DEPTH_MAX)
        return wrong(r, "less depth");
    while (!sign(r, "}")) {
        if (n == LIST_MAX)
            return wrong(r, "fewer fields");
        v[n] = (struct standin_pick){0};
        TRY(r->sc, sign(r, "...") ? several(r, depth, &v[n]) : field(r, depth, &v[n]));
        n += !left_out(&v[n].directives);
    }
    *out = ARENA_NEW(r->sc->arena, struct standin_picks);
    **out = (struct standin_picks){v, n};
    return OK;
}

/* ---- the document ---- */

static enum err variable_type(struct reader *r, struct declared *d)
{
    struct str of;
    const char *from;

    blank(r);
    from = r->p;
    while (sign(r, "["))
        ;
    if (!name(r, &of))
        return wrong(r, "a type");
    while (sign(r, "]") || sign(r, "!"))
        ;
    for (d->type = (struct str){from, (size_t)(r->p - from)}; d->type.n && strchr(" \t\r\n,", from[d->type.n - 1]);)
        d->type.n--;
    d->needed = from[d->type.n - 1] == '!';
    return OK;
}

static enum err variables(struct reader *r)
{
    struct doc ignored;

    while (!sign(r, ")")) {
        struct declared d = {.usual = expr_absent()};

        TRY(r->sc, must(r, "$"));
        if (r->declared_count == DECLARED_MAX || !name(r, &d.name))
            return wrong(r, "a variable");
        TRY(r->sc, must(r, ":"));
        TRY(r->sc, variable_type(r, &d));
        if (sign(r, "="))
            TRY(r->sc, value(r, 0, &d.usual));
        TRY(r->sc, directives(r, &ignored));
        r->declared[r->declared_count++] = d;
    }
    return OK;
}

static enum err operation(struct reader *r, bool mutation)
{
    size_t before = r->declared_count;
    struct standin_picks *picks;
    struct str of = {0};
    struct doc ignored;
    bool is;

    (void)name(r, &of);
    is = !r->wanted || str_is(of, r->wanted);
    if (sign(r, "("))
        TRY(r->sc, variables(r));
    if (!is || !r->first) /* another's, or known from the first round */
        r->declared_count = before;
    TRY(r->sc, directives(r, &ignored));
    TRY(r->sc, must(r, "{"));
    TRY(r->sc, selection(r, 0, &picks));
    if (!is)
        return OK;
    if (r->found)
        return FAIL(r->sc, ERR_INVALID, "An operation name is required");
    r->found = true;
    *r->out = (struct standin_asked){.mutation = mutation, .picks = *picks};
    return OK;
}

static enum err fragment(struct reader *r)
{
    struct standin_fragment f = {0};
    struct standin_picks *picks;
    struct str word;
    struct doc ignored;

    if (r->fragment_count == FRAGMENTS_MAX || !name(r, &f.name) || !name(r, &word) || !str_is(word, "on") ||
        !name(r, &f.on))
        return wrong(r, "a fragment's name and type");
    TRY(r->sc, directives(r, &ignored));
    TRY(r->sc, must(r, "{"));
    TRY(r->sc, selection(r, 0, &picks));
    f.picks = *picks;
    r->fragments[r->fragment_count++] = f;
    return OK;
}

static enum err document(struct reader *r)
{
    struct str word;

    for (; blank(r), r->p < r->end;) {
        if (*r->p == '{') {
            TRY(r->sc, operation(r, false));
            continue;
        }
        if (!name(r, &word))
            return wrong(r, "a definition");
        if (str_is(word, "fragment"))
            TRY(r->sc, fragment(r));
        else if (str_is(word, "query") || str_is(word, "mutation"))
            TRY(r->sc, operation(r, str_is(word, "mutation")));
        else
            return FAIL(r->sc, ERR_INVALID, "syntax error, unexpected \"%.*s\"", (int)word.n, word.p);
    }
    if (!r->found)
        return FAIL(r->sc, ERR_INVALID, "No operation named \"%s\"", r->wanted ? r->wanted : "");
    return OK;
}

static enum err all_given(struct reader *r)
{
    for (size_t i = 0; i < r->declared_count; i++) {
        const struct declared *d = &r->declared[i];
        const struct doc *v = doc_get(r->given, str_dup(r->sc->arena, d->name));

        if (d->needed && (v ? doc_kind(v) == DOC_NULL : expr_is_absent(d->usual)))
            return FAIL(r->sc, ERR_INVALID, "Variable $%.*s of type %.*s was provided invalid value", (int)d->name.n,
                        d->name.p, (int)d->type.n, d->type.p);
    }
    return OK;
}

/* Twice: a fragment may stand before the operation that says what its variables are. */
enum err standin_ask_read(struct scope *sc, const struct doc *body, struct standin_asked *out)
{
    struct reader *r = ARENA_NEW(sc->arena, struct reader);
    struct str query = doc_text(doc_get(body, "query"));

    if (query.n == 0)
        return FAIL(sc, ERR_INVALID, "Required parameter missing or invalid: query");
    *r = (struct reader){.sc = sc, .given = doc_get(body, "variables"), .out = out, .first = true};
    r->wanted = doc_cstr(sc->arena, doc_get(body, "operationName"));
    for (int round = 0; round < 2; round++) {
        r->p = query.p;
        r->end = query.p + query.n;
        r->found = false;
        r->fragment_count = 0;
        TRY(sc, document(r));
        if (r->first)
            TRY(sc, all_given(r));
        r->first = false;
    }
    out->fragments = r->fragments;
    out->fragment_count = r->fragment_count;
    return OK;
}
