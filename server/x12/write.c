#include "x12/x12_int.h"

/* Documents to octets. Where a fault is, is known from the steps that led there. */

#define STEPS_MAX 48

struct step {
    struct str name;
    size_t index; /* SIZE_MAX: of no list */
};

struct writing {
    struct scope *sc;
    struct buf *out;
    struct x12_separators separators;
    const struct x12_structure *structure; /* of the last set */
    size_t segments, levels;               /* of the set */
    struct step steps[STEPS_MAX];
    size_t depth;
    const struct doc *values[X12_ELEMENTS_MAX + 4]; /* of the segment that is written, up to `last` */
    unsigned last;
};

static enum err refuse(const struct writing *w, const char *name, const char *code, const char *why)
{
    struct buf at;

    buf_init(&at, w->sc->arena, 4096);
    for (size_t i = 0; i < w->depth; i++) {
        doc_pointer_put(&at, w->steps[i].name);
        if (w->steps[i].index != SIZE_MAX)
            doc_pointer_put_index(&at, w->steps[i].index);
    }
    if (name)
        doc_pointer_put(&at, str_of(name));
    scope_item(w->sc, buf_cstr(&at), code, "%s", why);
    return FAIL(w->sc, ERR_INVALID, "%s: %s", buf_cstr(&at), why);
}

static enum err enter(struct writing *w, struct str name, size_t index)
{
    if (w->depth == STEPS_MAX)
        return refuse(w, NULL, "too_deep", "the document is too deep");
    w->steps[w->depth++] = (struct step){name, index};
    return OK;
}

/* ---- values ---- */

static bool holds_separator(const struct writing *w, struct str v)
{
    const struct x12_separators *s = &w->separators;
    bool lines = strcmp(s->terminator, "\n") == 0;

    for (size_t i = 0; i < v.n; i++)
        if (v.p[i] == s->element || v.p[i] == s->component || (s->repetition && v.p[i] == s->repetition) ||
            (lines && v.p[i] == '\r'))
            return true;
    return v.n && memmem(v.p, v.n, s->terminator, strlen(s->terminator));
}

static enum err put_scalar(struct writing *w, const struct doc *d, const char *name)
{
    struct buf number;
    struct str v = doc_text(d);

    if (doc_kind(d) == DOC_INT || doc_kind(d) == DOC_NUMBER) {
        buf_init(&number, w->sc->arena, 512);
        doc_write(&number, d);
        v = buf_str(&number);
        if (memchr(v.p, 'e', v.n) || memchr(v.p, 'E', v.n))
            return refuse(w, name, "number", "a number with an exponent has no form in X12; give it as a text");
    } else if (doc_kind(d) != DOC_TEXT) {
        return refuse(w, name, "kind", "an element is a text or a number");
    }
    if (holds_separator(w, v))
        return refuse(w, name, "separator", "the value holds one of the separators, which X12 cannot escape");
    buf_add(w->out, v.p, v.n);
    return OK;
}

/* The number behind the prefix of a name: 2 for PO102 with PO1; 0 when it is none. */
static unsigned number_of(struct str name, struct str prefix)
{
    unsigned v = 0;

    if (name.n < prefix.n + 2 || name.n > prefix.n + 3 || memcmp(name.p, prefix.p, prefix.n) != 0)
        return 0;
    for (size_t i = prefix.n; i < name.n; i++) {
        if (name.p[i] < '0' || name.p[i] > '9')
            return 0;
        v = v * 10 + (unsigned)(name.p[i] - '0');
    }
    return v <= X12_ELEMENTS_MAX ? v : 0;
}

static enum err put_components(struct writing *w, const struct doc *d, const char *name)
{
    const struct doc *parts[32] = {0};
    unsigned last = 0;

    for (size_t i = 0; i < doc_count(d); i++) {
        unsigned at = number_of(doc_key(d, i), str_of(name));

        if (at == 0 || at >= 32)
            return refuse(w, name, "name", "a component is named by its element and its place, as SLN0501");
        parts[at] = doc_at(d, i);
        if (doc_kind(parts[at]) != DOC_NULL && at > last)
            last = at;
    }
    for (unsigned i = 1; i <= last; i++) {
        if (i > 1)
            buf_c(w->out, w->separators.component);
        if (doc_kind(parts[i]) != DOC_NULL)
            TRY(w->sc, put_scalar(w, parts[i], name));
    }
    return OK;
}

