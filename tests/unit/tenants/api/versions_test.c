#include "api/manners_int.h"
#include "kit/test.h"

/* Three versions: in 2026-06 "title" became "name", in 2026-11 "cents" became "amount" and texts got longer names. */
static enum err name_back(struct scope *sc, const struct doc *now, struct buf *out)
{
    (void)sc;
    buf_s(out, "{\"title\":");
    doc_write(out, doc_get(now, "name"));
    buf_s(out, ",\"cents\":");
    doc_write(out, doc_get(now, "cents"));
    buf_c(out, '}');
    return OK;
}

static enum err name_forth(struct scope *sc, const struct doc *was, struct buf *out)
{
    (void)sc;
    buf_s(out, "{\"name\":");
    doc_write(out, doc_get(was, "title"));
    buf_s(out, ",\"cents\":");
    doc_write(out, doc_get(was, "cents"));
    buf_c(out, '}');
    return OK;
}

static enum err cents_back(struct scope *sc, const struct doc *now, struct buf *out)
{
    (void)sc;
    buf_s(out, "{\"name\":");
    doc_write(out, doc_get(now, "name"));
    buf_s(out, ",\"cents\":");
    doc_write(out, doc_get(now, "amount"));
    buf_c(out, '}');
    return OK;
}

static enum err cents_forth(struct scope *sc, const struct doc *was, struct buf *out)
{
    (void)sc;
    buf_s(out, "{\"name\":");
    doc_write(out, doc_get(was, "name"));
    buf_s(out, ",\"amount\":");
    doc_write(out, doc_get(was, "cents"));
    buf_c(out, '}');
    return OK;
}

static const struct api_version known[] = {{"2026-01-01", INT64_C(1790812800000000), INT64_C(1853884800000000)},
                                           {"2026-06-01", 0, 0},
                                           {"2026-11-01", 0, 0},
                                           {}};
static const struct api_change changes[] = {
    {"2026-06-01", "Thing", name_back, name_forth},
    {"2026-11-01", "Thing", cents_back, cents_forth},
    {},
};
static const struct api_versions versions = {known, changes};

static const struct wire_field no_fields[] = {{}};
static const struct wire thing = {"Thing", 1, no_fields}, other = {"Other", 1, no_fields};

static const char *back(const struct api_version *v, const struct wire *w, const char *now)
{
    struct str out;

    CHECK_OK(version_back(test_scope(), &versions, v, w, str_of(now), &out));
    return str_dup(test_scope()->arena, out);
}

static const char *forth(const struct api_version *v, const struct wire *w, const char *was)
{
    struct str out;

    CHECK_OK(version_forth(test_scope(), &versions, v, w, str_of(was), &out));
    return str_dup(test_scope()->arena, out);
}

TEST(an_answer_goes_back_one_version_at_a_time)
{
    CHECK_STR(back(&known[2], &thing, "{\"name\":\"a\",\"amount\":7}"), "{\"name\":\"a\",\"amount\":7}");
    CHECK_STR(back(&known[1], &thing, "{\"name\":\"a\",\"amount\":7}"), "{\"name\":\"a\",\"cents\":7}");
    CHECK_STR(back(&known[0], &thing, "{\"name\":\"a\",\"amount\":7}"), "{\"title\":\"a\",\"cents\":7}");
    CHECK_STR(back(&known[0], &other, "{\"name\":\"a\"}"), "{\"name\":\"a\"}");
}

TEST(a_body_comes_forward_one_version_at_a_time)
{
    CHECK_STR(forth(&known[0], &thing, "{\"title\":\"a\",\"cents\":7}"), "{\"name\":\"a\",\"amount\":7}");
    CHECK_STR(forth(&known[1], &thing, "{\"name\":\"a\",\"cents\":7}"), "{\"name\":\"a\",\"amount\":7}");
    CHECK_STR(forth(&known[2], &thing, "no JSON"), "no JSON");
}

static enum err found(const char *said, const struct api_version **out)
{
    struct http_pair header = {STR("api-version"), str_of(said)};
    struct rq rq = {.headers = &header, .header_count = said != NULL};

    return version_find(test_scope(), &versions, &rq, out);
}

TEST(a_request_speaks_the_version_it_names_or_the_newest)
{
    const struct api_version *v;

    CHECK_OK(found(NULL, &v));
    CHECK_STR(v->name, "2026-11-01");
    CHECK_OK(found("2026-01-01", &v));
    CHECK_STR(v->name, "2026-01-01");
    CHECK_ERR(found("2026-02-01", &v), ERR_INVALID);
    CHECK_STR(scope_fault(test_scope())->problem, "api-version-unknown");
    CHECK_ERR(found("", &v), ERR_INVALID);
    CHECK_ERR(found("2026-01-01 ", &v), ERR_INVALID);
}

TEST(the_versions_in_use_are_in_the_order_of_their_days)
{
    for (const struct api_version *v = api_versions.known; v[1].name; v++)
        CHECK(strcmp(v[0].name, v[1].name) < 0);
    for (const struct api_change *c = api_versions.changes; c->version && c[1].version; c++)
        CHECK(strcmp(c[0].version, c[1].version) <= 0);
}
