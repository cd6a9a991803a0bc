#include "maps/maps_int.h"

/* A document in the parts that people change one by one, and what differs between two. */

const char *const maps_part_names[] = {"member", "let", "rule", NULL};
const char *const maps_change_names[] = {"added", "removed", "changed", "moved", NULL};

static bool is_list(const struct doc *d)
{
    return doc_kind(d) == DOC_ARRAY;
}

uint32_t maps_name_hash(const char *name)
{
    uint32_t at = 2166136261u; /* FNV-1a */

    for (; *name; name++)
        at = (at ^ (uint8_t)*name) * 16777619u;
    return at;
}

bool maps_part_same(const struct maps_part *a, const struct maps_part *b)
{
    return a->kind == b->kind && a->hash == b->hash && strcmp(a->name, b->name) == 0;
}

/* A draft may have two rules for a field, or one without: the second is told from the first by its place, so that
 * neither is lost. The part that has the plain name knows which number was given last. */
static void add(struct arena *a, struct maps_parts *out, enum maps_part_kind kind, const char *name,
                const struct doc *value)
{
    const char *said = name ? name : "";
    struct maps_part part = {.kind = kind, .name = said, .value = value, .hash = maps_name_hash(said), .again = 1};
    struct maps_part *first = (struct maps_part *)(uintptr_t)maps_part_of(out, &part);

    while (first && maps_part_of(out, &part)) {
        part.name = arena_f(a, "%s#%u", said, ++first->again);
        part.hash = maps_name_hash(part.name);
    }
    out->v[out->n++] = part;
}

static void add_list(struct arena *a, struct maps_parts *out, enum maps_part_kind kind, const struct doc *list)
{
    const char *key = kind == MAPS_LET ? "name" : "to";

    for (size_t i = 0; i < doc_count(list); i++)
        add(a, out, kind, doc_cstr(a, doc_get(doc_at(list, i), key)), doc_at(list, i));
}

static size_t listed(const struct doc *document, const char *member)
{
    const struct doc *list = doc_get(document, member);

    return is_list(list) ? doc_count(list) : 0;
}

const char *maps_parts_fault(struct arena *a, const struct doc *document, const char **out_pointer)
{
    *out_pointer = "/rules";
    if (listed(document, "rules") > MAPPING_RULES_MAX)
        return arena_f(a, "holds at most %d rules", MAPPING_RULES_MAX);
    *out_pointer = "/let";
    if (listed(document, "let") > MAPPING_LETS_MAX)
        return arena_f(a, "holds at most %d values", MAPPING_LETS_MAX);
    *out_pointer = "";
    return doc_count(document) > MAPS_MEMBERS_MAX ? arena_f(a, "has at most %d members", MAPS_MEMBERS_MAX) : NULL;
}

/* Each part is looked for among all others, and on the loop: the parts are few. */
enum err maps_parts(struct scope *sc, const struct doc *document, struct maps_parts *out)
{
    const char *pointer, *why = maps_parts_fault(sc->arena, document, &pointer);

    if (why)
        return maps_problem(sc, ERR_INVALID, "validation", 422,
                            arena_f(sc->arena, "a document that is compared with others %s", why));
    *out = (struct maps_parts){.v = ARENA_ARRAY(sc->arena, struct maps_part, MAPS_PARTS_MAX)};
    for (size_t i = 0; i < doc_count(document) && doc_kind(document) == DOC_OBJECT; i++) {
        const char *name = str_dup(sc->arena, doc_key(document, i));
        const struct doc *value = doc_at(document, i);

        if (strcmp(name, "let") == 0 && is_list(value))
            add_list(sc->arena, out, MAPS_LET, value);
        else if (strcmp(name, "rules") == 0 && is_list(value))
            add_list(sc->arena, out, MAPS_RULE, value);
        else
            add(sc->arena, out, MAPS_MEMBER, name, value);
    }
    return OK;
}

const struct maps_part *maps_part_of(const struct maps_parts *parts, const struct maps_part *like)
{
    for (size_t i = 0; i < parts->n; i++)
        if (maps_part_same(&parts->v[i], like))
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

static void diff(struct arena *a, const struct maps_parts *from, const struct maps_parts *to, struct maps_changes *out)
{
    *out = (struct maps_changes){.v = ARENA_ARRAY(a, struct maps_change, 2 * from->n + to->n + 1)};
    for (size_t i = 0; i < from->n; i++) {
        const struct maps_part *now = maps_part_of(to, &from->v[i]);

        if (!now)
            tell(out, &from->v[i], "removed", from->v[i].value, NULL);
        else if (!doc_equal(from->v[i].value, now->value))
            tell(out, now, "changed", from->v[i].value, now->value);
    }
    tell_moved(from, to, out);
    for (size_t i = 0; i < to->n; i++)
        if (!maps_part_of(from, &to->v[i]))
            tell(out, &to->v[i], "added", NULL, to->v[i].value);
}

enum err maps_diff(struct scope *sc, const struct doc *from, const struct doc *to, struct maps_changes *out)
{
    struct maps_parts was, is;

    TRY(sc, maps_parts(sc, from, &was));
    TRY(sc, maps_parts(sc, to, &is));
    diff(sc->arena, &was, &is, out);
    return OK;
}
