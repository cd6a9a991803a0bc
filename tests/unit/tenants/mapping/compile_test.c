#include "mapping_kit.h"

/* Faults of documents: each with its place, what was expected and, for names, the nearest. */

#define HEAD "'format': 'mapping/1', 'source': {'system': 'acme', 'object': 'order'}, 'target': 'sales_order/1'"

static const char *wrong_document(const char *text)
{
    struct mapping_faults faults;
    struct mapping *m = NULL;

    CHECK(!mapping_compile(test_scope()->arena, kit_doc(text), NULL, &m, &faults));
    CHECK(!m);
    return kit_faults(&faults);
}

TEST(a_document_of_another_format_source_or_target_is_refused)
{
    static const char target[] =
        "/target unknown_object: must be a canonical object and its version, as \"sales_order/1\"";

    CHECK_STR(wrong_document("{'source': {'system': 'a', 'object': 'b'}, 'target': 'sales_order/1', 'rules': []}"),
              "/format not_a_choice: must be \"mapping/1\"");
    CHECK_STR(wrong_document("{'format': 'mapping/1', 'source': {'system': 'a'}, 'target': 'sales_order/1', "
                             "'rules': []}"),
              "/source required: must name a system and its object");
    CHECK_STR(wrong_document("{" HEAD "}"), "/rules required: must be a list of rules");
    CHECK_STR(wrong_document("{" HEAD ", 'rules': [], 'lets': []}"),
              "/lets unknown_member: is not known; near it is let");
    CHECK_STR(wrong_document("{" HEAD ", 'rules': [], 'let': {'name': 'a', 'expr': '1'}}"),
              "/let wrong_type: must be a list of names and expressions");
    CHECK_STR(wrong_document("{" HEAD ", 'rules': [], 'let': [{'name': 'a', 'expr': '1', 'when': 'always'}]}"),
              "/let/0/when unknown_member: is not known");
    for (const char *const *t = (const char *const[]){"sales_order", "sales_order/", "sales_order/2", "sales_order/11",
                                                      "sales_order/1 ", "sails_order/1", "", NULL};
         *t; t++)
        CHECK_STR(wrong_document(arena_f(test_scope()->arena,
                                         "{'format': 'mapping/1', 'source': {'system': 'a', 'object': 'b'}, "
                                         "'target': '%s', 'rules': []}",
                                         *t)),
                  target);
    CHECK_STR(wrong_document("[]"), "/format not_a_choice: must be \"mapping/1\"\n"
                                    "/source required: must name a system and its object\n"
                                    "/target unknown_object: must be a canonical object and its version, as "
                                    "\"sales_order/1\"");
}

TEST(a_field_that_the_target_has_not_is_named_with_those_near_it)
{
    CHECK_STR(kit_wrong("{'to': '/nunber', 'expr': 'a'}"),
              "/rules/0/to unknown_field: sales_order/1 has no field /nunber; near it is /number");
    CHECK_STR(kit_wrong("{'to': '/lines', 'each': 'a'}, {'to': '/lines/*/unit_prise', 'expr': 'a'}"),
              "/rules/1/to unknown_field: sales_order/1 has no field /lines/*/unit_prise; near it is "
              "/lines/*/unit_price");
    CHECK_STR(kit_wrong("{'to': '/qqqqqqqqqqqqqqqq', 'expr': 'a'}"),
              "/rules/0/to unknown_field: sales_order/1 has no field /qqqqqqqqqqqqqqqq");
    CHECK_STR(kit_wrong("{'to': '/schema', 'constant': 'sales_order/1'}"),
              "/rules/0/to unknown_field: is set by itself");
    CHECK_STR(kit_wrong("{'to': '/lines', 'each': 'a'}, {'to': '/lines/*/sku', 'expr': 'a'}, "
                        "{'to': '/lines/0/title', 'expr': 'a'}"),
              "/rules/2/to unknown_field: the items of a list are all named by *, as in /lines/*/sku");
}

TEST(a_rule_without_a_target_or_with_a_target_that_another_has_is_refused)
{
    CHECK_STR(kit_wrong("{'expr': 'a'}, 7, {'to': 'number', 'expr': 'a'}"),
              "/rules/0/to required: must be the path of a field, as /number or /lines/*/sku\n"
              "/rules/1/to required: must be the path of a field, as /number or /lines/*/sku\n"
              "/rules/2/to required: must be the path of a field, as /number or /lines/*/sku");
    CHECK_STR(kit_wrong("{'to': '/number', 'expr': 'a'}, {'to': '/number', 'expr': 'b'}"),
              "/rules/1/to twice: rule 0 has this field already");
}

