#include "lifecycle_kit.h"

/* One page is enough here; larger bundles are cut anywhere. */
static struct str bundle_of(struct scope *keep, struct world *w, const struct tenant *t)
{
    struct scope *sc = partner_scope(w->api, t);
    struct lifecycle_claim claim;
    struct lifecycle_export x;
    struct bytes page;
    struct uuid asked;
    bool found = false, stop = false;

    CHECK_OK(lifecycle_export_ask(sc, &t->customer_id, &asked));
    CHECK_OK(db_commit(sc));
    scope_free(sc);
    sc = scope_in(w->dispatch, NULL);
    CHECK_OK(lifecycle_export_claim(sc, &claim, &found));
    CHECK(found && uuid_equal(&claim.export_id, &asked) && uuid_equal(&claim.customer_id, &t->customer_id));
    CHECK_OK(lifecycle_export_claim(sc, &claim, &found));
    CHECK(!found);
    scope_free(sc);
    sc = scope_in(w->worker, t);
    CHECK_OK(lifecycle_export_make(sc, &asked, &stop));
    scope_free(sc);
    sc = scope_in(w->api, t);
    CHECK_OK(lifecycle_export_get(sc, &asked, &x));
    CHECK_STR(x.state, "ready");
    CHECK_INT(x.pages, 1);
    CHECK_OK(lifecycle_export_page(sc, &x, 1, &page));
    CHECK_INT(page.n, x.size);
    page.p = str_dup(keep->arena, (struct str){page.p, page.n});
    scope_free(sc);
    return (struct str){page.p, page.n};
}

/* drop: the line to leave out, from 1; 0: none. */
static enum err read_without(struct str text, size_t drop, struct bundle_facts *out)
{
    struct scope *sc = scope_new();
    struct bundle_reader *r = bundle_reader_new(sc);
    enum err e = OK;
    size_t line = 0;

    while (text.n && e == OK) {
        const char *end = memchr(text.p, '\n', text.n);
        size_t n = end ? (size_t)(end - text.p) + 1 : text.n;

        if (++line != drop)
            e = bundle_reader_line(sc, r, (struct str){text.p, n});
        text = (struct str){text.p + n, text.n - n};
    }
    if (e == OK)
        e = bundle_reader_end(sc, r, out);
    if (e == OK && out->customer)
        CHECK_STR(out->customer, "Shop");
    scope_free(sc);
    return e;
}

TEST_IN_LOOP(a_bundle_is_whole_or_it_is_refused)
{
    struct world w = world_make();
    struct scope *keep = scope_new();
    struct uuid connection = given_connection(&w.acme, "acme");
    struct bundle_facts facts;
    struct str text;
    char *p;
    size_t refused = 0, lines = 0;

    given_job(&w.acme, &connection, "order", "order:1");
    text = bundle_of(keep, &w, &w.acme);
    CHECK_OK(read_without(text, 0, &facts));
    for (size_t i = 0; i < text.n; i++)
        lines += text.p[i] == '\n';
    CHECK_INT(facts.lines, lines);
    for (size_t i = 1; i <= lines; i++)
        CHECK_ERR(read_without(text, i, &facts), ERR_INVALID);
    p = arena_strndup(keep->arena, text.p, text.n);
    for (size_t i = 0; i < text.n; i += 293) {
        p[i] ^= 1;
        refused += read_without((struct str){p, text.n}, 0, &facts) != OK;
        p[i] ^= 1;
    }
    CHECK_INT(refused, (text.n + 292) / 293);
    CHECK_ERR(read_without((struct str){text.p, text.n - 1}, 0, &facts), ERR_INVALID);
    scope_free(keep);
    world_end(&w);
}

TEST_IN_LOOP(a_bundle_holds_its_own_customer_and_no_secret)
{
    struct world w = world_make();
    struct scope *keep = scope_new();
    struct uuid near = given_connection(&w.acme, "acme"), far = given_connection(&w.globex, "acme");
    struct str text;

    sql("update connection set hook_hash = sha256('token') where connection_id = '%s'", id(&near));
    given_message(&w.acme, &near, "{\"hello\": 1}");
    text = bundle_of(keep, &w, &w.acme);
    CHECK(memmem(text.p, text.n, id(&near), UUID_TEXT_LEN));
    CHECK(memmem(text.p, text.n, "eyJoZWxsbyI6IDF9", 16)); /* the body, in base64 */
    CHECK(!memmem(text.p, text.n, id(&far), UUID_TEXT_LEN));
    CHECK(!memmem(text.p, text.n, id(&w.acme.partner_id), UUID_TEXT_LEN));
    CHECK(!memmem(text.p, text.n, "hook_hash", 9));
    CHECK(!memmem(text.p, text.n, "sealed", 6));
    scope_free(keep);
    world_end(&w);
}

TEST_IN_LOOP(what_cannot_be_signed_is_not_made)
{
    struct world w = world_make();
    struct scope *sc = partner_scope(w.api, &w.acme);
    struct lifecycle_claim claim;
    struct uuid asked;
    bool found, stop = false;

    CHECK_OK(lifecycle_export_ask(sc, &w.acme.customer_id, &asked));
    CHECK_OK(db_commit(sc));
    scope_free(sc);
    sc = scope_in(w.dispatch, NULL);
    CHECK_OK(lifecycle_export_claim(sc, &claim, &found));
    scope_free(sc);
    org_keks_set(w.edge, NULL);
    sc = scope_in(w.worker, &w.acme);
    CHECK_ERR(lifecycle_export_make(sc, &asked, &stop), ERR_FORBIDDEN);
    db_rollback(sc);
    scope_clear(sc);
    CHECK_OK(lifecycle_export_fail(sc, &asked, NULL));
    scope_free(sc);
    CHECK_STR(sql("select state from customer_export"), "waiting");
    world_end(&w);
}
