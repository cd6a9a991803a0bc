#include "own/own_int.h"
#include "q_own.h"

/* A connection moves to another version of its connector: only with what that version asks for, and with its secrets
 * given anew where they would go elsewhere, or otherwise, than they were given for. */

static bool same(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool goes_elsewhere(struct scope *sc, const struct connector *from, const struct doc *before,
                           const struct connector *to, const struct doc *settings)
{
    struct manifest_trust a, b;

    manifest_trust_of(sc, from, before, &a);
    manifest_trust_of(sc, to, settings, &b);
    return !same(a.url, b.url) || !same(a.sign_in, b.sign_in) || !doc_equal(a.auth, b.auth);
}

static bool is_among(const struct own_move *in, const char *name)
{
    for (size_t i = 0; i < in->permission_count; i++)
        if (strcmp(in->permissions[i], name) == 0)
            return true;
    return false;
}

/* What is missing is told as a whole. */
static size_t missing(struct scope *sc, const struct own_move *in, const struct manifest *from,
                      const struct manifest *to)
{
    const char *const *secrets = manifest_more_secrets(sc, to, from);
    const char *const *permissions = manifest_more_permissions(sc, to, from);
    size_t n = 0;

    for (; !in->secrets.p && *secrets; secrets++, n++)
        scope_item(sc, arena_f(sc->arena, "/secrets/%s", *secrets), "required",
                   "this version needs a secret that the one before had not; give all of its secrets");
    for (; *permissions; permissions++)
        if (!is_among(in, *permissions)) {
            scope_item(sc, "/permissions", "required",
                       "this version needs the permission \"%s\"; see that the vendor allows it, and name it here",
                       *permissions);
            n++;
        }
    return n;
}

static enum err incomplete(struct scope *sc, const char *version)
{
    enum err e = FAIL(sc, ERR_INVALID, "version %s asks for more than the connection has", version);

    scope_problem(sc, "validation", 422);
    return e;
}

static enum err target(struct scope *sc, const struct connection *c, const char *version, const struct connector **out)
{
    struct own_version v;
    enum err e = own_get(sc, c->connector, version, &v);

    if (e == ERR_NOT_FOUND)
        return scope_wrong(sc, "/version", "not_found", "the connector has no such version");
    TRY(sc, e);
    if (strcmp(v.state, "published") != 0)
        return scope_wrong(sc, "/version", "not_published",
                           arena_f(sc->arena, "this version is %s; connections work by published ones",
                                   *v.state == 'd' ? "a draft" : "retired"));
    return own_find(sc, sc->arena, c->connector, version, out);
}

/* A version that takes deliveries needs an address for them, which the connection got when it was made. */
static enum err hooks_fit(struct scope *sc, const struct connector *from, const struct connector *to)
{
    bool had = from && from->source && from->source->hook_read, has = to->source && to->source->hook_read;

    if (!has || had)
        return OK;
    return scope_wrong(sc, "/version", "needs_address",
                       "this version takes deliveries, for which the connection has no address: make a new connection");
}

/* From a version that may not be used any more the way out is open, with all that the other asks for. */
static enum err judge(struct scope *sc, const struct connection *c, const struct own_move *in,
                      const struct connector *from, const struct connector *to, const struct doc *settings)
{
    const struct doc *before;
    enum err e;

    if (!from && !in->secrets.p)
        return scope_wrong(
            sc, "/secrets", "required",
            "the version that the connection works by cannot be read, so its secrets have to be given anew");
    if (!from)
        return OK;
    TRY(sc, hooks_fit(sc, from, to));
    if (missing(sc, in, manifest_of(from), manifest_of(to)))
        return incomplete(sc, in->version);
    e = doc_parse(sc, str_of(c->settings), &before);
    TRY(sc, e);
    if (!in->secrets.p && goes_elsewhere(sc, from, before, to, settings))
        return scope_wrong(sc, "/secrets", "required",
                           "by this version the secrets go to another address, or in another way, than they were given "
                           "for: give them anew");
    return OK;
}

/* A probe of the version before and one of the next may look for something else, or elsewhere: what was sent by the one
 * is looked for by the one. */
static enum err settled(struct scope *sc, const struct connection *c)
{
    struct q_own_unknown_row row;
    enum err e;

    TRY(sc,
        q_own_unknown(sc, &(struct q_own_unknown_in){.customer_id = c->customer_id, .connection_id = c->connection_id},
                      &row));
    if (row.effects == 0)
        return OK;
    e = FAIL(
        sc, ERR_CONFLICT,
        "what became of %lld change%s that the connection sent is not known yet, and is found out by the version that "
        "sent %s: wait until it is, decide those that wait for a person, or say in despite_unknown why it is moved all "
        "the same",
        (long long)row.effects, row.effects == 1 ? "" : "s", row.effects == 1 ? "it" : "them");
    scope_problem(sc, "effects-unknown", 409);
    return e;
}

enum err own_move(struct scope *sc, const struct connection *c, const struct own_move *in)
{
    struct connection_new with = {.customer_id = c->customer_id, .secrets = in->secrets, .rolls = true};
    const struct connector *from, *to;
    const struct doc *settings;

    if (strcmp(c->status, "revoked") == 0)
        return FAIL(sc, ERR_CONFLICT, "the connection was revoked; connect the system again");
    TRY(sc, connection_hold(sc, c));
    if (!in->despite)
        TRY(sc, settled(sc, c));
    TRY(sc, target(sc, c, in->version, &to));
    TRY(sc, connector_if_good(sc, c, &from));
    with.settings = in->settings.p ? in->settings : str_of(c->settings);
    TRY(sc, connection_settings_judge(sc, to, with.settings, &settings));
    TRY(sc, judge(sc, c, in, from, to, settings));
    return connection_move(sc, c, to, &with);
}
