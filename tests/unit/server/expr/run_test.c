#include "unit/server/expr/given.h"

#include <stdio.h>

/* Each would go on for ever, or to the end of memory. */
static const struct given_case hostile[] = {
    {"($f := function($x) { $f($x) }; $f(1))", NULL, ""},
    {"($f := function($x) { 1 + $f($x) }; $f(1))", NULL, "D1011"},
    {"($f := function($s, $n) { $n = 0 ? $s : $f($s & $s, $n - 1) }; $f(\"ab\", 60))", NULL, ""},
    {"$match($pad(\"\", 40, \"a\") & \"b\", /^(a+)+$/)", NULL, "X1016"},
    {"$map([1..10000], function($i) { $map([1..10000], function($k) { $i * $k }) })", NULL, ""},
    {"$pad(\"x\", 10000000) & $pad(\"x\", 10000000)", NULL, ""},
    {"$eval(\"$eval('1+' & '1')\") + $eval(\"(\")", NULL, "D3120"},
    {"$reduce([1..100000], function($a, $b) { $append($a, $b) })", NULL, ""},
    {"[1..10000000][$ > 0]", NULL, ""},
    {"$string([1..3000000])", NULL, ""},
    {"$distinct([1..500000].{\"a\": $})", NULL, ""},
    {"$sort([1..200000], function($a, $b) { $a < $b })", NULL, ""},
    {"($x := $reduce([1..60], function($a, $i) { [[$a], [$a]] }, 0); $boolean($x))", NULL, "D1012"},
    {"($x := $reduce([1..60], function($a, $i) { [[$a], [$a]] }, 0); $keys($x))", NULL, "D1012"},
    {"($x := [0..30000]; $map($x, function($i) { $x = $x }))", NULL, "D1012"},
    {"($x := [0..30000]; $map($x, function($i) { $keys($x) }))", NULL, ""},
    {"($p := $pad(\"\", 5000, \"a\"); $x := [1..1000].($p & $string($)); $map([1..100], function($i) { $sort($x) }))",
     NULL, "D1012"},
    {"($f := function($n) { $eval(\"$f(1)\") }; $f(1))", NULL, ""},
    {"$map([1..100000], function($i) { $eval(\"/((ab){1,60}){1,40}/\") })", NULL, ""},
};

TEST(what_would_not_end_is_stopped_and_says_so)
{
    for (size_t i = 0; i < ARRAY_LEN(hostile); i++) {
        struct scope *sc = test_scope();
        size_t before = arena_used(sc->arena);
        const char *got = given_value(hostile[i].expression, NULL);

        CHECK_STR(arena_strndup(sc->arena, got, strlen(hostile[i].value)), hostile[i].value);
        CHECK(strncmp(got, "D10", 3) == 0 || strncmp(got, "X10", 3) == 0 || strncmp(got, "D312", 4) == 0);
        CHECK(arena_used(sc->arena) - before < (size_t)32 << 20);
    }
}

/* As deep as memory lets them, each function that goes down comes back, with an answer or a fault. */
TEST(values_may_lie_deep_in_one_another)
{
    static const char *const uses[] = {
        "$boolean($x)", "$lookup($x, \"a\")", "$x.a",        "$count($x.**)", "$string($x)",
        "$keys($x)",    "$x = [[$x], 0][0]",  "$spread($x)", "$x ~> |$|{}|",  "$merge([$x])"};
    static const char *const made[] = {"[[$a], 0]", "{\"a\": $a}", "[[$a], {\"a\": 1}]"};

    for (size_t i = 0; i < ARRAY_LEN(uses) * ARRAY_LEN(made); i++) {
        struct scope *sc = test_scope();
        const char *text =
            arena_f(sc->arena, "($x := $reduce([1..20000], function($a, $i) { %s }, 0); $string(%s) = \"\")",
                    made[i % ARRAY_LEN(made)], uses[i / ARRAY_LEN(made)]);
        const char *got = given_value(text, NULL);

        CHECK(strcmp(got, "false") == 0 || strncmp(got, "D10", 3) == 0 || strncmp(got, "X10", 3) == 0 ||
              strncmp(got, "T0412", 5) == 0);
    }
}

/* What it is made of is small, but written it would be without end, or deeper than a document may be. */
TEST(a_result_is_no_larger_and_no_deeper_than_a_document)
{
    static const struct given_case cases[] = {
        {"$reduce([1..60], function($a, $i) { [[$a], [$a]] }, 1)", NULL, "X1017 1:1"},
        {"$reduce([1..30], function($a, $i) { [[$a], [$a]] }, 1)", NULL, "X1017 1:1"},
        {"$reduce([1..30], function($a, $i) { {\"a\": $a, \"b\": $a} }, 1)", NULL, "X1017 1:1"},
        {"($s := $pad(\"\", 100000, \"a\"); $map([1..1000], function($i) { $s }))", NULL, "X1017 1:1"},
        {"$reduce([1..65], function($a, $i) { [[$a]] }, 1)", NULL, "X1018 1:1"},
        {"$reduce([1..3], function($a, $i) { {\"a\": $a} }, 1)", NULL, "{\"a\":{\"a\":{\"a\":1}}}"},
    };

    check_cases(cases, ARRAY_LEN(cases));
    CHECK(strncmp(given_value("($x := $reduce([1..20000], function($a, $i) { {\"a\": $a} }, 1); $x)", NULL), "X1018",
                  5) == 0);
}

TEST(a_message_of_the_expression_is_cut)
{
    struct scope *sc = test_scope();
    struct expr_run how = {0};
    struct expr_fault f;
    struct expr *e;
    struct doc out;

    MUST_BE(expr_compile(sc->arena, STR("$error($pad(\"\", 5000, \"x\"))"), NULL, &e, &f));
    CHECK(!expr_eval(sc->arena, e, &how, expr_absent(), &out, &f));
    CHECK_INT(strlen(f.message), 1000);
}

