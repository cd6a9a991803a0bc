#include "http/http_int.h"
#include "kit/test.h"

struct thing {
    struct uuid id, owner_id;
    const char *name;
};

static const struct wire_field thing_fields[] = {
    WIRE_ID(struct thing, id, "thg", "This thing."),
    WIRE_ID(struct thing, owner_id, "own", "Whose it is."),
    WIRE_TEXT(struct thing, name, 40, "Its name."),
    {},
};
static const struct wire thing_wire = {"Thing", sizeof(struct thing), thing_fields};

struct owner {
    struct uuid boss_id;
    const char *name;
};

static const struct wire_field owner_fields[] = {
    WIRE_ID(struct owner, boss_id, "own", "Whom it obeys."),
    WIRE_TEXT(struct owner, name, 40, "Its name."),
    {},
};
static const struct wire owner_wire = {"Owner", sizeof(struct owner), owner_fields};

static size_t loads, loaded_ids;

/* Owner 9 is somebody else's and so nobody. */
static enum err owners_load(struct scope *sc, const struct uuid *ids, size_t n, const void **out)
{
    loads++;
    loaded_ids += n;
    for (size_t i = 0; i < n; i++) {
        struct owner *o = ARENA_NEW(sc->arena, struct owner);

        *o = (struct owner){.boss_id = ids[i], .name = arena_f(sc->arena, "owner %d", ids[i].b[15])};
        o->boss_id.b[15]++;
        out[i] = ids[i].b[15] == 9 ? NULL : o;
    }
    return OK;
}

static enum err none(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    (void)rq;
    return rs_empty(sc, rs, 204);
}

static const struct http_relation relations[] = {
    {"owner", &owner_wire, owners_load}, {"boss", &owner_wire, owners_load}, {}};
static const struct http_app app = {.relations = relations};
static const struct route list_route = {GET, "/v1/things", none, .answers = &thing_wire};
static const struct route plain_route = {GET, "/v1/things", none, .public_ = true, .answers = &thing_wire};

static struct http_pair query[2];
static struct rq rq;

/* What is answered to ?fields=…&expand=… for things whose owners are 1, 1 and 9; or the fault's code. */
static const char *answered(const char *fields, const char *expand)
{
    struct thing things[3] = {{.name = "a"}, {.name = "b"}, {.name = "c"}};
    struct scope *sc = test_scope();
    struct rs rs = {.rq = &rq};
    struct buf b;
    size_t n = 0;

    scope_clear(sc);
    sc->fault.items = NULL;
    if (fields)
        query[n++] = (struct http_pair){STR("fields"), str_of(fields)};
    if (expand)
        query[n++] = (struct http_pair){STR("expand"), str_of(expand)};
    rq = (struct rq){.method = GET, .route = &list_route, .app = &app, .query = query, .query_count = n};
    if (shape_read(sc, &rq) != OK)
        return scope_fault(sc)->items->code;
    things[0].owner_id.b[15] = things[1].owner_id.b[15] = 1;
    things[2].owner_id.b[15] = 9;
    loads = loaded_ids = 0;
    CHECK_OK(shape_prepare(sc, &rs, &thing_wire, things, 3));
    buf_init(&b, sc->arena, 100000);
    for (size_t i = 0; i < 3; i++)
        CHECK_OK(shape_put(sc, &rs, &b, &thing_wire, &things[i]));
    return buf_cstr(&b);
}

TEST(only_the_named_members_are_told)
{
    CHECK_STR(answered("name", NULL), "{\"name\":\"a\"}{\"name\":\"b\"}{\"name\":\"c\"}");
    CHECK_STR(answered("name,name", NULL), "{\"name\":\"a\"}{\"name\":\"b\"}{\"name\":\"c\"}");
    CHECK(strncmp(answered("name,id", NULL), "{\"id\":\"thg_00000000000000000000000000\",\"name\":\"a\"}", 50) == 0);
    CHECK_STR(answered("name,colour", NULL), "unknown_field");
    CHECK_STR(answered("", NULL), "unknown_field");
    CHECK_STR(answered("name,", NULL), "unknown_field");
    CHECK_STR(answered("Name", NULL), "unknown_field");
    CHECK_STR(scope_fault(test_scope())->items->pointer, "fields");
}

TEST(what_an_id_stands_for_is_loaded_once_and_put_beside_it)
{
    const char *said = answered("name", "owner");

    CHECK_INT(loads, 1);
    CHECK_INT(loaded_ids, 2);
    CHECK(strncmp(said,
                  "{\"name\":\"a\",\"owner\":{\"boss_id\":\"own_00000000000000000000000002\",\"name\":\"owner 1\"}}",
                  70) == 0);
    CHECK(strstr(said, "{\"name\":\"c\",\"owner\":null}"));
}

TEST(an_expansion_goes_two_steps_and_five_names_far)
{
    CHECK(strstr(answered("name", "owner.boss"),
                 "\"boss\":{\"boss_id\":\"own_00000000000000000000000003\",\"name\":\"owner 2\"}}}"));
    CHECK_INT(loads, 2);
    CHECK_STR(answered("name", "owner,owner.boss"), answered("name", "owner.boss"));
    CHECK_STR(answered(NULL, "owner.boss.boss"), "unknown_relation");
    CHECK_STR(answered(NULL, "boss"), "unknown_relation");
    CHECK_STR(answered(NULL, "owner_id"), "unknown_relation");
    CHECK_STR(answered(NULL, "owner."), "unknown_relation");
    CHECK_STR(answered(NULL, "owner,owner,owner,owner,owner,owner"), "too_many");
}

TEST(an_open_address_or_another_type_is_told_whole)
{
    struct thing thing = {.name = "a"};
    struct scope *sc = test_scope();
    struct rs rs = {.rq = &rq};
    struct buf b;

    answered("name", NULL);
    buf_init(&b, sc->arena, 1000);
    CHECK_OK(shape_put(sc, &rs, &b, &owner_wire, &(struct owner){.name = "o"}));
    CHECK_STR(buf_cstr(&b), "{\"boss_id\":\"own_00000000000000000000000000\",\"name\":\"o\"}");
    rq.route = &plain_route;
    CHECK(!shape_is_parameter(&rq, STR("fields")));
    rq.shape = NULL;
    CHECK_OK(shape_read(sc, &rq));
    buf_init(&b, sc->arena, 1000);
    CHECK_OK(shape_put(sc, &rs, &b, &thing_wire, &thing));
    CHECK(strstr(buf_cstr(&b), "owner_id"));
}
