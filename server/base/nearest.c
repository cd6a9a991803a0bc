#include <string.h>

#include "base/nearest.h"

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static uint8_t least(unsigned a, unsigned b)
{
    return (uint8_t)(a < b ? a : b);
}

/* Optimal string alignment: of three rows only, since a swap looks back two. */
size_t text_distance(struct str a, struct str b, size_t most)
{
    uint8_t rows[3][NEAREST_TEXT_MAX + 1];

    if (a.n > NEAREST_TEXT_MAX || b.n > NEAREST_TEXT_MAX || (a.n > b.n ? a.n - b.n : b.n - a.n) > most)
        return most + 1;
    for (size_t k = 0; k <= b.n; k++)
        rows[0][k] = (uint8_t)k;
    for (size_t i = 1; i <= a.n; i++) {
        const uint8_t *before = rows[(i + 1) % 3], *last = rows[(i - 1) % 3];
        uint8_t *now = rows[i % 3];

        now[0] = (uint8_t)i;
        for (size_t k = 1; k <= b.n; k++) {
            char x = lower(a.p[i - 1]), y = lower(b.p[k - 1]);

            now[k] = least(least(last[k] + 1U, now[k - 1] + 1U), last[k - 1] + (x != y));
            if (i > 1 && k > 1 && x == lower(b.p[k - 2]) && lower(a.p[i - 2]) == y)
                now[k] = least(now[k], before[k - 2] + 1U);
        }
    }
    return rows[a.n % 3][b.n] > most ? most + 1 : rows[a.n % 3][b.n];
}

void nearest_init(struct nearest *out, struct str want)
{
    *out = (struct nearest){.want = want};
}

/* More than a third of its letters wrong is another word. */
static size_t most_for(struct str want)
{
    return want.n < 3 ? 1 : want.n / 3;
}

static bool has(const struct nearest *near, const char *name)
{
    for (size_t i = 0; i < near->n; i++)
        if (strcmp(near->names[i], name) == 0)
            return true;
    return false;
}

void nearest_try(struct nearest *near, const char *name)
{
    size_t most = most_for(near->want);
    size_t d = text_distance(near->want, str_of(name), most);
    size_t at = near->n;

    if (d > most || near->want.n == 0 || has(near, name))
        return;
    while (at > 0 && near->distances[at - 1] > d)
        at--;
    if (at == NEAREST_MAX)
        return;
    if (near->n < NEAREST_MAX)
        near->n++;
    for (size_t i = near->n - 1; i > at; i--) {
        near->names[i] = near->names[i - 1];
        near->distances[i] = near->distances[i - 1];
    }
    near->names[at] = name;
    near->distances[at] = d;
}

const char *nearest_text(struct arena *a, const struct nearest *near)
{
    struct buf b;

    buf_init(&b, a, (NEAREST_TEXT_MAX + 8) * (size_t)NEAREST_MAX * 4);
    for (size_t i = 0; i < near->n; i++) {
        if (i)
            buf_s(&b, i + 1 == near->n ? " or " : ", ");
        buf_s(&b, near->names[i]);
    }
    return buf_cstr(&b);
}

const char *nearest_told(struct arena *a, const char *want, const char *const *names)
{
    struct nearest near;

    nearest_init(&near, str_of(want));
    for (; *names; names++)
        nearest_try(&near, *names);
    return near.n ? arena_f(a, "; near it is %s", nearest_text(a, &near)) : "";
}
