#include "base/utf8.h"
#include "x12/x12_int.h"

/* Octets to segments. */

const struct x12_separators x12_separators_usual = {'*', '>', '^', "~"};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

void x12_lex_blank(struct x12_lexer *x)
{
    while (x->p < x->end && is_blank(*x->p))
        x->p++;
}

bool x12_lex_starts(struct x12_lexer *x)
{
    x12_lex_blank(x);
    return x->end - x->p > 4 && memcmp(x->p, "ISA", 3) == 0 && !is_blank(x->p[3]) && !(x->p[3] & 0x80) &&
           !((x->p[3] >= 'A' && x->p[3] <= 'Z') || (x->p[3] >= '0' && x->p[3] <= '9'));
}

size_t x12_characters(struct str s)
{
    size_t n = 0;

    for (size_t i = 0; i < s.n; i++)
        n += (s.p[i] & 0xc0) != 0x80;
    return n;
}

bool x12_cut(struct str *left, char at, struct str *out)
{
    const char *end;

    if (!left->p)
        return false;
    end = at && left->n ? memchr(left->p, at, left->n) : NULL;
    *out = (struct str){left->p, end ? (size_t)(end - left->p) : left->n};
    *left = end ? (struct str){end + 1, left->n - out->n - 1} : (struct str){0};
    return true;
}

/* How many octets the character has that stands there; an octet that begins none counts for itself. */
static size_t character(const char *p, const char *end)
{
    size_t n = utf8_octets(p, end);

    return n ? n : 1;
}

/* Where the ISA says "blank" or begins a new line, segments end with lines: blanks before the line's end were added by
 * whoever kept the file. */
static bool take_terminator(struct x12_lexer *x, const char *p)
{
    const char *q = p;
    size_t n;

    while (q < x->end && (*q == ' ' || *q == '\t'))
        q++;
    if (p >= x->end || q >= x->end)
        return false;
    if (*q == '\r' || *q == '\n') {
        memcpy(x->separators.terminator, "\n", 2);
        x->p = q;
        return true;
    }
    n = character(p, x->end);
    memcpy(x->separators.terminator, p, n);
    x->separators.terminator[n] = '\0';
    x->p = p + n;
    return true;
}

/* A hyphen, a full stop or a letter would cut data in two: who sends one has filled in a constant. */
static char repetition_of(struct str isa11, struct str version)
{
    char c = isa11.n == 1 ? isa11.p[0] : '\0';

    if (version.n != 5 || memcmp(version.p, "00402", 5) < 0)
        return '\0';
    return c && strchr("!\"%&'()*+,/:;<=>?@[\\]^_`{|}~#$\x1c\x1d\x1e\x1f", c) ? c : '\0';
}

static const uint8_t isa_widths[16] = {2, 10, 2, 10, 2, 15, 2, 15, 6, 4, 1, 5, 9, 1, 1, 1};

enum err x12_lex_isa(struct x12_lexer *x, struct x12_segment *out, bool *out_fits)
{
    struct str *v = ARENA_ARRAY(x->sc->arena, struct str, 16);
    const char *p = x->p + 4;
    char element = x->p[3];

    *out_fits = true;
    for (unsigned i = 0; i < 15; i++) {
        const char *q = memchr(p, element, x->end - p > 80 ? 80 : (size_t)(x->end - p));

        if (!q)
            return FAIL(x->sc, ERR_INVALID, "an ISA segment does not have its 16 elements");
        v[i] = (struct str){p, (size_t)(q - p)};
        *out_fits &= x12_characters(v[i]) == isa_widths[i];
        p = q + 1;
    }
    x->separators = (struct x12_separators){.element = element, .repetition = repetition_of(v[10], v[11])};
    if (p >= x->end)
        return FAIL(x->sc, ERR_INVALID, "the ISA segment ends before its separators");
    x->separators.component = *p;
    v[15] = (struct str){p, 1};
    if (!take_terminator(x, p + 1))
        return FAIL(x->sc, ERR_INVALID, "the ISA segment ends before its terminator");
    if (x->separators.repetition == x->separators.component || x->separators.repetition == element)
        x->separators.repetition = '\0';
    *out = (struct x12_segment){STR("ISA"), v, 16, ++x->segments};
    return OK;
}

/* The end of the segment that begins at p, and where the next one may begin. */
static const char *segment_end(const struct x12_lexer *x, const char *p, const char **next)
{
    const char *t = x->separators.terminator;
    size_t n = strlen(t);
    bool lines = *t == '\n';

    for (const char *q = p; q < x->end; q++) {
        if (!lines && !(q = memchr(q, *t, (size_t)(x->end - q))))
            break;
        if (lines ? *q == '\n' || *q == '\r' : (size_t)(x->end - q) >= n && memcmp(q, t, n) == 0) {
            *next = q + n;
            return q;
        }
    }
    *next = x->end;
    return x->end;
}

/* A segment that ends with the file, or with its line, has no blanks at its end that mean something. Where lines end
 * segments, a component separator before the line's end is the terminator of somebody whose ISA lacks an element. */
static struct str trimmed(const struct x12_lexer *x, const char *p, const char *end, const char *next)
{
    bool lines = *x->separators.terminator == '\n';

    if (lines || end == next)
        while (end > p && is_blank(end[-1]))
            end--;
    if (lines && end > p && end[-1] == x->separators.component)
        end--;
    return (struct str){p, (size_t)(end - p)};
}

static enum err take_elements(struct x12_lexer *x, struct str text, struct x12_segment *out)
{
    struct str left = text, one, *v;
    size_t n = 0;

    for (size_t i = 0; i < text.n; i++) {
        n += text.p[i] == x->separators.element;
        x->parts += text.p[i] == x->separators.component || text.p[i] == x->separators.repetition;
    }
    x->parts += n;
    if (n > X12_ELEMENTS_MAX)
        return FAIL(x->sc, ERR_TOO_LARGE, "segment %u has %zu elements, and %d are taken", x->segments, n,
                    X12_ELEMENTS_MAX);
    if (x->parts > X12_PARTS_MAX)
        return FAIL(x->sc, ERR_TOO_LARGE, "there are more than %d elements", X12_PARTS_MAX);
    v = ARENA_ARRAY(x->sc->arena, struct str, n ? n : 1);
    x12_cut(&left, x->separators.element, &out->id);
    out->elements = v;
    out->n = (uint32_t)n;
    for (size_t i = 0; x12_cut(&left, x->separators.element, &one); i++)
        v[i] = one;
    return OK;
}

enum err x12_lex_segment(struct x12_lexer *x, struct x12_segment *out, bool *out_more)
{
    const char *end, *next;

    x12_lex_blank(x);
    *out_more = x->p < x->end && !x12_lex_starts(x);
    if (!*out_more)
        return OK;
    if (x->segments == X12_SEGMENTS_MAX)
        return FAIL(x->sc, ERR_TOO_LARGE, "there are more than %d segments", X12_SEGMENTS_MAX);
    end = segment_end(x, x->p, &next);
    out->line = ++x->segments;
    TRY(x->sc, take_elements(x, trimmed(x, x->p, end, next), out));
    x->p = next;
    return OK;
}

struct str x12_element(const struct x12_segment *s, unsigned i)
{
    return i && i <= s->n ? s->elements[i - 1] : (struct str){0};
}

bool x12_number(struct str s, int64_t *out)
{
    int64_t v = 0;

    if (s.n == 0 || s.n > 18)
        return false;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
        v = v * 10 + (s.p[i] - '0');
    }
    *out = v;
    return true;
}
