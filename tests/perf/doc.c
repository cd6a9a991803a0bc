#include "json/doc.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/must.h"
#include "perf/doc_payloads.h"

/* How fast a document is read and written by doc and by jansson, as doc.sh compares them with V8.
 *   doc-perf payloads DIR    writes DIR/NAME.json
 *   doc-perf measure         a line each: NAME OCTETS and microseconds of doc's parse and print, then of jansson's
 * Parse takes in the release of what was made; each figure is the best of many short blocks, in turn on both sides.
 */
#define BLOCKS   60
#define BLOCK_US 3000.0

static double now_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/* What one of the four is given: the text, and the same read by either side. */
struct given {
    struct str text;
    const struct doc *doc;
    json_t *jansson;
};

static void doc_parses(const struct given *g)
{
    struct scope *sc = scope_new();
    const struct doc *d;

    MUST_BE(doc_parse(sc, g->text, &d) == OK);
    scope_free(sc);
}

static void doc_prints(const struct given *g)
{
    struct scope *sc = scope_new();
    struct buf b;

    buf_init(&b, sc->arena, 16 << 20);
    doc_write(&b, g->doc);
    MUST_BE(!b.full && b.n > 0);
    scope_free(sc);
}

static void jansson_parses(const struct given *g)
{
    json_error_t broken;
    json_t *v = json_loadb(g->text.p, g->text.n, JSON_REJECT_DUPLICATES, &broken);

    MUST_BE(v);
    json_decref(v);
}

static void jansson_prints(const struct given *g)
{
    char *text = json_dumps(g->jansson, JSON_COMPACT);

    MUST_BE(text);
    free(text);
}

typedef void (*side)(const struct given *g);
static const side sides[] = {doc_parses, doc_prints, jansson_parses, jansson_prints};

static double block_us(side run, const struct given *g, int times)
{
    double from = now_us();

    for (int i = 0; i < times; i++)
        run(g);
    return (now_us() - from) / times;
}

static void measure(const struct payload *p)
{
    struct scope *sc = scope_new();
    struct given g;
    struct buf b;
    double best[ARRAY_LEN(sides)];
    int times[ARRAY_LEN(sides)];

    buf_init(&b, sc->arena, 16 << 20);
    p->put(&b);
    g.text = buf_str(&b);
    MUST_BE(doc_parse(sc, g.text, &g.doc) == OK);
    g.jansson = json_loadb(g.text.p, g.text.n, 0, NULL);
    for (size_t i = 0; i < ARRAY_LEN(sides); i++) {
        best[i] = block_us(sides[i], &g, 20);
        times[i] = (int)(BLOCK_US / best[i]) + 1;
    }
    for (int block = 0; block < BLOCKS; block++)
        for (size_t i = 0; i < ARRAY_LEN(sides); i++) {
            double us = block_us(sides[i], &g, times[i]);

            best[i] = us < best[i] ? us : best[i];
        }
    printf("%s %zu %.3f %.3f %.3f %.3f\n", p->name, g.text.n, best[0], best[1], best[2], best[3]);
    json_decref(g.jansson);
    scope_free(sc);
}

static void write_out(const struct payload *p, const char *dir)
{
    struct scope *sc = scope_new();
    struct buf b;
    FILE *f;

    buf_init(&b, sc->arena, 16 << 20);
    p->put(&b);
    f = fopen(arena_f(sc->arena, "%s/%s.json", dir, p->name), "w");
    MUST_BE(f && fwrite(b.p, 1, b.n, f) == b.n && fclose(f) == 0);
    scope_free(sc);
}

int main(int argc, char **argv)
{
    bool writes = argc == 3 && strcmp(argv[1], "payloads") == 0;

    if (!writes && !(argc == 2 && strcmp(argv[1], "measure") == 0)) {
        fputs("usage: doc-perf payloads DIR | measure\n", stderr);
        return 2;
    }
    for (size_t i = 0; i < PAYLOAD_COUNT; i++)
        if (writes)
            write_out(&payloads[i], argv[2]);
        else
            measure(&payloads[i]);
    arena_thread_end();
    return 0;
}
