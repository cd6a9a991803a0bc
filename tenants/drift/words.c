#include <string.h>

#include "drift/drift_int.h"

#define SEEN_MIN 100 /* texts before a list of words is believed in */
#define EACH_MIN 6   /* of each word, on average */

/* Too many or too long: no list of words. What was kept of it goes. */
static void give_up(struct node *x)
{
    x->wordless = true;
    x->words = NULL;
}

static struct word *find(struct words *w, struct str text)
{
    for (uint32_t i = 0; w && i < w->n; i++)
        if (w->v[i].n == text.n && memcmp(w->v[i].p, text.p, text.n) == 0)
            return &w->v[i];
    return NULL;
}

static struct word *add(struct drift_shape *s, struct node *x, struct str text)
{
    struct words *w = x->words;
    struct word *found;

    if (w->n == DRIFT_VALUES_MAX || s->cost > DRIFT_STORED_MAX / 4 * 3 ||
        !shape_spend(s, COST_WORD + (uint32_t)text.n)) {
        give_up(x);
        return NULL;
    }
    found = &w->v[w->n++];
    *found = (struct word){.p = str_dup(s->keep, text), .n = (uint32_t)text.n};
    if (s->payloads > DRIFT_LEARN)
        found->born = x->filled;
    return found;
}

/* Free texts are none; but one in a list of words is a new word, of which only the length is kept. */
static bool is_word(struct str text)
{
    return text.n <= DRIFT_VALUE_MAX && !memchr(text.p, ' ', text.n);
}

void words_see(struct drift_shape *s, struct node *x, struct str text)
{
    struct word *w;

    if (x->wordless)
        return;
    if (x->private || (!is_word(text) && !words_are_list(x))) {
        give_up(x);
        return;
    }
    if (!is_word(text))
        text = STR("(other text)");
    if (!x->words)
        x->words = ARENA_NEW(s->keep, struct words);
    w = find(x->words, text);
    if (!w)
        w = add(s, x, text);
    if (w && w->stamp != s->payloads) {
        w->stamp = s->payloads;
        w->count++;
    }
}

bool words_are_list(const struct node *x)
{
    return x->words && x->filled >= SEEN_MIN && x->words->n * EACH_MIN <= x->filled;
}

void words_add(struct drift_shape *s, struct node *x, const struct word *known)
{
    struct str text = {known->p, known->n};
    struct word *w;

    if (!x->words)
        x->words = ARENA_NEW(s->keep, struct words);
    w = find(x->words, text);
    if (!w)
        w = add(s, x, text);
    if (!w)
        return;
    w->count += known->count;
    if (!w->open)
        w->born = 0;
}

const struct word *words_find(const struct words *w, struct str text)
{
    return find((struct words *)w, text);
}

void words_open(struct words *w, struct str text)
{
    struct word *found = find(w, text);

    if (found)
        found->open = true;
}

void words_take(struct drift_shape *s, struct node *x, const struct word *known, const struct word *was)
{
    struct str text = {known->p, known->n};
    uint32_t before = was ? was->count : 0;
    struct word *w;

    if (!x->words)
        x->words = ARENA_NEW(s->keep, struct words);
    w = find(x->words, text);
    if (!w) {
        w = add(s, x, text);
        if (!w)
            return;
        w->born = known->born < x->filled ? known->born : x->filled;
    }
    if (known->count > before)
        w->count += known->count - before;
    if (!known->born && !w->open)
        w->born = 0;
}
