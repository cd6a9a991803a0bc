#include "flowdef/flowdef_int.h"

/* Every way through a document ends in an effect, a hold or a drop: what is started is never forgotten without a word.
 */

/* What becomes of a job that comes to a step, or to a list of them. */
struct way_out {
    bool stops; /* none of its ways goes on behind it */
    bool ends;  /* whatever way it takes, something has been done or said when it is over */
};

static struct way_out way_of_list(struct reading *r, const struct flowdef_steps *steps, const char *pointer, bool last);

static const char *arm_pointer(struct arena *a, const struct flowdef_step *s, size_t i)
{
    return arena_f(a, "%s/branch/%zu/steps", s->pointer, i);
}

/* last: nothing follows that could end what this leaves open. */
static struct way_out way_of_branch(struct reading *r, const struct flowdef_step *s, bool last)
{
    struct way_out all = {true, true};
    bool whole = s->arm_count > 0 && !s->arms[s->arm_count - 1].when;

    for (size_t i = 0; i < s->arm_count; i++) {
        struct way_out one = way_of_list(r, &s->arms[i].steps, arm_pointer(r->a, s, i), last);

        all.stops &= one.stops;
        all.ends &= one.ends;
    }
    if (!whole && last)
        flowdef_fault(r, arena_f(r->a, "%s/branch", s->pointer), "open_end",
                      "a job that fits none of the conditions would end without a word: add a last part without "
                      "\"when\", or steps behind the branch");
    return whole ? all : (struct way_out){false, false};
}

static struct way_out way_of(struct reading *r, const struct flowdef_step *s, bool last)
{
    switch (s->kind) {
    case FLOWDEF_HOLD:
    case FLOWDEF_DROP:
        return (struct way_out){true, true};
    case FLOWDEF_EFFECT:
    case FLOWDEF_FLOW:
        return (struct way_out){false, true};
    case FLOWDEF_BRANCH:
        return way_of_branch(r, s, last);
    case FLOWDEF_SPLIT: /* there may be no item */
        way_of_list(r, &s->steps, arena_f(r->a, "%s/split/steps", s->pointer), false);
        return (struct way_out){false, false};
    default:
        return (struct way_out){false, false};
    }
}

static struct way_out way_of_list(struct reading *r, const struct flowdef_steps *steps, const char *pointer, bool last)
{
    struct way_out so_far = {false, false};
    size_t before = r->faults->n;

    for (size_t i = 0; i < steps->n; i++) {
        struct way_out one;

        if (so_far.stops) {
            flowdef_fault(r, steps->v[i].pointer, "not_reached", "every way ends before this step");
            return so_far;
        }
        one = way_of(r, &steps->v[i], last && i + 1 == steps->n && !so_far.ends);
        so_far.stops = one.stops;
        so_far.ends |= one.ends;
    }
    if (last && !so_far.ends && r->faults->n == before)
        flowdef_fault(r, pointer, "open_end",
                      "must end in an effect, a flow, a hold or a drop with its reason, whatever way a job takes");
    return so_far;
}

void flowdef_check_ends(struct reading *r, const struct flowdef_steps *steps, const char *pointer)
{
    way_of_list(r, steps, pointer, true);
}
