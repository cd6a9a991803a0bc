#include <stdlib.h>

#include "canon_kit.h"

/* What holds for every object: its examples, its needed members, its kinds. */

static void each_example(void (*judge)(const struct canon_object *o, const struct doc *d))
{
    size_t n;
    const struct canon_object *const *all = canon_objects(&n);

    CHECK_INT(n, 14);
    for (size_t i = 0; i < n; i++)
        for (const char *const *e = all[i]->examples; *e; e++)
            judge(all[i], kit_read(*e));
}

static void is_valid(const struct canon_object *o, const struct doc *d)
{
    struct canon_faults all = kit_faults(o->name, d);

    if (all.n)
        test_failed(__FILE__, __LINE__, "%s: %s", o->name, kit_told(&all));
    CHECK(canon_object_of(d) == o);
    CHECK_OK(canon_check(test_scope(), o, d));
}

TEST(every_example_is_in_order)
{
    each_example(is_valid);
}

static size_t tried;

static void needs_its_members(const struct canon_object *o, const struct doc *d)
{
    static const struct doc null = {.kind = DOC_NULL};
    struct canon_targets targets;

    canon_fields(test_scope()->arena, o, &targets);
    for (size_t i = 0; i < targets.n; i++) {
        const char *at = kit_place(d, targets.v[i].path);
        struct canon_faults without, with;
        struct doc changed;

        if (!targets.v[i].field->needed || !at)
            continue;
        changed = kit_edit(d, at, NULL);
        without = kit_faults(o->name, &changed);
        changed = kit_edit(d, at, &null);
        with = kit_faults(o->name, &changed);
        if (without.n != 1 || !kit_has(&without, at, "required") || with.n != 1 || !kit_has(&with, at, "required"))
            test_failed(__FILE__, __LINE__, "%s without %s: %s; with null: %s", o->name, at, kit_told(&without),
                        kit_told(&with));
        tried++;
    }
}

TEST(every_needed_member_that_is_left_out_is_named)
{
    each_example(needs_its_members);
    CHECK(tried > 120);
}

/* A value that is of another kind. */
static const char *other_kind(const struct canon_field *f)
{
    switch ((enum canon_kind)f->kind) {
    case CANON_OBJECT:
        return "[]";
    case CANON_LIST:
    case CANON_TEXTS:
        return "{}";
    case CANON_TRUTH:
        return "\"true\"";
    case CANON_COUNT:
        return "\"7\"";
    default:
        return "12.5";
    }
}

static void judges_kinds(const struct canon_object *o, const struct doc *d)
{
    struct canon_targets targets;

    canon_fields(test_scope()->arena, o, &targets);
    for (size_t i = 0; i < targets.n; i++) {
        const char *at = kit_place(d, targets.v[i].path);
        struct canon_faults all;
        struct doc changed;

        if (!at)
            continue;
        changed = kit_edit(d, at, kit_read(other_kind(targets.v[i].field)));
        all = kit_faults(o->name, &changed);
        if (all.n != 1 || !kit_has(&all, at, "wrong_type"))
            test_failed(__FILE__, __LINE__, "%s with another kind at %s: %s", o->name, at, kit_told(&all));
        tried++;
    }
}

TEST(every_field_of_another_kind_is_named_at_its_pointer)
{
    each_example(judges_kinds);
    CHECK(tried > 300);
}

/* What a text of no sense is to each kind that reads its text. */
static const char *code_of(enum canon_kind kind)
{
    static const char *const codes[CANON_KIND_COUNT] = {
        [CANON_SCHEMA] = "not_in_list",      [CANON_QUANTITY] = "not_a_decimal", [CANON_RATE] = "not_a_decimal",
        [CANON_PRICE] = "not_a_decimal",     [CANON_MONEY] = "not_a_decimal",    [CANON_TIME] = "not_a_time",
        [CANON_DATE] = "not_a_date",         [CANON_COUNTRY] = "not_a_country",  [CANON_CHOICE] = "not_in_list",
        [CANON_CURRENCY] = "not_a_currency",
    };

    return codes[kind];
}

