#include "unit/server/expr/given.h"

TEST(a_comparing_function_is_judged_as_javascript_judges)
{
    static const struct given_case cases[] = {
        {"$sort([1,2,3], function($a, $b) { [] })", NULL, "[3,2,1]"},
        {"$sort([1,2,3], function($a, $b) { {} })", NULL, "[3,2,1]"},
        {"$sort([1,2,3], function($a, $b) { \"\" })", NULL, "[1,2,3]"},
        {"$sort([1,2,3], function($a, $b) { null })", NULL, "[1,2,3]"},
        {"$sort([1,2,3], function($a, $b) { $b - $a > 0 })", NULL, "[3,2,1]"},
    };

    check_cases(cases, ARRAY_LEN(cases));
}
