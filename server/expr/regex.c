#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "expr/expr_int.h"

/* Regular expressions of JavaScript's kind by PCRE2, bounded in steps and memory. The library does not say how many
 * steps a search took, so it is given few at first and more only when they did not do, each time for a higher price:
 * what a search costs depends on nothing but the text.
 */

#define GROUPS_MAX     100
#define HEAP_LIMIT_KIB 4096

static const struct {
    uint32_t limit; /* of PCRE2's steps, some 10 ns each */
    uint32_t price; /* in ours */
} tries[] = {{2000, 0}, {20000, 8000}, {200000, 80000}};

static void free_code(void *code)
{
    pcre2_code_free(code);
}

static const char *why_not(struct arena *a, int code, size_t offset)
{
    PCRE2_UCHAR text[200];

    pcre2_get_error_message(code, text, sizeof(text));
    return arena_f(a, "not a regular expression: %s, at its character %zu", (const char *)text, offset + 1);
}

const char *regex_compile(struct arena *a, struct str pattern, struct str flags, struct regex *out)
{
    uint32_t options = PCRE2_UTF | PCRE2_MATCH_INVALID_UTF | PCRE2_DOLLAR_ENDONLY | PCRE2_ALT_BSUX |
                       PCRE2_MATCH_UNSET_BACKREF | PCRE2_ALLOW_EMPTY_CLASS;
    pcre2_compile_context *context = pcre2_compile_context_create(NULL);
    uint32_t groups = 0;
    PCRE2_SIZE offset;
    size_t size = 0;
    pcre2_code *code;
    int error;

    MUST_BE(context);
    pcre2_set_newline(context, PCRE2_NEWLINE_ANYCRLF);
    pcre2_set_compile_extra_options(context, PCRE2_EXTRA_BAD_ESCAPE_IS_LITERAL);
    pcre2_set_max_pattern_length(context, 4096);
    for (size_t i = 0; i < flags.n; i++)
        options |= flags.p[i] == 'i' ? PCRE2_CASELESS : PCRE2_MULTILINE;
    code = pcre2_compile((PCRE2_SPTR)pattern.p, pattern.n, options, &error, &offset, context);
    pcre2_compile_context_free(context);
    if (!code)
        return why_not(a, error, offset);
    arena_defer(a, free_code, code);
    pcre2_pattern_info(code, PCRE2_INFO_CAPTURECOUNT, &groups);
    if (groups > GROUPS_MAX)
        return "a regular expression has at most 100 groups";
    pcre2_pattern_info(code, PCRE2_INFO_SIZE, &size);
    *out = (struct regex){code, size, {arena_strndup(a, pattern.p, pattern.n), pattern.n}};
    return NULL;
}

static void prepare(struct run *r)
{
    pcre2_match_context *context;

    if (r->match)
        return;
    context = pcre2_match_context_create(NULL);
    r->match = pcre2_match_data_create(GROUPS_MAX + 1, NULL);
    MUST_BE(context && r->match);
    pcre2_set_heap_limit(context, HEAP_LIMIT_KIB);
    r->match_context = context;
}

void regex_end(struct run *r)
{
    pcre2_match_data_free(r->match);
    pcre2_match_context_free(r->match_context);
    r->match = r->match_context = NULL;
}

static int search(struct run *r, const struct regex *re, struct str in, size_t from)
{
    int count = PCRE2_ERROR_MATCHLIMIT;

    prepare(r);
    charge(r, 16 + (in.n >> 6));
    for (size_t i = 0; i < ARRAY_LEN(tries) && count == PCRE2_ERROR_MATCHLIMIT; i++) {
        charge(r, tries[i].price);
        pcre2_set_match_limit(r->match_context, tries[i].limit);
        count = pcre2_match(re->code, (PCRE2_SPTR)(in.p ? in.p : ""), in.n, from, 0, r->match, r->match_context);
    }
    return count;
}

bool regex_search(struct run *r, const struct regex *re, struct str in, size_t from, struct found *out)
{
    int count = search(r, re, in, from);

    if (count == PCRE2_ERROR_NOMATCH)
        return false;
    if (count < 0)
        raise_message(r, r->at, "X1016", "the regular expression takes too many steps on this text");
    const size_t *ends = pcre2_get_ovector_pointer(r->match);
    uint32_t groups = 0;

    pcre2_pattern_info(re->code, PCRE2_INFO_CAPTURECOUNT, &groups);
    *out = (struct found){ends[0] > ends[1] ? ends[1] : ends[0], ends[1], ends + 2, groups};
    return true;
}