static enum err put_one(struct writing *w, const struct doc *d, const char *name)
{
    if (doc_kind(d) == DOC_NULL)
        return OK;
    return doc_kind(d) == DOC_OBJECT ? put_components(w, d, name) : put_scalar(w, d, name);
}

static enum err put_element(struct writing *w, const struct doc *d, const char *name)
{
    if (doc_kind(d) != DOC_ARRAY)
        return put_one(w, d, name);
    if (doc_count(d) > 1 && !w->separators.repetition)
        return refuse(w, name, "repetition", "there is no separator for repetitions before version 00402");
    for (size_t i = 0; i < doc_count(d); i++) {
        if (i)
            buf_c(w->out, w->separators.repetition);
        TRY(w->sc, put_one(w, doc_at(d, i), name));
    }
    return OK;
}

/* ---- segments ---- */

/* The elements among an object's members; the highest that is not null. */
static unsigned collect(struct writing *w, struct str id, const struct doc *d)
{
    unsigned last = 0;

    memset(w->values, 0, (w->last + 3) * sizeof(*w->values)); /* ST and HL may have got two more */
    for (size_t i = 0; i < doc_count(d); i++) {
        unsigned at = number_of(doc_key(d, i), id);

        if (at && doc_kind(doc_at(d, i)) != DOC_NULL) {
            w->values[at] = doc_at(d, i);
            last = at > last ? at : last;
        }
    }
    w->last = last;
    return last;
}

static enum err put_collected(struct writing *w, struct str id, unsigned last)
{
    buf_add(w->out, id.p, id.n);
    for (unsigned i = 1; i <= last; i++) {
        buf_c(w->out, w->separators.element);
        if (w->values[i])
            TRY(w->sc, put_element(w, w->values[i], arena_f(w->sc->arena, "%.*s%02u", (int)id.n, id.p, i)));
    }
    buf_s(w->out, w->separators.terminator);
    w->segments++;
    return OK;
}

static enum err put_segment(struct writing *w, struct str id, const struct doc *d)
{
    unsigned last;

    if (doc_kind(d) != DOC_OBJECT)
        return refuse(w, NULL, "kind", "a segment is an object of its elements");
    last = collect(w, id, d);
    if (last == 0)
        return refuse(w, NULL, "empty", "a segment has at least one element");
    return put_collected(w, id, last);
}

/* HL without a number gets the next one, and its parent's. */
static enum err put_level(struct writing *w, const struct doc *d, size_t parent)
{
    unsigned last = collect(w, STR("HL"), d);
    struct doc number = doc_make_int((int64_t)w->levels), above = doc_make_int((int64_t)parent);

    if (doc_kind(d) != DOC_OBJECT || last == 0)
        return refuse(w, NULL, "kind", "an HL is an object that says at least its level, HL03");
    if (!w->values[1]) {
        w->values[1] = &number;
        w->values[2] = w->values[2] || parent == 0 ? w->values[2] : &above;
    }
    return put_collected(w, STR("HL"), last);
}

/* ---- sets by their structure ---- */

static bool is_rule_between(const struct x12_structure *st, uint32_t first, uint32_t end, struct str name)
{
    for (uint32_t i = first; i < end; i = st->rules[i].end)
        if (str_is(name, st->rules[i].id))
            return true;
    return false;
}

static bool is_extra(struct str name)
{
    static const char *const extra[] = {"set", "ST", "ISA", "GS", "verdict", "faults", "more_faults"};

    for (size_t i = 0; i < sizeof(extra) / sizeof(*extra); i++)
        if (str_is(name, extra[i]))
            return true;
    return false;
}

