#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "base/timefmt.h"
#include "expr/expr.h"
#include "main/ctl_expr_int.h"

/* JSONata's suite: groups/GROUP/CASE.json holds one case or an array of them, datasets/NAME.json what they are run on.
 * A case is an expression with a result, no result, or an error (code, and token or message where given).
 */
#define FILE_MAX  ((size_t)16 << 20)
#define NAMES_MAX 4000

struct suite {
    const char *dir;
    struct str except; /* lines: CASE TAB REASON */
    unsigned passed, failed, excepted;
};

struct one {
    struct scope *sc;
    struct suite *suite;
    const char *group, *file;
    const char *name; /* "group/file.json#2" */
    const struct doc *spec;
};

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static size_t names_in(struct scope *sc, const char *dir, const char *suffix, const char **out)
{
    DIR *d = opendir(dir);
    size_t n = 0;

    for (struct dirent *e; d && n < NAMES_MAX && (e = readdir(d));) {
        size_t length = strlen(e->d_name), tail = strlen(suffix);

        if (*e->d_name != '.' && length >= tail && strcmp(e->d_name + length - tail, suffix) == 0)
            out[n++] = arena_strdup(sc->arena, e->d_name);
    }
    if (d)
        closedir(d);
    qsort(out, n, sizeof(*out), by_text);
    return n;
}

static int hex_of(char c)
{
    static const char digits[] = "0123456789abcdef";
    const char *found = c ? strchr(digits, c | 0x20) : NULL;

    return found ? (int)(found - digits) : -1;
}

static int unit_at(const char *p, const char *end)
{
    int v = 0;

    if (end - p < 6 || p[0] != '\\' || p[1] != 'u')
        return -1;
    for (int i = 2; i < 6; i++) {
        int digit = hex_of(p[i]);

        if (digit < 0)
            return -1;
        v = v << 4 | digit;
    }
    return v;
}

/* Half of a surrogate pair is no character, and our documents refuse it. In a case it stands for the expression's own
 * escape of the same digits, so that becomes what is read.
 */
static struct str without_halves(struct scope *sc, struct str text)
{
    const char *end = text.p + text.n;
    struct buf b;

    buf_init(&b, sc->arena, 2 * text.n + 16);
    for (const char *p = text.p; p < end;) {
        int unit = unit_at(p, end), next = unit >= 0xd800 && unit < 0xdc00 ? unit_at(p + 6, end) : -1;

        if (*p == '\\' && unit < 0) {
            buf_add(&b, p, end - p < 2 ? 1 : 2);
            p += end - p < 2 ? 1 : 2;
        } else if (unit >= 0) {
            bool pair = next >= 0xdc00 && next < 0xe000;

            if (unit >= 0xd800 && unit < 0xe000 && !pair)
                buf_c(&b, '\\');
            buf_add(&b, p, pair ? 12 : 6);
            p += pair ? 12 : 6;
        } else {
            buf_c(&b, *p++);
        }
    }
    return buf_str(&b);
}

static enum err read_json(struct scope *sc, const char *path, const struct doc **out)
{
    struct str text;

    TRY(sc, ctl_read_file(sc, path, FILE_MAX, &text));
    return doc_parse(sc, without_halves(sc, text), out);
}

/* ---- comparing ---- */

/* In any order: each item of one is some item of the other that no earlier one was. */
static bool same_items(const struct doc *a, const struct doc *b)
{
    size_t n = doc_count(a);
    bool *used = n == doc_count(b) ? calloc(n + 1, sizeof(*used)) : NULL;
    bool good = used != NULL;

    for (size_t i = 0; good && i < n; i++) {
        size_t k = 0;

        while (k < n && (used[k] || !doc_equal(doc_at(a, i), doc_at(b, k))))
            k++;
        good = k < n;
        if (good)
            used[k] = true;
    }
    free(used);
    return good;
}

static bool same(const struct doc *a, const struct doc *b, bool unordered)
{
    if (unordered && doc_kind(a) == DOC_ARRAY && doc_kind(b) == DOC_ARRAY)
        return same_items(a, b);
    return doc_equal(a, b);
}

/* ---- one case ---- */

