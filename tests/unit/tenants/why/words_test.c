#include "kit/test.h"
#include "why/why_int.h"

TEST(a_star_stands_for_the_shortest_text_that_lets_the_rest_fit)
{
    struct str stars[WHY_STARS_MAX];

    CHECK(why_matches("* has no entry for \"*\"*", "sku has no entry for \"MUG\", and 2 more words", stars));
    CHECK(str_is(stars[0], "sku") && str_is(stars[1], "MUG") && str_is(stars[2], ", and 2 more words"));
    CHECK(!why_matches("the order has no lines", "the order has no lines at all", stars));
    CHECK(!why_matches("the connection \"*\" is paused", "the connection \"ERP\" is broken", stars));
}
