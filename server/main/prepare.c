#include <stdio.h>
#include <string.h>

#include "access/access.h"
#include "audit/audit.h"
#include "conform/conform.h"
#include "connect/connect.h"
#include "cron/cron.h"
#include "crypto/crypto.h"
#include "files/files.h"
#include "http/http.h"
#include "mail/mail.h"
#include "main/kek_int.h"
#include "main/main_int.h"
#include "obs/obs.h"
#include "oidc/oidc.h"
#include "org/org.h"
#include "own/own.h"
#include "standin/standin.h"
#include "sys/config.h"
#include "sys/fault.h"
#include "sys/service.h"
#include "json/doc.h"

#define STAND_INS_MAX 80

static struct secret *edge_kek, *connection_kek, *old_edge_kek, *old_connection_kek;

static enum err key_load(struct scope *sc, const char *setting, struct secret **out)
{
    const char *path = config_text(setting);

    return path && *path ? crypto_key_file(sc, path, out) : OK;
}

/* Without a configured key, cursors are good for this process only. */
static enum err cursor_key(struct scope *sc)
{
    CLEANUP(secret_wipe) struct secret *key = NULL;
    uint8_t random[CRYPTO_KEY_BYTES];

    TRY(sc, key_load(sc, "CURSOR_KEY_FILE", &key));
    crypto_random(random, sizeof(random));
    http_cursor_key(key ? secret_bytes(key) : random);
    return OK;
}

enum err main_configure(struct scope *sc, char **environ_, char ***out)
{
    enum log_level level;
    char **all;

    TRY(sc, config_environment(sc, environ_, &all));
    TRY(sc, config_load(sc, all));
    if (log_level_parse(config_text("LOG_LEVEL"), &level))
        log_level_set(level);
    if (out)
        *out = all;
    return OK;
}

static enum err keks_load(struct scope *sc, bool opens_connections)
{
    TRY(sc, kek_load(sc, "EDGE_KEK", &edge_kek));
    TRY(sc, key_load(sc, "EDGE_KEK_OLD_FILE", &old_edge_kek));
    if (opens_connections) {
        TRY(sc, kek_load(sc, "CONNECTION_KEK", &connection_kek));
        TRY(sc, key_load(sc, "CONNECTION_KEK_OLD_FILE", &old_connection_kek));
    }
    org_keks_set(edge_kek, connection_kek);
    org_keks_old_set(old_edge_kek, old_connection_kek);
    return OK;
}

/* "HEX,HEX" */
static enum err signers_load(struct scope *sc)
{
    const char *text = config_text("CONNECTOR_SIGNER");
    uint8_t keys[ORG_SIGNERS_MAX][CRYPTO_KEY_BYTES];
    size_t n = 0;

    while (text && *text) {
        CLEANUP(secret_wipe) struct secret *key = NULL;
        size_t len = strcspn(text, ",");

        if (n == ORG_SIGNERS_MAX || !crypto_key_text(text, len, &key))
            return FAIL(sc, ERR_INVALID, "TENON_CONNECTOR_SIGNER is one or two keys of 64 hexadecimal digits");
        memcpy(keys[n++], secret_bytes(key), CRYPTO_KEY_BYTES);
        text += len + (text[len] == ',');
    }
    org_signers_set(keys, n);
    return OK;
}

/* Whoever sends mail must have something to say: a fault of a template is one of the start. */
static enum err mail_prepare(struct scope *sc)
{
    const char *relay = config_text("SMTP_URL");

    return relay && *relay ? mail_templates_load(sc, config_text("BRANDING_DIR")) : OK;
}

static struct connect_stand_in stand_ins[STAND_INS_MAX];

static const struct conform_shipped *plan_of(const char *name)
{
    for (size_t i = 0; i < conform_shipped_count; i++)
        if (strcmp(conform_shipped_table[i].name, name) == 0)
            return &conform_shipped_table[i];
    return NULL;
}

static struct str written(struct scope *sc, const struct doc *d)
{
    struct buf b;

    buf_init(&b, sc->arena, 65536);
    doc_write(&b, d);
    return buf_str(&b);
}

static enum err stand_in_read(struct scope *sc, const struct standin_shipped *s, const struct conform_shipped *plan,
                              struct connect_stand_in *out)
{
    const struct doc *document, *with;