static const char *shown(struct scope *sc, struct doc v)
{
    struct buf b;

    if (expr_is_absent(v))
        return "no value";
    buf_init(&b, sc->arena, FILE_MAX);
    doc_write(&b, &v);
    return b.n > 200 ? arena_f(sc->arena, "%.*s…", 200, b.p) : buf_cstr(&b);
}

static enum err expression_of(const struct one *c, struct str *out)
{
    const struct doc *text = doc_get(c->spec, "expr"), *file = doc_get(c->spec, "expr-file");

    *out = doc_text(text);
    if (text)
        return OK;
    if (!file)
        return FAIL(c->sc, ERR_INVALID, "a case without an expression");
    return ctl_read_file(
        c->sc, arena_f(c->sc->arena, "%s/groups/%s/%s", c->suite->dir, c->group, doc_cstr(c->sc->arena, file)),
        EXPR_TEXT_MAX, out);
}

static enum err input_of(const struct one *c, struct doc *out)
{
    const struct doc *data = doc_get(c->spec, "data"), *name = doc_get(c->spec, "dataset");

    *out = data ? *data : expr_absent();
    if (data || doc_kind(name) != DOC_TEXT)
        return OK;
    TRY(c->sc,
        read_json(c->sc, arena_f(c->sc->arena, "%s/datasets/%s.json", c->suite->dir, doc_cstr(c->sc->arena, name)),
                  &data));
    *out = *data;
    return OK;
}

static int64_t number_in(const struct doc *spec, const char *name, int64_t fallback)
{
    int64_t v;

    return doc_int(doc_get(spec, name), &v) ? v : fallback;
}

/* Evaluates; with a fault the result is left alone. */
static bool outcome(const struct one *c, struct str text, struct doc input, struct doc *out, struct expr_fault *f)
{
    /* Larger than a mapping's, for cases that make millions of items; what would not end is stopped all the same. */
    struct expr_limits limits = {.memory = (size_t)1 << 30, .steps = 4000000};
    const struct doc *bindings = doc_get(c->spec, "bindings");
    struct expr_binding *bound = ARENA_ARRAY(c->sc->arena, struct expr_binding, doc_count(bindings) + 1);
    struct expr_run how = {.limits = &limits, .now_ms = time_now_us() / 1000, .seed = (uint64_t)time_now_us()};
    struct expr *e;

    limits.depth = (uint32_t)number_in(c->spec, "depth", 3000);
    for (size_t i = 0; i < doc_count(bindings); i++)
        bound[i] = (struct expr_binding){str_dup(c->sc->arena, doc_key(bindings, i)), *doc_at(bindings, i)};
    how.bindings = bound;
    how.n_bindings = doc_count(bindings);
    return expr_compile(c->sc->arena, text, NULL, &e, f) && expr_eval(c->sc->arena, e, &how, input, out, f);
}

/* U1001 is what the suite's own runner says when a case's time or depth is passed. */
static bool code_is(const struct doc *want, const char *code)
{
    if (str_is(doc_text(want), "U1001"))
        return strcmp(code, "D1011") == 0 || strcmp(code, "D1012") == 0;
    return str_is(doc_text(want), code);
}

static bool said(const struct doc *want, const char *what)
{
    return !want || doc_kind(want) == DOC_NULL || (what && str_is(doc_text(want), what));
}

/* NULL, or what is wrong with the fault. */
static const char *wrong_fault(const struct one *c, const struct expr_fault *f)
{
    const struct doc *error = doc_get(c->spec, "error");
    const struct doc *code = error ? doc_get(error, "code") : doc_get(c->spec, "code");
    const struct doc *token = error ? doc_get(error, "token") : doc_get(c->spec, "token");

    if (!code && !error)
        return arena_f(c->sc->arena, "failed with %s: %s", f->code, f->message);
    if (code && !code_is(code, f->code))
        return arena_f(c->sc->arena, "failed with %s (%s), not %s", f->code, f->message, shown(c->sc, *code));
    if (!said(token, f->token))
        return arena_f(c->sc->arena, "%s names %s, not %s", f->code, f->token ? f->token : "nothing",
                       shown(c->sc, *token));
    if (error && !said(doc_get(error, "message"), f->message))
        return arena_f(c->sc->arena, "%s says %s", f->code, f->message);
    return NULL;
}