static enum err names_known(const struct writing *w, const struct doc *d, const struct x12_rule *of, uint32_t first,
                            uint32_t end)
{
    for (size_t i = 0; i < doc_count(d); i++) {
        struct str name = doc_key(d, i);
        bool known =
            of ? number_of(name, str_of(of->id)) || (strcmp(of->id, "HL") == 0 && str_is(name, "HL")) : is_extra(name);

        if (!known && !is_rule_between(w->structure, first, end, name))
            return refuse(w, str_dup(w->sc->arena, name), "unknown_name",
                          "the set has no such segment or element there");
    }
    return OK;
}

static enum err put_rules(struct writing *w, const struct doc *d, uint32_t first, uint32_t end, size_t parent);

static enum err put_place(struct writing *w, const struct doc *d, uint32_t i, size_t parent);

static enum err put_item(struct writing *w, const struct doc *d, uint32_t i, size_t parent)
{
    const struct x12_rule *r = &w->structure->rules[i];
    bool level = strcmp(r->id, "HL") == 0;
    size_t number = level ? ++w->levels : 0;

    TRY(w->sc, level ? put_level(w, d, parent) : put_segment(w, str_of(r->id), d));
    TRY(w->sc, names_known(w, d, r, i + 1, r->loop ? r->end : i + 1));
    if (r->loop)
        TRY(w->sc, put_rules(w, d, i + 1, r->end, number));
    if (level && doc_get(d, "HL"))
        TRY(w->sc, put_place(w, doc_get(d, "HL"), i, number));
    return OK;
}

static enum err put_place(struct writing *w, const struct doc *d, uint32_t i, size_t parent)
{
    struct str name = str_of(w->structure->rules[i].id);

    if (doc_kind(d) == DOC_NULL)
        return OK;
    if (doc_kind(d) != DOC_ARRAY) {
        TRY(w->sc, enter(w, name, SIZE_MAX));
        TRY(w->sc, put_item(w, d, i, parent));
        w->depth--;
        return OK;
    }
    for (size_t k = 0; k < doc_count(d); k++) {
        TRY(w->sc, enter(w, name, k));
        TRY(w->sc, put_item(w, doc_at(d, k), i, parent));
        w->depth--;
    }
    return OK;
}

static enum err put_rules(struct writing *w, const struct doc *d, uint32_t first, uint32_t end, size_t parent)
{
    for (uint32_t i = first; i < end; i = w->structure->rules[i].end)
        TRY(w->sc, put_place(w, doc_get(d, w->structure->rules[i].id), i, parent));
    return OK;
}

static bool is_id(struct str id)
{
    if (id.n < 2 || id.n > 3)
        return false;
    for (size_t i = 0; i < id.n; i++)
        if (!((id.p[i] >= 'A' && id.p[i] <= 'Z') || (id.p[i] >= '0' && id.p[i] <= '9')))
            return false;
    return true;
}

static enum err put_flat(struct writing *w, const struct doc *d)
{
    const struct doc *segments = doc_get(d, "segments");

    if (doc_kind(segments) != DOC_ARRAY)
        return refuse(w, "segments", "required", "a set without a structure is a list of segments");
    for (size_t i = 0; i < doc_count(segments); i++) {
        struct str id = doc_text(doc_get(doc_at(segments, i), "segment"));

        TRY(w->sc, enter(w, STR("segments"), i));
        if (!is_id(id))
            return refuse(w, "segment", "id", "a segment's id has two or three capitals or digits");
        if (collect(w, id, doc_at(segments, i)) == 0)
            TRY(w->sc, put_collected(w, id, 0));
        else
            TRY(w->sc, put_segment(w, id, doc_at(segments, i)));
        w->depth--;
    }
    return OK;
}

/* ---- envelopes ---- */

static struct str set_code(const struct doc *set)
{
    struct str code = doc_text(doc_get(doc_get(set, "ST"), "ST01"));

    return code.n ? code : doc_text(doc_get(set, "set"));
}

/* ST with what it lacks: the set's code, and its number in the group. */
static enum err put_st(struct writing *w, const struct doc *set, size_t number, struct str *out_control)
{
    const struct doc *st = doc_get(set, "ST");
    unsigned last = collect(w, STR("ST"), st);
    struct doc code = doc_make_text(set_code(set)), control;

