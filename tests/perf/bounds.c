#include <stdio.h>
#include <time.h>

#include "base/must.h"
#include "expr/expr.h"

/* What hostile expressions take before they are stopped: "MS MB CODE EXPRESSION" each, of processor time and of memory.
 */
static const char *const hostile[] = {
    "$parseInteger($pad(\"\", 4000, \"one \"), \"w\")",
    "($f := function($x) { $f($x) }; $f(1))",
    "($f := function($x) { 1 + $f($x) }; $f(1))",
    "($f := function($s, $n) { $n = 0 ? $s : $f($s & $s, $n - 1) }; $f(\"ab\", 60))",
    "$match($pad(\"\", 40, \"a\") & \"b\", /^(a+)+$/)",
    "$map([1..10000], function($i) { $map([1..10000], function($k) { $i * $k }) })",
    "$reduce([1..100000], function($a, $b) { $append($a, $b) })",
    "[1..10000000][$ > 0]",
    "$string([1..3000000])",
    "$distinct([1..500000].{\"a\": $})",
    "$sort([1..200000], function($a, $b) { $a < $b })",
    "$map([1..1000], function($i){ $replace($pad(\"\",2000,\"ab\"), /(a|b|ab)*c/, \"x\") })",
    "$map([1..100000], function($i){ $contains($pad(\"\",5000,\"ab\"), \"abc\") })",
    "$map([1..100000], function($i){ $formatNumber($i, \"#,##0.00\") })",
    "$map([1..100000], function($i){ $fromMillis($i, \"[FNn], [D1o] [MNn] [Y]\") })",
    "$map([1..100000], function($i){ $toMillis(\"12 January 2018\", \"[D] [MNn] [Y]\") })",
    "$map([1..100000], function($i){ $eval(\"1+1\") })",
    "( $x := $pad(\"\",1000000,\"a\"); $map([1..100000], function($i){ $length($x) }))",
    "( $x := $pad(\"\",1000000,\"a\"); $map([1..100000], function($i){ $x = $x & \"\" }))",
    "( $x := $pad(\"\",1000000,\"a\"); $map([1..100000], function($i){ $substringAfter($x, \"b\") }))",
    "( $x := $pad(\"\",1000000,\"a\"); $map([1..100000], function($i){ $x < $x }))",
    "($x := [1..100000]; $map($x, function($i){ $i in $x }))",
    "($x := [1..100000]; $x[$ in $x])",
    "$map([1..10000], function($i){ $split($pad(\"\",2000,\"a\"), \"\") })",
    "$map([1..100000], function($i){ $match($pad(\"\",500,\"a\"), /a/) })",
    "($x := {\"a\": [1..10000]}; $map([1..10000], function($i){ $string($x) }))",
    "$map([1..100000], function($i){ $formatInteger(123456789 , \"w\") })",
    "$map([1..1000],function($i){$formatBase(1e300,2)})",
    "($x := [1..3000].{\"k\":$}; $map([1..3000], function($i){ $x = $x }))",
    "($x := $merge([1..3000].{$string($):$}); $map([1..3000], function($i){ $x = $x }))",
    "$map([1..3000],function($i){$parseInteger($pad(\"\",4000,\"one \"),\"w\")})",
    "[1..1000].([1..1000].([1..1000]))",
    "**",
    "($x:=[1..2000]; $map($x, function($i){$sum($x)}))",
    "($x:=[1..2000]; $map($x, function($i){$reverse($x)}))",
    "($x:=[1..2000]; $map($x, function($i){$max($x)}))",
    "($x:=[1..2000]; $map($x, function($i){$join($map($x,$string))}))",
    "($x:=$map([1..2000],$string); $map($x, function($i){$join($x)}))",
    "($x:=[1..2000]; $map($x, function($i){$x[[0..1999]]}))",
    "$reduce([1..60], function($a, $i) { [[$a], [$a]] }, 1)",
    "$reduce([1..60], function($a, $i) { {\"a\": $a, \"b\": $a} }, 1)",
    "($x := $reduce([1..60], function($a, $i) { [[$a], [$a]] }, 0); $boolean($x))",
    "($x := $reduce([1..60], function($a, $i) { [[$a], [$a]] }, 0); $keys($x))",
    "($s := $pad(\"\", 1000000, \"a\"); $map([1..1000], function($i) { $s }))",
    "($x := [0..30000]; $map($x, function($i) { $x = $x }))",
    "($x := [0..30000]; $map($x, function($i) { $keys($x) }))",
    "($x := [1..3000]; $map($x, function($i) { $sort($x) }))",
    "($p := $pad(\"\", 5000, \"a\"); $x := [1..1000].($p & $string($)); $map([1..100], function($i) { $sort($x) }))",
    "($p := $pad(\"\", 500000, \"a\"); $map([1..10000], function($i) { $lookup({$p: 1}, $p) }))",
    "($f := function($n) { $eval(\"$f(1)\") }; $f(1))",
    "$map([1..100000], function($i) { $eval(\"/((ab){1,60}){1,40}/\") })",
    "function($a, $b, $c, $d, $e, "
    "$f)<n+n+n+n+n+s>{1}(1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,"
    "1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1)",
};

static double now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

int main(void)
{
    for (size_t i = 0; i < ARRAY_LEN(hostile); i++) {
        struct arena *a = arena_new();
        struct expr_run how = {.now_ms = 1767225600000};
        double began = now_ms();
        struct expr_fault f;
        struct expr *e;
        struct doc out;
        bool made;

        MUST_BE(expr_compile(a, str_of(hostile[i]), NULL, &e, &f));
        made = expr_eval(a, e, &how, expr_absent(), &out, &f);
        printf("%.1f %.1f %s %s\n", now_ms() - began, (double)arena_used(a) / 1e6, made ? "made" : f.code, hostile[i]);
        arena_free(a);
    }
    return 0;
}