static const char *wrong_result(const struct one *c, struct doc out)
{
    const struct doc *want = doc_get(c->spec, "result");

    if (doc_get(c->spec, "undefinedResult"))
        return expr_is_absent(out) ? NULL : arena_f(c->sc->arena, "gave %s, not no value", shown(c->sc, out));
    if (!want)
        return arena_f(c->sc->arena, "gave %s where an error was due", shown(c->sc, out));
    if (!expr_is_absent(out) && same(want, &out, doc_get(c->spec, "unordered") != NULL))
        return NULL;
    return arena_f(c->sc->arena, "gave %s, not %s", shown(c->sc, out), shown(c->sc, *want));
}

static enum err verdict(const struct one *c, const char **wrong)
{
    struct expr_fault f;
    struct str text = {0};
    struct doc input, out;

    TRY(c->sc, expression_of(c, &text));
    TRY(c->sc, input_of(c, &input));
    *wrong = outcome(c, text, input, &out, &f) ? wrong_result(c, out) : wrong_fault(c, &f);
    return OK;
}

static bool is_excepted(const struct suite *s, const char *name)
{
    struct str rest = s->except;
    size_t n = strlen(name);

    while (rest.n) {
        const char *end = memchr(rest.p, '\n', rest.n);
        size_t line = end ? (size_t)(end - rest.p) : rest.n;

        if (line > n && memcmp(rest.p, name, n) == 0 && rest.p[n] == '\t')
            return true;
        rest = (struct str){rest.p + line + (end != NULL), rest.n - line - (end != NULL)};
    }
    return false;
}

static void run_case(struct one *c)
{
    const char *wrong = NULL;

    if (verdict(c, &wrong) != OK)
        wrong = scope_fault(c->sc) && scope_fault(c->sc)->message ? scope_fault(c->sc)->message : "cannot be read";
    if (!wrong) {
        c->suite->passed++;
    } else if (is_excepted(c->suite, c->name)) {
        c->suite->excepted++;
        printf("except %s: %s\n", c->name, wrong);
    } else {
        c->suite->failed++;
        printf("failed %s: %s\n", c->name, wrong);
    }
}

/* Every file has a unit of work of its own, so that memory is given back. */
static void run_file(struct suite *s, const char *group, const char *file)
{
    struct scope *sc = scope_new();
    const struct doc *d;
    struct one c = {.sc = sc, .suite = s, .group = group, .file = file};

    c.name = arena_f(sc->arena, "%s/%s", group, file);
    if (read_json(sc, arena_f(sc->arena, "%s/groups/%s/%s", s->dir, group, file), &d) != OK) {
        s->failed++;
        printf("failed %s: it is not JSON\n", c.name);
    } else if (doc_kind(d) == DOC_ARRAY) {
        for (size_t i = 0; i < doc_count(d); i++) {
            c.spec = doc_at(d, i);
            c.name = arena_f(sc->arena, "%s/%s#%zu", group, file, i);
            run_case(&c);
        }
    } else {
        c.spec = d;
        run_case(&c);
    }
    scope_free(sc);
}

enum err ctl_expr_test(struct scope *sc, const struct ctl_args *a)
{
    const char **groups = ARENA_ARRAY(sc->arena, const char *, NAMES_MAX);
    const char **files = ARENA_ARRAY(sc->arena, const char *, NAMES_MAX);
    struct suite s = {.dir = a->word};
    size_t n;

    if (ctl_option(a, "except"))
        TRY(sc, ctl_read_file(sc, ctl_option(a, "except"), (size_t)1 << 20, &s.except));
    n = names_in(sc, arena_f(sc->arena, "%s/groups", s.dir), "", groups);
    if (n == 0)
        return FAIL(sc, ERR_NOT_FOUND, "%s has no folder groups with cases", s.dir);
    for (size_t i = 0; i < n; i++) {
        size_t count = names_in(sc, arena_f(sc->arena, "%s/groups/%s", s.dir, groups[i]), ".json", files);

        for (size_t k = 0; k < count; k++)
            run_file(&s, groups[i], files[k]);
    }
    if (s.excepted)
        printf("%u differ on purpose\n", s.excepted);
    printf("%u passed, %u failed\n", s.passed, s.failed);
    return s.failed ? FAIL(sc, ERR_INVALID, "%u cases failed", s.failed) : OK;
}
