#include <string.h>

#include "audit/audit.h"
#include "db/db.h"
#include "mail/mail.h"
#include "oidc/oidc_int.h"
#include "org/org.h"
#include "sys/config.h"

/* What the sealed secret is bound to. */
static struct str label(struct scope *sc, const struct uuid *partner_id, int32_t epoch)
{
    char partner[UUID_TEXT_LEN + 1];

    uuid_format(partner_id, partner);
    return str_of(arena_f(sc->arena, "oidc-client/%s/%d", partner, (int)epoch));
}

/* ---- what may be named ---- */

/* Without TLS whoever sits between could vouch for anybody. */
static bool is_loopback(const char *url)
{
    static const char *const begin[] = {"http://127.0.0.1", "http://localhost", "http://[::1]"};

    for (size_t i = 0; i < ARRAY_LEN(begin); i++) {
        size_t n = strlen(begin[i]);

        if (strncmp(url, begin[i], n) == 0 && (url[n] == ':' || url[n] == '/' || !url[n]))
            return true;
    }
    return false;
}

bool oidc_url_fits(struct scope *sc, const char *url)
{
    bool private = config_bool("ALLOW_PRIVATE_ADDRESSES");
    bool fits =
        (str_starts(str_of(url), "https://") || (private && is_loopback(url))) && net_url_check(sc, url, private) == OK;

    scope_clear(sc);
    return fits;
}

static enum err wrong(struct scope *sc, const char *pointer, const char *code, const char *why)
{
    enum err e;

    scope_clear(sc);
    scope_item(sc, pointer, code, "%s", why);
    e = FAIL(sc, ERR_INVALID, "the provider cannot be set up like this");
    scope_problem(sc, "validation", 422);
    return e;
}

/* An issuer has neither query nor fragment (OpenID Connect Core, section 2). */
static enum err issuer_check(struct scope *sc, const char *issuer)
{
    if (strpbrk(issuer, "?# \t\r\n") || !oidc_url_fits(sc, issuer))
        return wrong(sc, "/issuer", "endpoint_forbidden",
                     "name an https address that can be reached from the internet");
    return OK;
}

static enum err domains_join(struct scope *sc, const struct oidc_provider *p, const char **out)
{
    struct buf b;

    buf_init(&b, sc->arena, (size_t)OIDC_DOMAINS_MAX * (OIDC_DOMAIN_MAX + 1) + 1);
    if (p->domain_count == 0 || p->domain_count > OIDC_DOMAINS_MAX)
        return wrong(sc, "/domains", "out_of_range", "name 1 to 20 domains");
    for (size_t i = 0; i < p->domain_count; i++) {
        char *one = arena_strdup(sc->arena, p->domains[i]);

        for (char *c = one; *c; c++)
            *c = (char)(*c >= 'A' && *c <= 'Z' ? *c + ('a' - 'A') : *c);
        if (strlen(one) > OIDC_DOMAIN_MAX || !strchr(one, '.') || !mail_domain_valid(one))
            return wrong(sc, arena_f(sc->arena, "/domains/%zu", i), "not_a_domain",
                         "must be the part of mail addresses behind the @, like example.com");
        buf_f(&b, "%s%s", i ? " " : "", one);
    }
    *out = buf_cstr(&b);
    return OK;
}

bool oidc_domain_fits(const char *email_norm, const char *domains)
{
    const char *domain = strchr(email_norm, '@') + 1;
    size_t n = strlen(domain);

    for (const char *at = domains, *end; *at; at = end) {
        end = strchr(at, ' ') ? strchr(at, ' ') : at + strlen(at);
        if ((size_t)(end - at) == n && memcmp(at, domain, n) == 0)
            return true;
        end += *end == ' ';
    }
    return false;
}

/* ---- the row ---- */

static void domains_split(struct scope *sc, const char *joined, struct oidc_provider *out)
{
    const char **v = ARENA_ARRAY(sc->arena, const char *, OIDC_DOMAINS_MAX);

    out->domains = v;
    for (const char *at = joined, *end; *at && out->domain_count < OIDC_DOMAINS_MAX; at = end) {
        end = strchr(at, ' ') ? strchr(at, ' ') : at + strlen(at);
        v[out->domain_count++] = arena_strndup(sc->arena, at, (size_t)(end - at));
        end += *end == ' ';
    }
}

enum err oidc_provider_get(struct scope *sc, struct oidc_provider *out)
{
    const struct q_oidc_provider_get_row *row;

    TRY(sc, q_oidc_provider_get(sc, &row));
    if (!row)
        return FAIL(sc, ERR_NOT_FOUND, "no identity provider is set up");
    *out = (struct oidc_provider){.name = row->name,
                                  .issuer = row->issuer,
                                  .client_id = row->client_id,
                                  .enabled = row->enabled,
                                  .created_at_us = row->created_at_us,
                                  .version = row->row_version};
    domains_split(sc, row->domains, out);
    return OK;
}

enum err oidc_provider_name(struct scope *sc, const char **out)
{
    const struct q_oidc_provider_get_row *row;

    TRY(sc, q_oidc_provider_get(sc, &row));
    *out = row && row->enabled ? row->name : NULL;
    return OK;
}

