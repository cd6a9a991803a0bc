#include <string.h>

#include "base/money.h"
#include "base/nearest.h"
#include "canon/schema_int.h"
#include "json/doc_value.h"

static void shape_check(struct canon_walk *w, const struct canon_shape *shape, const struct doc *d);

static bool is_named(const struct canon_field *f, const struct doc *name)
{
    return f->name_n == name->n && memcmp(f->name, name->text, name->n) == 0;
}

/* Most documents have their members in the table's order, so that the search begins where the last one ended. */
static size_t field_find(const struct canon_shape *shape, size_t from, const struct doc *name)
{
    for (size_t i = from; i < shape->n; i++)
        if (is_named(&shape->fields[i], name))
            return i;
    for (size_t i = 0; i < from; i++)
        if (is_named(&shape->fields[i], name))
            return i;
    return shape->n;
}

static void unknown_member(struct canon_walk *w, const struct canon_shape *shape, struct str name)
{
    struct nearest near;

    nearest_init(&near, name);
    for (size_t i = 0; i < shape->n; i++)
        nearest_try(&near, shape->fields[i].name);
    if (near.n)
        canon_fault(w, "unknown_member", "is not a member here; did you mean %s?", nearest_text(w->arena, &near));
    else
        canon_fault(w, "unknown_member", "is not a member here");
}

static void missing(struct canon_walk *w, const struct canon_shape *shape, uint64_t seen)
{
    const struct canon_step *up = w->at;

    for (size_t i = 0; i < shape->n; i++) {
        const struct canon_field *f = &shape->fields[i];
        struct canon_step step = {up, {f->name, f->name_n}, 0};

        if (!f->needed || seen >> i & 1)
            continue;
        w->at = &step;
        canon_fault(w, "required", "is missing");
    }
    w->at = up;
}

/* The digits of the currency that this object names; those of the one around it where it names none that is known. */
static int digits_of(int around, const struct doc *d)
{
    struct currency currency;

    return currency_find(doc_text(doc_get(d, "currency")), &currency) ? currency.digits : around;
}

/* One member of an object; returns the field's place, shape->n for none. */
static size_t member_check(struct canon_walk *w, const struct canon_shape *shape, size_t from, const struct doc *name,
                           uint64_t *seen)
{
    size_t at = field_find(shape, from, name);

    if (at == shape->n) {
        unknown_member(w, shape, doc_text(name));
        return from;
    }
    if (*seen >> at & 1)
        canon_fault(w, "duplicate_member", "stands here twice");
    *seen |= (uint64_t)1 << at;
    canon_field_check(w, &shape->fields[at], name + 1);
    return at + 1;
}

static void shape_check(struct canon_walk *w, const struct canon_shape *shape, const struct doc *d)
{
    const struct canon_step *up = w->at;
    int around = w->digits;
    uint64_t seen = 0;
    size_t from = 0;

    if (!d || d->kind != DOC_OBJECT) {
        canon_wrong_type(w, "an object", d);
        return;
    }
    if (shape->has_currency)
        w->digits = digits_of(around, d);
    for (size_t i = 0; i < d->n && !canon_is_full(w); i++) {
        const struct doc *name = &d->children[2 * i];
        struct canon_step step = {up, {name->text, name->n}, 0};

        w->at = &step;
        from = member_check(w, shape, from, name, &seen);
    }
    w->at = up;
    missing(w, shape, seen);
    w->digits = around;
}

static bool is_count_right(struct canon_walk *w, const struct canon_field *f, const struct doc *v)
{
    size_t n = v->n;

    if (v->kind != DOC_ARRAY)
        canon_wrong_type(w, "a list", v);
    else if (n > f->max)
        canon_fault(w, "too_long", "has %zu items and can have at most %u", n, f->max);
    else if (n < f->min)
        canon_fault(w, "too_short", f->min == 1 ? "must not be empty" : "must have at least %u items", f->min);
    else
        return true;
    return false;
}

static void list_check(struct canon_walk *w, const struct canon_field *f, const struct doc *v)
{
    const struct canon_step *up = w->at;
    struct canon_step step = {up, {NULL, 0}, 0};

    if (!is_count_right(w, f, v))
        return;
    w->at = &step;
    for (; step.index < v->n && !canon_is_full(w); step.index++)
        shape_check(w, f->of, &v->children[step.index]);
    w->at = up;
}

/* The items of a list of texts are texts of their own. */
static void texts_check(struct canon_walk *w, const struct canon_field *f, const struct doc *v)
{
    static const struct canon_field one = {.kind = CANON_TEXT, .needed = true, .max = CANON_TEXTS_ONE_MAX};
    const struct canon_step *up = w->at;
    struct canon_step step = {up, {NULL, 0}, 0};

    if (!is_count_right(w, f, v))
        return;
    w->at = &step;
    for (; step.index < v->n && !canon_is_full(w); step.index++)
        canon_field_check(w, &one, &v->children[step.index]);
    w->at = up;
}

void canon_field_check(struct canon_walk *w, const struct canon_field *f, const struct doc *v)
{
    if (!v || v->kind == DOC_NULL) {
        if (f->needed)
            canon_fault(w, "required", "cannot be null");
    } else if (f->kind == CANON_OBJECT) {
        shape_check(w, f->of, v);
    } else if (f->kind == CANON_LIST) {
        list_check(w, f, v);
    } else if (f->kind == CANON_TEXTS) {
        texts_check(w, f, v);
    } else {
        canon_scalar(w, f, v);
    }
}

bool canon_valid(struct arena *a, const struct canon_object *object, const struct doc *d, struct canon_faults *out)
{
    struct canon_walk w = {a, object, NULL, out, -1};

    *out = (struct canon_faults){0};
    shape_check(&w, object->shape, d);
    if (out->n == 0 && object->rules) {
        w.digits = object->shape->has_currency ? digits_of(-1, d) : -1;
        object->rules(&w, d);
    }
    return out->n == 0;
}

bool canon_fits(struct arena *a, const struct canon_object *object, const struct canon_field *field,
                const struct doc *value, struct canon_faults *out)
{
    struct canon_walk w = {a, object, NULL, out, -1};

    *out = (struct canon_faults){0};
    canon_field_check(&w, field, value);
    return out->n == 0;
}

enum err canon_check(struct scope *sc, const struct canon_object *object, const struct doc *d)
{
    struct canon_faults all;
    enum err e;

    if (canon_valid(sc->arena, object, d, &all))
        return OK;
    for (size_t i = 0; i < all.n; i++)
        scope_item(sc, all.v[i].pointer, all.v[i].code, "%s", all.v[i].detail);
    e = FAIL(sc, ERR_INVALID, "the document is no %s: %s %s", object->schema,
             *all.v[0].pointer ? all.v[0].pointer : "it", all.v[0].detail);
    scope_problem(sc, "validation", 422);
    return e;
}
