#include "review/review.h"

/* What numbers say. */

#define HOURS 24

const char *const review_verdict_names[] = {"unclear", "configuration", "data", NULL};
const char *const review_trend_names[] = {"steady", "rising", "falling", NULL};

/* Twice what an hour had before, or half of it, and more than chance. */
enum review_trend review_trend_of(int64_t last_hour, int64_t last_day)
{
    if (last_hour >= 3 && last_hour * HOURS >= 2 * last_day)
        return REVIEW_RISING;
    if (last_day >= 3 * HOURS && last_hour * HOURS * 2 <= last_day)
        return REVIEW_FALLING;
    return last_hour == 0 && last_day > 0 ? REVIEW_FALLING : REVIEW_STEADY;
}

/* One job that failed alone says nothing yet. */
enum review_verdict review_verdict_of(int64_t jobs, int64_t went_well)
{
    if (went_well > 0)
        return REVIEW_DATA;
    return jobs > 1 ? REVIEW_CONFIGURATION : REVIEW_UNCLEAR;
}

bool review_is_archived(bool has, int64_t archived_jobs, int64_t archived_us, int64_t jobs, int64_t first_us)
{
    return has && jobs <= archived_jobs && first_us <= archived_us;
}