TEST(a_member_that_is_not_known_is_named_with_those_near_it)
{
    CHECK_STR(kit_wrong("{'to': '/number', 'expr': 'a', 'wen': 'always'}"),
              "/rules/0/wen unknown_member: is not known; near it is when");
    CHECK_STR(kit_wrong("{'to': '/number', 'expr': 'a', 'colour': 1}"), "/rules/0/colour unknown_member: is not known");
    CHECK_STR(kit_wrong("{'to': '/number', 'lookup': {'table': 'sku', 'key': 'a', 'miss': 'hold', 'mis': 1}}"),
              "/rules/0/lookup/mis unknown_member: is not known; near it is miss");
}

TEST(a_rule_has_exactly_one_kind_and_a_condition_that_is_known)
{
    CHECK_STR(kit_wrong("{'to': '/number'}"),
              "/rules/0 required: must have one of expr, constant, lookup, each and from");
    CHECK_STR(kit_wrong("{'to': '/number', 'expr': 'a', 'constant': 'b'}"),
              "/rules/0 required: must have one of expr, constant, lookup, each and from");
    CHECK_STR(kit_wrong("{'to': '/number', 'expr': 'a', 'when': 'never'}"),
              "/rules/0/when not_a_choice: must be \"always\", \"creating\" or \"if_not_empty\"");
}

TEST(a_fault_of_an_expression_has_its_line_and_column)
{
    CHECK_STR(kit_wrong("{'to': '/number', 'expr': 7}"), "/rules/0/expr wrong_type: must be an expression in a text");
    CHECK_STR(kit_wrong("{'to': '/number', 'expr': ''}"), "/rules/0/expr wrong_type: must be an expression in a text");
    for (int i = 0; i < 2; i++) {
        struct mapping_faults faults;
        struct mapping *m;
        const char *rules = i ? "{'to': '/number', 'lookup': {'table': 't', 'miss': 'hold', 'key': 'a +\\n  (b'}}"
                              : "{'to': '/number', 'expr': 'a +\\n  (b'}";

        CHECK(!mapping_compile(test_scope()->arena, kit_document(rules, NULL), NULL, &m, &faults));
        CHECK_INT(faults.n, 1);
        CHECK_STR(faults.v[0].pointer, i ? "/rules/0/lookup/key" : "/rules/0/expr");
        CHECK_STR(faults.v[0].rule, "/number");
        CHECK_STR(faults.v[0].code, "S0203");
        CHECK_INT(faults.v[0].line, 2);
        CHECK(faults.v[0].column >= 4);
    }
}

static const char *wrong_expr(const char *expr)
{
    return kit_wrong(arena_f(test_scope()->arena, "{'to': '/number', 'expr': '%s'}", expr));
}

#define NOT_NAMED(at)                                                                                                  \
    "/rules/0/expr table_not_named at " at                                                                             \
    ": $xref must be called with a cross reference's name in quotes, as in $xref(\"sku\", code)"

/* What it asks must be loaded before there is a record. */
TEST(an_expression_names_its_cross_references_where_it_asks_them)
{
    CHECK_STR(wrong_expr("$xref(\\'sku\\', k)"), "");
    CHECK_STR(wrong_expr("k ~> $xref(\\'sku\\', ?)"), "");
    CHECK_STR(wrong_expr("$xref(t, k)"), NOT_NAMED("1:1"));
    CHECK_STR(wrong_expr("\\'sku\\' ~> $xref(k)"), NOT_NAMED("1:10"));
    CHECK_STR(wrong_expr("($f := $xref; $f(\\'sku\\', k))"), NOT_NAMED("1:8"));
    CHECK_STR(wrong_expr("$xref(\\'a\\', k) & $map(k, $xref)"), NOT_NAMED("1:25"));
}

TEST(a_lookup_names_its_table_its_key_and_what_a_miss_does)
{
    CHECK_STR(kit_wrong("{'to': '/number', 'lookup': {'table': 'sku', 'key': 'a'}}"),
              "/rules/0/lookup/miss required: must say what a look-up that finds nothing does: \"fail\", \"hold\" or "
              "{\"default\": VALUE}");
    CHECK_STR(kit_wrong("{'to': '/number', 'lookup': {'table': '', 'key': 'a', 'miss': 'fail'}}"),
              "/rules/0/lookup/table required: must name a cross reference");
    CHECK_STR(kit_wrong("{'to': '/number', 'lookup': {'table': 'sku', 'miss': 'fail'}}"),
              "/rules/0/lookup/key wrong_type: must be an expression in a text");
    CHECK_STR(kit_wrong("{'to': '/test', 'lookup': {'table': 'sku', 'key': 'a', 'miss': {'default': 'yes'}}}"),
              "/rules/0/lookup/miss/default wrong_type: must be true or false, not a text");
    CHECK_STR(kit_wrong("{'to': '/number', 'lookup': {'table': 'sku', 'key': 'a', 'miss': {'default': 7}}}"), "");
}

