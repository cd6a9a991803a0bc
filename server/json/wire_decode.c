#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "json/wire_int.h"

#define POINTER_MAX 2048

size_t wire_enter(struct wire_reader *r, const char *step)
{
    size_t mark = r->pointer.n;

    buf_c(&r->pointer, '/');
    for (; *step; step++) {
        if (*step == '~')
            buf_s(&r->pointer, "~0");
        else if (*step == '/')
            buf_s(&r->pointer, "~1");
        else
            buf_c(&r->pointer, *step);
    }
    return mark;
}

size_t wire_enter_item(struct wire_reader *r, size_t i)
{
    size_t mark = r->pointer.n;

    buf_c(&r->pointer, '/');
    buf_u64(&r->pointer, i);
    return mark;
}

void wire_leave(struct wire_reader *r, size_t mark)
{
    r->pointer.n = mark;
    r->pointer.full = false;
}

/* A pointer that did not fit ends in the middle of a name, and perhaps of a character. */
static const char *pointer_of(struct wire_reader *r)
{
    while (r->pointer.full && r->pointer.n && (signed char)r->pointer.p[r->pointer.n - 1] < 0)
        r->pointer.n--;
    return buf_cstr(&r->pointer);
}

void wire_fault(struct wire_reader *r, const char *code, const char *fmt, ...)
{
    char detail[512];
    va_list ap;

    r->faults++;
    va_start(ap, fmt);
    vsnprintf(detail, sizeof(detail), fmt, ap);
    va_end(ap);
    scope_item(r->sc, pointer_of(r), code, "%s", detail);
}

static const char *kind_name(const json_t *v)
{
    MUST_BE(v);
    switch (json_typeof(v)) {
    case JSON_OBJECT:
        return "an object";
    case JSON_ARRAY:
        return "an array";
    case JSON_STRING:
        return "text";
    case JSON_INTEGER:
    case JSON_REAL:
        return "a number";
    case JSON_NULL:
        return "null";
    default:
        return "true or false";
    }
}

void wire_wrong_type(struct wire_reader *r, const char *want, const json_t *v)
{
    if (json_is_real(v) && strcmp(want, "an integer") == 0)
        wire_fault(r, "wrong_type", "must be an integer, without a fraction or exponent");
    else
        wire_fault(r, "wrong_type", "must be %s, not %s", want, kind_name(v));
}

static void take_object(struct wire_reader *r, const struct wire *w, const json_t *v, void *out);

static void take_list(struct wire_reader *r, const struct wire_field *f, const json_t *v, struct wire_list *at)
{
    size_t n = json_array_size(v);
    char *items;

    if (!json_is_array(v)) {
        wire_wrong_type(r, "an array", v);
        return;
    }
    if (n > (size_t)f->max || n < (size_t)f->min) {
        bool over = n > (size_t)f->max;

        wire_fault(r, over ? "too_long" : "too_short", "must have %s %lld items", over ? "at most" : "at least",
                   (long long)(over ? f->max : f->min));
        return;
    }
    items = arena_array(r->sc->arena, n, f->of->size);
    for (size_t i = 0; i < n; i++) {
        size_t mark = wire_enter_item(r, i);

        take_object(r, f->of, json_array_get(v, i), items + i * f->of->size);
        wire_leave(r, mark);
    }
    *at = (struct wire_list){items, n};
}

static void take_texts(struct wire_reader *r, const struct wire_field *f, const json_t *v, struct wire_texts *at)
{
    static const struct wire_field one = {.kind = WIRE_KIND_TEXT, .min = 1, .max = WIRE_TEXTS_ONE_MAX};
    size_t n = json_array_size(v);
    const char **items = arena_array(r->sc->arena, n, sizeof(*items));

    if (!json_is_array(v)) {
        wire_wrong_type(r, "an array of text", v);
        return;
    }
    if (n > (size_t)f->max) {
        wire_fault(r, "too_long", "must have at most %lld items", (long long)f->max);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        size_t mark = wire_enter_item(r, i);

        wire_take_scalar(r, &one, json_array_get(v, i), &items[i]);
        wire_leave(r, mark);
    }
    *at = (struct wire_texts){items, n};
}

/* jansson would write a real number in another way than it came, so a raw member is read by doc. */
static void take_raw(struct wire_reader *r, struct str *at)
{
    struct fault before = r->sc->fault;
    struct buf text;
    const struct doc *d;

    if (!r->doc && doc_parse(r->sc, r->text, &r->doc) != OK) {
        r->sc->fault = before;
        wire_fault(r, "wrong_type", "cannot be kept as it is");
        return;
    }
    d = doc_pointer(r->doc, buf_cstr(&r->pointer));
    MUST_BE(d);
    buf_init(&text, r->sc->arena, WIRE_TEXT_MAX * 2);
    doc_write(&text, d);
    *at = buf_str(&text);
}

static void take_value(struct wire_reader *r, const struct wire_field *f, const json_t *v, void *at)
{
    switch (f->kind) {
    case WIRE_KIND_OBJECT:
        *(void **)at = arena_zalloc(r->sc->arena, f->of->size);
        take_object(r, f->of, v, *(void **)at);
        break;
    case WIRE_KIND_LIST:
        take_list(r, f, v, at);
        break;
    case WIRE_KIND_TEXTS:
        take_texts(r, f, v, at);
        break;
    case WIRE_KIND_RAW:
        take_raw(r, at);
        break;
    case WIRE_KIND_MONEY:
        wire_take_money(r, v, at);
        break;
    default:
        wire_take_scalar(r, f, v, at);
    }
}

