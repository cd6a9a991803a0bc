#include "maps_kit.h"

static enum err save(struct scope *sc, const struct uuid *mapping, struct str document, int32_t *out)
{
    return done(sc, maps_save(sc, mapping, &(struct maps_draft){.document = document}, out));
}

TEST_IN_LOOP(versions_are_numbered_without_gaps_and_hashed_by_what_they_say)
{
    struct maps_version a, b;
    struct uuid mapping;
    struct scope *sc;
    struct world w;

    world_make(&w);
    mapping = kit_mapping(&w, true);
    CHECK_INT(kit_save(&w, &mapping, kit_part("{\"to\": \"/currency\", \"constant\": \"USD\"}")), 1);
    CHECK_INT(kit_save(&w, &mapping,
                       STR("{\"rules\":[{\"expr\":\"name\",\"to\":\"/number\"},{\"to\":\"/currency\",\"constant\":"
                           "\"USD\"}],\"target\":\"sales_order/1\",\"source\":{\"object\":\"order\",\"system\":"
                           "\"shopify\"},\"format\":\"mapping/1\"}")),
              2);
    CHECK_INT(kit_save(&w, &mapping, KIT_EUROS), 3);
    sc = as(&w, &w.ann);
    CHECK_OK(maps_version_get(sc, &mapping, 1, &a));
    CHECK_OK(maps_version_get(sc, &mapping, 2, &b));
    CHECK_INT(memcmp(a.hash.p, b.hash.p, 32), 0);
    CHECK(strncmp(a.author, "usr_", 4) == 0 && a.own);
    CHECK_OK(maps_version_get(sc, &mapping, 3, &b));
    CHECK(memcmp(a.hash.p, b.hash.p, 32) != 0);
    CHECK_ERR(maps_version_get(sc, &mapping, 4, &b), ERR_NOT_FOUND);
    scope_free(sc);
    world_end(&w);
}

TEST_IN_LOOP(what_is_no_mapping_document_is_not_saved_and_one_with_faults_is)
{
    struct mapping_faults faults;
    struct mapping *compiled;
    struct maps_mapping m;
    struct uuid mapping;
    struct scope *sc;
    struct world w;
    int32_t number;

    world_make(&w);
    mapping = kit_mapping(&w, true);
    sc = as(&w, &w.ann);
    CHECK_ERR(save(sc, &mapping, STR("[]"), &number), ERR_INVALID);
    CHECK_STR(scope_fault(sc)->items->pointer, "/document");
    scope_clear(sc);
    CHECK_ERR(save(sc, &mapping, STR("{\"format\": \"mapping/2\"}"), &number), ERR_INVALID);
    scope_clear(sc);
    CHECK_ERR(done(sc, maps_save(sc, &mapping, &(struct maps_draft){.document = KIT_FAULTY, .sound = true}, &number)),
              ERR_INVALID);
    CHECK_STR(scope_fault(sc)->items->pointer, "/document/rules/1/to");
    scope_clear(sc);
    CHECK_OK(save(sc, &mapping, KIT_FAULTY, &number));
    CHECK_INT(number, 1);
    CHECK_OK(maps_get(sc, &mapping, &m));
    CHECK_OK(maps_compile(sc, &m, KIT_FAULTY, &compiled, &faults));
    CHECK(!compiled);
    CHECK_INT(faults.n, 1);
    CHECK_STR(faults.v[0].pointer, "/rules/1/to");
    CHECK(strstr(faults.v[0].detail, "/currency"));
    db_rollback(sc);
    CHECK_ERR(done(sc, maps_submit(sc, &mapping, 1)), ERR_INVALID);
    CHECK_STR(scope_fault(sc)->items->pointer, "/rules/1/to");
    CHECK_INT(scope_fault(sc)->item_count, 1);
    scope_free(sc);
    CHECK_STR(kit_statuses(&mapping), "draft");
    world_end(&w);
}

TEST_IN_LOOP(a_document_of_another_source_or_target_is_a_fault)
{
    struct mapping_faults faults;
    struct mapping *compiled;
    struct maps_mapping m;
    struct uuid mapping;
    struct scope *sc;
    struct world w;

    world_make(&w);
    mapping = kit_mapping(&w, true);
    sc = as(&w, &w.ann);
    CHECK_OK(maps_get(sc, &mapping, &m));
    CHECK_OK(maps_compile(sc, &m,
                          STR("{\"format\": \"mapping/1\", \"source\": {\"system\": \"square\", \"object\": \"sale\"},"
                              " \"target\": \"refund/1\", \"rules\": []}"),
                          &compiled, &faults));
    CHECK(!compiled);
    CHECK_INT(faults.n, 3);
    CHECK_STR(faults.v[0].pointer, "/source/system");
    CHECK_STR(faults.v[2].code, "other_mapping");
    scope_free(sc);
    world_end(&w);
}

