#include <string.h>

#include "connect/connect_int.h"
#include "db/db.h"
#include "org/org.h"
#include "q_connect.h"

struct str credential_label(struct scope *sc, const struct uuid *customer_id, const struct uuid *connection_id,
                            const struct uuid *credential_id, int32_t epoch)
{
    char partner[UUID_TEXT_LEN + 1], customer[UUID_TEXT_LEN + 1], connection[UUID_TEXT_LEN + 1];
    char credential[UUID_TEXT_LEN + 1];

    uuid_format(&sc->tenant.partner_id, partner);
    uuid_format(customer_id, customer);
    uuid_format(connection_id, connection);
    uuid_format(credential_id, credential);
    return str_of(arena_f(sc->arena, "credential/%s/%s/%s/%s/%d", partner, customer, connection, credential, epoch));
}

enum err credential_open(struct scope *sc, const struct uuid *connection_id, const char *kind, struct secret **out)
{
    struct uuid which;

    return credential_open_which(sc, connection_id, kind, &which, out);
}

enum err credential_open_which(struct scope *sc, const struct uuid *connection_id, const char *kind,
                               struct uuid *out_which, struct secret **out)
{
    struct q_credential_sealed_row row;
    struct org_chain chain;

    TRY(sc,
        q_credential_sealed(sc, &(struct q_credential_sealed_in){.connection_id = *connection_id, .kind = kind}, &row));
    TRY(sc, db_commit(sc));
    *out_which = row.credential_id;
    chain = CREDENTIAL_CHAIN(row);
    chain.class = strcmp(row.class, "edge") == 0 ? ORG_EDGE : ORG_CONNECTION;
    return org_unseal_customer(
        sc, &chain, credential_label(sc, &row.customer_id, connection_id, &row.credential_id, CREDENTIAL_EPOCH(row)),
        row.sealed, out);
}

static void wipe_text(void *text)
{
    explicit_bzero(text, strlen(text));
}

enum err connection_secrets(struct scope *sc, const struct uuid *connection_id, const struct doc **out)
{
    CLEANUP(secret_wipe) struct secret *secret = NULL;
    char *text;

    TRY(sc, credential_open(sc, connection_id, "password", &secret));
    text = arena_strndup(sc->arena, (const char *)secret_bytes(secret), secret_size(secret));
    arena_defer(sc->arena, wipe_text, text);
    return doc_parse(sc, str_of(text), out);
}

enum err settings_parse(struct scope *sc, const char *text, const struct doc **out)
{
    TRY(sc, doc_parse(sc, str_of(text), out));
    if (doc_kind(*out) != DOC_OBJECT)
        return FAIL(sc, ERR_INVALID, "settings must be an object");
    return OK;
}
