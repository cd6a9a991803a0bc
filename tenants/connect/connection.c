#include <string.h>

#include "connect/connect_int.h"
#include "db/db.h"
#include "net/net.h"
#include "org/org.h"
#include "q_connect.h"
#include "sys/config.h"

#define SECRETS_MAX 65536

/* The two statements answer rows of the same members. */
#define CONNECTION_OF(row)                                                                                             \
    {                                                                                                                  \
        .connection_id = (row).connection_id, .customer_id = (row).customer_id,                                        \
        .environment_id = (row).environment_id, .destination_id = (row).destination_id, .brand_id = (row).brand_id,    \
        .has_destination = (row).has_destination_id, .connector = (row).connector, .name = (row).name,                 \
        .status = (row).status, .status_reason = (row).status_reason, .settings = (row).settings,                      \
        .connector_version = (row).connector_version, .connector_newest = (row).connector_newest,                      \
        .paused_by = (row).paused_by, .paused_at_us = (row).has_paused_at ? (row).paused_at_us : INT64_MIN,            \
        .reconnect_us = (row).has_reconnect_since ? (row).reconnect_since_us : INT64_MIN,                              \
        .created_at_us = (row).created_at_us, .row_version = (row).row_version, .simulated = (row).simulated,          \
        .stand_in = (row).stand_in                                                                                     \
    }

enum err connection_get(struct scope *sc, const struct uuid *id, struct connection *out)
{
    struct q_connection_get_row row;

    TRY(sc, q_connection_get(sc, &(struct q_connection_get_in){.connection_id = *id}, &row));
    *out = (struct connection)CONNECTION_OF(row);
    return OK;
}

enum err connection_list(struct scope *sc, const struct uuid *after, size_t most, struct connection **out,
                         size_t *out_n)
{
    struct q_connection_list_rows rows;
    struct connection *v;

    TRY(sc, q_connection_list(sc, &(struct q_connection_list_in){.after = *after, .most = (int32_t)most}, &rows));
    v = ARENA_ARRAY(sc->arena, struct connection, rows.n);
    for (size_t i = 0; i < rows.n; i++)
        v[i] = (struct connection)CONNECTION_OF(rows.v[i]);
    *out = v;
    *out_n = rows.n;
    return OK;
}

enum err connection_pause(struct scope *sc, const struct connection *c, const char *reason, const char *who,
                          bool *out_changed)
{
    const struct q_connection_pause_row *row;

    if (strcmp(c->status, "revoked") == 0)
        return FAIL(sc, ERR_CONFLICT, "the connection was revoked, and nothing calls it any more");
    TRY(sc, q_connection_pause(
                sc, &(struct q_connection_pause_in){.connection_id = c->connection_id, .reason = reason, .who = who},
                &row));
    *out_changed = row != NULL;
    return OK;
}

enum err connection_resume(struct scope *sc, const struct connection *c, bool *out_changed)
{
    const struct q_connection_resume_row *row;

    if (strcmp(c->status, "revoked") == 0)
        return FAIL(sc, ERR_CONFLICT, "the connection was revoked; connect the system again");
    TRY(sc, q_connection_resume(sc, &(struct q_connection_resume_in){.connection_id = c->connection_id}, &row));
    *out_changed = row != NULL;
    return OK;
}

static void token_make(char out[HOOK_TOKEN_MAX])
{
    static const char digits[] = "0123456789abcdefghjkmnpqrstvwxyz";
    uint8_t random[40];

    crypto_random(random, sizeof(random));
    for (size_t i = 0; i < sizeof(random); i++)
        out[i] = digits[random[i] & 31];
    out[sizeof(random)] = '\0';
}

static enum err credential_create(struct scope *sc, const struct connection_new *in, const struct uuid *connection_id,
                                  enum org_class class, const char *kind, struct bytes secret)
{
    struct q_credential_create_in row = {.partner_id = sc->tenant.partner_id,
                                         .customer_id = in->customer_id,
                                         .connection_id = *connection_id,
                                         .credential_id = uuid_new(),
                                         .class = org_class_name(class),
                                         .kind = kind};
    struct org_target to;

