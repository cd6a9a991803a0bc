#include <string.h>

#include "access/callers.h"
#include "access/people_int.h"
#include "sys/fiber.h"

/* Guessing is slowed down and nobody is locked out: the count that refuses belongs to one account from one network, so
 * whoever guesses from elsewhere does not count against the owner. All guesses at one account together only make each
 * of them wait a little. An address that nobody has is counted like any other. */
#define PAIR_COST_MS     12000 /* five at once, then one in twelve seconds */
#define PAIR_BURST_MS    60000
#define NETWORK_COST_MS  1000 /* sixty at once, then one a second, for all accounts of a network */
#define NETWORK_BURST_MS 60000
#define ACCOUNT_COST_MS  1000
#define ACCOUNT_BURST_MS 30000
#define ACCOUNT_DELAY_US 2000000
#define MAIL_COST_MS     300000 /* three letters at once, then one in five minutes */
#define MAIL_BURST_MS    900000
#define SECOND_COST_MS   60000 /* ten codes at once, then one a minute */
#define SECOND_BURST_MS  600000
#define START_COST_MS    500
#define START_BURST_MS   30000

/* Hex of what one household or office shares, or what stands in place of an address. */
static const char *network_of(struct scope *sc)
{
    struct str address = str_of(sc->address ? sc->address : "unknown");
    uint8_t shared[16];
    size_t n = access_net_shared(address, shared);
    struct buf b;

    if (n == 0)
        return address.p;
    buf_init(&b, sc->arena, 2 * sizeof(shared) + 1);
    buf_hex(&b, shared, n);
    return buf_cstr(&b);
}

static struct bytes key(struct scope *sc, const char *what, const char *a, const char *b)
{
    const char *text = arena_f(sc->arena, "%s\n%s\n%s", what, a, b);
    uint8_t *hash = arena_alloc(sc->arena, CRYPTO_HASH_BYTES);

    crypto_hash(text, strlen(text), hash);
    return (struct bytes){hash, CRYPTO_HASH_BYTES};
}

static enum err charge(struct scope *sc, struct bytes k, int32_t cost_ms, int32_t burst_ms, int32_t *out_wait_ms)
{
    struct q_throttle_charge_row row;

    TRY(sc, q_throttle_charge(sc, &(struct q_throttle_charge_in){.key = k, .cost_ms = cost_ms, .burst_ms = burst_ms},
                              &row));
    *out_wait_ms = row.wait_ms;
    return OK;
}

static enum err charge_or_fail(struct scope *sc, struct bytes k, int32_t cost_ms, int32_t burst_ms)
{
    int32_t wait_ms;
    enum err e;

    TRY(sc, charge(sc, k, cost_ms, burst_ms, &wait_ms));
    if (wait_ms == 0)
        return OK;
    TRY(sc, db_commit(sc));
    e = FAIL(sc, ERR_LIMIT, "that was tried too often; please wait before the next try");
    scope_retry_after(sc, (wait_ms + 999) / 1000);
    return e;
}

/* Ends the transaction, and sweeps away some of what is paid up in one of its own. */
static enum err charged(struct scope *sc)
{
    TRY(sc, db_commit(sc));
    db_commit_next(sc);
    return q_throttle_sweep(sc, NULL);
}

enum err throttle_sign_in(struct scope *sc, const char *email_norm)
{
    const char *network = network_of(sc);
    int32_t slow_ms;

    TRY(sc, charge_or_fail(sc, key(sc, "network", network, ""), NETWORK_COST_MS, NETWORK_BURST_MS));
    TRY(sc, charge_or_fail(sc, key(sc, "pair", email_norm, network), PAIR_COST_MS, PAIR_BURST_MS));
    TRY(sc, charge(sc, key(sc, "account", email_norm, ""), ACCOUNT_COST_MS, ACCOUNT_BURST_MS, &slow_ms));
    TRY(sc, charged(sc));
    if (slow_ms && fiber_self())
        fiber_sleep_us(ACCOUNT_DELAY_US);
    return OK;
}

enum err throttle_sign_in_forgive(struct scope *sc, const char *email_norm)
{
    return q_throttle_forgive(sc, &(struct q_throttle_forgive_in){.key = key(sc, "pair", email_norm, network_of(sc))},
                              NULL);
}

/* Whoever gets as far as the code knows the password: here it is the account that is counted, from wherever. */
static struct bytes second_key(struct scope *sc, const struct uuid *user_id)
{
    char user[UUID_TEXT_LEN + 1];

    uuid_format(user_id, user);
    return key(sc, "second", user, "");
}

enum err throttle_second(struct scope *sc, const struct uuid *user_id)
{
    TRY(sc, charge_or_fail(sc, second_key(sc, user_id), SECOND_COST_MS, SECOND_BURST_MS));
    return charged(sc);
}

enum err throttle_second_forgive(struct scope *sc, const struct uuid *user_id)
{
    return q_throttle_forgive(sc, &(struct q_throttle_forgive_in){.key = second_key(sc, user_id)}, NULL);
}

enum err throttle_mail(struct scope *sc, const char *email_norm)
{
    TRY(sc, charge_or_fail(sc, key(sc, "network", network_of(sc), ""), NETWORK_COST_MS, NETWORK_BURST_MS));
    return charge_or_fail(sc, key(sc, "mail", email_norm, network_of(sc)), MAIL_COST_MS, MAIL_BURST_MS);
}

enum err throttle_start(struct scope *sc)
{
    return charge_or_fail(sc, key(sc, "start", network_of(sc), ""), START_COST_MS, START_BURST_MS);
}