static void take_field(struct wire_reader *r, const struct wire_field *f, const json_t *v, void *at)
{
    size_t mark = wire_enter(r, f->name);

    if (v && !json_is_null(v))
        take_value(r, f, v, at);
    else if (!f->optional)
        wire_fault(r, "required", v ? "cannot be null" : "is missing");
    else if (f->kind == WIRE_KIND_TIME)
        *(int64_t *)at = INT64_MIN;
    wire_leave(r, mark);
}

static bool is_field(const struct wire *w, const char *name)
{
    for (const struct wire_field *f = w->fields; f->name; f++)
        if (strcmp(f->name, name) == 0)
            return true;
    return false;
}

static void refuse_unknown(struct wire_reader *r, const struct wire *w, const json_t *v)
{
    const char *name;
    json_t *member;

    json_object_foreach((json_t *)v, name, member)
    {
        size_t mark;

        if (is_field(w, name))
            continue;
        mark = wire_enter(r, name);
        wire_fault(r, "unknown_member", "is not a member of %s", w->name);
        wire_leave(r, mark);
    }
}

/* Calls itself as deep as the descriptors go, which are ours. */
static void take_object(struct wire_reader *r, const struct wire *w, const json_t *v, void *out)
{
    if (!json_is_object(v)) {
        wire_wrong_type(r, "an object", v);
        return;
    }
    for (const struct wire_field *f = w->fields; f->name; f++)
        take_field(r, f, json_object_get(v, f->name), (char *)out + f->offset);
    refuse_unknown(r, w, v);
}

/* jansson calls itself once a level and keeps some 60 octets a value: both are counted before it starts. */
/* NOLINTNEXTLINE(readability-function-cognitive-complexity): one branch a character that counts. */
static enum err check_size(struct scope *sc, struct str text)
{
    size_t depth = 0, deepest = 0, values = 1;
    bool inside = false;
    enum err e = OK;

    if (text.n > WIRE_TEXT_MAX)
        return FAIL(sc, ERR_TOO_LARGE, "a JSON body is limited to %u octets", WIRE_TEXT_MAX);
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];

        if (c == '"')
            inside = !inside;
        else if (inside)
            i += c == '\\';
        else if (c == '{' || c == '[')
            depth++, values++;
        else if (c == '}' || c == ']')
            depth -= depth > 0;
        else if (c == ',')
            values++;
        if (depth > deepest)
            deepest = depth;
    }
    if (deepest > DOC_DEPTH_MAX)
        e = FAIL(sc, ERR_INVALID, "broken JSON: more than %d levels", DOC_DEPTH_MAX);
    else if (values > DOC_VALUES_MAX)
        e = FAIL(sc, ERR_INVALID, "broken JSON: more than %d values", DOC_VALUES_MAX);
    if (e != OK)
        scope_problem(sc, deepest > DOC_DEPTH_MAX ? "json-too-deep" : "malformed-json", 400);
    return e;
}

/* In our words: those of the parser are about itself, and repeat the body, which may hold a secret. */
static const char *fault_of(enum json_error_code code)
{
    switch (code) {
    case json_error_invalid_utf8:
        return "this is not UTF-8";
    case json_error_premature_end_of_input:
        return "the text ends too soon";
    case json_error_end_of_input_expected:
        return "something follows the end";
    case json_error_null_character:
    case json_error_null_byte_in_key:
        return "a string must not hold U+0000";
    case json_error_duplicate_key:
        return "a member comes twice";
    case json_error_numeric_overflow:
        return "a number is too large";
    default:
        return "this is not what may stand here";
    }
}

static enum err load(struct scope *sc, struct str text, json_t **out)
{
    json_error_t broken;
    enum err e;

    TRY(sc, check_size(sc, text));
    *out = json_loadb(text.n ? text.p : "", text.n, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &broken);
    if (*out)
        return OK;
    e = FAIL(sc, ERR_INVALID, "broken JSON at line %d column %d (offset %d): %s", broken.line, broken.column,
             broken.position, fault_of(json_error_code(&broken)));
    scope_problem(sc, "malformed-json", 400);
    return e;
}

/* What it read may hold a secret, so all that it gives back is wiped. */
static void free_wiped(void *p)
{
    if (p)
        explicit_bzero(p, malloc_usable_size(p));
    free(p);
}

__attribute__((constructor)) static void wipe_what_is_freed(void)
{
    json_set_alloc_funcs(malloc, free_wiped);
}

static void json_free(json_t **v)
{
    json_decref(*v);
}

enum err wire_decode(struct scope *sc, const struct wire *w, struct str text, void *out)
{
    CLEANUP(json_free) json_t *root = NULL;
    struct wire_reader r = {.sc = sc, .text = text};
    enum err e;

    memset(out, 0, w->size);
    scope_clear(sc); /* a failure that somebody got over must not swallow the faults named here */
    TRY(sc, load(sc, text, &root));
    buf_init(&r.pointer, sc->arena, POINTER_MAX);
    take_object(&r, w, root, out);
    if (!r.faults)
        return OK;
    e = FAIL(sc, ERR_INVALID, r.faults == 1 ? "one value is not valid" : "%u values are not valid", r.faults);
    scope_problem(sc, "validation", 422);
    return e;
}
