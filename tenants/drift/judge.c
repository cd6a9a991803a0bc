#include <math.h>

#include "drift/drift_int.h"

#define WORD_STEP 4.0f /* each word that came and was no deviation makes the next one less of one */

float novelty(uint32_t n, uint32_t k, uint32_t m)
{
    return n == 0 || m == 0 ? 0 : (float)k * logf((float)(n + m) / (float)m);
}

/* Others who learn the source should hear of it, and that it was nothing as well: else only the one would add up. */
void judge_weighs(struct judge *j, float was, float is)
{
    j->out->suspects |= !j->learning && was != is && (was >= DRIFT_SUSPECT || is >= DRIFT_SUSPECT);
}

/* Seen for so long that it is known. */
static bool is_settled(uint32_t born, uint32_t since)
{
    return since > 2 * born + 400;
}

static void judge_word(struct judge *j, uint32_t i, struct word *w)
{
    struct node *x = &j->shape->nodes[i];
    struct finding f = {i, DRIFT_VALUE, 0, NONE, NULL, w->open};
    uint32_t since = x->filled - w->born;

    if (!w->open) {
        if (is_settled(w->born, since)) {
            w->born = 0;
            x->words->born++;
            return;
        }
        f.evidence = novelty(w->born, w->count, since) - WORD_STEP * (float)x->words->born;
        if (f.evidence < DRIFT_SURE_WORD)
            return;
        w->open = true;
        x->open |= 1u << DRIFT_VALUE;
    }
    f.got = w->p;
    tell(j, &f);
}

void judge_words(struct judge *j, uint32_t i)
{
    struct words *w = j->shape->nodes[i].words;

    if (!w || j->learning || !words_are_list(&j->shape->nodes[i]))
        return;
    for (uint32_t k = 0; k < w->n; k++)
        if (w->v[k].stamp == j->shape->payloads && w->v[k].born)
            judge_word(j, i, &w->v[k]);
}

static bool is_at_open(const struct magnitude *m, double x)
{
    return fabs(x - m->open_at) < fabs(x - magnitude_mean(m));
}

static const char *magnitude_got(struct judge *j, const struct magnitude *m)
{
    return arena_f(j->arena, "values %s", magnitude_factor(j->arena, m->open_at - magnitude_mean(m)));
}

static struct magnitude *magnitude_of(struct drift_shape *s, struct node *x)
{
    if (!x->magnitude && shape_spend(s, COST_MAGNITUDE))
        x->magnitude = ARENA_NEW(s->keep, struct magnitude);
    return x->magnitude;
}

void judge_magnitude(struct judge *j, uint32_t i)
{
    struct node *x = &j->shape->nodes[i];
    struct finding f = {.node = i, .what = DRIFT_UNIT, .other = NONE};
    struct magnitude *m;
    double at;

    if (!x->logs)
        return;
    m = magnitude_of(j->shape, x);
    if (!m)
        return;
    at = x->log_sum / x->logs;
    f.evidence = magnitude_see(m, at, j->learning);
    f.again = x->open & 1u << DRIFT_UNIT;
    judge_weighs(j, f.again ? 0 : m->most, f.again ? 0 : f.evidence);
    m->most = f.evidence;
    if (f.again ? !is_at_open(m, at) : f.evidence < DRIFT_SURE)
        return;
    if (!f.again)
        m->open_at = (float)(magnitude_mean(m) + magnitude_shift(m));
    x->open |= 1u << DRIFT_UNIT;
    f.got = magnitude_got(j, m);
    tell(j, &f);
}

static void judge_node(struct judge *j, uint32_t i)
{
    struct drift_shape *s = j->shape;
    const struct node *p = i ? &s->nodes[s->nodes[i].parent] : NULL;

    if (p && !s->nodes[i].item && p->stamp == s->payloads && p->mask & 1u << FORM_OBJECT)
        judge_presence(j, i);
    if (s->nodes[i].stamp != s->payloads)
        return;
    s->nodes[i].objects += (s->nodes[i].mask & 1u << FORM_OBJECT) != 0;
    judge_forms(j, i);
    judge_words(j, i);
    judge_magnitude(j, i);
}

void drift_see(struct arena *a, struct drift_shape *s, const struct doc *payload, const struct drift_policy *policy,
               struct drift_seen *out)
{
    struct judge j = {.arena = a, .shape = s, .policy = policy ? policy : &drift_policy_usual, .out = out};

    *out = (struct drift_seen){.action = DRIFT_PASS};
    s->payloads++;
    j.learning = out->learning = s->payloads <= DRIFT_LEARN;
    s->fresh = false;
    walk_payload(s, payload);
    if (s->fresh)
        rename_follow(s);
    for (uint32_t i = 0; i < s->n; i++)
        judge_node(&j, i);
}

/* Its own nodes, magnitudes and words; names are shared. */
static struct drift_shape *copy(struct arena *a, const struct drift_shape *s)
{
    struct drift_shape *c = arena_memdup(a, s, sizeof(*s));

    c->keep = a;
    c->cap = s->n;
    c->nodes = arena_memdup(a, s->nodes, s->n * sizeof(*s->nodes));
    for (uint32_t i = 0; i < c->n; i++) {
        struct node *x = &c->nodes[i];

        x->magnitude = x->magnitude ? arena_memdup(a, x->magnitude, sizeof(*x->magnitude)) : NULL;
        x->words = x->words ? arena_memdup(a, x->words, sizeof(*x->words)) : NULL;
    }
    return c;
}

void drift_look(struct arena *a, const struct drift_shape *s, const struct doc *payload,
                const struct drift_policy *policy, struct drift_seen *out)
{
    drift_see(a, copy(a, s), payload, policy, out);
}
