#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/must.h"
#include "mapping/mapping.h"

/* What one order costs from its text to the canonical text: microseconds, the best of several rounds.
 *   mapping-perf DOCUMENT ORDER   prints "whole US" and "expressions US": all of it, and the rules' expressions on the
 *                                 document's root alone, from compiled expression to value.
 */
#define ROUNDS 12
#define TIMES  2000

static double now_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static struct str file(struct arena *a, const char *path)
{
    FILE *f = fopen(path, "r");
    char *text = arena_alloc(a, 1 << 20);
    size_t n;

    MUST_BE(f);
    n = fread(text, 1, 1 << 20, f);
    fclose(f);
    return (struct str){text, n};
}

/* Three tables as a snapshot would have them: found by a comparison or two. */
static bool find(void *arg, struct str table, struct str key, struct str *out)
{
    (void)arg, (void)table;
    *out = key;
    return key.n > 0;
}

static const struct mapping_how how = {.now_ms = 1767225600000, .creating = true, .find = find};

static void whole(const struct mapping *m, struct str text, bool show)
{
    struct scope *sc = scope_new();
    struct mapping_result out;
    const struct doc *order;
    struct buf b;

    MUST_BE(doc_parse(sc, text, &order) == OK);
    mapping_run(sc->arena, m, order, &how, &out);
    MUST_BE(out.valid);
    buf_init(&b, sc->arena, 1 << 20);
    doc_write(&b, &out.value);
    if (show)
        fprintf(stderr, "%.*s\n", (int)b.n, b.p);
    scope_free(sc);
}

struct set {
    struct expr *e[64];
    size_t n;
};

/* The expressions of rules for fields of the order itself, as the peer has them. */
static void take_set(struct arena *a, const struct doc *document, struct set *out)
{
    const struct doc *rules = doc_get(document, "rules");

    for (size_t i = 0; i < doc_count(rules); i++) {
        const struct doc *to = doc_get(doc_at(rules, i), "to"), *text = doc_get(doc_at(rules, i), "expr");
        struct expr_fault f;

        if (text && out->n < 64 && !memchr(doc_text(to).p, '*', doc_text(to).n)) {
            MUST_BE(expr_compile(a, doc_text(text), NULL, &out->e[out->n], &f));
            out->n++;
        }
    }
}

static void expressions(const struct set *set, const struct doc *order)
{
    struct arena *a = arena_new();
    struct expr_run run = {.now_ms = 1767225600000};

    for (size_t i = 0; i < set->n; i++) {
        struct expr_fault f;
        struct doc out;

        MUST_BE(expr_eval(a, set->e[i], &run, *order, &out, &f));
    }
    arena_free(a);
}

int main(int argc, char **argv)
{
    struct scope *sc = scope_new();
    struct mapping_faults faults;
    const struct doc *document, *order;
    double best_whole = 1e9, best_set = 1e9;
    struct set set = {.n = 0};
    struct mapping *m;
    struct str text;

    MUST_BE(argc == 3);
    MUST_BE(doc_parse(sc, file(sc->arena, argv[1]), &document) == OK);
    MUST_BE(mapping_compile(sc->arena, document, NULL, &m, &faults));
    text = file(sc->arena, argv[2]);
    MUST_BE(doc_parse(sc, text, &order) == OK);
    take_set(sc->arena, document, &set);
    whole(m, text, true);
    for (int round = 0; round < ROUNDS; round++) {
        double began = now_us(), middle, ended;

        for (int i = 0; i < TIMES; i++)
            whole(m, text, false);
        middle = now_us();
        for (int i = 0; i < TIMES; i++)
            expressions(&set, order);
        ended = now_us();
        best_whole = (middle - began) / TIMES < best_whole ? (middle - began) / TIMES : best_whole;
        best_set = (ended - middle) / TIMES < best_set ? (ended - middle) / TIMES : best_set;
    }
    printf("whole %.3f\nexpressions %.3f\n", best_whole, best_set);
    scope_free(sc);
    return 0;
}
