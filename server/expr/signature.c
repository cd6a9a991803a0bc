#include "expr/expr_int.h"

/* JSONata's type signatures ("<s-nn?:s>"): which arguments a function takes, which of them the context may stand for,
 * and which single values become lists.
 */

#define PARAMS_MAX 16

enum { TYPE_S = 1, TYPE_N = 2, TYPE_B = 4, TYPE_L = 8, TYPE_O = 16, TYPE_A = 32, TYPE_F = 64, TYPE_M = 128 };
#define TYPE_ANY 255

struct param {
    uint8_t types;
    char kind; /* the letter; ( for a choice */
    bool context, optional, many;
    struct str items; /* what a list holds: "n" */
};

struct signature {
    struct param params[PARAMS_MAX];
    size_t n;
};

static uint8_t type_of_letter(char c)
{
    static const char letters[] = "snbloaf";
    const char *found = c ? strchr(letters, c) : NULL;

    return found ? (uint8_t)(1 << (found - letters)) : 0;
}

static uint8_t type_of(struct doc v)
{
    if (is_text(v))
        return TYPE_S;
    if (is_number(v))
        return TYPE_N;
    switch (v.kind) {
    case DOC_TRUE:
    case DOC_FALSE:
        return TYPE_B;
    case DOC_NULL:
        return TYPE_L;
    case DOC_OBJECT:
        return TYPE_O;
    case DOC_ARRAY:
        return TYPE_A;
    case VALUE_FUNCTION:
        return TYPE_F;
    default:
        return TYPE_M;
    }
}

/* The place of the bracket that closes the one at `from`. */
static size_t closing(struct str text, size_t from, char open, char close)
{
    int depth = 0;

    for (size_t i = from; i < text.n; i++) {
        depth += text.p[i] == open ? 1 : text.p[i] == close ? -1 : 0;
        if (depth == 0)
            return i;
    }
    return text.n;
}

static bool add_letter(struct signature *s, char c)
{
    struct param *p = &s->params[s->n];

    *p = (struct param){.kind = c};
    if (c == 'a' || c == 'x')
        p->types = TYPE_ANY;
    else if (c == 'j')
        p->types = TYPE_ANY & ~TYPE_F;
    else if (c == 'f')
        p->types = TYPE_F;
    else if (type_of_letter(c))
        p->types = type_of_letter(c) | TYPE_M;
    else
        return false;
    s->n++;
    return true;
}

static bool add_choice(struct signature *s, struct str choice)
{
    struct param *p = &s->params[s->n++];

    *p = (struct param){.kind = '(', .types = TYPE_M};
    for (size_t i = 0; i < choice.n; i++) {
        if (choice.p[i] == '<')
            return false;
        p->types |= type_of_letter(choice.p[i]);
    }
    return true;
}

/* One symbol at *at, which is moved to its last octet. An error's code, or NULL. */
static const char *take_symbol(struct signature *s, struct str text, size_t *at)
{
    struct param *last = s->n ? &s->params[s->n - 1] : NULL;
    size_t end;
    char c = text.p[*at];

    if (c == '(') {
        end = closing(text, *at, '(', ')');
        if (!add_choice(s, (struct str){text.p + *at + 1, end - *at - (end > *at)}))
            return "S0402";
        *at = end;
    } else if (c == '<') {
        if (!last || (last->kind != 'a' && last->kind != 'f'))
            return "S0401";
        end = closing(text, *at, '<', '>');
        last->items = (struct str){text.p + *at + 1, end - *at - (end > *at)};
        *at = end;
    } else if (c == '-' && last) {
        last->context = true;
    } else if (c == '?' && last) {
        last->optional = true;
    } else if (c == '+' && last) {
        last->many = true;
    } else {
        add_letter(s, c);
    }
    return NULL;
}

const struct signature *signature_parse(struct arena *a, struct str text, const char **code, uint32_t *offset)
{
    struct signature *s = ARENA_NEW(a, struct signature);
    struct str kept = str_of(arena_strndup(a, text.p, text.n));

    for (size_t at = 1; at < kept.n && kept.p[at] != ':'; at++) {
        *offset = (uint32_t)at;
        if (s->n == PARAMS_MAX)
            *code = "X0103";
        else
            *code = take_symbol(s, kept, &at);
        if (*code)
            return NULL;
    }
    return s;
}

/* How many arguments each parameter takes, as a regular expression over their types would have it. */
struct taking {
    struct run *r;
    const struct signature *s;
    const struct doc *args;
    size_t n;
    uint8_t counts[PARAMS_MAX];
    size_t furthest; /* the first argument that no reading could take */
};