    control = doc_make_text(str_of(arena_f(w->sc->arena, "%04zu", number)));
    w->values[1] = &code;
    if (!w->values[2])
        w->values[2] = &control;
    if (doc_kind(w->values[2]) != DOC_TEXT || doc_text(w->values[2]).n == 0)
        return refuse(w, "ST", "control", "ST02 is a text");
    *out_control = doc_text(w->values[2]);
    return put_collected(w, STR("ST"), last < 2 ? 2 : last);
}

static enum err put_set(struct writing *w, const struct doc *set, size_t number)
{
    struct str control, code = set_code(set);

    if (code.n != 3)
        return refuse(w, "ST", "required", "a set has its code, ST.ST01 or set");
    w->segments = w->levels = 0;
    w->structure =
        w->structure && str_is(code, w->structure->set) ? w->structure : x12_structure_of(w->sc->arena, code);
    TRY(w->sc, put_st(w, set, number, &control));
    if (w->structure && !doc_get(set, "segments")) {
        TRY(w->sc, names_known(w, set, NULL, 0, w->structure->n));
        TRY(w->sc, put_rules(w, set, 0, w->structure->n, 0));
    } else {
        TRY(w->sc, put_flat(w, set));
    }
    buf_f(w->out, "SE%c%zu%c", w->separators.element, w->segments + 1, w->separators.element);
    buf_add(w->out, control.p, control.n);
    buf_s(w->out, w->separators.terminator);
    return OK;
}

static enum err put_gs(struct writing *w, const struct doc *group, struct str *out_control)
{
    const struct doc *gs = doc_get(group, "GS");
    const char *code = x12_group_code(set_code(doc_at(doc_get(group, "sets"), 0)));
    unsigned last = collect(w, STR("GS"), gs);
    struct doc made = code ? doc_make_text(str_of(code)) : (struct doc){0};

    if (!w->values[1] && code)
        w->values[1] = &made;
    *out_control = doc_text(w->values[6]);
    if (out_control->n == 0 || !w->values[1])
        return refuse(w, "GS", "required", "a group has its code, GS01, and its control number, GS06");
    return put_collected(w, STR("GS"), last);
}

static enum err put_group(struct writing *w, const struct doc *group)
{
    const struct doc *sets = doc_get(group, "sets");
    struct str control;

    if (doc_kind(sets) != DOC_ARRAY)
        return refuse(w, "sets", "required", "a group has its sets in a list");
    TRY(w->sc, put_gs(w, group, &control));
    for (size_t i = 0; i < doc_count(sets); i++) {
        TRY(w->sc, enter(w, STR("sets"), i));
        TRY(w->sc, put_set(w, doc_at(sets, i), i + 1));
        w->depth--;
    }
    buf_f(w->out, "GE%c%zu%c", w->separators.element, doc_count(sets), w->separators.element);
    buf_add(w->out, control.p, control.n);
    buf_s(w->out, w->separators.terminator);
    return OK;
}

static const struct {
    uint8_t width;
    const char *usual;
} isa_fields[15] = {{2, "00"}, {10, ""},  {2, "00"}, {10, ""},     {2, "ZZ"}, {15, NULL}, {2, "ZZ"}, {15, NULL},
                    {6, NULL}, {4, NULL}, {1, "U"},  {5, "00401"}, {9, NULL}, {1, "0"},   {1, "P"}};

static enum err put_isa_field(struct writing *w, const struct doc *isa, unsigned i)
{
    const char *name = arena_f(w->sc->arena, "ISA%02u", i + 1);
    struct str v = doc_text(doc_get(isa, name));
    size_t n;

