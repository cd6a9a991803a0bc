#include "connect_kit.h"

static enum err open_as(struct world *w, struct db *db, const struct tenant *t, const struct uuid *connection,
                        const char *want)
{
    struct scope *sc = scope_in(db, t);
    struct secret *s = NULL;
    enum err e = credential_open(sc, connection, "password", &s);

    if (e == OK) {
        CHECK_INT(secret_size(s), strlen(want));
        CHECK(memcmp(secret_bytes(s), want, strlen(want)) == 0);
    }
    secret_free(s);
    (void)w;
    scope_free(sc);
    return e;
}

TEST_IN_LOOP(a_password_opens_in_the_worker_alone)
{
    struct uuid books;
    struct world w;

    world_make(&w);
    books = kit_books_of(&w, &w.acme, "hunter2");
    CHECK_OK(open_as(&w, w.worker, &w.acme, &books, "hunter2"));
    CHECK_ERR(open_as(&w, w.api, &w.acme, &books, ""), ERR_NOT_FOUND); /* the api role cannot even read it sealed */
    CHECK_ERR(open_as(&w, w.worker, &w.globex, &books, ""), ERR_NOT_FOUND);
    org_keks_set(w.edge, NULL); /* and a process without the key can do nothing with what it reads */
    CHECK_ERR(open_as(&w, w.worker, &w.acme, &books, ""), ERR_FORBIDDEN);
    org_keks_set(w.edge, w.edge);
    CHECK_ERR(open_as(&w, w.worker, &w.acme, &books, ""), ERR_INVALID);
    org_keks_set(w.edge, w.connection);
    CHECK_STR(sql("select count(*) from credential where position('hunter2' in encode(sealed, 'escape')) > 0"), "0");
    world_end(&w);
}

TEST_IN_LOOP(a_sealed_password_moved_to_another_row_does_not_open)
{
    struct uuid one, two, far;
    struct world w;

    world_make(&w);
    one = kit_books_of(&w, &w.acme, "one");
    two = kit_books_of(&w, &w.acme, "two");
    far = kit_books_of(&w, &w.globex, "far");
    sql("update credential c set sealed = o.sealed from credential o where c.connection_id in ('%s', '%s')"
        " and o.connection_id in ('%s', '%s') and o.connection_id <> c.connection_id",
        id(&one), id(&two), id(&one), id(&two));
    CHECK_ERR(open_as(&w, w.worker, &w.acme, &one, ""), ERR_INVALID);
    CHECK_ERR(open_as(&w, w.worker, &w.acme, &two, ""), ERR_INVALID);
    CHECK_OK(open_as(&w, w.worker, &w.globex, &far, "far"));
    sql("update credential c set sealed = o.sealed from credential o where c.connection_id = '%s'"
        " and o.connection_id = '%s'",
        id(&one), id(&far));
    CHECK_ERR(open_as(&w, w.worker, &w.acme, &one, ""), ERR_INVALID);
    world_end(&w);
}

TEST_IN_LOOP(a_wrapped_key_moved_to_another_partner_opens_nothing)
{
    struct uuid books;
    struct world w;

    world_make(&w);
    books = kit_books_of(&w, &w.acme, "hunter2");
    sql("update partner_key_private p set wrapped = o.wrapped from partner_key_private o"
        " where o.class = p.class and p.partner_id = '%s' and o.partner_id = '%s'",
        id(&w.acme.partner_id), id(&w.globex.partner_id));
    CHECK_ERR(open_as(&w, w.worker, &w.acme, &books, ""), ERR_INVALID);
    world_end(&w);
}
