#include "unit/server/expr/given.h"

#define ORDER                                                                                                          \
    "{\"id\":1,\"lines\":[{\"sku\":\"A\",\"n\":2,\"price\":\"3.50\"},{\"sku\":\"B\",\"n\":1,\"price\":\"4.00\"},"      \
    "{\"sku\":\"A\",\"n\":5,\"price\":\"1.00\"}],\"tags\":[],\"ship\":{\"to\":{\"city\":\"Oslo\"}}}"

TEST(paths_go_through_lists_and_what_is_one_stands_for_itself)
{
    static const struct given_case cases[] = {
        {"ship.to.city", ORDER, "\"Oslo\""},
        {"lines.sku", ORDER, "[\"A\",\"B\",\"A\"]"},
        {"lines[1].sku", ORDER, "\"B\""},
        {"lines[-1].n", ORDER, "5"},
        {"lines[sku='A'].n", ORDER, "[2,5]"},
        {"lines[sku='B'].n", ORDER, "1"},
        {"lines[sku='B'].n[]", ORDER, "[1]"},
        {"lines[n>9].n", ORDER, "(no value)"},
        {"tags.x", ORDER, "(no value)"},
        {"tags", ORDER, "[]"},
        {"lines^(>n).n", ORDER, "[5,2,1]"},
        {"lines^(sku, >n).n", ORDER, "[5,2,1]"},
        {"lines{sku: $sum(n)}", ORDER, "{\"A\":7,\"B\":1}"},
        {"lines#$i[n>1].{\"i\":$i}", ORDER, "[{\"i\":0},{\"i\":2}]"},
        {"lines.n.%.sku", ORDER, "[\"A\",\"B\",\"A\"]"},
        {"lines@$l.ship.{\"sku\":$l.sku,\"to\":to.city}[0]", ORDER, "{\"sku\":\"A\",\"to\":\"Oslo\"}"},
        {"ship.*.city", ORDER, "\"Oslo\""},
        {"**.city", ORDER, "\"Oslo\""},
        {"$sum(lines.(n * $number(price)))", ORDER, "16"},
        {"$ ~> |lines|{\"n\": n * 10}, \"price\"|", "{\"lines\":{\"n\":1,\"price\":2}}", "{\"lines\":{\"n\":10}}"},
        {"$ ~> |a|{\"x\":1}|", "{\"a\":{}}", "{\"a\":{\"x\":1}}"},
        {"none ?: \"d\"", ORDER, "\"d\""},
        {"tags ?? \"d\"", ORDER, "[]"},
        {"lines{sku: $sum(n)}[n>1]", ORDER, "{\"A\":7}"}, /* the predicate is the step's, the grouping the path's */
        {"[lines]@$l.id", ORDER, "1"},                    /* a constructor is not gone through, so nothing is bound */
        {"none ?? \"d\"", ORDER, "\"d\""},
    };

    check_cases(cases, ARRAY_LEN(cases));
}

TEST(functions_are_values)
{
    static const struct given_case cases[] = {
        {"($f := function($x, $y) { $x - $y }; $g := $f(?, 1); $g(10))", NULL, "9"},
        {"($t := $uppercase ~> $trim; \"  ab \" ~> $t)", NULL, "\"AB\""},
        {"$map([1..3], function($v, $i) { $v * $i })", NULL, "[0,2,6]"},
        {"$reduce([1..5], function($a, $b) { $a * $b })", NULL, "120"},
        {"($f := function($n) { $n = 0 ? \"done\" : $f($n - 1) }; $f(5000))", NULL, "\"done\""},
        {"$replace(\"265USD\", /([0-9]+)USD/, \"$$$1\")", NULL, "\"$265\""},
        {"$split(\"a1b22c\", /[0-9]+/)", NULL, "[\"a\",\"b\",\"c\"]"},
        {"$match(\"ab12\", /([a-z]+)([0-9]+)/).groups", NULL, "[\"ab\",\"12\"]"},
        {"$substring(\"h\u00e9llo\", 1, 3)", NULL, "\"\u00e9ll\""},
        {"$uppercase(\"stra\u00dfe\")", NULL, "\"STRASSE\""},
        {"$round(4.525, 2)", NULL, "4.52"},
        {"$fromMillis(1510067557121, \"[D01]/[M01]/[Y] [H01]:[m01]\")", NULL, "\"07/11/2017 15:12\""},
        {"$toMillis(\"2017-11-07T15:07:54.972Z\")", NULL, "1510067274972"},
        {"$formatNumber(12345.6, \"#,###.00\")", NULL, "\"12,345.60\""},
        {"($x := 5; $eval(\"$x + 1\"))", NULL, "6"},
        {"($f := function($y) { 1 + $eval(\"$y * 2\") }; $f(4))", NULL, "9"},
        {"a.$eval(\"b\")", "{\"a\":{\"b\":7}}", "7"},
        {"$floor(-1.5) & $ceil(-1.5) & $floor(9007199254740993)", NULL, "\"-2-19007199254740993\""},
        {"$substringBefore(\"a-b\", \"-\") & $substringAfter(\"a-b\", \"-\") & $substringAfter(\"ab\", \"-\")", NULL,
         "\"abab\""},
        {"$base64decode($base64encode(\"h\u00e9\")) & $lowercase(\"\u00c9\U0001f600\")", NULL,
         "\"h\u00e9\u00e9\U0001f600\""},
        {"$upper(1)", NULL, "T1006 1:7"},
        {"sum(1)", NULL, "T1005 1:4"},
        {"$sum(\"a\")", NULL, "T0412 1:5"},
        {"1 + \"a\"", NULL, "T2002 1:3"},
    };

    check_cases(cases, ARRAY_LEN(cases));
}
