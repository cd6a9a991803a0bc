#pragma once

#include "canon/schema_int.h"
#include "kit/test.h"
#include "json/doc_value.h"

/* Documents that differ from others in one place, and what is found wrong with them. */

static inline const struct doc *kit_read(const char *json)
{
    const struct doc *d = NULL;

    CHECK_OK(doc_parse(test_scope(), str_of(json), &d));
    return d;
}

static inline const struct canon_object *kit_object(const char *name)
{
    const struct canon_object *o = canon_object_find(str_of(name));

    if (!o)
        test_failed(__FILE__, __LINE__, "there is no object %s", name);
    return o;
}

/* A copy of an object with one member replaced, put behind the others, or left out (with NULL). */
static inline struct doc kit_with(const struct doc *d, struct str name, const struct doc *with)
{
    struct doc *v = ARENA_ARRAY(test_scope()->arena, struct doc, 2 * (size_t)d->n + 2);
    bool found = false;
    size_t n = 0;

    for (size_t i = 0; i < d->n; i++) {
        bool this = str_equal(doc_key(d, i), name);

        found |= this;
        if (this && !with)
            continue;
        v[2 * n] = d->children[2 * i];
        v[2 * n++ + 1] = this ? *with : d->children[2 * i + 1];
    }
    if (!found && with) {
        v[2 * n] = doc_make_text(name);
        v[2 * n++ + 1] = *with;
    }
    return doc_make_object(v, n);
}

/* A copy of a document in which what is at the pointer (plain names and numbers) is another value; NULL: is left out.
 */
static inline struct doc kit_edit(const struct doc *d, const char *pointer, const struct doc *with)
{
    size_t n = strcspn(pointer + 1, "/");
    const char *rest = pointer + 1 + n;
    struct str step = {pointer + 1, n};
    struct doc inner;

    if (*rest) {
        inner = kit_edit(doc_pointer(d, arena_f(test_scope()->arena, "/%.*s", (int)n, step.p)), rest, with);
        with = &inner;
    }
    if (d->kind == DOC_OBJECT)
        return kit_with(d, step, with);
    struct doc *items = arena_memdup(test_scope()->arena, d->children, d->n * sizeof(*d));

    items[strtoul(step.p, NULL, 10)] = *with;
    return doc_make_array(items, d->n);
}

static inline struct canon_faults kit_faults(const char *object, const struct doc *d)
{
    struct canon_faults all;

    CHECK(canon_valid(test_scope()->arena, kit_object(object), d, &all) == (all.n == 0));
    return all;
}

static inline bool kit_has(const struct canon_faults *all, const char *pointer, const char *code)
{
    for (size_t i = 0; i < all->n; i++)
        if (strcmp(all->v[i].pointer, pointer) == 0 && (!code || strcmp(all->v[i].code, code) == 0))
            return true;
    return false;
}

/* "/lines/0/sku required is missing; …" */
static inline const char *kit_told(const struct canon_faults *all)
{
    struct buf b;

    buf_init(&b, test_scope()->arena, 1 << 16);
    for (size_t i = 0; i < all->n; i++)
        buf_f(&b, "%s%s %s %s", i ? "; " : "", all->v[i].pointer, all->v[i].code, all->v[i].detail);
    return buf_cstr(&b);
}

/* The first example of an object, with the JSON text put at the pointer (NULL: left out): what is wrong with it. */
static inline const char *kit_wrong(const char *object, const char *pointer, const char *json)
{
    const struct doc *d = kit_read(kit_object(object)->examples[0]);
    struct doc changed = kit_edit(d, pointer, json ? kit_read(json) : NULL);
    struct canon_faults all = kit_faults(object, &changed);

    return kit_told(&all);
}

/* A target's path with the first item of every list; NULL when the document has nothing there. */
static inline const char *kit_place(const struct doc *d, const char *path)
{
    struct buf b;

    buf_init(&b, test_scope()->arena, 1024);
    for (; *path; path++)
        buf_c(&b, *path == '*' ? '0' : *path);
    return doc_pointer(d, buf_cstr(&b)) ? buf_cstr(&b) : NULL;
}
