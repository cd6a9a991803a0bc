#include <string.h>

#include "base/timefmt.h"
#include "connect/connect_int.h"
#include "db/db.h"
#include "org/org.h"
#include "q_connect.h"
#include "json/doc.h"
#include "json/doc_value.h"

/* Connections of sandboxes whose system is a stand-in of this server's own. Where that is stands in the server's
 * configuration: nothing that a tenant wrote has a say in it, and each call of such a connection is made to that place,
 * whatever its address says. */

#define SECRET_OCTETS 24
#define NAME_AT       (sizeof(CONNECT_SIMULATED) - 1 + 3) /* behind "/c/" */

static const char *own_address;
static const struct connect_stand_in *stand_ins;
static size_t stand_in_count;

void connect_stand_ins_set(const char *own, const struct connect_stand_in *v, size_t n)
{
    own_address = own && *own ? own : NULL;
    stand_ins = v;
    stand_in_count = n;
}

const char *connect_stand_ins_own(void)
{
    return own_address;
}

const struct connect_stand_in *connect_stand_in(const char *connector)
{
    for (size_t i = 0; i < stand_in_count; i++)
        if (strcmp(stand_ins[i].connector, connector) == 0)
            return &stand_ins[i];
    return NULL;
}

const char *connect_simulated_url(struct scope *sc, const struct uuid *stand_in, char door, const char *path)
{
    char name[UUID_TEXT_LEN + 1];

    uuid_format(stand_in, name);
    return arena_f(sc->arena, CONNECT_SIMULATED "/%c/%s%s", door, name, path);
}

#define TOTAL_MS 30000 /* net.h */

const char *connect_simulated_until(struct scope *sc, int total_ms)
{
    return arena_f(sc->arena, "%lld",
                   (long long)(time_boot_us() + (total_ms > 0 ? total_ms : TOTAL_MS) * INT64_C(1000)));
}

/* The name of a stand-in is nobody's to read: as if there were none before its path. */
const char *connect_simulated_cut(const char *url, size_t *out_n)
{
    const size_t host = sizeof(CONNECT_SIMULATED) - 1;

    *out_n = 0;
    if (strncmp(url, CONNECT_SIMULATED "/c/", NAME_AT) != 0 || strlen(url) < NAME_AT + UUID_TEXT_LEN)
        return url;
    *out_n = host;
    return url + NAME_AT + UUID_TEXT_LEN;
}

/* ---- calls ---- */

/* A stand-in that is gone, as while its tenant is erased, does not make the system real. */
enum err simulated_way(struct scope *sc, const struct connection *c, const char **out_own)
{
    if (uuid_is_nil(&c->stand_in))
        return FAIL(
            sc, ERR_HOLD,
            "the system of \"%s\" is simulated and is no longer there, so nothing was called; connect a new one",
            c->name);
    if (!own_address)
        return FAIL(sc, ERR_UNAVAILABLE, "the system of \"%s\" is simulated, and this server simulates none now",
                    c->name);
    *out_own = own_address;
    return OK;
}

enum err simulated_settings(struct scope *sc, const struct connection *c, const struct doc *settings,
                            const struct doc **out)
{
    static const char *const members[] = {"api_url", "token_url"};
    const struct connect_stand_in *s = connect_stand_in(c->connector);
    const char *urls[2], *own;

    TRY(sc, simulated_way(sc, c, &own));
    if (!s)
        return FAIL(sc, ERR_HOLD,
                    "the system of \"%s\" is simulated, and this server has no stand-in for its kind any more",
                    c->name);
    urls[0] = connect_simulated_url(sc, &c->stand_in, 'c', s->base);
    urls[1] = connect_simulated_url(sc, &c->stand_in, 'c', s->token_path);
    for (size_t i = 0; i < ARRAY_LEN(members); i++) {
        struct doc *all = ARENA_NEW(sc->arena, struct doc), url = doc_make_text(str_of(urls[i]));

        *all = link_with_member(sc, settings, members[i], &url);
        settings = all;
    }
    *out = settings;
    return OK;
}

enum err connection_door(struct scope *sc, const struct uuid *connection_id, const char **out_path,
                         struct secret **out_secret)
{
    CLEANUP(secret_wipe) struct secret *token = NULL;
    struct buf b;

    TRY(sc, credential_open(sc, connection_id, "door", &token));
    buf_init(&b, sc->arena, HOOK_TOKEN_MAX + 16);
    buf_s(&b, "/hooks/");
    buf_add(&b, secret_bytes(token), secret_size(token));
    *out_path = buf_cstr(&b);
    link_wipe_later(sc, buf_str(&b));
    return credential_open(sc, connection_id, "webhook_secret", out_secret);
}

/* ---- making one ---- */

static const char *names_of(struct scope *sc)
{
    struct buf b;

    buf_init(&b, sc->arena, 4096);
    for (size_t i = 0; i < stand_in_count; i++)
        buf_f(&b, "%s%s", i ? ", " : "", stand_ins[i].connector);
    return buf_cstr(&b);
}