    TRY(sc, org_target_customer(sc, class, &in->customer_id, &to));
    row.customer_epoch = to.epoch;
    org_seal_to(sc, &to, credential_label(sc, &in->customer_id, connection_id, &row.credential_id, to.epoch), secret,
                &row.sealed);
    if (in->rolls)
        return q_credential_roll(sc,
                                 &(struct q_credential_roll_in){.partner_id = row.partner_id,
                                                                .customer_id = row.customer_id,
                                                                .connection_id = row.connection_id,
                                                                .credential_id = row.credential_id,
                                                                .class = row.class,
                                                                .kind = row.kind,
                                                                .customer_epoch = row.customer_epoch,
                                                                .sealed = row.sealed,
                                                                .overlap_s = in->overlap_s},
                                 NULL);
    return q_credential_create(sc, &row, NULL);
}

static void wipe_text(void *text)
{
    explicit_bzero(text, strlen(text));
}

/* Read from a copy, which is wiped when the work ends. */
static enum err secrets_parse(struct scope *sc, struct str text, const struct doc **out)
{
    const char *copy = str_dup(sc->arena, text);

    arena_defer(sc->arena, wipe_text, (void *)(uintptr_t)copy);
    return doc_parse(sc, str_of(copy), out);
}

/* Several secrets by their names are sealed as one, but for what deliveries are checked with. */
static enum err secrets_create(struct scope *sc, const struct connection_new *in, const struct connector *c,
                               const struct uuid *connection_id)
{
    const struct doc *secrets;
    struct str hook = {0};

    TRY(sc, secrets_parse(sc, in->secrets, &secrets));
    TRY(sc, c->secrets_check(sc, c, secrets, &hook));
    if (c->source && hook.n)
        TRY(sc, credential_create(sc, in, connection_id, ORG_EDGE, "webhook_secret", (struct bytes){hook.p, hook.n}));
    return credential_create(sc, in, connection_id, ORG_CONNECTION, "password",
                             (struct bytes){in->secrets.p, in->secrets.n});
}

/* What checks what comes in is the api role's to open; what calls out is the worker's alone. */
static enum err credentials_create(struct scope *sc, const struct connection_new *in, const struct connector *c,
                                   const struct uuid *connection_id)
{
    if (c->secrets_check)
        return secrets_create(sc, in, c, connection_id);
    if (!c->source)
        return credential_create(sc, in, connection_id, ORG_CONNECTION, "password", in->secret);
    if (in->secret.p)
        TRY(sc, credential_create(sc, in, connection_id, ORG_EDGE, "webhook_secret", in->secret));
    if (!in->api_token.p)
        return OK;
    return credential_create(sc, in, connection_id, ORG_CONNECTION, "api_token", in->api_token);
}

/* " shopify, tryton" */
static const char *names_of(struct scope *sc)
{
    struct buf b;

    buf_init(&b, sc->arena, 1024);
    for (const struct connector *const *c = connector_all(); *c; c++)
        buf_f(&b, "%s %s", b.n ? "," : "", (*c)->name);
    return buf_cstr(&b);
}

/* Where calls will go is judged now, so that whoever typed it hears of it; and again at each call, by what its name
 * then resolves to. */
static enum err settings_judge(struct scope *sc, const struct connector *c, const struct doc *settings)
{
    const char *member = c->files ? "remote/host" : c->url && !doc_get(settings, "url") ? "api_url" : "url", *url;
    enum err e = c->settings_check ? c->settings_check(sc, c, settings) : OK;

    if (e == ERR_INVALID)
        scope_problem(sc, "validation", 422);
    TRY(sc, e);
    url = c->url ? c->url(sc, c, settings) : doc_cstr(sc->arena, doc_get(settings, "url"));
    if (c->manifest && !url)
        return scope_wrong(sc, "/settings", "invalid", "these settings make no address that could be called");
    if (url && net_url_check(sc, url, config_bool("ALLOW_PRIVATE_ADDRESSES")) != OK)
        return scope_wrong(
            sc, arena_f(sc->arena, "/settings/%s", member), "endpoint_forbidden",
            "this address may not be called: it is none that the internet reaches, and whoever runs this server has "
            "not allowed such ones");
    return OK;
}

/* A source in C stays one when a manifest gives it operations: it takes no orders, and is swept with a token alone. */
static bool is_whole_manifest(const struct connector *c)
{
    return c->manifest && c->secrets_check;
}

/* What becomes a sale without a flow is known there by its reference. */
static enum err reference_judge(struct scope *sc, const struct connection_new *in, const struct connector *c)
{
    const char *by;

    TRY(sc, connect_reference_taken(sc, in, c, &by));
    if (!by)
        return OK;
    return scope_wrong(
        sc, "/settings/reference_prefix", "taken",
        arena_f(sc->arena,
                "orders of \"%s\" go to the same system under the same references; give this connection a "
                "reference_prefix of its own",
                by));
}

