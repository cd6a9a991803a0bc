#include "kit/test.h"
#include "review/review.h"

TEST(what_fails_while_nothing_goes_well_is_configuration_and_else_data)
{
    CHECK(review_verdict_of(17, 0) == REVIEW_CONFIGURATION);
    CHECK(review_verdict_of(14, 398) == REVIEW_DATA);
    CHECK(review_verdict_of(1, 0) == REVIEW_UNCLEAR);
}

TEST(a_trend_is_told_only_when_it_is_more_than_chance)
{
    CHECK(review_trend_of(10, 24) == REVIEW_RISING);
    CHECK(review_trend_of(2, 0) == REVIEW_STEADY);
    CHECK(review_trend_of(5, 120) == REVIEW_STEADY);
    CHECK(review_trend_of(1, 120) == REVIEW_FALLING);
    CHECK(review_trend_of(0, 1) == REVIEW_FALLING);
}

TEST(what_was_put_away_comes_back_when_it_grows_or_begins_anew)
{
    CHECK(review_is_archived(true, 4, 100, 4, 50));
    CHECK(!review_is_archived(true, 4, 100, 5, 50));
    CHECK(!review_is_archived(true, 4, 100, 1, 101));
    CHECK(!review_is_archived(false, 0, 100, 1, 50));
}