/* c NULL: a connector of the partner's own, or none. */
static enum err allowed(struct scope *sc, const struct connector *c, const struct connection_new *in)
{
    if (!in->environment_kind || strcmp(in->environment_kind, "sandbox") != 0)
        return scope_wrong(sc, "/simulated", "not_allowed",
                           "only a connection of the sandbox can be simulated; say \"environment\": \"sandbox\"");
    if (!own_address)
        return scope_wrong(
            sc, "/simulated", "not_available",
            "this server simulates no systems; connect a real test account, or ask whoever runs the server to "
            "turn them on");
    if (!c || !connect_stand_in(in->connector))
        return scope_wrong(sc, "/simulated", "not_available",
                           arena_f(sc->arena, "no system of the kind \"%s\" can be simulated; these can: %s",
                                   in->connector, names_of(sc)));
    if (in->secret.p || in->secrets.p || in->api_token.p)
        return scope_wrong(sc,
                           in->secret.p    ? "/secret"
                           : in->secrets.p ? "/secrets"
                                           : "/api_token",
                           "not_allowed", "a simulated system's secrets are made up; leave them out");
    return OK;
}

/* What the stand-in is made for, with what was said in its place; addresses alone are not said. */
static enum err settings_make(struct scope *sc, const struct connect_stand_in *s, struct connection_new *in)
{
    static const char *const addresses[] = {"api_url", "token_url", "url"};
    const struct doc *usual, *said;
    struct buf b;

    TRY(sc, settings_parse(sc, str_dup(sc->arena, s->settings), &usual));
    TRY(sc, settings_parse(sc, in->settings.p ? str_dup(sc->arena, in->settings) : "{}", &said));
    for (size_t i = 0; i < ARRAY_LEN(addresses); i++)
        if (doc_get(said, addresses[i]))
            return scope_wrong(sc, arena_f(sc->arena, "/settings/%s", addresses[i]), "not_allowed",
                               "where a simulated system is, is not for a connection to say; leave it out");
    for (size_t i = 0; i < doc_count(said); i++) {
        struct doc *all = ARENA_NEW(sc->arena, struct doc);

        *all = link_with_member(sc, usual, str_dup(sc->arena, doc_key(said, i)), doc_at(said, i));
        usual = all;
    }
    buf_init(&b, sc->arena, (size_t)1 << 20);
    doc_write(&b, usual);
    in->settings = buf_str(&b);
    return OK;
}

static struct str random_text(struct scope *sc)
{
    uint8_t octets[SECRET_OCTETS];
    struct buf b;

    crypto_random(octets, sizeof(octets));
    buf_init(&b, sc->arena, 100);
    buf_base64url(&b, octets, sizeof(octets));
    link_wipe_later(sc, buf_str(&b));
    return buf_str(&b);
}

/* The stand-in takes the secrets that are known of it; what deliveries are signed with is this connection's alone,
 * where any text will do. */
static enum err named_secrets(struct scope *sc, const struct connector *c, const struct doc *usual,
                              struct connection_new *in)
{
    struct str hook = {0}, text = random_text(sc), unused;
    const struct doc *with = usual;
    struct buf b;

    TRY(sc, c->secrets_check(sc, c, usual, &hook));
    for (size_t i = 0; hook.n && i < doc_count(usual); i++)
        if (str_equal(doc_text(doc_at(usual, i)), hook)) {
            struct doc *all = ARENA_NEW(sc->arena, struct doc), v = doc_make_text(text);

            *all = link_with_member(sc, usual, str_dup(sc->arena, doc_key(usual, i)), &v);
            with = all;
        }
    if (c->secrets_check(sc, c, with, &unused) != OK) {
        scope_clear(sc);
        with = usual;
    }
    buf_init(&b, sc->arena, 65536);
    doc_write(&b, with);
    in->secrets = buf_str(&b);
    return OK;
}

static enum err secrets_make(struct scope *sc, const struct connect_stand_in *s, const struct connector *c,
                             struct connection_new *in)
{
    struct str text, token;
    const struct doc *usual;

    TRY(sc, settings_parse(sc, str_dup(sc->arena, s->secrets), &usual));
    if (c->secrets_check)
        return named_secrets(sc, c, usual, in);
    text = c->source ? random_text(sc) : doc_text(doc_get(usual, "password"));
    token = doc_text(doc_get(usual, "access_token"));
    in->secret = (struct bytes){text.p, text.n};
    if (c->source && c->source->pull && token.n)
        in->api_token = (struct bytes){token.p, token.n};
    return OK;
}

enum err simulated_fill(struct scope *sc, const struct connector *c, struct connection_new *in)
{
    const struct connect_stand_in *s;

    TRY(sc, allowed(sc, c, in));
    s = connect_stand_in(in->connector);
    TRY(sc, settings_make(sc, s, in));
    return secrets_make(sc, s, c, in);
}

#define SEEDS 1000000

enum err simulated_store(struct scope *sc, const struct uuid *customer_id, const struct uuid *connection_id)
{
    struct q_connection_simulate_in row = {
        .partner_id = sc->tenant.partner_id, .customer_id = *customer_id, .connection_id = *connection_id};
    uint32_t n;

    crypto_random(row.token.b, sizeof(row.token.b));
    memcpy(&n, connection_id->b + sizeof(connection_id->b) - sizeof(n), sizeof(n));
    row.seed = n % SEEDS + 1;
    return q_connection_simulate(sc, &row, NULL);
}
