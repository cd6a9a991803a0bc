#include "unit/tenants/own/own_kit.h"

static const char *faults_of(struct world *w, struct str manifest, struct str mappings)
{
    const char *faults;

    CHECK_ERR(kit_put(w, &w->acme, manifest, mappings, &faults), ERR_INVALID);
    return faults;
}

TEST_IN_LOOP(what_is_wrong_is_told_with_its_place_and_nothing_is_kept)
{
    struct world w;
    struct str none = {0};

    world_make(&w);
    CHECK_STR(faults_of(&w, kit_manifest("taken", "1.0.0", ""), none), "/manifest/name taken");
    CHECK_STR(faults_of(&w, kit_manifest("acme", "1.0", ""), none), "/manifest/version invalid");
    CHECK_STR(faults_of(&w, kit_manifest("acme", "1.0.01", ""), none), "/manifest/version invalid");
    CHECK_STR(faults_of(&w, kit_manifest("acme", "1.0.0", ",\"colour\":1"), none), "/manifest/colour unknown_member");
    CHECK_STR(faults_of(&w, kit_manifest("acme", "1.0.0", ",\"headers\":{\"a\":\"(\"}"), none),
              "/manifest/headers/a S0203");
    CHECK_STR(faults_of(&w, kit_manifest("acme", "1.0.0", ""), STR("[]")), "/mappings wrong_type");
    CHECK_STR(faults_of(&w, kit_manifest("acme", "1.0.0", ""), STR("{\"other\":{}}")), "/mappings unknown_member");
    CHECK_STR(faults_of(&w, kit_manifest("acme", "1.0.0", ""), kit_mapping("acme", "thing", "(")),
              "/mappings/thing/rules/0/expr S0203");
    CHECK_STR(faults_of(&w, kit_manifest("acme", "1.0.0", ""), kit_mapping("other", "thing", "id")),
              "/mappings/thing/source/system other_mapping");
    CHECK_STR(faults_of(&w, kit_manifest("acme", "1.0.0", ""), kit_mapping("acme", "other", "id")),
              "/mappings/thing/source/object other_mapping");
    CHECK_STR(sql("select count(*) from own_connector;"), "0");
    world_end(&w);
}

TEST_IN_LOOP(versions_grow_as_numbers_do_and_what_was_published_stays)
{
    struct world w;
    struct str none = {0};

    world_make(&w);
    given_version(&w, &w.acme, "1.9.0");
    given_version(&w, &w.acme, "1.10.0");
    CHECK_STR(faults_of(&w, kit_manifest("acme", "1.9.1", ""), none), "/manifest/version not_newer");
    CHECK_STR(faults_of(&w, kit_manifest("acme", "1.10.0", ",\"about\":\"x\""), none), "/manifest/version not_newer");
    CHECK_OK(kit_put(&w, &w.acme, kit_manifest("acme", "1.10.1", ""), none, NULL));
    CHECK_OK(kit_put(&w, &w.acme, kit_manifest("acme", "1.10.1", ",\"about\":\"again\""), none, NULL));
    CHECK_STR(sql("select string_agg(version || ' ' || ordinal || ' ' || state, ', ' order by ordinal) from "
                  "own_connector;"),
              "1.9.0 1 published, 1.10.0 2 published, 1.10.1 3 draft");
    CHECK_ERR(kit_publish(&w, &w.acme, "acme", "1.10.0"), ERR_CONFLICT);
    CHECK_ERR(kit_publish(&w, &w.acme, "acme", "2.0.0"), ERR_NOT_FOUND);
    CHECK_ERR(kit_publish(&w, &w.globex, "acme", "1.10.1"), ERR_NOT_FOUND);
    world_end(&w);
}

/* The error of an update; "none": it was made. */
static const char *refused(const char *set)
{
    sql("create or replace function pg_temp.tried() returns text language plpgsql as $$ begin update own_connector set "
        "%s;"
        " return 'none'; exception when others then return sqlstate; end $$;\n create table if not exists public.tried "
        "(code text); truncate public.tried; insert into public.tried select pg_temp.tried();",
        set);
    return sql("select code from public.tried;");
}

