#include <stdlib.h>

#include "canon_kit.h"

TEST(the_taxes_of_the_lines_rounded_make_the_total)
{
    CHECK_STR(kit_wrong("tax_transaction", "/lines/0/taxes/0/amount", "\"3.435000\""), "");
    CHECK_STR(kit_wrong("tax_transaction", "/lines/0/taxes/0/amount", "\"3.434999\""),
              "/tax_total does_not_add_up is 3.44, but the taxes of the lines make 3.434999");
    CHECK_STR(kit_wrong("tax_transaction", "/total", "\"63.35\""),
              "/total does_not_add_up is 63.35, but the lines and tax_total make 63.36");
    CHECK_STR(kit_wrong("tax_transaction", "/total", NULL), "");
}

TEST(debits_make_what_credits_make)
{
    CHECK_STR(kit_wrong("journal_entry", "/lines/1/credit", "\"84.93\""),
              "/lines does_not_add_up debit 88.90 and credit 88.91, which must be the same");
}

TEST(a_line_has_a_debit_or_a_credit)
{
    CHECK_STR(kit_wrong("journal_entry", "/lines/0/credit", "\"1.00\""),
              "/lines/0 does_not_add_up has a debit and a credit, and must have one of them; "
              "/lines does_not_add_up debit 88.90 and credit 89.90, which must be the same");
    CHECK_STR(kit_wrong("journal_entry", "/lines/1/credit", "\"0.00\""),
              "/lines/1 does_not_add_up has neither a debit nor a credit above zero; "
              "/lines does_not_add_up debit 88.90 and credit 3.98, which must be the same");
    CHECK_STR(kit_wrong("journal_entry", "/lines/1/credit", "\"-1\""),
              "/lines/1/credit out_of_range cannot be negative");
}
