#include "mapping_kit.h"

TEST(fields_come_in_the_targets_order_and_numbers_become_texts)
{
    CHECK_STR(kit_made("{'to': '/total', 'expr': 'total'}, {'to': '/number', 'expr': 'id'}, "
                       "{'to': '/test', 'constant': false}",
                       NULL, "{'id': 9007199254740993, 'total': 19.90}"),
              "{'schema':'sales_order/1','number':'9007199254740993','test':false,'total':'19.90'}");
}

TEST(a_rule_without_a_value_leaves_its_field_out_and_null_stays_null)
{
    CHECK_STR(kit_made("{'to': '/number', 'expr': 'none'}, {'to': '/note', 'expr': 'null'}", NULL, "{}"),
              "{'schema':'sales_order/1','note':null}");
}

TEST(an_object_is_there_only_when_one_of_its_fields_is)
{
    static const char rules[] =
        "{'to': '/customer/name', 'expr': 'who.name'}, {'to': '/billing', 'from': 'bill'}, "
        "{'to': '/billing/city', 'expr': 'city'}, {'to': '/billing/street', 'expr': '$$.who.name'}";

    CHECK_STR(kit_made(rules, NULL, "{'bill': null}"), "{'schema':'sales_order/1'}");
    CHECK_STR(kit_made(rules, NULL, "{'bill': {'country': 'DE'}}"), "{'schema':'sales_order/1'}");
    CHECK_STR(kit_made(rules, NULL, "{'who': {'name': 'Ada'}, 'bill': {'city': 'Ulm'}}"),
              "{'schema':'sales_order/1','customer':{'name':'Ada'},'billing':{'street':'Ada','city':'Ulm'}}");
}

#define LINES                                                                                                          \
    "{'to': '/lines', 'each': 'items'}, {'to': '/lines/*/sku', 'expr': 'sku'}, "                                       \
    "{'to': '/lines/*/title', 'expr': '$parent.id & \\'/\\' & $$.id & \\'/\\' & $.sku'}, "                             \
    "{'to': '/lines/*/taxes', 'each': 'taxes'}, {'to': '/lines/*/taxes/*/amount', 'expr': 'amount'}, "                 \
    "{'to': '/lines/*/taxes/*/title', 'expr': '$parent.sku & $$.id'}"

TEST(rules_of_items_see_the_item_the_one_around_it_and_the_whole_document)
{
    CHECK_STR(kit_made(LINES, NULL,
                       "{'id': 'O', 'items': [{'sku': 'A', 'taxes': [{'amount': 1}, {'amount': 2}]}, "
                       "{'sku': 'B', 'taxes': {'amount': 3}}]}"),
              "{'schema':'sales_order/1','lines':["
              "{'sku':'A','title':'O/O/A','taxes':[{'title':'AO','amount':'1'},{'title':'AO','amount':'2'}]},"
              "{'sku':'B','title':'O/O/B','taxes':[{'title':'BO','amount':'3'}]}]}");
}

TEST(the_item_around_is_the_same_after_a_nested_list)
{
    CHECK_STR(
        kit_made("{'to': '/lines', 'each': 'items'}, {'to': '/lines/*/taxes', 'each': 'taxes'}, "
                 "{'to': '/lines/*/taxes/*/amount', 'expr': 'amount'}, {'to': '/note', 'expr': '$exists($parent)'}, "
                 "{'to': '/customer', 'from': 'who'}, {'to': '/customer/name', 'expr': 'name & $parent.id'}",
                 NULL, "{'id': 7, 'who': {'name': 'Ada'}, 'items': [{'taxes': [{'amount': 1}]}]}"),
        "{'schema':'sales_order/1','customer':{'name':'Ada7'},'lines':[{'taxes':[{'amount':'1'}]}],'note':false}");
}

TEST(a_list_is_empty_where_nothing_is_and_left_out_where_its_condition_says_so)
{
    static const char rules[] = "{'to': '/lines', 'each': 'items'%s}, {'to': '/lines/*/sku', 'expr': 'sku'}";
    struct arena *a = test_scope()->arena;

    CHECK_STR(kit_made(arena_f(a, rules, ""), NULL, "{}"), "{'schema':'sales_order/1','lines':[]}");
    CHECK_STR(kit_made(arena_f(a, rules, ""), NULL, "{'items': null}"), "{'schema':'sales_order/1','lines':[]}");
    CHECK_STR(kit_made(arena_f(a, rules, ""), NULL, "{'items': [{}, {'sku': 'A'}]}"),
              "{'schema':'sales_order/1','lines':[{'sku':'A'}]}");
    CHECK_STR(kit_made(arena_f(a, rules, ", 'when': 'if_not_empty'"), NULL, "{'items': []}"),
              "{'schema':'sales_order/1'}");
}