static struct doc groups_of(struct run *r, const struct found *f, struct str in)
{
    struct list groups = {.r = r};

    for (uint32_t i = 0; i < f->n; i++) {
        size_t start = f->groups[(size_t)2 * i], end = f->groups[(size_t)2 * i + 1];

        if (start == PCRE2_UNSET || start > end) {
            r->odd = true;
            list_add(&groups, ABSENT);
        } else {
            list_add(&groups, doc_make_text((struct str){in.p + start, end - start}));
        }
    }
    return list_doc(&groups, 0);
}

static struct doc match_doc(struct run *r, const struct regex *re, struct str in, const struct found *f)
{
    struct function *next = take(r, sizeof(*next));
    struct members m;

    *next = (struct function){.kind = FUNCTION_NEXT, .regex = re, .subject = in, .offset = f->end};
    members_init(&m, r);
    *members_put(&m, literal_text("match")) = doc_make_text((struct str){in.p + f->start, f->end - f->start});
    *members_put(&m, literal_text("start")) = doc_make_int((int64_t)text_units(in, f->start));
    *members_put(&m, literal_text("end")) = doc_make_int((int64_t)text_units(in, f->end));
    *members_put(&m, literal_text("groups")) = groups_of(r, f, in);
    *members_put(&m, literal_text("next")) = function_doc(next);
    return members_doc(&m);
}

struct doc regex_match(struct run *r, const struct regex *re, struct str in, size_t from)
{
    struct found f;

    return regex_search(r, re, in, from, &f) ? match_doc(r, re, in, &f) : ABSENT;
}

/* The match behind the last one; one of nothing would never get on. */
struct doc regex_next(struct run *r, const struct function *f)
{
    struct found found;

    if (f->offset >= f->subject.n || !regex_search(r, f->regex, f->subject, f->offset, &found))
        return ABSENT;
    if (found.start == found.end)
        raise_value(r, r->at, "D1004", NULL, doc_make_text(f->regex->source));
    return match_doc(r, f->regex, f->subject, &found);
}

static bool next_by_regex(struct matcher *m, struct matched *out)
{
    size_t from = m->started ? out->end : 0;
    struct found f;

    if (m->started && from >= m->in.n)
        return false;
    if (!regex_search(m->r, m->f->regex, m->in, from, &f))
        return false;
    if (m->started && f.start == f.end)
        raise_value(m->r, m->r->at, "D1004", NULL, doc_make_text(m->f->regex->source));
    *out = (struct matched){.start = f.start, .end = f.end, .whole = ABSENT};
    out->match = doc_make_text((struct str){m->in.p + f.start, f.end - f.start});
    out->groups = groups_of(m->r, &f, m->in);
    return true;
}

static struct doc field(struct doc object, const char *name)
{
    const struct doc *found = is_object(object) ? doc_get(&object, name) : NULL;

    return found ? *found : ABSENT;
}

static size_t place(struct matcher *m, struct doc v)
{
    return is_number(v) && real_of(v) > 0 ? text_from_units(m->in, (size_t)real_of(v)) : 0;
}

/* By a function that does as regular expressions do: takes a text, gives match, start, end, groups and next. */
static bool next_by_function(struct matcher *m, struct matched *out)
{
    struct doc in = doc_make_text(m->in), v;

    if (m->started && !is_function(m->next))
        return false;
    v = m->started ? apply(m->r, m->next, NULL, 0, NO_CONTEXT) : apply(m->r, function_doc(m->f), &in, 1, NO_CONTEXT);
    if (is_absent(v) || !(truth(m->r, v) || is_object(v)))
        return false;
    if (!is_number(field(v, "start")) && !is_array(field(v, "groups")) && !is_function(field(v, "next")))
        raise_at(m->r, m->r->at, "T1010", NULL);
    *out = (struct matched){.whole = v, .match = field(v, "match"), .groups = field(v, "groups")};
    out->start = place(m, field(v, "start"));
    out->end = place(m, field(v, "end"));
    m->next = field(v, "next");
    return true;
}

bool matcher_next(struct matcher *m, struct matched *out)
{
    bool found = m->f->kind == FUNCTION_REGEX ? next_by_regex(m, out) : next_by_function(m, out);

    m->started = true;
    charge(m->r, 1);
    return found;
}
