#include "maps/maps_int.h"

/* A document in the parts that people change one by one, and what differs between two. */

const char *const maps_part_names[] = {"member", "let", "rule", NULL};
const char *const maps_change_names[] = {"added", "removed", "changed", "moved", NULL};

static bool is_list(const struct doc *d)
{
    return doc_kind(d) == DOC_ARRAY;
}

/* A draft may have two rules for a field, or one without: the second is told from the first by its place, so that
 * neither is lost. */
static void add(struct arena *a, struct maps_parts *out, enum maps_part_kind kind, const char *name,
                const struct doc *value)
{
    struct maps_part part = {kind, name ? name : "", value};

    for (unsigned again = 2; maps_part_of(out, &part); again++)
        part.name = arena_f(a, "%s#%u", name ? name : "", again);
    out->v[out->n++] = part;
}

static void add_list(struct arena *a, struct maps_parts *out, enum maps_part_kind kind, const struct doc *list)
{
    const char *key = kind == MAPS_LET ? "name" : "to";

    for (size_t i = 0; i < doc_count(list); i++)
        add(a, out, kind, doc_cstr(a, doc_get(doc_at(list, i), key)), doc_at(list, i));
}

static size_t size_of(const struct doc *d)
{
    return doc_count(d) + doc_count(doc_get(d, "let")) + doc_count(doc_get(d, "rules"));
}

void maps_parts(struct arena *a, const struct doc *document, struct maps_parts *out)
{
    *out = (struct maps_parts){.v = ARENA_ARRAY(a, struct maps_part, size_of(document) + 1)};
    for (size_t i = 0; i < doc_count(document) && doc_kind(document) == DOC_OBJECT; i++) {
        const char *name = str_dup(a, doc_key(document, i));
        const struct doc *value = doc_at(document, i);

        if (strcmp(name, "let") == 0 && is_list(value))
            add_list(a, out, MAPS_LET, value);
        else if (strcmp(name, "rules") == 0 && is_list(value))
            add_list(a, out, MAPS_RULE, value);
        else
            add(a, out, MAPS_MEMBER, name, value);
    }
}

const struct maps_part *maps_part_of(const struct maps_parts *parts, const struct maps_part *like)
{
    for (size_t i = 0; i < parts->n; i++)
        if (parts->v[i].kind == like->kind && strcmp(parts->v[i].name, like->name) == 0)
            return &parts->v[i];
    return NULL;
}

static void tell(struct maps_changes *out, const struct maps_part *p, const char *what, const struct doc *before,
                 const struct doc *after)
{
    out->v[out->n++] = (struct maps_change){maps_part_names[p->kind], p->name, what, before, after};
}

/* Values see those in front of them alone, so their order means something; that of rules does not. */
static void tell_moved(const struct maps_parts *from, const struct maps_parts *to, struct maps_changes *out)
{
    const struct maps_part *last = NULL;

    for (size_t i = 0; i < from->n; i++) {
        const struct maps_part *there = from->v[i].kind == MAPS_LET ? maps_part_of(to, &from->v[i]) : NULL;

        if (!there)
            continue;
        if (last && there < last && doc_equal(from->v[i].value, there->value))
            tell(out, there, "moved", from->v[i].value, there->value);
        else
            last = there;
    }
}

void maps_diff(struct arena *a, const struct doc *from, const struct doc *to, struct maps_changes *out)
{
    struct maps_parts was, is;

    maps_parts(a, from, &was);
    maps_parts(a, to, &is);
    *out = (struct maps_changes){.v = ARENA_ARRAY(a, struct maps_change, 2 * was.n + is.n + 1)};
    for (size_t i = 0; i < was.n; i++) {
        const struct maps_part *now = maps_part_of(&is, &was.v[i]);

        if (!now)
            tell(out, &was.v[i], "removed", was.v[i].value, NULL);
        else if (!doc_equal(was.v[i].value, now->value))
            tell(out, now, "changed", was.v[i].value, now->value);
    }
    tell_moved(&was, &is, out);
    for (size_t i = 0; i < is.n; i++)
        if (!maps_part_of(&was, &is.v[i]))
            tell(out, &is.v[i], "added", NULL, is.v[i].value);
}
