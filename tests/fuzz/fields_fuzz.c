#include "base/utf8.h"
#include "fuzz/fuzz.h"
#include "json/wire.h"

/* Fields of a request's head that decide what is answered, one "name: value" a line, and behind an empty line its body:
 * if-match, content-type, and a body by its descriptor. A version that is taken is the one that was sent. */
#define FIELDS_MAX 16

struct thing {
    struct uuid id, optional;
    const char *name, *state;
    int64_t count, at;
    bool on;
    struct str raw;
};

static const char *const states[] = {"open", "held", NULL};
static const struct wire_field fields[] = {
    WIRE_ID(struct thing, id, "ord", "An id."),
    {.name = "optional",
     .kind = WIRE_KIND_ID,
     .offset = offsetof(struct thing, optional),
     .prefix = "con",
     .optional = true,
     .meaning = "Another."},
    WIRE_TEXT(struct thing, name, 20, "A text."),
    WIRE_ENUM(struct thing, state, states, "One of them."),
    WIRE_INT(struct thing, count, -5, 500, "A number."),
    WIRE_TIME(struct thing, at, "A time."),
    WIRE_BOOL(struct thing, on, "Yes or no."),
    WIRE_RAW(struct thing, raw, "Anything."),
    {},
};
static const struct wire thing_wire = {"Thing", sizeof(struct thing), fields};

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc, (void)argv;
    fuzz_start();
    return 0;
}

static size_t head(struct str *left, struct http_pair *out)
{
    struct str line;
    size_t n = 0;

    while (n < FIELDS_MAX && fuzz_line(left, &line) && line.n > 0) {
        const char *colon = memchr(line.p, ':', line.n);

        if (!colon)
            continue;
        out[n].name = (struct str){line.p, (size_t)(colon - line.p)};
        out[n++].value = (struct str){colon + 1, (size_t)(line.p + line.n - colon - 1)};
    }
    return n;
}

static void body(struct scope *sc, const struct rq *rq)
{
    struct thing t, again;
    struct buf b;

    if (rq_body(sc, rq, &thing_wire, &t) != OK)
        return;
    MUST_BE(!t.name || (strlen(t.name) <= 20 && utf8_valid(str_of(t.name), NULL)));
    MUST_BE(t.count >= -5 && t.count <= 500);
    buf_init(&b, sc->arena, 1 << 20);
    wire_encode(&b, &thing_wire, &t);
    MUST_BE(wire_decode(sc, &thing_wire, buf_str(&b), &again) == OK); /* what was taken can be said, and taken again */
    MUST_BE(uuid_equal(&t.id, &again.id) && t.count == again.count && t.at == again.at && t.on == again.on);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct scope *sc = scope_new();
    struct http_pair pairs[FIELDS_MAX];
    struct str left = fuzz_copy(sc, data, size);
    struct rq rq = {.method = POST, .headers = pairs};
    int64_t version;

    rq.header_count = head(&left, pairs);
    rq.body = left;
    if (rq_if_match(sc, &rq, &version) == OK) {
        MUST_BE(version >= 0 && rq_header_count(&rq, "if-match") == 1);
    }
    scope_clear(sc);
    body(sc, &rq);
    scope_free(sc);
    return 0;
}