/* Orders go to a system of the same customer that takes orders; those that nobody placed stay where nothing is real. */
static enum err destination_check(struct scope *sc, const struct connection_new *in, const struct connector *c,
                                  const struct uuid *environment_id)
{
    const struct connector *other;
    struct connection to;
    enum err e;

    if (!in->destination_id)
        return OK;
    if (!c->source)
        return scope_wrong(sc, "/destination_id", "not_allowed",
                           "no orders come from such a system, so none go on from it");
    e = connection_get(sc, in->destination_id, &to);
    if (e == ERR_NOT_FOUND || (e == OK && !uuid_equal(&to.customer_id, &in->customer_id)))
        return scope_wrong(sc, "/destination_id", "not_found", "the customer has no such connection");
    TRY(sc, e);
    if (!uuid_equal(&to.environment_id, environment_id))
        return scope_wrong(sc, "/destination_id", "not_allowed",
                           in->simulated ? "what a simulated system brings goes to connections of the sandbox alone"
                           : to.simulated
                               ? "that system is simulated, and what is sold in earnest would be lost there"
                               : "that connection works in another environment, and what is live and what is "
                                 "a try stay apart; name one of the same environment");
    TRY(sc, connector_of(sc, &to, &other));
    if (!other || !(other->erp || (other->named && (!other->source || is_whole_manifest(other)))))
        return scope_wrong(sc, "/destination_id", "not_allowed", "orders cannot go to a system of that kind");
    return other->erp ? reference_judge(sc, in, c) : OK;
}

/* As its manifest asks for them. */
static enum err secrets_judge(struct scope *sc, const struct connection_new *in, const struct connector *c)
{
    const struct doc *secrets;
    struct str hook;
    enum err e;

    if (in->secret.p || in->api_token.p)
        return scope_wrong(sc, in->secret.p ? "/secret" : "/api_token", "not_allowed",
                           "such a system has its secrets by their names, in \"secrets\"");
    if (!in->secrets.p || in->secrets.n > SECRETS_MAX)
        return scope_wrong(sc, "/secrets", "required",
                           "the connection needs its secrets, as an object of at most 64 KiB");
    TRY(sc, secrets_parse(sc, in->secrets, &secrets));
    e = c->secrets_check(sc, c, secrets, &hook);
    if (e == ERR_INVALID)
        scope_problem(sc, "validation", 422);
    return e == OK ? OK : scope_pass(sc, e, __FILE__, __LINE__);
}

enum err connection_settings_judge(struct scope *sc, const struct connector *c, struct str settings,
                                   const struct doc **out)
{
    TRY(sc, settings_parse(sc, str_dup(sc->arena, settings), out));
    return settings_judge(sc, c, *out);
}

/* What comes with the program has its name before any of a partner's own. */
static enum err for_new(struct scope *sc, const char *name, const struct connector **out)
{
    *out = connector_find(name);
    return *out ? OK : connect_own_newest(sc, name, out);
}

static enum err new_check(struct scope *sc, const struct connection_new *in, const struct connector **out)
{
    const struct connector *c;
    const struct doc *settings;

    TRY(sc, for_new(sc, in->connector, &c));
    if (!c)
        return scope_wrong(
            sc, "/connector", "not_in_list",
            arena_f(sc->arena, "there is no connector \"%s\"; there are%s", in->connector, names_of(sc)));
    TRY(sc, connection_settings_judge(sc, c, in->settings, &settings));
    *out = c;
    if (c->secrets_check)
        return secrets_judge(sc, in, c);
    if (in->secrets.p)
        return scope_wrong(sc, "/secrets", "not_allowed", "such a system has one secret, in \"secret\"");
    if (!in->secret.p || in->secret.n == 0 || in->secret.n > 4096)
        return scope_wrong(sc, "/secret", "required", "the connection needs its secret of 1 to 4096 octets");
    if (in->api_token.p && !(c->source && c->source->pull))
        return scope_wrong(sc, "/api_token", "not_allowed", "such a system is asked nothing with a token");
    if (in->api_token.p && (in->api_token.n == 0 || in->api_token.n > 4096))
        return scope_wrong(sc, "/api_token", "invalid", "a token has 1 to 4096 octets");
    return OK;
}

static enum err brand_take(struct scope *sc, const struct connection_new *in, struct q_connection_create_in *row)
{
    struct org_brand brand;
    enum err e;

