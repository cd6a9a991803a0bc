#include "unit/server/expr/given.h"

TEST(a_transform_takes_one_argument)
{
    static const struct given_case cases[] = {
        {"|$|{\"z\":1}|({})", NULL, "{\"z\":1}"},
        {"|$|{\"z\":1}|()", NULL, "T0410 1:12"},
        {"{} ~> |$|{\"z\":1}|(1)", NULL, "T0410 1:18"},
    };

    check_cases(cases, ARRAY_LEN(cases));
}
