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