static bool settle_counts(struct taking *t, size_t param, size_t arg)
{
    const struct param *p = &t->s->params[param];
    size_t most = 0, least;

    charge(t->r, 1);
    if (param == t->s->n)
        return arg == t->n;
    least = p->context || p->optional ? 0 : 1;
    while (arg + most < t->n && most < (p->many ? 255 : 1) && (p->types & type_of(t->args[arg + most])))
        most++;
    if (arg + most > t->furthest)
        t->furthest = arg + most;
    for (size_t k = most + 1; k-- > least;) {
        t->counts[param] = (uint8_t)k;
        if (settle_counts(t, param + 1, arg + k))
            return true;
    }
    return false;
}

/* Where the first parameter fails, taking greedily from the left: as the message of T0410 counts. */
static size_t failing(const struct taking *t)
{
    size_t good = 0;

    for (size_t i = 0; i < t->s->n; i++) {
        struct signature part = *t->s;
        struct taking some = {.r = t->r, .s = &part};

        part.n = i + 1;
        some.args = t->args;
        for (some.n = t->n + 1; some.n-- > 0;)
            if (settle_counts(&some, 0, 0))
                break;
        if (some.n == SIZE_MAX)
            return good;
        good = some.n;
    }
    return good;
}

static const char *items_told(struct str items)
{
    static const char letters[] = "abfnos";
    static const char *const names[] = {"arrays", "booleans", "functions", "numbers", "objects", "strings"};
    const char *found = items.n ? strchr(letters, *items.p) : NULL;

    return found ? names[found - letters] : "values of another type";
}

_Noreturn static void wrong_argument(struct run *r, const char *code, const char *name, size_t i)
{
    const char *what = *code == 'T' && code[4] == '1' ? "what the context gives for" : "";
    const char *message = arena_f(r->arena, "%s%sargument %zu of function %s is not of the type it takes", what,
                                  *what ? " " : "", i + 1, name ? name : "(unnamed)");

    raise_message(r, r->at, code, message);
}

/* A list holds what it should, a single value becomes a list of one. */
static struct doc as_list(struct run *r, const struct param *p, struct doc v, const char *name, size_t i)
{
    uint8_t want = p->items.n ? type_of_letter(*p->items.p) : 0;
    bool good = true;
    struct list one = {.r = r};

    if (is_absent(v))
        return v;
    if (is_array(v)) {
        for (uint32_t k = 0; p->items.n && k < v.n && good; k++)
            good = type_of(v.children[k]) == want;
    } else if (p->items.n) {
        good = p->items.n == 1 && type_of(v) == want;
    }
    if (!good)
        raise_message(r, r->at, "T0412",
                      arena_f(r->arena, "argument %zu of function %s must be an array of %s", i + 1,
                              name ? name : "(unnamed)", items_told(p->items)));
    if (is_array(v))
        return v;
    list_add(&one, v);
    return list_doc(&one, 0);
}

static struct doc argument(const struct list *args, size_t i)
{
    return i < args->n ? args->v[i] : ABSENT;
}

static bool holds(const struct param *p, struct doc v)
{
    if (!(p->types & type_of(v)))
        return false;
    if (p->kind != 'a' || is_absent(v))
        return true;
    for (uint32_t i = 0; is_array(v) && p->items.n && i < v.n; i++)
        if (type_of(v.children[i]) != type_of_letter(*p->items.p))
            return false;
    return is_array(v);
}

/* Most calls: an argument for each parameter, and nothing to be changed. */
static bool as_they_are(const struct signature *s, const struct list *args)
{
    if (args->n != s->n)
        return false;
    for (size_t i = 0; i < s->n; i++)
        if (!holds(&s->params[i], args->v[i]))
            return false;
    return true;
}

void signature_apply(struct run *r, const struct signature *s, const char *name, struct doc context, struct list *args)
{
    struct taking t = {.r = r, .s = s, .args = args->v, .n = args->n};
    struct list out = {.r = r};
    size_t at = 0;

    if (as_they_are(s, args))
        return;
    if (!settle_counts(&t, 0, 0))
        wrong_argument(r, "T0410", name, failing(&t));
    for (size_t i = 0; i < s->n; i++) {
        const struct param *p = &s->params[i];

        if (t.counts[i] == 0 && p->context) {
            if (!(p->types & type_of(context)))
                wrong_argument(r, "T0411", name, at);
            list_add(&out, context);
        } else if (t.counts[i] == 0) { /* takes the next argument all the same, as JavaScript's does */
            list_add(&out, argument(args, at++));
        }
        for (uint8_t k = 0; k < t.counts[i]; k++, at++)
            list_add(&out, p->kind == 'a' ? as_list(r, p, argument(args, at), name, at) : argument(args, at));
    }
    *args = out;
}
