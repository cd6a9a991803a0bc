#include <string.h>

#include "base/nearest.h"
#include "canon/schema_int.h"

static size_t shape_count(const struct canon_shape *shape)
{
    size_t n = shape->n;

    for (size_t i = 0; i < shape->n; i++)
        if (shape->fields[i].of)
            n += shape_count(shape->fields[i].of);
    return n;
}

/* Shapes stand in tables of ours and never hold themselves: see the tests. */
static void shape_list(struct arena *a, const struct canon_shape *shape, const char *at, unsigned depth,
                       struct canon_targets *out)
{
    for (size_t i = 0; i < shape->n; i++) {
        const struct canon_field *f = &shape->fields[i];
        const char *path = arena_f(a, "%s/%s", at, f->name);

        out->v[out->n++] = (struct canon_target){path, f, depth};
        if (f->of)
            shape_list(a, f->of, f->kind == CANON_LIST ? arena_f(a, "%s/*", path) : path, depth + 1, out);
    }
}

void canon_fields(struct arena *a, const struct canon_object *object, struct canon_targets *out)
{
    *out = (struct canon_targets){ARENA_ARRAY(a, struct canon_target, shape_count(object->shape)), 0};
    shape_list(a, object->shape, "", 0, out);
}

/* The next step of a path; false at its end or where it is none. */
static bool step_take(struct str *path, struct str *out)
{
    const char *end;

    if (path->n == 0 || path->p[0] != '/')
        return false;
    end = memchr(path->p + 1, '/', path->n - 1);
    *out = (struct str){path->p + 1, end ? (size_t)(end - path->p) - 1 : path->n - 1};
    path->p += out->n + 1;
    path->n -= out->n + 1;
    return true;
}

static const struct canon_field *named(const struct canon_shape *shape, struct str name)
{
    for (size_t i = 0; i < shape->n; i++)
        if (str_is(name, shape->fields[i].name))
            return &shape->fields[i];
    return NULL;
}

static bool is_item(struct str step)
{
    if (str_is(step, "*"))
        return true;
    for (size_t i = 0; i < step.n; i++)
        if (step.p[i] < '0' || step.p[i] > '9')
            return false;
    return step.n > 0;
}

const struct canon_field *canon_field_at(const struct canon_object *object, struct str path)
{
    const struct canon_shape *shape = object->shape;
    const struct canon_field *f = NULL;
    struct str step;

    while (step_take(&path, &step)) {
        f = shape ? named(shape, step) : NULL;
        if (!f)
            return NULL;
        shape = f->of;
        if (f->kind == CANON_LIST && path.n && (!step_take(&path, &step) || !is_item(step) || path.n == 0))
            return NULL;
    }
    return path.n == 0 ? f : NULL;
}

/* "/lines/0/sku" as the list of fields has it: "/lines/" and an asterisk for the number. */
static struct str spread(struct arena *a, struct str path)
{
    struct str step;
    struct buf b;

    buf_init(&b, a, 1024);
    while (step_take(&path, &step)) {
        buf_c(&b, '/');
        if (is_item(step))
            buf_c(&b, '*');
        else
            buf_add(&b, step.p, step.n);
    }
    return buf_str(&b);
}

enum err canon_field_find(struct scope *sc, const struct canon_object *object, struct str path,
                          const struct canon_field **out)
{
    struct canon_targets all;
    struct nearest near;

    *out = canon_field_at(object, path);
    if (*out)
        return OK;
    canon_fields(sc->arena, object, &all);
    nearest_init(&near, spread(sc->arena, path));
    for (size_t i = 0; i < all.n; i++)
        nearest_try(&near, all.v[i].path);
    if (near.n == 0)
        return FAIL(sc, ERR_INVALID, "%s has no field \"%s\"", object->schema,
                    arena_cut(sc->arena, str_dup(sc->arena, path), 100));
    return FAIL(sc, ERR_INVALID, "%s has no field \"%s\"; did you mean %s?", object->schema,
                arena_cut(sc->arena, str_dup(sc->arena, path), 100), nearest_text(sc->arena, &near));
}