TEST(after_a_fault_the_next_evaluation_is_as_ever)
{
    CHECK(strchr(given_value(hostile[0].expression, NULL), ':') != NULL);
    CHECK_STR(given_value("1 + 1", NULL), "2");
}

TEST(limits_are_the_callers)
{
    struct expr_limits few = {.steps = 50, .depth = 100, .memory = 1 << 20};
    struct expr_run how = {.limits = &few};

    CHECK_STR(given_value_within("$sum([1..10])", NULL, &how), "55");
    CHECK(strncmp(given_value_within("$map([1..100], function($x) { $x })", NULL, &how), "D1012", 5) == 0);
}

TEST(time_and_chance_are_bound_by_the_caller)
{
    struct expr_run how = {.now_ms = 1767225600000, .seed = 7};

    CHECK_STR(given_value_within("$now()", NULL, &how), "\"2026-01-01T00:00:00.000Z\"");
    CHECK_STR(given_value_within("$millis()", NULL, &how), "1767225600000");
    CHECK_STR(given_value_within("$random() = $random()", NULL, &how), "false");
    const char *first = given_value_within("[$random(), $shuffle([1..9])]", NULL, &how);

    CHECK_STR(given_value_within("[$random(), $shuffle([1..9])]", NULL, &how), first);
}

TEST(integers_of_64_bits_are_exact)
{
    static const struct given_case cases[] = {
        {"id", "{\"id\":9007199254740993}", "9007199254740993"},
        {"id + 1", "{\"id\":9007199254740993}", "9007199254740994"},
        {"$string(id)", "{\"id\":9007199254740993}", "\"9007199254740993\""},
        {"id = 9007199254740992", "{\"id\":9007199254740993}", "false"},
        {"$number(\"9223372036854775807\")", NULL, "9223372036854775807"},
        {"9223372036854775807 - 1", NULL, "9223372036854775806"},
        {"9223372036854775807 + 1", NULL, "9223372036854776000"},
        {"$sum([9007199254740993, 2])", NULL, "9007199254740995"},
        {"$distinct([9007199254740992, 9007199254740993])", NULL, "[9007199254740992,9007199254740993]"},
        {"$max([9007199254740992, 9007199254740993])", NULL, "9007199254740993"},
        {"7 / 2", NULL, "3.5"},
        {"8 / 2", NULL, "4"},
        {"0.1 + 0.2", NULL, "0.30000000000000004"},
    };

    check_cases(cases, ARRAY_LEN(cases));
}

TEST(numbers_that_are_passed_on_keep_their_text)
{
    CHECK_STR(given_value("a", "{\"a\":[1.10,2e3,0.30]}"), "[1.10,2e3,0.30]");
}

struct tracing {
    int count;
    char last[64];
};

static void keep(void *arg, const struct expr_traced *t)
{
    struct tracing *tracing = arg;

    tracing->count++;
    snprintf(tracing->last, sizeof(tracing->last), "%u-%u %d", t->from, t->to, doc_kind(&t->value));
}

TEST(a_trace_tells_each_parts_value_and_place)
{
    struct tracing tracing = {0};
    struct expr_run how = {.trace = keep, .trace_arg = &tracing};

    CHECK_STR(given_value_within("a.b & \"x\"", "{\"a\":{\"b\":\"y\"}}", &how), "\"yx\"");
    CHECK(tracing.count >= 2);
    CHECK_STR(tracing.last, "0-9 5");
}

static struct doc twice(struct expr_call *call, const struct doc *args, size_t n)
{
    int64_t v;

    CHECK_INT(n, 1);
    if (!doc_int(&args[0], &v))
        expr_call_fail(call, "H0001", "not a number that can be doubled");
    return doc_make_int(2 * v * *(const int *)expr_call_user(call));
}

TEST(a_hosts_function_is_called_as_any_other)
{
    static const struct expr_function functions[] = {{"twice", "<n-:n>", 1, twice}};
    static const struct expr_host host = {functions, 1};
    struct scope *sc = test_scope();
    int by = 10;
    struct expr_run how = {.user = &by};
    struct expr_fault f;
    struct expr *e;
    struct doc out;
    struct buf b;

    MUST_BE(expr_compile(sc->arena, STR("[21 ~> $twice, $map([1, 2], $twice), (3).$twice()]"), &host, &e, &f));
    CHECK(expr_eval(sc->arena, e, &how, expr_absent(), &out, &f));
    buf_init(&b, sc->arena, 4096);
    doc_write(&b, &out);
    CHECK_STR(buf_cstr(&b), "[420,20,40,60]");
    MUST_BE(expr_compile(sc->arena, STR("1 +\n $twice(1.5)"), &host, &e, &f));
    CHECK(!expr_eval(sc->arena, e, &how, expr_absent(), &out, &f));
    CHECK_STR(f.code, "H0001");
    CHECK_INT(f.line, 2);
}

TEST(results_are_plain_json)
{
    static const struct given_case cases[] = {
        {"{\"f\": $sum, \"a\": 1}", NULL, "{\"a\":1}"},
        {"[$sum, 1]", NULL, "[null,1]"},
        {"$sum", NULL, "(no value)"},
        {"1 / 0", NULL, "D1001 1:1"},
        {"nothing", "{}", "(no value)"},
        {"$", "[1,[2]]", "[1,[2]]"},
        {"$$", "[1]", "[1]"},
    };

    check_cases(cases, ARRAY_LEN(cases));
}
