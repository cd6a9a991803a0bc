#include <stddef.h>

#include "sys/config.h"

#define TEXT_MAX 4096

/* What an operator may set. A text's range is that of its length. */
const struct config_key config_keys[] = {
    {"ROLES", CONFIG_TEXT, "api,worker,clock", 1, TEXT_MAX, "What this process does: api, worker, clock, by commas."},
    {"HTTPS_LISTEN", CONFIG_TEXT, "127.0.0.1:8443", 0, TEXT_MAX, "Addresses with ports for HTTPS, by commas."},
    {"HTTP_LISTEN", CONFIG_TEXT, "", 0, TEXT_MAX, "Addresses with ports for HTTP without TLS, by commas."},
    {"OPS_LISTEN", CONFIG_TEXT, "127.0.0.1:9090", 0, TEXT_MAX, "Address with port for health and metrics."},
    {"TLS_CERT_FILE", CONFIG_FILE, NULL, 1, TEXT_MAX, "Certificate chain in PEM form."},
    {"TLS_KEY_FILE", CONFIG_FILE, NULL, 1, TEXT_MAX, "Private key of the certificate in PEM form."},
    {"API_THREADS", CONFIG_INT, "1", 1, 64, "Threads that answer requests."},
    {"WORKER_THREADS", CONFIG_INT, "1", 1, 64, "Threads that run jobs."},
    {"OFFLOAD_THREADS", CONFIG_INT, "2", 1, 64, "Threads for work that blocks or burns the processor."},
    {"OFFLOAD_QUEUE", CONFIG_INT, "256", 1, 65536, "Pieces of such work that may wait."},
    {"DATABASE_API_URL", CONFIG_TEXT, NULL, 1, TEXT_MAX, "PostgreSQL as the role of the API."},
    {"DATABASE_WORKER_URL", CONFIG_TEXT, NULL, 1, TEXT_MAX, "PostgreSQL as the role of the workers."},
    {"DATABASE_INTAKE_URL", CONFIG_TEXT, NULL, 1, TEXT_MAX, "PostgreSQL as the role that stores messages."},
    {"DATABASE_DISPATCH_URL", CONFIG_TEXT, NULL, 1, TEXT_MAX, "PostgreSQL as the role that hands out jobs."},
    {"DATABASE_OWNER_URL", CONFIG_TEXT, NULL, 1, TEXT_MAX, "PostgreSQL as the owner; only for tenonctl migrate."},
    {"DATABASE_OPERATOR_URL", CONFIG_TEXT, NULL, 1, TEXT_MAX, "PostgreSQL as the operator; only for tenonctl."},
    {"DB_CONNECTIONS", CONFIG_INT, "8", 1, 256, "Connections to PostgreSQL of each pool and thread."},
    {"REDIS_URL", CONFIG_TEXT, NULL, 1, TEXT_MAX, "Redis, which keeps the order of ready jobs."},
    {"EDGE_KEK_FILE", CONFIG_FILE, NULL, 1, TEXT_MAX, "Key that opens the secrets of webhooks."},
    {"CONNECTION_KEK_FILE", CONFIG_FILE, NULL, 1, TEXT_MAX, "Key that opens credentials of connections; workers only."},
    {"CURSOR_KEY_FILE", CONFIG_FILE, NULL, 1, TEXT_MAX, "Key that seals the cursors of lists."},
    {"BODY_MAX", CONFIG_INT, "1048576", 1024, 67108864, "Octets of a request's body."},
    {"HEADER_MAX", CONFIG_INT, "32768", 1024, 1048576, "Octets of a request's header."},
    {"STREAMS_MAX", CONFIG_INT, "100", 1, 10000, "Streams at once on a connection of HTTP/2."},
    {"REQUEST_TIMEOUT_MS", CONFIG_INT, "30000", 10, 600000, "Milliseconds a request may take."},
    {"DRAIN_MS", CONFIG_INT, "30000", 0, 600000, "Milliseconds that work under way gets when the process stops."},
    {"REQUESTS_MAX", CONFIG_INT, "4096", 1, 16384, "Requests in progress on a thread."},
    {"JOBS_MAX", CONFIG_INT, "512", 1, 8192, "Jobs in progress on a worker's thread."},
    {"LEASE_MS", CONFIG_INT, "10000", 50, 600000, "Milliseconds until the job of a lost worker is another's."},
    {"SETTLE_MS", CONFIG_INT, "-1", -1, 3600000,
     "Milliseconds to wait before looking for an unanswered change; -1: as the connector says."},
    {"ALLOW_PRIVATE_ADDRESSES", CONFIG_BOOL, "false", 0, 0, "Whether connections may lead into private networks."},
    {"CA_FILE", CONFIG_FILE, NULL, 1, TEXT_MAX, "Certificates to trust in place of the system's."},
    {"LOG_LEVEL", CONFIG_TEXT, "info", 1, 16, "error, warn, info or debug."},
    {"DATA_DIR", CONFIG_TEXT, NULL, 1, TEXT_MAX, "Folder for what this process may write."},
    {"WEB_DIR", CONFIG_TEXT, "web-static", 1, TEXT_MAX, "Folder of the portal's files."},
    {"BRANDING_DIR", CONFIG_TEXT, "branding", 1, TEXT_MAX, "Folder of the brands that come with the product."},
    {"MIGRATIONS_DIR", CONFIG_TEXT, "sql/migrations", 1, TEXT_MAX, "Folder of the database's migrations."},
    {"FAULT", CONFIG_TEXT, NULL, 1, 80, "The point, or point:N, where a test wants the process to die."},
    {NULL, CONFIG_TEXT, NULL, 0, 0, NULL},
};
