#include "unit/server/expr/given.h"

static struct expr_reads reads_of(const char *text)
{
    struct expr_reads out;
    struct expr_fault f;
    struct expr *e;

    MUST_BE(expr_compile(test_scope()->arena, str_of(text), NULL, &e, &f));
    expr_reads(test_scope()->arena, e, "", &out);
    return out;
}

TEST(what_an_expression_reads_is_found_however_many_parts_it_has)
{
    struct buf b;

    buf_init(&b, test_scope()->arena, EXPR_TEXT_MAX);
    buf_s(&b, "a.b0");
    for (int i = 1; i < 3000; i++)
        buf_f(&b, " & a.b%d", i);
    CHECK_INT(reads_of(buf_cstr(&b)).n, 3000);
}

TEST(what_is_read_is_told_as_dotted_paths_each_once)
{
    struct expr_reads reads = reads_of("lines[sku = $$.first].price + $sum(lines.price) + **.tax");

    CHECK_INT(reads.n, 4);
    CHECK_STR(reads.paths[0], "lines.sku");
    CHECK_STR(reads.paths[1], "first");
    CHECK_STR(reads.paths[2], "lines.price");
    CHECK_STR(reads.paths[3], "*");
}

/* The texts, or where the function is used in another way. */
static const char *asked(const char *text)
{
    struct expr_reads out;
    struct expr_fault f;
    struct expr *e;
    struct buf b;

    buf_init(&b, test_scope()->arena, 4096);
    MUST_BE(expr_compile(test_scope()->arena, str_of(text), NULL, &e, &f));
    if (!expr_first_arguments(test_scope()->arena, e, "xref", &out, &f))
        buf_f(&b, "%u:%u ", f.line, f.column);
    for (size_t i = 0; i < out.n; i++)
        buf_f(&b, "%s%s", i ? " " : "", out.paths[i]);
    return buf_cstr(&b);
}

TEST(the_texts_that_a_function_is_called_with_are_told_wherever_it_is_called)
{
    CHECK_STR(asked("a[$xref('p', b)].c ~> $map($xref('m', ?)) & {'k': $xref('o', d)}"), "p m o");
    CHECK_STR(asked("function($x){ $x > 1 ? $xref('t', $x) : [$xref('u', $xref('v', 1))] }(2)"), "t u v");
    CHECK_STR(asked("a^($xref('s', b)).c{$xref('g', d): $xref('h', d)}"), "g h s");
    CHECK_STR(asked("'a' ~> $other('b') & $xref2"), "");
}

TEST(a_function_that_is_used_otherwise_than_with_a_text_is_found_with_its_place)
{
    CHECK_STR(asked("$xref('a', b) &\n  $xref(t, k)"), "2:3 a");
    CHECK_STR(asked("($f := $xref; $f('a', b))"), "1:8 ");
    CHECK_STR(asked("'sku' ~> $xref('k')"), "1:10 k");
    CHECK_STR(asked("$map(a, $xref)"), "1:9 ");
    CHECK_STR(asked("$xref(?, 'k')('sku')"), "1:1 ");
    CHECK_STR(asked("$xref('a' & b, k)"), "1:1 ");
    CHECK_STR(asked("$xref()"), "1:1 ");
    CHECK_STR(asked("a{b: c ~> $xref}"), "1:11 ");
    CHECK_STR(asked("a[$xref].b"), "1:3 ");
    CHECK_STR(asked("function($x){ $xref($x, 1) }('sku')"), "1:15 ");
    CHECK_STR(asked("a^(>$xref)"), "1:5 ");
    CHECK_STR(asked("| a | {'b': $xref} |"), "1:13 ");
}

/* The names that it asks for, with blanks between. */
static const char *names(const char *text)
{
    struct arena *a = test_scope()->arena;
    struct expr_reads asked;
    struct expr_fault f;
    struct expr *e;
    struct buf b;

    CHECK(expr_compile(a, str_of(text), NULL, &e, &f));
    expr_names(a, e, &asked);
    buf_init(&b, a, 10000);
    for (size_t i = 0; i < asked.n; i++)
        buf_f(&b, "%s%s", i ? " " : "", asked.paths[i]);
    return buf_cstr(&b);
}

TEST(the_names_an_expression_asks_for_are_those_it_does_not_bind)
{
    CHECK_STR(names("$a + $b.c + $a"), "a b");
    CHECK_STR(names("$ + $$ + $sum(x) + $uppercase($y)"), "y");
    CHECK_STR(names("($x := $z; $f := function($p, $q) { $p + $q + $r }; $f($x, 1))"), "z r");
    CHECK_STR(names("a@$l.b#$i[$l.n = $i and $k]^(>$o)"), "k o");
    CHECK_STR(names("a[$n]{$v: $w}~>|b|{'c': $t}|"), "n v w t");
    CHECK_STR(names("$map(a, $later)"), "later");
}

TEST(a_function_of_the_language_is_known_by_its_name)
{
    CHECK(expr_is_function(NULL, str_of("sum")));
    CHECK(!expr_is_function(NULL, str_of("summ")));
    CHECK(!expr_is_function(NULL, str_of("")));
}
