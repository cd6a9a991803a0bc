#include "base/kept.h"
#include "kit/test.h"

struct thing {
    struct kept_slot kept;
    int name;
};

static int ended; /* how often one ended, and which the last one was */
static int ended_name;

static bool is_same(const struct kept_slot *a, const struct kept_slot *b)
{
    return ((const struct thing *)a)->name == ((const struct thing *)b)->name;
}

static void ends(struct kept_slot *s)
{
    ended++;
    ended_name = ((struct thing *)s)->name;
}

static struct kept given(size_t idle_max, size_t max)
{
    ended = 0;
    return (struct kept){.idle_max = idle_max, .max = max, .same = is_same, .end = ends};
}

static struct thing *fresh(int name)
{
    struct thing *t = kept_new(sizeof(*t));

    t->name = name;
    return t;
}

static struct thing *taken(struct kept *k, int name)
{
    return kept_take(k, &fresh(name)->kept);
}

static struct thing *entered(struct kept *k, int name)
{
    struct thing like = {.name = name};

    return kept_enter(k, &like.kept);
}

TEST(what_was_taken_is_found_until_it_goes)
{
    struct kept k = given(2, 4);
    struct thing *one;

    CHECK(!entered(&k, 1));
    one = taken(&k, 1);
    CHECK(entered(&k, 1) == one);
    CHECK_INT(one->kept.users, 2);
    kept_leave(&k, &one->kept);
    kept_leave(&k, &one->kept);
    CHECK(entered(&k, 1) == one);
    CHECK_INT(ended, 0);
    kept_end(&k);
    CHECK_INT(ended, 1);
}

TEST(of_what_nobody_uses_the_one_used_longest_ago_goes)
{
    struct kept k = given(2, 4);

    kept_leave(&k, &taken(&k, 1)->kept);
    kept_leave(&k, &taken(&k, 2)->kept);
    kept_leave(&k, &entered(&k, 1)->kept);
    kept_leave(&k, &taken(&k, 3)->kept);
    CHECK_INT(ended, 1);
    CHECK_INT(ended_name, 2);
    kept_end(&k);
}

/* Two make the same at once. The first has left it again when the second comes, and all places are taken: room is not
 * made of what the second is about to take. */
TEST(what_another_made_meanwhile_is_not_freed_by_whoever_takes_it)
{
    struct kept k = given(2, 4);
    struct thing *second = fresh(1), *one = taken(&k, 1), *got;

    kept_leave(&k, &one->kept);
    kept_leave(&k, &taken(&k, 2)->kept);
    got = kept_take(&k, &second->kept);
    CHECK(got == one);
    CHECK_INT(ended, 1); /* the second's own */
    CHECK_INT(ended_name, 1);
    CHECK_INT(got->kept.users, 1);
    CHECK(entered(&k, 1) == one);
    CHECK(entered(&k, 2) != NULL);
    kept_end(&k);
}

TEST(what_is_in_use_stays_and_no_more_than_may_be_are_taken)
{
    struct kept k = given(1, 3);
    struct thing *v[3], *more = fresh(4);

    for (int i = 0; i < 3; i++)
        v[i] = taken(&k, i + 1);
    CHECK(!kept_take(&k, &more->kept));
    CHECK_INT(ended, 0);
    kept_leave(&k, &v[1]->kept); /* which is more than is kept for nobody */
    CHECK_INT(ended_name, 2);
    CHECK(kept_take(&k, &more->kept) == more);
    CHECK(entered(&k, 1) == v[0] && entered(&k, 3) == v[2]);
    kept_end(&k);
    CHECK_INT(ended, 4);
}
