#include <math.h>

#include "drift/drift_int.h"

#define FADE       4096
#define FEW        50    /* payloads: too few to miss anything */
#define ALWAYS_MAX 0.02f /* absent more often: it may be left out, and is, in clusters: at week ends, at a counter */
#define LEFT_OUT   0.33f /* of what may be left out, how often that may be so for a while */
#define OFTEN_MAX  0.55f /* absent more often: that it is gone cannot be seen soon */
#define CAUTION    1.5f  /* how much more often it may be absent than it has been */
#define BURST      1.5f  /* how much longer than any absence that came to nothing */
#define PRESENT    10    /* payloads in which a renamed field would have been */

static void learn(struct node *x, uint32_t n, uint32_t absent)
{
    x->n += n;
    x->absent += absent;
    if (x->n > FADE) {
        x->n /= 2;
        x->absent /= 2;
    }
}

static float step(float s, bool gone, float now, float before)
{
    s += gone ? logf(now / before) : logf((1 - now) / (1 - before));
    return s > 0 ? s : 0;
}

/* What is under suspicion is learnt when that is over, so that it does not become usual while it is weighed. */
static void settle(struct node *x)
{
    if (x->pend_gone > x->burst)
        x->burst = x->pend_gone;
    learn(x, x->pend_n, x->pend_gone);
    x->pend_n = x->pend_gone = 0;
    x->s_always = x->s_half = 0;
}

static float absence(const struct node *x)
{
    return CAUTION * (float)(x->absent + 1) / (float)(x->n + 2);
}

bool presence_is_usual(const struct node *x)
{
    return absence(x) < ALWAYS_MAX;
}

static void suspect(struct node *x, bool gone, bool learning)
{
    float before = absence(x);

    if (before > OFTEN_MAX || x->n < FEW || (!gone && !x->pend_n)) {
        learn(x, 1 + x->pend_n, gone + x->pend_gone);
        x->pend_n = x->pend_gone = 0;
        x->s_always = x->s_half = 0;
        return;
    }
    x->s_half = before < ALWAYS_MAX ? step(x->s_half, gone, 0.5f, before) : 0;
    if (before >= ALWAYS_MAX && before < LEFT_OUT)
        before = LEFT_OUT;
    x->s_always = step(x->s_always, gone, 0.97f, before);
    x->pend_n++;
    x->pend_gone += gone;
    if ((x->s_always <= 0 && x->s_half <= 0) || (learning && (x->s_always > DRIFT_SURE || x->s_half > DRIFT_SURE)))
        settle(x);
}

/* Of what is renamed, the new name is known from now on. */
static void open_presence(struct judge *j, const struct finding *f)
{
    uint32_t fresh = f->what == DRIFT_NEW ? f->node : f->other;
    struct node *x = &j->shape->nodes[f->node];

    x->open |= 1u << f->what;
    if (fresh != NONE) {
        struct node *now = &j->shape->nodes[fresh];

        now->born = now->n = now->absent = now->instead = now->apart = 0;
    }
    if (f->what == DRIFT_RENAMED)
        x->instead = f->other;
    tell(j, f);
}

static void judge_new(struct judge *j, uint32_t i)
{
    struct drift_shape *s = j->shape;
    struct node *x = &s->nodes[i];
    struct finding f = {.node = i, .what = DRIFT_NEW, .other = NONE};
    uint32_t gone;

    f.evidence = novelty(x->born, x->with, x->parents);
    if (x->parents > 2 * x->born + 400)
        x->born = 0;
    if (!x->born || f.evidence < DRIFT_SURE)
        return;
    gone = rename_gone_of(s, i);
    if (gone != NONE) {
        const struct node *g = &s->nodes[gone];

        if ((float)x->apart * (1 - (float)g->absent / (float)g->n) < PRESENT)
            return; /* whether that one is gone is not known yet */
        f = (struct finding){gone, DRIFT_RENAMED, f.evidence, i, NULL, false};
    }
    open_presence(j, &f);
}

static float gone_for(const struct node *x)
{
    return x->s_always > x->s_half ? x->s_always : x->s_half;
}

static void judge_gone(struct judge *j, uint32_t i)
{
    struct drift_shape *s = j->shape;
    struct node *x = &s->nodes[i];
    struct finding f = {.node = i, .what = DRIFT_MISSING};

    f.evidence = gone_for(x);
    if (j->learning || f.evidence <= 0)
        return;
    f.other = rename_new_of(s, i);
    if (f.other != NONE) { /* that a new one begins where it is absent is evidence as well */
        const struct node *now = &s->nodes[f.other];

        f.what = DRIFT_RENAMED;
        f.evidence += novelty(now->born, now->with, now->parents);
    }
    if (f.evidence < DRIFT_SURE || (float)x->pend_gone <= BURST * (float)x->burst + (f.other == NONE ? 2 : 1))
        return;
    open_presence(j, &f);
}

void judge_presence(struct judge *j, uint32_t i)
{
    struct node *x = &j->shape->nodes[i];
    bool there = x->stamp == j->shape->payloads, gone = !there || !(x->mask & ~(1u << FORM_NOTHING));
    float was;

    x->parents++;
    x->with += there;
    if (!gone)
        x->last_seen = j->shape->payloads;
    if (x->open & (1u << DRIFT_MISSING | 1u << DRIFT_RENAMED)) {
        enum drift_what what = x->open & 1u << DRIFT_MISSING ? DRIFT_MISSING : DRIFT_RENAMED;

        if (gone)
            tell(j, &(struct finding){i, what, 0, x->instead ? x->instead : NONE, NULL, true});
        return;
    }
    was = gone_for(x);
    suspect(x, gone, j->learning);
    if (presence_is_usual(x))
        judge_weighs(j, was, gone_for(x));
    if (x->born && there)
        judge_new(j, i);
    if (gone)
        judge_gone(j, i);
}
