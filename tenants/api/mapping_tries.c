#include <string.h>

#include "api/customer_int.h"
#include "api/mapping_int.h"
#include "expr/expr.h"

/* What a change would do: the difference of two versions, and a merge with a blueprint's. */
#define RAW_MAX ((size_t)WIRE_TEXT_MAX)

struct str api_doc_text(struct scope *sc, const struct doc *d)
{
    struct buf text;

    if (!d || expr_is_absent(*d))
        return (struct str){0};
    buf_init(&text, sc->arena, RAW_MAX);
    doc_write(&text, d);
    return text.full ? STR("null") : buf_str(&text);
}

/* ---- differences ---- */

static const struct wire_field change_fields[] = {
    WIRE_ENUM(struct mapping_change_view, part, maps_part_names,
              "What it is: a rule, a value that rules share (let), or another member of the document."),
    WIRE_TEXT(struct mapping_change_view, name, 1000, "Which: the field a rule fills, a value's or a member's name."),
    WIRE_ENUM(struct mapping_change_view, change, maps_change_names,
              "What became of it; a value has moved when another now stands in front of it."),
    WIRE_RAW(struct mapping_change_view, before, "As it was; null: it was not there."),
    WIRE_RAW(struct mapping_change_view, after, "As it is; null: it is not there."),
    {},
};
const struct wire api_mapping_change_wire = {"MappingPartChange", sizeof(struct mapping_change_view), change_fields};

struct wire_list api_mapping_changes(struct scope *sc, const struct maps_changes *changes)
{
    struct mapping_change_view *views = ARENA_ARRAY(sc->arena, struct mapping_change_view, changes->n);

    for (size_t i = 0; i < changes->n; i++) {
        const struct maps_change *c = &changes->v[i];

        views[i] = (struct mapping_change_view){c->part, c->name, c->what, api_doc_text(sc, c->before),
                                                api_doc_text(sc, c->after)};
    }
    return (struct wire_list){views, changes->n};
}

struct diff_view {
    int64_t from, to;
    struct wire_list changes;
};

static const struct wire_field diff_fields[] = {
    WIRE_INT(struct diff_view, from, 1, MAPS_VERSIONS_MAX, "The version it starts from."),
    WIRE_INT(struct diff_view, to, 1, MAPS_VERSIONS_MAX, "The version it leads to."),
    WIRE_LIST(struct diff_view, changes, &api_mapping_change_wire, MAPS_CHANGES_MAX,
              "What is not the same in both, part by part; none: they say the same."),
    {},
};
static const struct wire diff_wire = {"MappingDiff", sizeof(struct diff_view), diff_fields};

static enum err stored(struct scope *sc, const struct uuid *id, int64_t number, const struct doc **out)
{
    struct maps_version v;

    TRY(sc, maps_version_get(sc, id, (int32_t)number, &v));
    return doc_parse(sc, str_of(v.document), out);
}

static enum err mapping_diff(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    const struct doc *from, *to;
    struct maps_changes changes;
    struct diff_view view = {0};
    struct maps_mapping m;

    TRY(sc, api_mapping_named(sc, rq, &m));
    TRY(sc, rq_query_int(sc, rq, "to", m.versions ? m.versions : 1, 1, MAPS_VERSIONS_MAX, &view.to));
    TRY(sc, rq_query_int(sc, rq, "from", m.current ? m.current : 1, 1, MAPS_VERSIONS_MAX, &view.from));
    TRY(sc, stored(sc, &m.mapping_id, view.from, &from));
    TRY(sc, stored(sc, &m.mapping_id, view.to, &to));
    TRY(sc, maps_diff(sc, from, to, &changes));
    view.changes = api_mapping_changes(sc, &changes);
    return rs_json(sc, rs, 200, &diff_wire, &view);
}

/* ---- merges ---- */

struct choice_ask {
    const char *part, *name, *take;
};

static const struct wire_field choice_fields[] = {
    WIRE_ENUM(struct choice_ask, part, maps_part_names, "What a conflict is about, as it was told."),
    WIRE_TEXT(struct choice_ask, name, 1000, "Its name, as it was told."),
    WIRE_ENUM(struct choice_ask, take, maps_side_names, "Whose is taken."),
    {},
};
static const struct wire choice_wire = {"MappingMergeChoice", sizeof(struct choice_ask), choice_fields};

struct merge_ask {
    int64_t version;
    struct str theirs, base;
    struct wire_list choices;
    const char *note;
    bool allow_faults;
};

static const struct wire_field merge_fields[] = {
    WIRE_INT(struct merge_ask, version, 1, MAPS_VERSIONS_MAX, "Our side: this version's document."),
    WIRE_RAW(struct merge_ask, theirs, "Their side: the blueprint's document as it is now."),
    {.name = "base",
     .kind = WIRE_KIND_RAW,
     .offset = offsetof(struct merge_ask, base),
     .optional = true,
     .meaning = "The blueprint's document that ours was made of; absent: the one that was saved with the version."},
    {.name = "choices",
     .kind = WIRE_KIND_LIST,
     .offset = offsetof(struct merge_ask, choices),
     .of = &choice_wire,
     .max = 2 * MAPS_PARTS_MAX,
     .optional = true,
     .meaning = "What to take where both sides have changed the same."},
    WIRE_TEXT_OR_NULL(struct merge_ask, note, MAPS_NOTE_MAX, "What readers of the new draft should know of it."),
    {.name = "allow_faults",
     .kind = WIRE_KIND_BOOL,
     .offset = offsetof(struct merge_ask, allow_faults),
     .optional = true,
     .meaning = "Keeps a merged document that has faults; otherwise it is refused, and each is told."},
    {},
};
static const struct wire merge_wire = {"MappingMerge", sizeof(struct merge_ask), merge_fields};