TEST(a_constant_can_stand_in_its_field)
{
    CHECK_STR(kit_wrong("{'to': '/test', 'constant': 'yes'}"),
              "/rules/0/constant wrong_type: must be true or false, not a text");
    CHECK_STR(kit_wrong("{'to': '/tip', 'constant': 'a lot'}"),
              "/rules/0/constant not_a_decimal: must be a decimal like \"12.50\", and this is \"a lot\"");
    CHECK_STR(kit_wrong("{'to': '/tip', 'constant': 1.5}, {'to': '/number', 'constant': 7}"), "");
}

TEST(each_is_for_lists_and_from_for_objects_that_other_rules_fill)
{
    CHECK_STR(kit_wrong("{'to': '/number', 'each': 'a'}"),
              "/rules/0/each wrong_type: is for lists only\n"
              "/rules/0 required: there is no rule for a field of /number");
    CHECK_STR(kit_wrong("{'to': '/lines', 'from': 'a'}, {'to': '/lines/*/sku', 'expr': 'b'}"),
              "/rules/0/from wrong_type: is for objects only\n"
              "/rules/0 required: a rule for /lines with each must say what its items are");
    CHECK_STR(kit_wrong("{'to': '/lines/*/sku', 'expr': 'a'}"),
              "/rules required: a rule for /lines with each must say what its items are");
    CHECK_STR(kit_wrong("{'to': '/lines', 'each': 'a'}"), "/rules/0 required: there is no rule for a field of /lines");
    CHECK_STR(kit_wrong("{'to': '/customer', 'from': 'a'}"),
              "/rules/0 required: there is no rule for a field of /customer");
    CHECK_STR(kit_wrong("{'to': '/customer', 'expr': 'a'}, {'to': '/customer/name', 'expr': 'b'}"),
              "/rules/0 required: other rules reach into /customer, so that this one can only say with from what they "
              "read");
    CHECK_STR(kit_wrong("{'to': '/customer/name', 'expr': 'b'}, {'to': '/lines', 'expr': 'a'}"), "");
}

TEST(values_of_let_have_names_of_their_own)
{
    static const char told[] =
        "required: must be a name of its own, of letters, digits and _, other than parent and creating";

    for (const char *const *name = (const char *const[]){"", "a b", "1st", "parent", "creating", "same", NULL}; *name;
         name++)
        CHECK_STR(wrong_document(arena_f(test_scope()->arena,
                                         "{" HEAD ", 'rules': [], 'let': [{'name': 'same', 'expr': '1'}, "
                                         "{'name': '%s', 'expr': '1'}]}",
                                         *name)),
                  arena_f(test_scope()->arena, "/let/1/name %s", told));
    CHECK_STR(wrong_document("{" HEAD ", 'rules': [], 'let': [{'expr': '1'}]}"),
              arena_f(test_scope()->arena, "/let/0/name %s", told));
    CHECK_STR(wrong_document("{" HEAD ", 'rules': [], 'let': [{'name': 'a'}]}"),
              "/let/0/expr wrong_type: must be an expression in a text");
}

static const char *many(const char *one, unsigned n)
{
    struct buf b;

    buf_init(&b, test_scope()->arena, 1 << 20);
    for (unsigned i = 0; i < n; i++) {
        buf_f(&b, "%s", i ? ", " : "");
        buf_f(&b, one, i);
    }
    return buf_cstr(&b);
}

TEST(rules_values_and_faults_have_a_limit)
{
    struct mapping_faults faults;
    struct mapping *m;
    const char *lets = many("{'name': 'v%u', 'expr': '1'}", MAPPING_LETS_MAX + 1);

    CHECK(!mapping_compile(test_scope()->arena, kit_document("", lets), NULL, &m, &faults));
    CHECK_STR(kit_faults(&faults), "/let too_many: holds at most 50 values");
    CHECK(!mapping_compile(test_scope()->arena, kit_document(many("{'to': '/x%u'}", MAPPING_RULES_MAX + 1), NULL), NULL,
                           &m, &faults));
    CHECK_INT(faults.n, MAPPING_FAULTS_MAX);
}

