#include "maps/maps_int.h"

#include "q_maps.h"

/* Which version works: publishing, the way back, and the choice for one record. The mapping's row is held, so that two
 * who publish at once are one behind the other. */

static enum err works(struct scope *sc, const struct maps_mapping *m, int32_t current, int32_t rolling, int32_t share)
{
    TRY(sc, q_mapping_works(sc,
                            &(struct q_mapping_works_in){.customer_id = m->customer_id,
                                                         .mapping_id = m->mapping_id,
                                                         .has_current_version = current != 0,
                                                         .current_version = current,
                                                         .has_rolling_version = rolling != 0,
                                                         .rolling_version = rolling,
                                                         .has_share = rolling != 0,
                                                         .share = share},
                            NULL));
    return maps_uses_tell(sc, m, current, rolling);
}

static enum err retire(struct scope *sc, const struct maps_mapping *m, int32_t number)
{
    if (!number)
        return OK;
    return q_version_retire(
        sc, &(struct q_version_retire_in){.customer_id = m->customer_id, .mapping_id = m->mapping_id, .number = number},
        NULL);
}

/* What policy asks of a version before any record goes through it. */
static enum err publishable(struct scope *sc, const struct maps_mapping *m, const struct maps_version *v)
{
    struct mapping_faults faults;

    TRY(sc, maps_faults(sc, m, str_of(v->document), &faults));
    if (faults.n)
        return maps_refuse(sc, &faults, MAPS_FAULTY);
    if (m->needs_review && !v->reviewer)
        return maps_problem(sc, ERR_CONFLICT, "mapping-not-reviewed", 409,
                            "policy asks for a review: nobody has approved this version");
    if (m->needs_backtest && uuid_is_nil(&v->backtest_id)) /* what it found is for those to judge who publish */
        return maps_problem(sc, ERR_CONFLICT, "mapping-not-backtested", 409,
                            "policy asks for a backtest: none that found a record was run over this version");
    return OK;
}

static enum err share_check(struct scope *sc, const struct maps_mapping *m, int32_t number, int32_t share)
{
    if (number == m->current)
        return maps_problem(sc, ERR_CONFLICT, "conflict", 409, "this version works for all records already");
    if (share == MAPS_SHARE_ALL || m->current)
        return OK;
    scope_item(sc, "/share", "not_yet", "the first version is published for all records");
    return maps_problem(sc, ERR_INVALID, "validation", 422, "the first version is published for all records");
}

static enum err begin(struct scope *sc, const struct maps_mapping *m, int32_t number)
{
    return q_version_publish(sc,
                             &(struct q_version_publish_in){.customer_id = m->customer_id,
                                                            .mapping_id = m->mapping_id,
                                                            .number = number,
                                                            .has_replaces = m->current != 0,
                                                            .replaces = m->current},
                             NULL);
}

enum err maps_publish(struct scope *sc, const struct uuid *mapping_id, int32_t number, int32_t share)
{
    struct maps_mapping m;
    struct maps_version v;

    MUST_BE(share > 0 && share <= MAPS_SHARE_ALL);
    TRY(sc, maps_lock(sc, mapping_id, &m));
    TRY(sc, maps_version_get(sc, mapping_id, number, &v));
    TRY(sc, share_check(sc, &m, number, share));
    TRY(sc, publishable(sc, &m, &v));
    if (m.rolling != number) {
        TRY(sc, retire(sc, &m, m.rolling));
        TRY(sc, begin(sc, &m, number));
    }
    if (share < MAPS_SHARE_ALL)
        return works(sc, &m, m.current, number, share);
    TRY(sc, retire(sc, &m, m.current));
    return works(sc, &m, number, 0, 0);
}

static enum err nothing_before(struct scope *sc)
{
    return maps_problem(sc, ERR_CONFLICT, "conflict", 409, "there is no version before to go back to");
}

/* Of what it asks something may be gone since. A field that no delivery has had is no reason: the version worked. */
static enum err can_work_again(struct scope *sc, const struct maps_mapping *m, int32_t number)
{
    struct mapping_faults faults;
    struct mapping *compiled;
    struct maps_version v;
    const struct doc *d;

    TRY(sc, maps_version_get(sc, &m->mapping_id, number, &v));
    TRY(sc, maps_compile(sc, m, str_of(v.document), &compiled, &faults));
    TRY(sc, doc_parse(sc, str_of(v.document), &d));
    if (compiled)
        TRY(sc, maps_tables_check(sc, m, compiled, d, &faults));
    return faults.n == 0 ? OK : maps_refuse(sc, &faults, MAPS_FAULTY);
}

static enum err back_to(struct scope *sc, const struct maps_mapping *m, int32_t number)
{
    TRY(sc, can_work_again(sc, m, number));
    TRY(sc, retire(sc, m, m->current));
    TRY(sc, q_version_restore(sc,
                              &(struct q_version_restore_in){
                                  .customer_id = m->customer_id, .mapping_id = m->mapping_id, .number = number},
                              NULL));
    return works(sc, m, number, 0, 0);
}

enum err maps_roll_back(struct scope *sc, const struct uuid *mapping_id)
{
    struct maps_mapping m;
    struct maps_version v;

    TRY(sc, maps_lock(sc, mapping_id, &m));
    if (m.rolling) {
        TRY(sc, retire(sc, &m, m.rolling));
        return works(sc, &m, m.current, 0, 0);
    }
    if (!m.current)
        return nothing_before(sc);
    TRY(sc, maps_version_get(sc, mapping_id, m.current, &v));
    return v.replaces ? back_to(sc, &m, v.replaces) : nothing_before(sc);
}

/* The mapping stands in front of the key, so that the same records are not the first ones of every mapping. */
int32_t maps_choose(const struct maps_mapping *m, struct str record_key)
{
    uint8_t parts[2 * CRYPTO_HASH_BYTES], hash[CRYPTO_HASH_BYTES];
    uint64_t place = 0;

    if (!m->rolling)
        return m->current;
    crypto_hash(m->mapping_id.b, sizeof(m->mapping_id.b), parts);
    crypto_hash(record_key.p, record_key.n, parts + CRYPTO_HASH_BYTES);
    crypto_hash(parts, sizeof(parts), hash);
    for (size_t i = 0; i < sizeof(place); i++)
        place = place << 8 | hash[i];
    return place % MAPS_SHARE_ALL < (uint64_t)m->share ? m->rolling : m->current;
}

enum err maps_version_for(struct scope *sc, const struct uuid *mapping_id, struct str record_key,
                          struct maps_version *out)
{
    struct maps_mapping m;

    TRY(sc, maps_get(sc, mapping_id, &m));
    if (!m.current)
        return FAIL(sc, ERR_NOT_FOUND, "no version of this mapping is published");
    return maps_version_get(sc, mapping_id, maps_choose(&m, record_key), out);
}