TEST(a_rule_for_new_records_leaves_its_field_out_of_others)
{
    const struct mapping *m = kit_mapping("{'to': '/note', 'expr': 'note', 'when': 'creating'}, "
                                          "{'to': '/lines', 'each': 'items', 'when': 'creating'}, "
                                          "{'to': '/lines/*/sku', 'expr': 'sku'}, {'to': '/test', 'expr': '$new'}",
                                          "{'name': 'new', 'expr': '$creating'}");
    struct mapping_how how = {.creating = true};
    struct mapping_result out = kit_run_how(m, "{'note': 'n', 'items': {'sku': 'A'}}", &how);

    CHECK_STR(kit_text(&out.value), "{'schema':'sales_order/1','test':true,'lines':[{'sku':'A'}],'note':'n'}");
    how.creating = false;
    out = kit_run_how(m, "{'note': 'n', 'items': {'sku': 'A'}}", &how);
    CHECK_STR(kit_text(&out.value), "{'schema':'sales_order/1','test':false}");
}

TEST(what_is_empty_is_left_out_only_where_the_rule_says_so)
{
    for (const char *const *v = (const char *const[]){"''", "null", NULL}; *v; v++) {
        CHECK_STR(kit_made("{'to': '/note', 'expr': 'a', 'when': 'if_not_empty'}", NULL,
                           arena_f(test_scope()->arena, "{'a': %s}", *v)),
                  "{'schema':'sales_order/1'}");
        CHECK_STR(kit_made("{'to': '/note', 'expr': 'a'}", NULL, arena_f(test_scope()->arena, "{'a': %s}", *v)),
                  arena_f(test_scope()->arena, "{'schema':'sales_order/1','note':%s}", *v));
    }
    CHECK_STR(kit_made("{'to': '/test', 'expr': 'a', 'when': 'if_not_empty'}", NULL, "{'a': false}"),
              "{'schema':'sales_order/1','test':false}");
}

#define LOOKUP(miss) "{'to': '/number', 'lookup': {'table': 'sku', 'key': 'k', 'miss': " miss "}}"

TEST(a_lookup_that_finds_gives_what_the_table_has)
{
    struct mapping_result out = kit_run(LOOKUP("'fail'"), NULL, "{'k': 'A'}");

    CHECK_STR(kit_text(&out.value), "{'schema':'sales_order/1','number':'B'}");
    CHECK_INT(out.miss_count, 0);
}

TEST(a_lookup_that_finds_nothing_does_what_its_rule_says)
{
    struct mapping_result fail = kit_run(LOOKUP("'fail'"), NULL, "{'k': 'Z'}");
    struct mapping_result hold = kit_run(LOOKUP("'hold'"), NULL, "{'k': 12}");
    struct mapping_result other = kit_run(LOOKUP("{'default': 'D'}"), NULL, "{'k': 'Z'}");

    CHECK_STR(kit_faults(&fail.faults), "/number not_mapped: cross reference sku has no entry for \"Z\"");
    CHECK(!fail.held && !fail.valid);
    CHECK_INT(fail.misses[0].then, MISS_FAIL);
    CHECK(hold.held && !hold.valid);
    CHECK_INT(hold.faults.n, 0);
    CHECK_STR(hold.misses[0].table, "sku");
    CHECK_STR(hold.misses[0].key, "12");
    CHECK_STR(hold.misses[0].pointer, "/number");
    CHECK(!other.held);
    CHECK_STR(kit_text(&other.value), "{'schema':'sales_order/1','number':'D'}");
    CHECK_INT(other.miss_count, 1);
    CHECK_INT(other.misses[0].then, MISS_DEFAULT);
}

TEST(a_lookup_without_a_key_is_none_and_one_of_a_list_is_refused)
{
    for (const char *const *k = (const char *const[]){"{}", "{'k': null}", "{'k': ''}", NULL}; *k; k++) {
        struct mapping_result out = kit_run(LOOKUP("'hold'"), NULL, *k);

        CHECK(!out.held);
        CHECK_INT(out.miss_count, 0);
    }
    struct mapping_result out = kit_run(LOOKUP("'hold'"), NULL, "{'k': ['A']}");

    CHECK_STR(out.faults.v[0].detail, "a key of a cross reference is a text or an integer");
}

