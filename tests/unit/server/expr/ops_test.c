#include "unit/server/expr/given.h"

TEST(a_range_ends_where_the_integers_end)
{
    static const struct given_case cases[] = {
        {"[9223372036854775806..9223372036854775807]", NULL, "[9223372036854775806,9223372036854775807]"},
        {"[9223372036854775807..9223372036854775807]", NULL, "[9223372036854775807]"},
        {"[3..1]", NULL, "[]"},
        {"[1e21..1e20]", NULL, "[]"},
        {"[1e20..1e21]", NULL, "D2014 1:6"},
        {"[1e20..1e20]", NULL, "D2014 1:6"},
        {"[-1e20..2]", NULL, "D2014 1:7"},
        {"[1..10000001]", NULL, "D2014 1:3"},
        {"[1e300..true]", NULL, "T2004 1:7"},
        {"[1.5..2]", NULL, "T2003 1:5"},
        {"[3.0..4]", NULL, "[3,4]"},
    };

    check_cases(cases, ARRAY_LEN(cases));
}