/* What a role may write does not reach it, either. */
TEST_IN_LOOP(the_database_itself_refuses_to_change_what_was_published)
{
    struct world w;

    world_make(&w);
    given_version(&w, &w.acme, "1.0.0");
    CHECK_STR(refused("document = '{}'"), "TN409");
    CHECK_STR(refused("state = 'draft', published_by = null, published_at = null"), "TN409");
    CHECK_STR(sql("select state || ' ' || (document like '%%acme.example%%') from own_connector;"), "published true");
    world_end(&w);
}

static enum err found(struct db *db, const struct tenant *t, const char *version, const char **out_title)
{
    struct scope *sc = scope_in(db, t);
    const struct connector *c = NULL;
    enum err e = own_find(sc, sc->arena, "acme", version, &c);

    *out_title = c ? arena_strdup(test_scope()->arena, c->own_version) : "none";
    if (e == OK)
        e = db_commit(sc);
    else
        db_rollback(sc);
    scope_free(sc);
    return e;
}

TEST_IN_LOOP(new_connections_are_made_with_the_newest_that_is_published)
{
    struct world w;
    const char *v;

    world_make(&w);
    CHECK_OK(kit_put(&w, &w.acme, kit_manifest("acme", "1.0.0", ""), (struct str){0}, NULL));
    CHECK_OK(found(w.api, &w.acme, NULL, &v));
    CHECK_STR(v, "none");
    CHECK_OK(kit_publish(&w, &w.acme, "acme", "1.0.0"));
    given_version(&w, &w.acme, "1.1.0");
    CHECK_OK(found(w.api, &w.acme, NULL, &v));
    CHECK_STR(v, "1.1.0");
    CHECK_OK(found(w.worker, &w.acme, "1.0.0", &v));
    CHECK_STR(v, "1.0.0");
    CHECK_OK(found(w.api, &w.globex, NULL, &v));
    CHECK_STR(v, "none");
    CHECK_ERR(found(w.api, &w.globex, "1.0.0", &v), ERR_NOT_FOUND);
    world_end(&w);
}

/* Past the program, as whoever has the database does it. */
static void tamper(const char *set, const char *where)
{
    sql("set session_replication_role = replica; update own_connector v set %s where %s;", set, where);
    own_thread_end(); /* as a program that begins */
}

TEST_IN_LOOP(a_row_that_was_changed_is_not_used)
{
    struct world w;
    const char *v;

    world_make(&w);
    given_version(&w, &w.acme, "1.0.0");
    given_version(&w, &w.acme, "1.1.0");
    tamper("document = replace(document, 'acme.example', 'evil.example')", "version = '1.0.0'");
    CHECK_ERR(found(w.worker, &w.acme, "1.0.0", &v), ERR_HOLD);
    CHECK_OK(found(w.worker, &w.acme, "1.1.0", &v));
    tamper(
        "document = o.document, mappings = o.mappings, sha256 = o.sha256, signature = o.signature from own_connector o",
        "v.version = '1.0.0' and o.version = '1.1.0'");
    CHECK_ERR(found(w.worker, &w.acme, "1.0.0", &v), ERR_HOLD);
    tamper("mappings = '{\"thing\":{}}'", "version = '1.1.0'");
    CHECK_ERR(found(w.worker, &w.acme, "1.1.0", &v), ERR_HOLD);
    world_end(&w);
}

TEST_IN_LOOP(what_one_partner_was_given_a_signature_for_is_not_signed_for_another)
{
    struct world w;
    const char *v;

    world_make(&w);
    given_version(&w, &w.acme, "1.0.0");
    tamper(arena_f(test_scope()->arena, "partner_id = '%s'", id(&w.globex.partner_id)), "true");
    CHECK_ERR(found(w.worker, &w.globex, "1.0.0", &v), ERR_HOLD);
    world_end(&w);
}