    if (!in->brand_id)
        return OK;
    e = org_brand_get(sc, in->brand_id, &brand);
    if (e == ERR_NOT_FOUND || (e == OK && !uuid_equal(&brand.customer_id, &in->customer_id)))
        return scope_wrong(sc, "/brand_id", "not_found", "the customer has no such store brand");
    TRY(sc, e);
    row->has_brand_id = true;
    row->brand_id = *in->brand_id;
    return OK;
}

/* Everything that a creation looks at; row NULL: it is none. A place for files may need no secrets. */
static enum err judged(struct scope *sc, struct connection_new *in, struct q_connection_create_in *row,
                       const struct connector **out)
{
    const struct connector *c = connector_find(in->connector);

    if (c && c->files && !in->secrets.p)
        in->secrets = STR("{}");
    if (in->simulated)
        TRY(sc, simulated_fill(sc, c, in));
    TRY(sc, new_check(sc, in, out));
    row->connector_version = (*out)->own_version;
    TRY(sc, org_environment_find(sc, &in->customer_id, in->environment_kind ? in->environment_kind : "live",
                                 &row->environment_id));
    TRY(sc, destination_check(sc, in, *out, &row->environment_id));
    return brand_take(sc, in, row);
}

enum err connection_judge(struct scope *sc, struct connection_new *in, const struct connector **out)
{
    struct q_connection_create_in unused = {0};

    return judged(sc, in, &unused, out);
}

/* What it will bring is waited for from now on. */
static enum err feed_create(struct scope *sc, const struct connection_new *in, const struct connector *c,
                            const struct uuid *connection_id)
{
    for (size_t i = 0; c->source && i < c->source->feed_count; i++) {
        const struct connector_feed *f = &c->source->feeds[i];

        TRY(sc, q_connection_feed(
                    sc,
                    &(struct q_connection_feed_in){.partner_id = sc->tenant.partner_id,
                                                   .customer_id = in->customer_id,
                                                   .connection_id = *connection_id,
                                                   .object = f->object,
                                                   .feed_id = uuid_new(),
                                                   .every_s = f->every_s,
                                                   .swept = in->api_token.p != NULL || connector_asks_by_operations(c)},
                    NULL));
    }
    return OK;
}

static enum err watch_create(struct scope *sc, const struct connection_new *in, const struct connector *c,
                             const struct uuid *connection_id)
{
    const struct doc *settings;

    if (!c->files)
        return OK;
    TRY(sc, settings_parse(sc, str_dup(sc->arena, in->settings), &settings));
    if (!c->files->is_watched(settings))
        return OK;
    return q_connection_watch(sc,
                              &(struct q_connection_watch_in){.partner_id = sc->tenant.partner_id,
                                                              .customer_id = in->customer_id,
                                                              .connection_id = *connection_id},
                              NULL);
}

enum err connection_create(struct scope *sc, const struct connection_new *asked, struct uuid *out_id,
                           char out_token[HOOK_TOKEN_MAX])
{
    struct connection_new whole = *asked;
    const struct connection_new *in = &whole;
    const struct connector *c;
    struct q_connection_create_in row = {.partner_id = sc->tenant.partner_id,
                                         .customer_id = in->customer_id,
                                         .connection_id = uuid_new(),
                                         .connector = in->connector,
                                         .name = in->name,
                                         .simulated = in->simulated};
    uint8_t hash[CRYPTO_HASH_BYTES];
    char token[HOOK_TOKEN_MAX] = "";

    TRY(sc, judged(sc, &whole, &row, &c));
    row.settings = str_dup(sc->arena, in->settings);
    if (c->source && c->source->hook_read) {
        token_make(token);
        crypto_hash(token, strlen(token), hash);
        row.hook_hash = (struct bytes){hash, sizeof(hash)};
    }
    if (in->destination_id) {
        row.has_destination_id = true;
        row.destination_id = *in->destination_id;
    }
    TRY(sc, q_connection_create(sc, &row, NULL));
    TRY(sc, credentials_create(sc, in, c, &row.connection_id));
    if (*token)
        TRY(sc, credential_create(sc, in, &row.connection_id, ORG_CONNECTION, "hook_token",
                                  (struct bytes){token, strlen(token)}));
    if (*token && in->simulated)
        TRY(sc, credential_create(sc, in, &row.connection_id, ORG_EDGE, "door", (struct bytes){token, strlen(token)}));
    if (in->simulated)
        TRY(sc, simulated_store(sc, &in->customer_id, &row.connection_id));
    TRY(sc, feed_create(sc, in, c, &row.connection_id));
    TRY(sc, watch_create(sc, in, c, &row.connection_id));
    *out_id = row.connection_id;
    memcpy(out_token, token, sizeof(token));
    return OK;
}