TEST(every_miss_has_the_place_of_its_own_line)
{
    struct mapping_result out =
        kit_run("{'to': '/lines', 'each': 'items'}, "
                "{'to': '/lines/*/sku', 'lookup': {'table': 'sku', 'key': 'sku', 'miss': 'hold'}}",
                NULL, "{'items': [{'sku': 'A'}, {'sku': 'Y'}, {'sku': 'Z'}]}");

    CHECK_INT(out.miss_count, 2);
    CHECK_STR(out.misses[0].pointer, "/lines/1/sku");
    CHECK_STR(out.misses[0].rule, "/lines/*/sku");
    CHECK_STR(out.misses[1].key, "Z");
}

TEST(a_fault_of_an_expression_names_the_place_the_rule_and_where_in_it)
{
    struct mapping_result out = kit_run("{'to': '/lines', 'each': 'items'}, "
                                        "{'to': '/lines/*/sku', 'expr': '\\n  $uppercase(sku)'}",
                                        NULL, "{'items': [{'sku': 'a'}, {'sku': 7}]}");

    CHECK_INT(out.faults.n, 1);
    CHECK_STR(out.faults.v[0].pointer, "/lines/1/sku");
    CHECK_STR(out.faults.v[0].rule, "/lines/*/sku");
    CHECK_STR(out.faults.v[0].code, "T0410");
    CHECK_INT(out.faults.v[0].line, 2);
    CHECK(!out.valid);
}

TEST(values_of_let_see_those_before_them_and_serve_every_rule)
{
    CHECK_STR(kit_made("{'to': '/number', 'expr': '$b'}, {'to': '/lines', 'each': 'items'}, "
                       "{'to': '/lines/*/sku', 'expr': '$a & sku'}",
                       "{'name': 'a', 'expr': 'id'}, {'name': 'b', 'expr': '$a & $a'}",
                       "{'id': 'x', 'items': [{'sku': 1}]}"),
              "{'schema':'sales_order/1','number':'xx','lines':[{'sku':'x1'}]}");
}

TEST(what_the_objects_own_check_finds_names_the_rule_that_fills_the_place)
{
    struct mapping_result out = kit_run("{'to': '/number', 'expr': 'id'}, {'to': '/lines', 'each': 'items'}, "
                                        "{'to': '/lines/*/quantity', 'expr': 'n'}, {'to': '/currency', 'expr': 'c'}",
                                        NULL, "{'id': 1, 'c': 'XXQ', 'items': [{'n': 0}]}");

    CHECK(!out.valid);
    for (size_t i = 0; i < out.faults.n; i++) {
        const struct mapping_fault *f = &out.faults.v[i];

        if (strcmp(f->pointer, "/lines/0/quantity") == 0)
            CHECK_STR(f->rule, "/lines/*/quantity");
        else if (strcmp(f->pointer, "/currency") == 0)
            CHECK_STR(f->rule, "/currency");
        else
            CHECK_STR(f->code, "required");
    }
    CHECK(out.faults.n >= 4);
}

TEST(values_are_kept_rule_by_rule_only_when_asked)
{
    const struct mapping *m = kit_mapping("{'to': '/number', 'expr': 'id'}, {'to': '/lines', 'each': 'items'}, "
                                          "{'to': '/lines/*/sku', 'expr': 'sku'}, {'to': '/note', 'expr': 'none'}",
                                          NULL);
    const struct mapping_how how = {.keep_values = true};
    struct mapping_result out = kit_run_how(m, "{'id': 1, 'items': [{'sku': 'A'}, {'sku': 'B'}]}", &how);

    CHECK_INT(out.value_count, 5);
    CHECK_STR(out.values[3].pointer, "/lines/1/sku");
    CHECK_STR(out.values[3].rule, "/lines/*/sku");
    CHECK_STR(kit_text(&out.values[3].value), "'B'");
    CHECK(expr_is_absent(out.values[4].value));
    CHECK_INT(kit_run_how(m, "{}", &(struct mapping_how){0}).value_count, 0);
}

TEST(faults_and_misses_have_a_limit)
{
    struct buf b;
    struct mapping_result out;

    buf_init(&b, test_scope()->arena, 1 << 16);
    for (int i = 0; i < MAPPING_MISSES_MAX + 10; i++)
        buf_f(&b, "%s'k%d'", i ? "," : "", i);
    out = kit_run("{'to': '/lines', 'each': 'a'}, "
                  "{'to': '/lines/*/sku', 'lookup': {'table': 'sku', 'key': '$', 'miss': 'fail'}}",
                  NULL, arena_f(test_scope()->arena, "{'a': [%s]}", buf_cstr(&b)));
    CHECK_INT(out.faults.n, MAPPING_FAULTS_MAX);
    CHECK_INT(out.miss_count, MAPPING_MISSES_MAX);
}