TEST_IN_LOOP(a_draft_that_was_changed_is_not_published)
{
    struct world w;

    world_make(&w);
    CHECK_OK(kit_put(&w, &w.acme, kit_manifest("acme", "1.0.0", ""), (struct str){0}, NULL));
    tamper("document = replace(document, 'acme.example', 'evil.example')", "true");
    CHECK_ERR(kit_publish(&w, &w.acme, "acme", "1.0.0"), ERR_CONFLICT);
    world_end(&w);
}

TEST_IN_LOOP(a_worker_checks_by_the_public_key_alone_and_without_one_says_so)
{
    struct world w;
    uint8_t key[1][CRYPTO_KEY_BYTES], other[1][CRYPTO_KEY_BYTES] = {{1}};
    const char *v;

    world_make(&w);
    given_version(&w, &w.acme, "1.0.0");
    CHECK_OK(own_signer(test_scope(), key[0]));
    org_keks_set(NULL, NULL);
    CHECK_ERR(found(w.worker, &w.acme, "1.0.0", &v), ERR_UNAVAILABLE);
    org_signers_set((const uint8_t(*)[CRYPTO_KEY_BYTES])other, 1);
    CHECK_ERR(found(w.worker, &w.acme, "1.0.0", &v), ERR_HOLD);
    org_signers_set((const uint8_t(*)[CRYPTO_KEY_BYTES])key, 1);
    CHECK_OK(found(w.worker, &w.acme, "1.0.0", &v));
    CHECK_ERR(own_signer(test_scope(), key[0]), ERR_FORBIDDEN);
    scope_clear(test_scope());
    world_end(&w);
}

static void resign(struct world *w, size_t want_done, size_t want_failed)
{
    struct scope *sc = scope_in(w->operator_, &w->acme);
    size_t done = 99, failed = 99;

    CHECK_OK(own_resign(sc, &done, &failed));
    CHECK_INT(done, want_done);
    CHECK_INT(failed, want_failed);
    scope_free(sc);
}

TEST_IN_LOOP(another_key_encryption_key_signs_anew_what_the_old_one_signed)
{
    struct world w;
    struct secret *next;
    const char *v;

    world_make(&w);
    given_version(&w, &w.acme, "1.0.0");
    given_version(&w, &w.acme, "1.1.0");
    tamper("signature = decode(repeat('00', 64), 'hex')", "version = '1.1.0'");
    next = kit_kek();
    org_keks_set(next, NULL);
    own_thread_end();
    CHECK_ERR(found(w.worker, &w.acme, "1.0.0", &v), ERR_HOLD);
    org_keks_old_set(w.edge, NULL);
    CHECK_OK(found(w.worker, &w.acme, "1.0.0", &v));
    resign(&w, 1, 1);
    resign(&w, 0, 1);
    org_keks_old_set(NULL, NULL);
    own_thread_end();
    CHECK_OK(found(w.worker, &w.acme, "1.0.0", &v));
    CHECK_ERR(found(w.worker, &w.acme, "1.1.0", &v), ERR_HOLD);
    world_end(&w);
    secret_free(next);
}

TEST_IN_LOOP(there_are_not_more_connectors_and_versions_than_may_be)
{
    struct world w;
    struct str none = {0};

    world_make(&w);
    given_version(&w, &w.acme, "1.0.0");
    tamper("ordinal = 200", "true");
    CHECK_ERR(kit_put(&w, &w.acme, kit_manifest("acme", "1.0.1", ""), none, NULL), ERR_CONFLICT);
    sql("set session_replication_role = replica; insert into own_connector select partner_id, 'a' || i, version, 1, "
        "state,"
        " document, mappings, sha256, signer, signature, note, author, created_at, published_by, published_at from "
        "own_connector, generate_series(1, 49) i;");
    CHECK_ERR(kit_put(&w, &w.acme, kit_manifest("one_more", "1.0.0", ""), none, NULL), ERR_CONFLICT);
    CHECK_OK(kit_put(&w, &w.globex, kit_manifest("one_more", "1.0.0", ""), none, NULL));
    world_end(&w);
}