/* ---- other secrets in the place of those it has ---- */

static enum err roll_check(struct scope *sc, const struct connection_new *in, const struct connector *c)
{
    if (c->secrets_check)
        return secrets_judge(sc, in, c);
    if (in->secrets.p)
        return scope_wrong(sc, "/secrets", "not_allowed", "such a system has one secret, in \"secret\"");
    if (in->api_token.p && !(c->source && c->source->pull))
        return scope_wrong(sc, "/api_token", "not_allowed", "such a system is asked nothing with a token");
    if (!in->secret.p && !in->api_token.p)
        return scope_wrong(sc, "/secret", "required", "a secret is needed, or a token");
    if ((in->secret.p && (in->secret.n == 0 || in->secret.n > 4096)) ||
        (in->api_token.p && (in->api_token.n == 0 || in->api_token.n > 4096)))
        return scope_wrong(sc, in->secret.p ? "/secret" : "/api_token", "invalid", "a secret has 1 to 4096 octets");
    return OK;
}

enum err connection_roll(struct scope *sc, const struct connection *c, const struct connection_new *in)
{
    const struct connector *connector;

    if (strcmp(c->status, "revoked") == 0)
        return FAIL(sc, ERR_CONFLICT, "the connection was revoked; connect the system again");
    if (c->simulated)
        return FAIL(sc, ERR_CONFLICT, "a simulated system's secrets are made up, and there are no others");
    TRY(sc, connector_of(sc, c, &connector));
    MUST_BE(connector && in->rolls && uuid_equal(&in->customer_id, &c->customer_id));
    TRY(sc, roll_check(sc, in, connector));
    TRY(sc, credentials_create(sc, in, connector, &c->connection_id));
    TRY(sc, q_connection_rolled(sc, &(struct q_connection_rolled_in){.connection_id = c->connection_id}, NULL));
    return q_connection_look(sc,
                             &(struct q_connection_look_in){.partner_id = sc->tenant.partner_id,
                                                            .customer_id = c->customer_id,
                                                            .connection_id = c->connection_id},
                             NULL);
}

/* ---- another version of a partner's own connector ---- */

enum err connection_hold(struct scope *sc, const struct connection *c)
{
    const struct q_connection_held_row *row;

    TRY(sc, q_connection_held(sc, &(struct q_connection_held_in){.connection_id = c->connection_id}, &row));
    if (!row)
        return FAIL(sc, ERR_CONFLICT, "the connection's connector comes with the program, and so do its versions");
    if (row->row_version != c->row_version)
        return FAIL(sc, ERR_CONFLICT, "the connection has just been changed; look at it and decide again");
    return OK;
}

static enum err feeds_move(struct scope *sc, const struct connection *c, const struct connector *to)
{
    size_t n = to->source ? to->source->feed_count : 0;
    const char **objects = ARENA_ARRAY(sc->arena, const char *, n + 1);

    for (size_t i = 0; i < n; i++) {
        const struct connector_feed *f = &to->source->feeds[i];

        objects[i] = f->object;
        TRY(sc, q_connection_feed_move(sc,
                                       &(struct q_connection_feed_move_in){.partner_id = sc->tenant.partner_id,
                                                                           .customer_id = c->customer_id,
                                                                           .connection_id = c->connection_id,
                                                                           .object = f->object,
                                                                           .feed_id = uuid_new(),
                                                                           .every_s = f->every_s,
                                                                           .swept = connector_asks_by_operations(to)},
                                       NULL));
    }
    return q_connection_feeds_kept(
        sc, &(struct q_connection_feeds_kept_in){.connection_id = c->connection_id, .objects = objects, .objects_n = n},
        NULL);
}

enum err connection_move(struct scope *sc, const struct connection *c, const struct connector *to,
                         const struct connection_new *in)
{
    struct connection moved = *c;

    TRY(sc, q_connection_moved(sc,
                               &(struct q_connection_moved_in){.connection_id = c->connection_id,
                                                               .connector_version = to->own_version,
                                                               .settings = str_dup(sc->arena, in->settings)},
                               NULL));
    TRY(sc, feeds_move(sc, c, to));
    moved.connector_version = to->own_version;
    return in->secrets.p ? connection_roll(sc, &moved, in) : OK;
}
