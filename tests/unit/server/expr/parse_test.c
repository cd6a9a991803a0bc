#include "unit/server/expr/given.h"

TEST(a_fault_of_the_text_has_line_and_column)
{
    static const struct given_case cases[] = {
        {"1 +\n  ", NULL, "S0207 2:3"},
        {"a.b.(c", NULL, "S0203 1:7"},
        {"[1, 2", NULL, "S0203 1:6"},
        {"{\"a\" 1}", NULL, "S0202 1:6"},
        {"\"abc", NULL, "S0101 1:5"},
        {"\"a\\q\"", NULL, "S0103 1:4"},
        {"\"\\u12g4\"", NULL, "S0104 1:3"},
        {"`abc", NULL, "S0105 1:5"},
        {"/* abc", NULL, "S0106 1:1"},
        {"1 2", NULL, "S0201 1:3"},
        {"5 := 3", NULL, "S0212 1:1"},
        {"a.1", NULL, "S0213 1:3"},
        {"%", NULL, "S0217 1:1"},
        {"//", NULL, "S0301 1:2"},
        {"/abc", NULL, "S0302 1:5"},
        {"/a(/", NULL, "S0302 1:5"},
        {"/a[z-b]/", NULL, "S0303 1:1"},
        {"function(x){1}", NULL, "S0208 1:10"},
        {"function($x)<z<n>>{1}", NULL, "S0401 1:15"},
        {"!a", NULL, "S0204 1:1"},
        {"[1]{}[0]", NULL, "S0209 1:6"},
        {"é.b +\n\té ! b", NULL, "S0204 2:4"},
        {"1e400", NULL, "S0102 1:1"},
    };

    check_cases(cases, ARRAY_LEN(cases));
}

static const char *message_of(const char *text)
{
    struct expr_fault f;
    struct expr *e;

    CHECK(!expr_compile(test_scope()->arena, str_of(text), NULL, &e, &f));
    CHECK(f.line == 1 && f.column >= 1);
    return f.message;
}

TEST(a_fault_of_the_text_says_what_was_expected)
{
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"1 +", "the expression ends where a value is expected"},
        {"a b", "an operator or the end is expected where this stands: b"},
        {"(a", "the expression ends where ) is expected"},
        {"{\"a\" 1}", ": is expected here, not 1"},
        {"[1,]", "a value is expected where this stands: ]"},
        {"a ! b", "an operator as != or ~> is expected where this stands: !"},
        {"a.1", "a name is expected as a step of a path where this stands: 1"},
        {"\"a", "a text in quotes is not closed; its quote is expected before the end"},
        {"\"\\q\"", "one of \" \\ / b f n r t u is expected behind a backslash where this stands: q"},
        {"`a", "a name in backquotes is not closed; a backquote is expected before the end"},
        {"/* a", "a comment is not closed; */ is expected before the end"},
        {"/a", "a regular expression is not closed; a slash is expected outside its brackets"},
        {"//", "a regular expression is expected between the slashes"},
        {"1e400", "the number is out of range; one up to 1.7e308 is expected: 1e400"},
        {"function(x){1}", "a parameter of a function must be a variable, which begins with $: x"},
        {"a := 1", "what stands left of := must be a variable, which begins with $: a"},
        {"a@b", "what stands right of this sign must be a variable, which begins with $: @"},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        CHECK_STR(message_of(cases[i].text), cases[i].message);
}

TEST(nesting_and_size_are_bounded)
{
    struct scope *sc = test_scope();
    char *deep = arena_alloc(sc->arena, 100001), *long_one = arena_alloc(sc->arena, EXPR_TEXT_MAX + 2);

    memset(deep, '(', 300);
    deep[300] = '\0';
    CHECK_STR(given_value(deep, NULL), "X0102 1:129");
    memset(long_one, ' ', EXPR_TEXT_MAX + 1);
    long_one[EXPR_TEXT_MAX + 1] = '\0';
    CHECK_STR(given_value(long_one, NULL), "X0100 1:1");
    for (size_t i = 0; i < 60000; i += 2)
        memcpy(deep + i, "1+", 2);
    memcpy(deep + 60000, "1", 2);
    CHECK(strncmp(given_value(deep, NULL), "X0101", 5) == 0);
    memcpy(deep, "a.b[", 4);
    for (size_t i = 4; i < 4004; i += 2)
        memcpy(deep + i, "%.", 2);
    memcpy(deep + 4004, "a]", 3);
    CHECK_STR(given_value(deep, NULL), "X0105 1:405");
}

/* Each is compared with each. */
TEST(an_expression_has_so_many_variables_and_no_more)
{
    struct buf b;

    buf_init(&b, test_scope()->arena, 60000);
    buf_c(&b, '[');
    for (int i = 0; i < 2000; i++)
        buf_s(&b, i ? ",$v" : "$v");
    buf_c(&b, ']');
    CHECK_STR(given_value(buf_cstr(&b), NULL), "[]");
    b.p[b.n - 1] = ',';
    buf_s(&b, "$v]");
    CHECK(strncmp(given_value(buf_cstr(&b), NULL), "X0108", 5) == 0);
}

/* Each takes about 60 KB outside the arena. */
TEST(regular_expressions_are_bounded_together)
{
    struct scope *sc = test_scope();
    struct buf b;

    buf_init(&b, sc->arena, EXPR_TEXT_MAX);
    buf_s(&b, "1");
    for (size_t i = 0; i < 200; i++)
        buf_s(&b, " & $contains(\"a\", /((ab){1,60}){1,40}/)");
    CHECK(strncmp(given_value(buf_cstr(&b), NULL), "X0106", 5) == 0);
}

TEST(a_long_path_and_many_predicates_take_little)
{
    struct scope *sc = test_scope();
    char *text = arena_alloc(sc->arena, 20000);
    size_t before;
    struct expr_fault f;
    struct expr *e;

    *text = 'a';
    for (size_t i = 0; i < 6000; i++)
        memcpy(text + 1 + 3 * i, "[0]", 3);
    before = arena_used(sc->arena);
    CHECK(expr_compile(sc->arena, (struct str){text, 18001}, NULL, &e, &f));
    CHECK(arena_used(sc->arena) - before < (size_t)8 << 20);
}

TEST(words_that_are_operators_may_be_names)
{
    CHECK_STR(given_value("and + or", "{\"and\":1,\"or\":2}"), "3");
    CHECK_STR(given_value("in in [1]", "{\"in\":1}"), "true");
}