struct conflict_view {
    const char *part, *name;
    struct str base, theirs, ours;
};

static const struct wire_field conflict_fields[] = {
    WIRE_ENUM(struct conflict_view, part, maps_part_names, "What it is about: a rule, a value (let), another member."),
    WIRE_TEXT(struct conflict_view, name, 1000, "Which: the field a rule fills, a value's or a member's name."),
    WIRE_RAW(struct conflict_view, base, "As it was; null: it was not there."),
    WIRE_RAW(struct conflict_view, theirs, "As the blueprint has it now; null: it has it no more."),
    WIRE_RAW(struct conflict_view, ours, "As this mapping has it; null: it has it no more."),
    {},
};
static const struct wire conflict_wire = {"MappingConflict", sizeof(struct conflict_view), conflict_fields};

struct merged_view {
    int64_t version;
    struct str document;
    struct wire_list conflicts, taken;
};

static const struct wire_field merged_fields[] = {
    WIRE_INT(struct merged_view, version, 0, MAPS_VERSIONS_MAX,
             "The new draft's number; 0: nothing was saved, as there are conflicts that nobody has decided."),
    WIRE_RAW(struct merged_view, document, "The merged document; ours stands where there is a conflict."),
    WIRE_LIST(struct merged_view, conflicts, &conflict_wire, 2 * MAPS_PARTS_MAX,
              "What both sides have changed in different ways, and no choice names."),
    WIRE_LIST(struct merged_view, taken, &api_mapping_change_wire, MAPS_CHANGES_MAX,
              "What is not as ours has it, part by part."),
    {},
};
static const struct wire merged_wire = {"MappingMerged", sizeof(struct merged_view), merged_fields};

static enum err side_of(struct scope *sc, const char *pointer, struct str text, const struct doc **out)
{
    if (text.n == 0)
        return scope_wrong(sc, pointer, "required", "the version was saved without a base: send it");
    return maps_document_check(sc, pointer, text, out);
}

static void choices_of(struct scope *sc, const struct wire_list *asked, struct maps_merge *in)
{
    const struct choice_ask *ask = asked->items;
    struct maps_choice *choices = ARENA_ARRAY(sc->arena, struct maps_choice, asked->n);

    for (size_t i = 0; i < asked->n; i++) {
        choices[i] = (struct maps_choice){.part = ask[i].part, .name = ask[i].name};
        while (strcmp(maps_side_names[choices[i].take], ask[i].take) != 0)
            choices[i].take++;
    }
    in->choices = choices;
    in->choice_count = asked->n;
}

static struct wire_list conflicts_of(struct scope *sc, const struct maps_merged *merged)
{
    struct conflict_view *views = ARENA_ARRAY(sc->arena, struct conflict_view, merged->conflict_count);

    for (size_t i = 0; i < merged->conflict_count; i++) {
        const struct maps_conflict *c = &merged->conflicts[i];

        views[i] = (struct conflict_view){c->part, c->name, api_doc_text(sc, c->base), api_doc_text(sc, c->theirs),
                                          api_doc_text(sc, c->ours)};
    }
    return (struct wire_list){views, merged->conflict_count};
}

static enum err save_merged(struct scope *sc, const struct maps_mapping *m, const struct merge_ask *ask,
                            const struct maps_merged *merged, int64_t *out)
{
    struct maps_draft draft = {
        .document = merged->document, .base = ask->theirs, .note = ask->note, .sound = !ask->allow_faults};
    int32_t number;

    TRY(sc, maps_save(sc, &m->mapping_id, &draft, &number));
    api_mapping_note(sc, "mapping.version.merge", m, arena_f(sc->arena, "version %d of %d", number, (int)ask->version));
    *out = number;
    return OK;
}

static enum err mapping_merge(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct merged_view view = {0};
    struct maps_merged merged;
    struct maps_merge in = {0};
    struct maps_mapping m;
    struct maps_version v;
    struct merge_ask ask;

    TRY(sc, api_mapping_writer(sc));
    TRY(sc, api_mapping_named(sc, rq, &m));
    TRY(sc, rq_body(sc, rq, &merge_wire, &ask));
    TRY(sc, maps_version_get(sc, &m.mapping_id, (int32_t)ask.version, &v));
    TRY(sc, side_of(sc, "/base", ask.base.n ? ask.base : str_of(v.base), &in.base));
    TRY(sc, side_of(sc, "/theirs", ask.theirs, &in.theirs));
    TRY(sc, doc_parse(sc, str_of(v.document), &in.ours));
    choices_of(sc, &ask.choices, &in);
    TRY(sc, maps_merge(sc, &in, &merged));
    if (merged.conflict_count == 0)
        TRY(sc, save_merged(sc, &m, &ask, &merged, &view.version));
    view.document = merged.document;
    view.conflicts = conflicts_of(sc, &merged);
    view.taken = api_mapping_changes(sc, &merged.taken);
    return rs_json(sc, rs, 200, &merged_wire, &view);
}

static const char *const diff_query[] = {"from", "to", NULL};

const struct route api_mapping_try_routes[] = {
    {GET, "/v1/mappings/{mapping_id}/diff", mapping_diff, .may = PERMISSION_MAPPINGS_READ, .answers = &diff_wire,
     .query = diff_query, .name = "mappings.diff",
     .summary = "What differs between two versions, rule by rule; by default the one that works and the newest."},
    {POST, "/v1/mappings/{mapping_id}/merge", mapping_merge, .may = PERMISSION_MAPPINGS_WRITE, .takes = &merge_wire,
     .answers = &merged_wire, .idempotent = true, .name = "mappings.merge",
     .summary = "Merges a blueprint's newer document into a version; without conflicts the outcome is a new draft."},
    {},
};