    if (!doc_get(isa, name)) {
        if (!isa_fields[i].usual)
            return refuse(w, name, "required", "the ISA segment needs it");
        v = str_of(isa_fields[i].usual);
    }
    if (i == 10 && w->separators.repetition)
        v = (struct str){&w->separators.repetition, 1};
    n = x12_characters(v);
    if (n > isa_fields[i].width)
        return refuse(w, name, "too_long", "it is wider than its place in the ISA segment");
    if ((i != 10 && holds_separator(w, v)) || (i == 12 && n == 0))
        return refuse(w, name, "separator", "the value holds one of the separators, or nothing");
    for (size_t k = n; i == 12 && k < isa_fields[i].width; k++)
        buf_c(w->out, '0');
    buf_add(w->out, v.p, v.n);
    for (size_t k = n; i != 12 && k < isa_fields[i].width; k++)
        buf_c(w->out, ' ');
    buf_c(w->out, w->separators.element);
    return OK;
}

static char one_of(const struct doc *d, const char *name, char usual)
{
    struct str s = doc_text(doc_get(d, name));

    return s.n == 1 ? *s.p : usual;
}

static enum err take_separators(struct writing *w, const struct doc *in, const struct x12_separators *use)
{
    const struct doc *d = doc_get(in, "separators"), *isa = doc_get(in, "ISA");
    struct str version = doc_text(doc_get(isa, "ISA12")), end = doc_text(doc_get(d, "segment"));
    struct x12_separators s = use ? *use : x12_separators_usual;

    if (!use && d) {
        s.element = one_of(d, "element", s.element);
        s.component = one_of(d, "component", s.component);
        s.repetition = one_of(d, "repetition", '\0');
        if (end.n && end.n < sizeof(s.terminator))
            memcpy(memset(s.terminator, 0, sizeof(s.terminator)), end.p, end.n);
    }
    if (version.n != 5 || memcmp(version.p, "00402", 5) < 0)
        s.repetition = '\0';
    if (s.element == s.component || s.element == *s.terminator || s.component == *s.terminator || !*s.terminator ||
        (s.repetition && (s.repetition == s.element || s.repetition == s.component || s.repetition == *s.terminator)))
        return refuse(w, "separators", "separators", "the separators are four different characters");
    w->separators = s;
    return OK;
}

static enum err put_interchange(struct writing *w, const struct doc *in, const struct x12_separators *use)
{
    const struct doc *groups = doc_get(in, "groups"), *isa = doc_get(in, "ISA");
    struct str control = doc_text(doc_get(isa, "ISA13"));
    int64_t number;

    if (doc_kind(groups) != DOC_ARRAY || doc_kind(isa) != DOC_OBJECT || !x12_number(control, &number))
        return refuse(w, "ISA", "required", "an interchange has ISA with a control number, ISA13, and groups");
    TRY(w->sc, take_separators(w, in, use));
    buf_f(w->out, "ISA%c", w->separators.element);
    for (unsigned i = 0; i < 15; i++)
        TRY(w->sc, put_isa_field(w, isa, i));
    buf_f(w->out, "%c%s", w->separators.component, w->separators.terminator);
    for (size_t i = 0; i < doc_count(doc_get(in, "TA1")); i++)
        TRY(w->sc, put_segment(w, STR("TA1"), doc_at(doc_get(in, "TA1"), i)));
    for (size_t i = 0; i < doc_count(groups); i++) {
        TRY(w->sc, enter(w, STR("groups"), i));
        TRY(w->sc, put_group(w, doc_at(groups, i)));
        w->depth--;
    }
    buf_f(w->out, "IEA%c%zu%c%09lld%s", w->separators.element, doc_count(groups), w->separators.element,
          (long long)number, w->separators.terminator);
    return OK;
}

enum err x12_write(struct scope *sc, const struct doc *file, const struct x12_separators *use, struct buf *out)
{
    const struct doc *all = doc_get(file, "interchanges");
    struct writing *w = ARENA_NEW(sc->arena, struct writing);

    *w = (struct writing){.sc = sc, .out = out};
    if (doc_kind(all) != DOC_ARRAY || doc_count(all) == 0)
        return refuse(w, "interchanges", "required", "a file has at least one interchange");
    for (size_t i = 0; i < doc_count(all); i++) {
        TRY(sc, enter(w, STR("interchanges"), i));
        TRY(sc, put_interchange(w, doc_at(all, i), use));
        w->depth--;
    }
    if (out->full)
        return FAIL(sc, ERR_TOO_LARGE, "what is written is larger than its limit");
    return OK;
}