/* What the caller may not, of all there is: nobody lets others in to what they lack themselves. */
static const char *withheld(struct scope *sc)
{
    struct buf b;

    buf_init(&b, sc->arena, 4096);
    for (enum permission p = PERMISSION_NONE + 1; p < PERMISSION_COUNT; p++)
        if (!sc->caller || !caller_may(sc->caller, p))
            buf_f(&b, "%s%s", b.n ? " " : "", permission_name(p));
    return buf_cstr(&b);
}

static void note(struct scope *sc, const char *action, const struct oidc_provider *p, const char *domains)
{
    const char *detail =
        arena_f(sc->arena, "%s, client %s, %s, for %s", arena_cut(sc->arena, p->issuer, 200),
                arena_cut(sc->arena, p->client_id, 80), p->enabled ? "on" : "off", arena_cut(sc->arena, domains, 180));

    audit_note(sc, &(struct audit_act){.action = action, .detail = detail});
}

static enum err changed(struct scope *sc)
{
    return FAIL(sc, ERR_CONFLICT, "the identity provider was changed meanwhile");
}

/* The secret would else be sent wherever a new issuer says. */
static enum err change(struct scope *sc, const struct oidc_provider *to, const char *domains, int64_t *out_version)
{
    const struct q_oidc_provider_change_row *done;
    struct oidc_provider now;

    if (to->version == 0)
        return wrong(sc, "/client_secret", "required", "is needed the first time");
    TRY(sc, oidc_provider_get(sc, &now));
    if (strcmp(now.issuer, to->issuer) != 0 || strcmp(now.client_id, to->client_id) != 0)
        return wrong(sc, "/client_secret", "required", "is needed with another issuer or client");
    TRY(sc, q_oidc_provider_change(sc,
                                   &(struct q_oidc_provider_change_in){.name = to->name,
                                                                       .domains = domains,
                                                                       .enabled = to->enabled,
                                                                       .withheld = withheld(sc),
                                                                       .row_version = to->version},
                                   &done));
    if (!done)
        return changed(sc);
    *out_version = done->row_version;
    return OK;
}

static enum err put(struct scope *sc, const struct oidc_provider *to, const char *domains, const char *secret,
                    int64_t *out_version)
{
    struct q_oidc_provider_put_in in = {.name = to->name,
                                        .issuer = to->issuer,
                                        .client_id = to->client_id,
                                        .domains = domains,
                                        .enabled = to->enabled,
                                        .withheld = withheld(sc),
                                        .row_version = to->version};
    const struct q_oidc_provider_put_row *done;

    TRY(sc, org_epoch(sc, ORG_EDGE, &in.key_epoch));
    TRY(sc, org_seal(sc, ORG_EDGE, label(sc, &sc->tenant.partner_id, in.key_epoch),
                     (struct bytes){secret, strlen(secret)}, &in.key_epoch, &in.sealed));
    TRY(sc, q_oidc_provider_put(sc, &in, &done));
    if (!done)
        return changed(sc);
    *out_version = done->row_version;
    return OK;
}

enum err oidc_provider_set(struct scope *sc, const struct oidc_provider *to, const char *secret, int64_t *out_version)
{
    const char *domains;

    TRY(sc, issuer_check(sc, to->issuer));
    TRY(sc, domains_join(sc, to, &domains));
    if (secret)
        TRY(sc, put(sc, to, domains, secret, out_version));
    else
        TRY(sc, change(sc, to, domains, out_version));
    note(sc, "sign_in_provider.put", to, domains);
    return OK;
}

enum err oidc_provider_remove(struct scope *sc, int64_t version)
{
    const struct q_oidc_provider_remove_row *done;

    TRY(sc, q_oidc_provider_remove(sc, &(struct q_oidc_provider_remove_in){.row_version = version}, &done));
    if (!done)
        return changed(sc);
    audit_note(sc, &(struct audit_act){.action = "sign_in_provider.remove"});
    return OK;
}

enum err oidc_secret(struct scope *sc, const struct q_oidc_provider_get_row *row, struct secret **out)
{
    return org_unseal(sc, ORG_EDGE, row->key_epoch, row->wrapped, label(sc, &sc->tenant.partner_id, row->key_epoch),
                      row->sealed, out);
}

static enum err ring_reseal(struct scope *sc, struct org_ring_walk *w, const void *at)
{
    const struct q_oidc_sealed_row *row = at;
    struct org_ring_row of = {"identity provider", row->partner_id, row->key_epoch, row->sealed, row->wrapped};
    struct q_oidc_reseal_in in = {.was = row->sealed};

    TRY(sc, org_ring_row(sc, w, &of, label, &in.key_epoch, &in.sealed));
    return in.sealed.p ? q_oidc_reseal(sc, &in, NULL) : OK;
}

/* A partner has one at most. */
static enum err ring_fetch(struct scope *sc, const struct org_ring_walk *w, const struct uuid *after,
                           struct org_ring_page *out)
{
    const struct q_oidc_sealed_row *row;

    (void)after;
    TRY(sc, q_oidc_sealed(sc, &(struct q_oidc_sealed_in){.below = w->below}, &row));
    *out = (struct org_ring_page){.rows = row, .n = row != NULL};
    return OK;
}

enum err oidc_ring_walk(struct scope *sc, struct org_ring_walk *w)
{
    return w->class == ORG_EDGE ? org_ring_pages(sc, w, ring_fetch, ring_reseal) : OK;
}
