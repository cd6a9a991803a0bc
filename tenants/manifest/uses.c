#include "manifest/manifest_int.h"

/* What a connector is for: what it does with each canonical object, and why not where it does nothing. */

size_t manifest_uses(const struct manifest *m, size_t i, struct manifest_use *out)
{
    if (i < m->operation_count) {
        const struct manifest_operation *o = &m->operations[i];

        *out = (struct manifest_use){o->name, o->title, o->object, o->direction, o->act, o->kind};
    }
    return m->operation_count;
}

int64_t manifest_page_size(const struct manifest *m, const char *operation)
{
    const struct manifest_operation *o = manifest_operation(m, operation);

    return o ? o->pages.most : 0;
}

static const char *joined(struct scope *sc, const char *acts, const char *act)
{
    if (!acts)
        return act;
    return strstr(acts, act) ? acts : arena_f(sc->arena, "%s, %s", acts, act);
}

static const char *acts_of(struct scope *sc, const struct connector *c, const char *object, const char *direction)
{
    const struct manifest *m = manifest_of(c);
    struct manifest_use use;
    const char *acts = NULL;

    for (size_t i = 0; c->covers && c->covers[i].object; i++)
        if (strcmp(c->covers[i].object, object) == 0 && strcmp(c->covers[i].direction, direction) == 0)
            acts = joined(sc, acts, c->covers[i].act);
    for (size_t i = 0; m && i < manifest_uses(m, i, &use); i++)
        if (use.object && strcmp(use.object, object) == 0 && strcmp(use.direction, direction) == 0)
            acts = joined(sc, acts, use.act);
    return acts;
}

static const char *why_not(struct scope *sc, const struct connector *c, const char *object, const char *direction)
{
    const struct doc *list = c->manifest ? doc_get(manifest_document(c->manifest), "without") : NULL;

    for (size_t i = 0; i < doc_count(list); i++)
        if (str_is(doc_text(doc_get(doc_at(list, i), "object")), object) &&
            str_is(doc_text(doc_get(doc_at(list, i), "direction")), direction))
            return doc_cstr(sc->arena, doc_get(doc_at(list, i), "why"));
    for (size_t i = 0; c->without && c->without[i].object; i++)
        if ((strcmp(c->without[i].object, object) == 0 || strcmp(c->without[i].object, "*") == 0) &&
            strcmp(c->without[i].direction, direction) == 0)
            return c->without[i].why;
    return NULL;
}

struct manifest_cell manifest_cell_of(struct scope *sc, const struct connector *c, const char *object,
                                      const char *direction)
{
    struct manifest_cell cell = {.acts = acts_of(sc, c, object, direction)};

    if (!cell.acts)
        cell.why = why_not(sc, c, object, direction);
    return cell;
}