    TRY(sc, doc_parse(sc, (struct str){s->text, s->n}, &document));
    TRY(sc, doc_parse(sc, (struct str){plan->text, plan->n}, &with));
    *out = (struct connect_stand_in){.connector = s->name,
                                     .base = doc_cstr(sc->arena, doc_get(document, "base")),
                                     .token_path = STANDIN_TOKEN_PATH,
                                     .settings = written(sc, doc_get(with, "settings")),
                                     .secrets = written(sc, doc_get(with, "secrets"))};
    return OK;
}

/* What connections can be simulated of, where this server simulates: read once, kept as long as the process. */
static enum err stand_ins_load(struct scope *sc)
{
    const char *own = config_text("STANDINS");
    size_t n = 0;

    if (own && *own && http_address_of(own) != HTTP_ADDRESS_LOOPBACK)
        return FAIL(
            sc, ERR_INVALID,
            "TENON_STANDINS is \"%s\": simulated systems are on this machine; use an address of loopback with port, as "
            "127.0.0.1:8098",
            own);
    for (size_t i = 0; own && *own && i < standin_shipped_count && n < STAND_INS_MAX; i++) {
        const struct conform_shipped *plan = plan_of(standin_shipped_table[i].name);

        if (plan && connector_find(standin_shipped_table[i].name))
            TRY(sc, stand_in_read(sc, &standin_shipped_table[i], plan, &stand_ins[n++]));
    }
    connect_stand_ins_set(own, stand_ins, n);
    return OK;
}

enum err main_prepare(struct scope *sc, bool opens_connections, bool later)
{
    log_words_set(connect_words);
    TRY(sc, crypto_start(sc));
    TRY(sc, keks_load(sc, opens_connections));
    TRY(sc, signers_load(sc));
    org_ring_add(connect_ring_walk);
    org_ring_add(access_ring_walk);
    org_ring_add(oidc_ring_walk);
    org_ring_add(audit_ring_walk);
    org_ring_add(mail_ring_walk);
    if (opens_connections)
        TRY(sc, mail_prepare(sc));
    TRY(sc, main_connectors(sc, later));
    connect_own_set(own_find);
    TRY(sc, stand_ins_load(sc));
    files_start(config_text("FILES_DIR"));
    zone_load();
    if (!fault_arm(config_text("FAULT")))
        return FAIL(sc, ERR_INVALID, "TENON_FAULT is a point's name, or a name, a colon and a number from 1");
    return cursor_key(sc);
}

static int longest_settle_ms(void)
{
    int most = 0;

    for (const struct connector *const *c = connector_all(); *c; c++)
        if ((*c)->erp && (*c)->erp->settle_ms > most)
            most = (*c)->erp->settle_ms;
    return most;
}

void main_warn(void)
{
    int64_t settle_ms = config_int("SETTLE_MS");

    if (fault_armed)
        LOG(LOG_WARN, "main", NULL, "this process is set to die at a point: it is for tests only",
            LOG_T("point", fault_armed));
    if (settle_ms >= 0 && settle_ms < longest_settle_ms())
        LOG(LOG_WARN, "main", NULL,
            "unanswered changes are looked for sooner than a vendor may act on them: sales may double",
            LOG_N("settle_ms", settle_ms), LOG_N("safe_ms", longest_settle_ms()));
}

void main_forget(void)
{
    org_keks_set(NULL, NULL);
    org_keks_old_set(NULL, NULL);
    secret_wipe(&edge_kek);
    secret_wipe(&connection_kek);
    secret_wipe(&old_edge_kek);
    secret_wipe(&old_connection_kek);
    mail_templates_unload();
}

void main_complain(const struct scope *sc, enum err e)
{
    const struct fault *f = scope_fault(sc);

    fprintf(stderr, "%s", f->message ? f->message : err_info(e)->title);
    for (const struct fault_item *i = f->items; i; i = i->next)
        fprintf(stderr, "\n  %s: %s", i->pointer, i->detail);
    if (f->detail)
        fprintf(stderr, "\n  (%s)", f->detail);
    fputc('\n', stderr);
}

bool main_has_role(const char *role)
{
    const char *roles = config_text("ROLES");
    size_t n = strlen(role);

    for (const char *at = strstr(roles, role); at; at = strstr(at + 1, role))
        if ((at == roles || at[-1] == ',') && (at[n] == '\0' || at[n] == ','))
            return true;
    return false;
}

/* Only our own supervisor hands over a socket for notes. */
bool main_is_supervised(const struct service *handed)
{
    return service_fd(handed, "notify") >= 0;
}