TEST(a_field_that_the_source_is_not_known_to_send_is_named_with_those_near_it)
{
    static const char *const paths[] = {"id", "line_items.sku", "line_items.price", "note.*"};
    const struct mapping_source known = {paths, ARRAY_LEN(paths)};
    struct mapping_faults faults;
    struct mapping *m;
    const struct doc *d = kit_document("{'to': '/number', 'expr': 'idd'}, {'to': '/lines', 'each': 'line_items'}, "
                                       "{'to': '/lines/*/sku', 'expr': 'skew'}, "
                                       "{'to': '/lines/*/unit_price', 'expr': 'price'}, "
                                       "{'to': '/lines/*/title', 'expr': '$$.note.any.thing'}",
                                       NULL);

    CHECK(!mapping_compile(test_scope()->arena, d, &known, &m, &faults));
    CHECK_STR(kit_faults(&faults),
              "/rules/0 unknown_field: the source has no field idd; near it is id\n"
              "/rules/2 unknown_field: the source has no field line_items.skew; near it is line_items.sku or "
              "line_items.price");
    CHECK(mapping_compile(test_scope()->arena, d, NULL, &m, &faults));
}

TEST(a_mapping_tells_its_tables_and_the_fields_it_reads_each_once)
{
    const struct mapping *m = kit_mapping(
        "{'to': '/number', 'expr': 'id & name'}, {'to': '/channel', 'expr': '$xref(\\'channel\\', source)'}, "
        "{'to': '/note', 'lookup': {'table': 'sku', 'key': 'name', 'miss': 'fail'}}, "
        "{'to': '/lines', 'each': 'items'}, "
        "{'to': '/lines/*/sku', 'lookup': {'table': 'sku', 'key': 'code', 'miss': 'hold'}}",
        "{'name': 'a', 'expr': 'total'}");
    const char *const *names;

    CHECK_INT(mapping_tables(m, &names), 2);
    CHECK_STR(names[0], "channel");
    CHECK_STR(names[1], "sku");
    CHECK_INT(mapping_reads(m, &names), 6);
    CHECK_STR(names[0], "total");
    CHECK_STR(names[1], "id");
    CHECK_STR(names[5], "source");
}

TEST(a_name_that_nothing_has_is_told_with_the_nearest)
{
    CHECK_STR(
        wrong_document("{" HEAD ", 'let': [{'name': 'a', 'expr': '$later'}, {'name': 'later', 'expr': '1'}], 'rules': ["
                       "{'to': '/number', 'expr': '$latter'}, {'to': '/note', 'expr': '$uppercas(name)'}, "
                       "{'to': '/test', 'expr': '$creating and $exists($parent) and ($x := 1) = $x'}]}"),
        "/let/0/expr unknown_name: neither a function nor a value before has the name $later\n"
        "/rules/0/expr unknown_name: neither a function nor a value before has the name $latter; near it is later\n"
        "/rules/1/expr unknown_name: neither a function nor a value before has the name $uppercas");
}

static const char *unfilled(const char *rules)
{
    struct mapping_faults faults = {0};
    struct mapping *m;

    CHECK(mapping_compile(test_scope()->arena,
                          kit_doc(arena_f(test_scope()->arena, "{" HEAD ", 'rules': [%s]}", rules)), NULL, &m,
                          &faults));
    mapping_unfilled(test_scope()->arena, m, &faults);
    return kit_faults(&faults);
}

TEST(what_every_object_has_and_no_rule_fills_is_told)
{
    static const char most[] = "{'to': '/natural_key', 'expr': 'id'}, {'to': '/number', 'expr': 'id'}, "
                               "{'to': '/currency', 'constant': 'EUR'}, {'to': '/placed_at', 'expr': 'at'}, "
                               "{'to': '/updated_at', 'expr': 'at'}, {'to': '/total', 'expr': 'sum'}";

    CHECK_STR(unfilled(most), "/rules unfilled: no rule fills /lines, without which there is no sales_order");
    CHECK_STR(unfilled(arena_f(test_scope()->arena, "%s, {'to': '/lines', 'expr': 'lines'}", most)), "");
    CHECK_STR(
        unfilled(arena_f(test_scope()->arena,
                         "%s, {'to': '/lines', 'each': 'lines'}, {'to': '/lines/*/quantity', 'expr': 'n'}", most)),
        "/rules unfilled: no rule fills /lines/*/unit_price, without which there is no sales_order");
}

TEST(the_documents_that_come_with_the_program_fill_what_they_must)
{
    size_t n;
    const struct mapping_shipped *all = mapping_shipped_all(&n);

    for (size_t i = 0; i < n; i++) {
        struct mapping_faults faults = {0};
        const struct doc *d;
        struct mapping *m;

        CHECK_OK(doc_parse(test_scope(), (struct str){all[i].text, all[i].n}, &d));
        CHECK(mapping_compile(test_scope()->arena, d, NULL, &m, &faults));
        mapping_unfilled(test_scope()->arena, m, &faults);
        CHECK_STR(kit_faults(&faults), "");
    }
}
