#include "access/access_int.h"
#include "base/timefmt.h"
#include "db/db.h"
#include "mail/mail.h"
#include "obs/obs.h"
#include "q_callers.h"

#define DAY_US (INT64_C(86400) * 1000000)

enum err access_expiring_due(struct scope *sc, int64_t at_us, size_t most, struct access_expiring **out, size_t *out_n)
{
    struct q_keys_expiring_rows rows;
    struct access_expiring *v;

    TRY(sc, q_keys_expiring(sc, &(struct q_keys_expiring_in){.at_us = at_us, .most = (int32_t)most}, &rows));
    TRY(sc, db_commit(sc));
    v = ARENA_ARRAY(sc->arena, struct access_expiring, rows.n);
    for (size_t i = 0; i < rows.n; i++)
        v[i] = (struct access_expiring){rows.v[i].partner_id, rows.v[i].api_key_id};
    *out = v;
    *out_n = rows.n;
    return OK;
}

bool access_can_be_told(struct scope *sc, const char *email)
{
    if (mail_address_valid(email))
        return true;
    LOG(LOG_WARN, "access", sc, "a person is not told: mail cannot be sent to the address");
    return false;
}

static enum err tell_one(struct scope *sc, const struct q_key_warn_row *key, const struct uuid *key_id, int64_t at_us,
                         const struct q_key_keepers_row *keeper)
{
    int64_t days = (key->expires_at_us - at_us + DAY_US - 1) / DAY_US;
    char expires[TIME_TEXT_MAX];

    time_format(key->expires_at_us, expires);
    return mail_put(sc, &(struct mail_new){.kind = "token_expiring",
                                           .to = keeper->email,
                                           .locale = keeper->locale,
                                           .about = *key_id,
                                           .has_customer = key->has_customer_id,
                                           .customer_id = key->customer_id,
                                           .words = {{"name", keeper->name},
                                                     {"what", arena_f(sc->arena, "%s (%s…)", key->name, key->prefix)},
                                                     {"expires", expires},
                                                     {"days", arena_f(sc->arena, "%d", (int)days)}},
                                           .word_count = 4});
}

enum err access_expiring_tell(struct scope *sc, const struct uuid *key_id, int64_t at_us)
{
    struct q_key_keepers_rows keepers;
    const struct q_key_warn_row *key;

    TRY(sc, q_key_warn(sc, &(struct q_key_warn_in){.api_key_id = *key_id, .at_us = at_us}, &key));
    if (!key)
        return db_commit(sc);
    TRY(sc, q_key_keepers(sc,
                          &(struct q_key_keepers_in){.has_customer_id = key->has_customer_id,
                                                     .customer_id = key->customer_id,
                                                     .has_brand_id = key->has_brand_id,
                                                     .brand_id = key->brand_id},
                          &keepers));
    for (size_t i = 0; i < keepers.n; i++)
        if (access_can_be_told(sc, keepers.v[i].email))
            TRY(sc, tell_one(sc, key, key_id, at_us, &keepers.v[i]));
    return db_commit(sc);
}
