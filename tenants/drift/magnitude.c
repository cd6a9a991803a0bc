#include <math.h>
#include <string.h>

#include "drift/drift_int.h"

#define PER_DECADE 8
#define SEEN_MIN   100 /* payloads before magnitudes are judged */
#define FADE       4096
#define KERNEL     4 /* bins on either side that one value speaks for: half a decade, so that growth is no shift */
#define STEP_MAX   3.0f
#define LEARN_MAX  5.0f /* evidence over which nothing is learnt, lest the new becomes usual while it is weighed */
#define TURN       16
#define TURN_FADE  384

/* Shifts that are looked for, in eighths of a decade: 10, 12 to 100, 454, 1000, a million; both ways. */
static const int8_t shifts[SHIFTS] = {0, 8, -8, 10, -10, 12, -12, 14, -14, 16, -16, 21, -21, 24, -24, 48, -48};

static int bin_of(double x)
{
    double b = floor(x * PER_DECADE) + BIN_ZERO;

    if (b < 0)
        return 0;
    return b >= BINS ? BINS - 1 : (int)b;
}

static void learn(struct magnitude *m, int bin)
{
    if (m->total >= FADE) {
        m->total = 0;
        for (int i = 0; i < BINS; i++) {
            m->count[i] /= 2;
            m->total += m->count[i];
        }
    }
    m->count[bin]++;
    m->total++;
    m->stale++;
}

/* How likely each bin is, seen through a triangle, with two payloads' weight for anything at all. */
static void refresh(struct magnitude *m)
{
    for (int b = 0; b < BINS; b++) {
        float sum = 0;

        for (int d = -KERNEL; d <= KERNEL; d++)
            if (b + d >= 0 && b + d < BINS)
                sum += (float)(m->count[b + d] * (KERNEL + 1 - (d < 0 ? -d : d)));
        sum = sum / ((KERNEL + 1) * (KERNEL + 1)) + 2.0f / BINS;
        m->logs[b] = logf(sum / ((float)m->total + 2));
    }
    m->stale = 0;
}

static float add(float s, float step)
{
    s += step > STEP_MAX ? STEP_MAX : step;
    if (s < 0)
        return 0;
    return s > S_MAX ? S_MAX : s;
}

/* Sequential likelihood ratios: anywhere at all against as always, and shifted by each factor against as always. */
static float weigh(struct magnitude *m, int bin)
{
    float usual = m->logs[bin], most;

    most = m->s[0] = add(m->s[0], -logf(BINS) - usual);
    for (int k = 1; k < SHIFTS; k++) {
        int from = bin - shifts[k];
        float there = from < 0 || from >= BINS ? m->logs[bin] - STEP_MAX : m->logs[from];

        m->s[k] = add(m->s[k], there - usual);
        if (m->s[k] > most)
            most = m->s[k];
    }
    return most;
}

/* Numbers given out in turn come a little out of order where several are at work: each is compared with one that came a
 * while before it. What is given out in no order is the larger one half of the time, however it is spread. */
static void turn_see(struct magnitude *m, double x)
{
    if (m->seen >= 2 * TURN) {
        m->compared++;
        m->ups += x > m->older;
    }
    if (m->compared >= TURN_FADE) {
        m->compared /= 2;
        m->ups /= 2;
    }
    if (m->seen % TURN == TURN - 1) {
        m->older = m->mark;
        m->mark = x;
    }
}

float magnitude_see(struct magnitude *m, double x, bool learning)
{
    int bin = bin_of(x);
    float evidence;

    m->recent[m->seen % RECENT] = (float)x;
    turn_see(m, x);
    m->seen++;
    if (learning || m->total < SEEN_MIN || magnitude_is_serial(m)) {
        learn(m, bin);
        return 0;
    }
    if (m->stale >= 32 && m->stale * 16 >= m->total)
        refresh(m);
    evidence = weigh(m, bin);
    if (evidence <= LEARN_MAX)
        learn(m, bin);
    return evidence;
}

/* Numbers that are given out one after the other grow without end. */
bool magnitude_is_serial(const struct magnitude *m)
{
    return m->compared >= 50 && m->ups * 10 > m->compared * 9;
}

double magnitude_mean(const struct magnitude *m)
{
    double sum = 0;

    for (int b = 0; b < BINS; b++)
        sum += m->count[b] * (b - BIN_ZERO + 0.5) / PER_DECADE;
    return m->total ? sum / m->total : 0;
}

double magnitude_at(const struct magnitude *m, double share)
{
    double before = 0;
    int b = 0;

    for (; b < BINS - 1; b++) {
        before += m->count[b];
        if (before > share * m->total)
            break;
    }
    return (double)(b - BIN_ZERO + (share > 0.5)) / PER_DECADE;
}

/* The factor looked for whose evidence is among the best and which is nearest to the latest payloads' mean. */
double magnitude_shift(const struct magnitude *m)
{
    double recent = 0, nearest;
    float most = 0;

    for (int i = 0; i < RECENT; i++)
        recent += m->recent[i];
    recent = recent / RECENT - magnitude_mean(m);
    nearest = recent;
    for (int k = 0; k < SHIFTS; k++)
        if (m->s[k] > most)
            most = m->s[k];
    for (int k = 1; k < SHIFTS; k++) {
        double by = (double)shifts[k] / PER_DECADE;
        double within = shifts[k] % PER_DECADE ? 0.1 : 0.35; /* by powers of ten is what mostly happens */

        if (m->s[k] + STEP_MAX > most && fabs(by - recent) < within &&
            (nearest == recent || fabs(by - recent) < fabs(nearest - recent)))
            nearest = by;
    }
    return nearest;
}

const char *magnitude_factor(struct arena *a, double shift)
{
    const char *than = shift < 0 ? "smaller" : "larger";
    double size = fabs(shift), power = round(size);

    if (power >= 1 && fabs(size - power) < 0.2)
        return arena_f(a, "about %.0f times %s", pow(10, power), than);
    return arena_f(a, "about %.1f times %s", pow(10, size), than);
}
