#include "drift_kit.h"

static void check_refused(const char *json)
{
    struct drift_shape *s = NULL;

    CHECK_ERR(drift_shape_parse(test_scope(), test_scope()->arena, str_of(json), &s), ERR_INVALID);
    CHECK(!s);
    scope_clear(test_scope());
}

TEST(what_was_not_written_here_is_refused)
{
    check_refused("[]");
    check_refused("{\"format\":\"drift/2\",\"nodes\":[{\"g\":0,\"k\":\"\",\"p\":0,\"f\":[]}],\"payloads\":1}");
    check_refused("{\"format\":\"drift/1\",\"nodes\":[],\"payloads\":1}");
    check_refused("{\"format\":\"drift/1\",\"nodes\":[{\"g\":0,\"k\":\"\",\"p\":0,\"f\":[99,1,1]}],\"payloads\":1}");
    check_refused("{\"format\":\"drift/1\",\"nodes\":[{\"g\":0,\"k\":\"\",\"p\":0,\"f\":[],\"n\":-1}],\"payloads\":1}");
    check_refused("{\"format\":\"drift/1\",\"nodes\":[{\"g\":0,\"k\":\"\",\"p\":0,\"f\":[]},"
                  "{\"g\":0,\"k\":\"a\",\"p\":1,\"f\":[]}],\"payloads\":1}");
    check_refused("{\"format\":\"drift/1\",\"nodes\":[{\"g\":0,\"k\":\"\",\"p\":0,\"f\":[],"
                  "\"m\":{\"c\":[140,1,1,1,1,1],\"l\":0,\"se\":1,\"up\":0}}],\"payloads\":1}");
    check_refused("{\"format\":\"drift/1\",\"nodes\":[{\"g\":0,\"k\":\"\",\"p\":0,\"f\":[],\"w\":[0,\"a\",1]}],"
                  "\"payloads\":1}");
}

TEST(what_is_larger_than_a_shape_can_be_is_refused)
{
    char *json = arena_alloc(test_scope()->arena, DRIFT_STORED_MAX + 2);
    struct drift_shape *s = NULL;

    memset(json, ' ', DRIFT_STORED_MAX + 1);
    CHECK_ERR(drift_shape_parse(test_scope(), test_scope()->arena, (struct str){json, DRIFT_STORED_MAX + 1}, &s),
              ERR_TOO_LARGE);
}

/* One octet in a hundred is another: either it is refused, or what is read can be used. */
TEST(a_spoilt_shape_is_refused_or_harmless)
{
    struct kit_shop shop = {.random = 21};
    struct drift_shape *s = drift_shape_new(test_scope()->arena);
    struct kit_found found;
    unsigned used = 0;
    struct buf b;

    kit_replay(s, &shop, &(struct kit_run){300, true, false}, &found);
    buf_init(&b, test_scope()->arena, DRIFT_STORED_MAX);
    drift_shape_write(test_scope()->arena, &b, s);
    for (unsigned i = 0; i < 300; i++) {
        struct scope *sc = scope_new();
        char *json = arena_memdup(sc->arena, b.p, b.n);
        struct kit_shop other = shop;
        struct drift_shape *spoilt;

        for (unsigned k = 0; k < 1 + i % 3; k++) {
            unsigned at = kit_below(&shop, (unsigned)b.n);

            if (json[at] >= '0' && json[at] <= '9')
                json[at] = (char)('0' + kit_below(&shop, 10));
            else if (kit_chance(&shop, 500))
                json[at] = (char)kit_below(&shop, 256);
        }
        if (drift_shape_parse(sc, sc->arena, (struct str){json, b.n}, &spoilt) == OK) {
            kit_replay(spoilt, &other, &(struct kit_run){3, false, false}, &found);
            used++;
        }
        scope_free(sc);
    }
    CHECK(used > 0);
}