TEST_IN_LOOP(who_wrote_in_a_version_cannot_approve_it_and_others_can)
{
    struct uuid mapping;
    struct scope *ann, *ben;
    struct world w;
    bool changed;

    world_make(&w);
    mapping = kit_mapping(&w, true);
    kit_save(&w, &mapping, KIT_DOLLARS);
    kit_save(&w, &mapping, KIT_DOLLARS);
    ann = as(&w, &w.ann);
    ben = as(&w, &w.ben);
    CHECK_ERR(done(ben, maps_approve(ben, &mapping, 1)), ERR_CONFLICT); /* a draft */
    scope_clear(ben);
    CHECK_OK(done(ann, maps_submit(ann, &mapping, 1)));
    CHECK_ERR(done(ann, maps_approve(ann, &mapping, 1)), ERR_FORBIDDEN);
    CHECK_STR(kit_problem(ann), "mapping-self-approval");
    scope_clear(ann);
    CHECK_OK(done(ben, maps_approve(ben, &mapping, 1)));
    CHECK_ERR(done(ben, maps_approve(ben, &mapping, 1)), ERR_CONFLICT);
    scope_clear(ben);
    /* Ben changes the second, and so is one of its authors. */
    CHECK_OK(
        done(ben, maps_version_change(ben, &mapping, 2, 1, &(struct maps_draft){.document = KIT_EUROS}, &changed)));
    CHECK(changed);
    CHECK_OK(done(ann, maps_submit(ann, &mapping, 2)));
    CHECK_ERR(done(ben, maps_approve(ben, &mapping, 2)), ERR_FORBIDDEN);
    scope_free(ann);
    scope_free(ben);
    CHECK_STR(sql("select (reviewer is not null) || ' ' || cardinality(hands) from mapping_version where number = 1"),
              "true 1");
    CHECK_STR(sql("select cardinality(hands) from mapping_version where number = 2"), "2");
    world_end(&w);
}

/* The key may be the author's. */
TEST_IN_LOOP(what_a_person_wrote_is_not_approved_with_a_key)
{
    struct uuid mapping, key = uuid_new(), other = uuid_new();
    struct scope *sc;
    struct world w;
    int32_t number;

    world_make(&w);
    mapping = kit_mapping(&w, true);
    kit_save(&w, &mapping, KIT_DOLLARS);
    sc = as(&w, &key);
    CHECK_OK(done(sc, maps_submit(sc, &mapping, 1)));
    sc->actor = ACTOR_API_KEY;
    CHECK_ERR(done(sc, maps_approve(sc, &mapping, 1)), ERR_FORBIDDEN);
    CHECK_STR(kit_problem(sc), "mapping-self-approval");
    scope_clear(sc);
    CHECK_OK(save(sc, &mapping, KIT_EUROS, &number)); /* what a key wrote, another may */
    CHECK_OK(done(sc, maps_submit(sc, &mapping, 2)));
    sc->actor_id = other;
    CHECK_OK(done(sc, maps_approve(sc, &mapping, 2)));
    sc->actor = ACTOR_USER;
    CHECK_OK(done(sc, maps_approve(sc, &mapping, 1)));
    scope_free(sc);
    world_end(&w);
}

TEST_IN_LOOP(what_left_its_draft_never_changes)
{
    struct uuid mapping;
    struct scope *sc;
    struct world w;
    bool changed;

    world_make(&w);
    mapping = kit_mapping(&w, true);
    kit_save(&w, &mapping, KIT_DOLLARS);
    sc = as(&w, &w.ann);
    CHECK_OK(done(sc, maps_version_change(sc, &mapping, 1, 7, &(struct maps_draft){.document = KIT_EUROS}, &changed)));
    CHECK(!changed);
    CHECK_OK(done(sc, maps_submit(sc, &mapping, 1)));
    CHECK_ERR(done(sc, maps_version_change(sc, &mapping, 1, 2, &(struct maps_draft){.document = KIT_EUROS}, &changed)),
              ERR_CONFLICT);
    CHECK_STR(kit_problem(sc), "mapping-version-fixed");
    scope_clear(sc);
    CHECK_ERR(done(sc, maps_submit(sc, &mapping, 1)), ERR_CONFLICT);
    scope_free(sc);
    CHECK(strstr(sql("do $$ begin update mapping_version set note = 'x'; raise exception 'changed';"
                     " exception when sqlstate 'TN409' then null; end $$; select 'stands'"),
                 "stands"));
    world_end(&w);
}

static const char *rows_free(const char *table)
{
    return sql("select count(*) from (select 1 from %s for update skip locked) x", table);
}

/* Otherwise a change could come between the check of a document and its publishing. */
TEST_IN_LOOP(whoever_changes_a_draft_holds_its_mapping)
{
    struct uuid mapping;
    struct scope *sc;
    struct world w;
    bool changed;

    world_make(&w);
    mapping = kit_mapping(&w, false);
    kit_save(&w, &mapping, KIT_DOLLARS);
    sc = as(&w, &w.ann);
    CHECK_STR(rows_free("mapping"), "1");
    CHECK_OK(maps_version_change(sc, &mapping, 1, 1, &(struct maps_draft){.document = KIT_EUROS}, &changed));
    CHECK(changed);
    CHECK_STR(rows_free("mapping"), "0");
    CHECK_OK(db_commit(sc));
    CHECK_STR(rows_free("mapping"), "1");
    scope_free(sc);
    world_end(&w);
}

TEST_IN_LOOP(another_partners_mapping_is_simply_absent)
{
    struct maps_mapping m, *rows;
    struct uuid mapping;
    struct scope *sc;
    struct world w;
    int32_t number;
    size_t n;

    world_make(&w);
    mapping = kit_mapping(&w, false);
    kit_save(&w, &mapping, KIT_DOLLARS);
    sc = scope_in(w.api, &w.globex);
    CHECK_ERR(maps_get(sc, &mapping, &m), ERR_NOT_FOUND);
    CHECK_OK(maps_list(sc, NULL, &(struct uuid){0}, 10, &rows, &n));
    CHECK_INT(n, 0);
    CHECK_ERR(maps_save(sc, &mapping, &(struct maps_draft){.document = KIT_EUROS}, &number), ERR_NOT_FOUND);
    scope_clear(sc);
    CHECK_ERR(maps_publish(sc, &mapping, 1, MAPS_SHARE_ALL), ERR_NOT_FOUND);
    scope_clear(sc);
    CHECK_ERR(maps_roll_back(sc, &mapping), ERR_NOT_FOUND);
    scope_free(sc);
    CHECK_STR(kit_state(&mapping), "0 of 1");
    world_end(&w);
}