/* A thread keeps some that nobody uses, and all that somebody does. */
TEST_IN_LOOP(what_somebody_uses_stays_while_others_go)
{
    struct world w;
    struct scope *user;
    const struct connector *c;
    const char *v;

    world_make(&w);
    given_version(&w, &w.acme, "1.0.0");
    user = scope_in(w.api, &w.acme);
    CHECK_OK(own_find(user, user->arena, "acme", "1.0.0", &c));
    CHECK_OK(db_commit(user));
    for (int i = 1; i <= 70; i++) {
        given_version(&w, &w.acme, arena_f(test_scope()->arena, "1.0.%d", i));
        CHECK_OK(found(w.api, &w.acme, NULL, &v));
    }
    CHECK_STR(c->name, "acme");
    CHECK_STR(c->own_version, "1.0.0");
    scope_free(user);
    CHECK_OK(found(w.api, &w.acme, "1.0.1", &v)); /* which has gone meanwhile */
    CHECK_STR(v, "1.0.1");
    world_end(&w);
}

/* ---- bounds ---- */

static size_t listed(struct world *w, const struct own_version **out)
{
    struct scope *sc = scope_in(w->api, &w->acme);
    struct own_version *v;
    size_t n;

    CHECK_OK(own_list(sc, "acme", INT32_MAX, 10, &v, &n));
    *out = arena_memdup(test_scope()->arena, v, n * sizeof(*v));
    for (size_t i = 0; i < n; i++)
        CHECK(!v[i].document && !v[i].mappings && v[i].octets > 300);
    db_rollback(sc);
    scope_free(sc);
    return n;
}

TEST_IN_LOOP(a_list_of_versions_reads_no_documents)
{
    const struct own_version *v;
    struct world w;

    world_make(&w);
    given_version(&w, &w.acme, "1.0.0");
    given_version(&w, &w.acme, "1.1.0");
    tamper("signature = decode(repeat('00', 64), 'hex')", "version = '1.1.0'");
    CHECK_INT(listed(&w, &v), 2);
    CHECK(!v[0].is_signed && v[1].is_signed);
    world_end(&w);
}

static enum err deleted(struct world *w, const char *name, const char *version, const char **out_why)
{
    struct scope *sc = scope_in(w->api, &w->acme);
    enum err e = own_delete(sc, name, version, "key_1");

    *out_why = e == OK ? "" : arena_strdup(test_scope()->arena, scope_fault(sc)->message);
    if (e == OK)
        e = db_commit(sc);
    else
        db_rollback(sc);
    scope_free(sc);
    return e;
}

/* As many as there may be, of the largest that there are; each retired. */
static void given_large(const char *acme)
{
    sql("set session_replication_role = replica; insert into own_connector select '%s', 'big', '1.0.' || i, i, "
        "'retired', "
        "repeat('x', 262144), repeat('x', 524288), sha256('a'), sha256('a'), sha256('a') || sha256('a'), null, "
        "'key_1', now(), "
        "'key_1', now(), 'key_1', now() from generate_series(1, 86) i;",
        acme);
}

TEST_IN_LOOP(all_versions_of_a_partner_have_a_bound_together)
{
    struct scope *sc;
    struct own_judged judged;
    const char *why;
    struct world w;

    world_make(&w);
    given_large(id(&w.acme.partner_id));
    sc = scope_in(w.api, &w.acme);
    CHECK_ERR(own_put(sc, &(struct own_new){.manifest = kit_manifest("acme", "1.0.0", ""), .who = "key_1"}, &judged),
              ERR_CONFLICT);
    CHECK_STR(scope_fault(sc)->problem, "connectors-full");
    CHECK(strstr(scope_fault(sc)->message, "64 MiB") &&
          strstr(scope_fault(sc)->message, "some that no connection works by can be deleted") &&
          strstr(scope_fault(sc)->message, "big 1.0.1 (768 KiB)"));
    db_rollback(sc);
    scope_free(sc);
    CHECK_OK(kit_put(&w, &w.globex, kit_manifest("acme", "1.0.0", ""), (struct str){0}, NULL));
    CHECK_OK(deleted(&w, "big", "1.0.1", &why));
    CHECK_OK(kit_put(&w, &w.acme, kit_manifest("acme", "1.0.0", ""), (struct str){0}, NULL));
    world_end(&w);
}

