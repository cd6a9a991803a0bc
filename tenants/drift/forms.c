#include <math.h>

#include "drift/drift_int.h"

#define USUAL_SEEN 100
#define USUAL_OF   10 /* at most one in so many is otherwise */
#define EVERY      64
#define WEIGHED    3.0f

static bool is_kind_known(const struct node *x, enum kind kind)
{
    for (enum form f = FORM_BOOL; f < FORMS; f++)
        if (form_kind(f) == kind && x->form_n[f] && !x->form_born[f])
            return true;
    return false;
}

/* Grams that become kilograms change their format as well, and it is the unit that people want to hear of. */
static bool is_unit_weighed(const struct node *x, enum form f)
{
    if (!form_is_numeric(f) || !x->magnitude)
        return false;
    for (int k = 0; k < SHIFTS; k++)
        if (x->magnitude->s[k] > WEIGHED)
            return true;
    return false;
}

static void found(struct judge *j, uint32_t i, enum drift_what what, uint32_t forms, float evidence)
{
    struct node *x = &j->shape->nodes[i];

    x->open |= 1u << what;
    x->open_forms |= forms;
    tell(j, &(struct finding){i, what, evidence, NONE, NULL, false});
}

static void judge_form(struct judge *j, uint32_t i, enum form f)
{
    struct node *x = &j->shape->nodes[i];
    uint32_t since = x->filled - x->form_born[f];
    float evidence = novelty(x->form_born[f], x->form_n[f], since);

    if (since > 2 * x->form_born[f] + 400) {
        x->form_born[f] = 0;
        return;
    }
    if (!is_kind_known(x, form_kind(f))) {
        if (evidence >= (x->bearing ? DRIFT_SURE_BEARING : DRIFT_SURE_KIND))
            found(j, i, DRIFT_TYPE, 1u << f, evidence);
    } else if (evidence >= DRIFT_SURE && !is_unit_weighed(x, f) && !(x->open & 1u << DRIFT_UNIT)) {
        found(j, i, DRIFT_FORMAT, 1u << f, evidence);
    }
}

static enum form first_of(uint32_t mask)
{
    return mask ? (enum form)__builtin_ctz(mask) : FORM_NOTHING;
}

static uint32_t usual_of(const struct node *x)
{
    enum form most = FORM_NOTHING;

    for (enum form f = FORM_BOOL; f < FORMS; f++)
        if (x->form_n[f] > x->form_n[most] && !x->form_born[f])
            most = f;
    return x->filled >= USUAL_SEEN && x->form_n[most] * USUAL_OF >= x->filled * (USUAL_OF - 1) ? most : FORM_NOTHING;
}

/* That a form which has always been met now and then becomes the rule. */
static void judge_usual(struct judge *j, uint32_t i, uint32_t solid)
{
    struct node *x = &j->shape->nodes[i];
    bool lost = x->usual && !(solid & 1u << x->usual);
    float before, was;
    enum form now = first_of(solid);

    if (x->filled % EVERY == 0 && x->s_form <= 0)
        x->usual = usual_of(x);
    if (!lost && x->s_form <= 0)
        return;
    was = x->s_form;
    before = 1.5f * (float)(x->filled - x->form_n[x->usual] + 1) / (float)(x->filled + 2);
    x->s_form += lost ? logf(0.9f / before) : logf(0.1f / (1 - before));
    if (x->s_form < 0)
        x->s_form = 0;
    judge_weighs(j, was, x->s_form);
    if (!lost || x->s_form < DRIFT_SURE || is_unit_weighed(x, now))
        return;
    found(j, i, form_kind(now) == form_kind((enum form)x->usual) ? DRIFT_FORMAT : DRIFT_TYPE, solid, x->s_form);
}

void judge_forms(struct judge *j, uint32_t i)
{
    struct node *x = &j->shape->nodes[i];
    uint32_t solid = x->mask & ~(1u << FORM_NOTHING), told;

    if (!solid)
        return;
    x->filled++;
    for (uint32_t rest = solid; rest; rest &= rest - 1) {
        enum form f = first_of(rest);

        if (x->form_n[f]++ == 0 && !j->learning)
            x->form_born[f] = x->filled - 1;
    }
    told = solid & x->open_forms;
    if (told) {
        enum drift_what what = x->open & 1u << DRIFT_TYPE ? DRIFT_TYPE : DRIFT_FORMAT;

        tell(j, &(struct finding){i, what, 0, NONE, NULL, true});
        return;
    }
    for (uint32_t rest = solid; rest; rest &= rest - 1)
        if (x->form_born[first_of(rest)] && !j->learning)
            judge_form(j, i, first_of(rest));
    if (!j->learning && !(x->open & (1u << DRIFT_TYPE | 1u << DRIFT_FORMAT | 1u << DRIFT_UNIT)))
        judge_usual(j, i, solid);
}