static void judges_texts(const struct canon_object *o, const struct doc *d)
{
    struct canon_targets targets;

    canon_fields(test_scope()->arena, o, &targets);
    for (size_t i = 0; i < targets.n; i++) {
        const char *at = kit_place(d, targets.v[i].path), *code = code_of(targets.v[i].field->kind);
        struct canon_faults all;
        struct doc changed;

        if (!at || !code)
            continue;
        changed = kit_edit(d, at, kit_read("\"1,5\""));
        all = kit_faults(o->name, &changed);
        if (all.n != 1 || !kit_has(&all, at, code))
            test_failed(__FILE__, __LINE__, "%s with no sense at %s: %s", o->name, at, kit_told(&all));
        tried++;
    }
}

TEST(every_text_that_is_none_of_its_kind_is_named)
{
    each_example(judges_texts);
    CHECK(tried > 150);
}

static void tells_strangers(const struct canon_object *o, const struct doc *d)
{
    struct doc changed = kit_edit(d, "/natural_kee", kit_read("\"x\""));
    struct canon_faults all = kit_faults(o->name, &changed);

    CHECK_STR(kit_told(&all), "/natural_kee unknown_member is not a member here; did you mean natural_key?");
}

TEST(a_member_that_is_unknown_is_told_with_the_nearest_name)
{
    each_example(tells_strangers);
}

static bool seen_at_all(const struct canon_object *o, const char *path)
{
    for (const char *const *e = o->examples; *e; e++)
        if (kit_place(kit_read(*e), path))
            return true;
    return false;
}

TEST(every_field_of_an_object_stands_in_an_example)
{
    size_t n;
    const struct canon_object *const *all = canon_objects(&n);

    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < all[i]->shape->n; k++)
            if (!seen_at_all(all[i], arena_f(test_scope()->arena, "/%s", all[i]->shape->fields[k].name)))
                test_failed(__FILE__, __LINE__, "%s: no example has %s", all[i]->name, all[i]->shape->fields[k].name);
    }
}

static void shape_is_sound(const struct canon_object *o, const struct canon_shape *shape, unsigned depth)
{
    CHECK(depth < 6); /* none holds itself */
    CHECK(shape->n > 0 && shape->n <= CANON_FIELDS_MAX);
    for (size_t i = 0; i < shape->n; i++) {
        const struct canon_field *f = &shape->fields[i];

        if (!f->meaning || f->meaning[strlen(f->meaning) - 1] != '.' || strlen(f->name) != f->name_n)
            test_failed(__FILE__, __LINE__, "%s: %s has no whole meaning", o->name, f->name);
        CHECK((f->kind == CANON_OBJECT || f->kind == CANON_LIST) == (f->of != NULL));
        CHECK((f->kind == CANON_CHOICE) == (f->names != NULL));
        for (size_t k = 0; k < i; k++)
            CHECK(strcmp(shape->fields[k].name, f->name) != 0);
        if (f->of)
            shape_is_sound(o, f->of, depth + 1);
    }
}

TEST(every_table_of_fields_is_sound)
{
    size_t n;
    const struct canon_object *const *all = canon_objects(&n);

    for (size_t i = 0; i < n; i++) {
        shape_is_sound(all[i], all[i]->shape, 0);
        CHECK_STR(all[i]->schema, arena_f(test_scope()->arena, "%s/%u", all[i]->name, all[i]->version));
        CHECK(all[i]->natural_key && all[i]->meaning && all[i]->changes[0].what);
        CHECK(canon_field_at(all[i], str_of(CANON_CLOCK)) != NULL);
        CHECK(canon_field_at(all[i], str_of("/natural_key"))->needed);
        CHECK(canon_object_find(str_of(all[i]->name)) == all[i]);
        CHECK(canon_object_version(str_of(all[i]->name), all[i]->version) == all[i]);
        CHECK(canon_object_version(str_of(all[i]->name), all[i]->version + 1) == NULL);
    }
    CHECK(canon_object_find(str_of("sales_orders")) == NULL);
    CHECK(canon_object_of(kit_read("{\"schema\":\"sales_order/2\"}")) == NULL);
    CHECK(canon_object_of(kit_read("[]")) == NULL);
}