TEST_IN_LOOP(a_version_that_is_deleted_keeps_its_number_and_comes_back_never)
{
    const char *why, *v;
    struct world w;

    world_make(&w);
    given_version(&w, &w.acme, "1.0.0");
    CHECK_ERR(deleted(&w, "acme", "1.0.0", &why), ERR_CONFLICT);
    CHECK(strstr(why, "retire it first"));
    sql("update own_connector set state = 'retired', retired_by = 'key_1', retired_at = now();");
    CHECK_OK(deleted(&w, "acme", "1.0.0", &why));
    CHECK_ERR(deleted(&w, "acme", "1.0.0", &why), ERR_NOT_FOUND);
    CHECK_STR(sql("select state || ' ' || document || ' ' || mappings || ' ' || deleted_by from own_connector;"),
              "deleted {} {} key_1");
    CHECK_STR(faults_of(&w, kit_manifest("acme", "1.0.0", ""), (struct str){0}), "/manifest/version not_newer");
    CHECK_STR(refused("state = 'retired', deleted_by = null, deleted_at = null"), "TN409");
    CHECK_STR(refused("document = '{\"a\":1}'"), "23514");
    own_thread_end();
    CHECK_ERR(found(w.worker, &w.acme, "1.0.0", &v), ERR_HOLD);
    CHECK_ERR(kit_publish(&w, &w.acme, "acme", "1.0.0"), ERR_NOT_FOUND);
    world_end(&w);
}

/* Were it compiled by the thread itself, it would be there though nobody compiles aside. */
TEST_IN_LOOP(a_version_is_compiled_aside)
{
    struct world w;
    const char *v;

    world_make(&w);
    given_version(&w, &w.acme, "1.0.0");
    offload_stop();
    CHECK_ERR(found(w.worker, &w.acme, "1.0.0", &v), ERR_UNAVAILABLE);
    CHECK_OK(offload_start(1, 10));
    CHECK_OK(found(w.worker, &w.acme, "1.0.0", &v));
    world_end(&w);
}

static enum err held(struct world *w, const struct tenant *t, struct arena *keep, const char *version, const char **out)
{
    struct scope *sc = scope_in(w->api, t);
    const struct connector *c;
    enum err e = own_find(sc, keep, "acme", version, &c);

    *out = e == OK ? NULL : scope_fault(sc)->problem;
    db_rollback(sc);
    scope_free(sc);
    return e;
}

/* Each partner has its share, whatever the others hold; and what was let go makes room. */
TEST_IN_LOOP(one_partner_cannot_hold_all_the_places)
{
    struct arena *keep = arena_new();
    const char *problem, *v;
    struct world w;

    world_make(&w);
    given_version(&w, &w.globex, "1.0.0");
    for (int i = 0; i <= OWN_IN_USE_MAX; i++)
        given_version(&w, &w.acme, arena_f(test_scope()->arena, "1.0.%d", i));
    for (int i = 0; i < OWN_IN_USE_MAX; i++)
        CHECK_OK(held(&w, &w.acme, keep, arena_f(test_scope()->arena, "1.0.%d", i), &problem));
    v = arena_f(test_scope()->arena, "1.0.%d", OWN_IN_USE_MAX);
    CHECK_ERR(held(&w, &w.acme, keep, v, &problem), ERR_UNAVAILABLE);
    CHECK_STR(problem, "connectors-in-use");
    CHECK_OK(held(&w, &w.acme, keep, "1.0.0", &problem)); /* one that is there already */
    CHECK_OK(held(&w, &w.globex, keep, "1.0.0", &problem));
    arena_free(keep);
    keep = arena_new();
    CHECK_OK(held(&w, &w.acme, keep, v, &problem));
    arena_free(keep);
    world_end(&w);
}