/* What waits for a word must be able to say for which, whatever else was not found before. */
TEST(a_word_that_holds_is_told_however_many_were_missed_before_it)
{
    struct mapping_result out = kit_run("{'to': '/number', 'expr': '($map([1..1001], function($i) { $xref(\\'sku\\', "
                                        "\\'z\\' & $i, \\'d\\') }); $xref(\\'sku\\', \\'nope\\'))'}",
                                        NULL, "{}");
    size_t holds = 0;

    for (size_t i = 0; i < out.miss_count; i++)
        if (out.misses[i].then == MISS_HOLD) {
            CHECK_STR(out.misses[i].key, "nope");
            holds++;
        }
    CHECK(out.held);
    CHECK_INT(holds, 1);
    CHECK_INT(out.miss_count, MAPPING_MISSES_MAX);
}

/* Each expression keeps its limits; all of them for one record have one of their own. */
TEST(a_record_that_takes_too_much_memory_as_a_whole_is_stopped)
{
    struct mapping_result out =
        kit_run("{'to': '/lines', 'each': '[1..300000]'}, {'to': '/lines/*/sku', 'expr': '$string($)'}", NULL, "{}");

    CHECK(!out.valid);
    CHECK_INT(out.faults.n, 1);
    CHECK_STR(out.faults.v[0].code, "too_large");
    CHECK(strncmp(out.faults.v[0].pointer, "/lines/", 7) == 0);
}

TEST(the_same_document_twice_gives_the_same_octets)
{
    static const char input[] = "{'id': 'O', 'z': 1.10, 'items': [{'sku': 'A', 'taxes': [{'amount': 1.0}]}]}";
    const struct mapping *m = kit_mapping(LINES ", {'to': '/total', 'expr': 'z'}, {'to': '/note', 'expr': '$now()'}, "
                                                "{'to': '/tip', 'expr': '$random()'}",
                                          NULL);
    const struct mapping_how how = {.now_ms = 1700000000000};
    struct mapping_result one = kit_run_how(m, input, &how), two = kit_run_how(m, input, &how);

    CHECK_STR(kit_text(&one.value), kit_text(&two.value));
    CHECK(strstr(kit_text(&one.value), "2023-11-14T22:13:20"));
}

/* A table that knows the empty key alone. */
static bool find_nothing(void *arg, struct str table, struct str key, struct str *out)
{
    (void)arg, (void)table;
    *out = str_of("NONE");
    return key.n == 0;
}

static const char *looked_up(const char *members, const char *input, mapping_find *find)
{
    const struct mapping_how how = {.find = find, .creating = true};
    const char *rule =
        arena_f(test_scope()->arena, "{'to': '/note', 'lookup': {'table': 't', 'key': 'sku', %s}", members);
    struct mapping_result out = kit_run_how(kit_mapping(rule, NULL), input, &how);

    CHECK_INT((int64_t)out.miss_count, 0);
    for (size_t i = 0; i < out.faults.n; i++)
        if (strcmp(out.faults.v[i].code, "no_key") == 0)
            return kit_fault_text(&out.faults.v[i]);
    return kit_text(&out.value);
}

TEST(a_look_up_of_nothing_is_the_default_or_a_fault_unless_the_rule_says_otherwise)
{
    static const char *const inputs[] = {"{}", "{'sku': null}", "{'sku': ''}"};
    static const char *const misses[] = {"'miss': 'hold'}", "'miss': 'fail'}",
                                         "'miss': 'hold'}, 'when': 'if_not_empty'"};

    for (size_t i = 0; i < ARRAY_LEN(inputs); i++) {
        CHECK_STR(looked_up("'miss': {'default': 'D'}}", inputs[i], kit_find), "{'schema':'sales_order/1','note':'D'}");
        CHECK_STR(looked_up("'miss': 'hold'}", inputs[i], kit_find),
                  "/note no_key: has no key to look up in cross reference t");
        CHECK_STR(looked_up("'miss': 'fail'}", inputs[i], NULL),
                  "/note no_key: has no key to look up in cross reference t");
        CHECK_STR(looked_up("'miss': 'hold'}, 'when': 'if_not_empty'", inputs[i], kit_find),
                  "{'schema':'sales_order/1'}");
        for (size_t k = 0; k < ARRAY_LEN(misses); k++)
            CHECK_STR(looked_up(misses[k], inputs[i], find_nothing), "{'schema':'sales_order/1','note':'NONE'}");
    }
}
