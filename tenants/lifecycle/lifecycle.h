#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/scope.h"
#include "base/uuid.h"
#include "crypto/crypto.h"

/* lifecycle: customers and partners are suspended and resumed, customers are exported and erased. Knows no HTTP.
 * The fact people get wrong: what is suspended still takes what comes in; only the work on it waits, because the
 * dispatcher claims nothing of whoever stands in the table "halted", which triggers keep.
 */

/* Doing either twice changes nothing. ERR_CONFLICT for a customer that is being erased or is. */
enum err lifecycle_suspend(struct scope *sc, const struct uuid *customer_id, const char *reason);
enum err lifecycle_resume(struct scope *sc, const struct uuid *customer_id);
/* Of the scope's partner, as tenon_operator. */
enum err lifecycle_partner_suspend(struct scope *sc, const char *reason);
enum err lifecycle_partner_resume(struct scope *sc);

/* Destroys a suspended customer's keys and deletes what it had, for good. name must be the customer's; asked_by says
 * who did it. Ends transactions of its own, and goes on at most until due_us (loop_now_us; 0: no limit): *out_closed
 * false means that rows are left, which a repeat deletes. */
enum err lifecycle_erase(struct scope *sc, const struct uuid *customer_id, const char *name, const char *reason,
                         int64_t due_us, bool *out_closed);

/* ---- exports ---- */

#define EXPORT_PAGE_MAX ((size_t)1 << 20)  /* octets of one stored page */
#define EXPORT_OPEN_MAX 5                  /* waiting, running or ready at once, of one customer */
#define EXPORT_SIZE_MAX ((int64_t)8 << 30) /* octets of a bundle */
#define EXPORT_SCHEMA   "customer-export/1"

struct lifecycle_export {
    struct uuid export_id, customer_id;
    const char *state, *reason;
    int64_t created_at_us, ready_at_us, expires_at_us; /* INT64_MIN: not yet */
    int64_t size;
    int32_t pages;
    struct bytes chain; /* what its manifest says of all lines; absent before it is ready */
};
/* A worker makes it. */
enum err lifecycle_export_ask(struct scope *sc, const struct uuid *customer_id, struct uuid *out_export_id);
enum err lifecycle_export_get(struct scope *sc, const struct uuid *export_id, struct lifecycle_export *out);
/* Pages count from 1; put together they are the bundle. */
enum err lifecycle_export_page(struct scope *sc, const struct lifecycle_export *x, int32_t page, struct bytes *out);

struct lifecycle_claim {
    struct uuid partner_id, customer_id, export_id;
};
/* As tenon_dispatch: the next one to be made, if any; and bundles whose time is over go. */
enum err lifecycle_export_claim(struct scope *sc, struct lifecycle_claim *out, bool *out_found);
enum err lifecycle_export_sweep(struct scope *sc);
/* As tenon_worker in the tenant of the claim, with the key-encryption key of connections. Commits page by page;
 * ERR_CANCELLED once *stop is true. */
enum err lifecycle_export_make(struct scope *sc, const struct uuid *export_id, const bool *stop);
/* Notes that it could not be made, or with a NULL reason that somebody else may make it. */
enum err lifecycle_export_fail(struct scope *sc, const struct uuid *export_id, const char *reason);

/* A bundle is lines of JSON. Every line but the last two belongs to a part, by its "kind"; then comes the manifest, and
 * its signature, over both lines up to the signature's own digits. Reading one needs no database. */
struct bundle_reader;
struct bundle_reader *bundle_reader_new(struct scope *sc);
enum err bundle_reader_line(struct scope *sc, struct bundle_reader *r, struct str line);
struct bundle_facts {
    const char *partner, *customer, *export_id, *made_at, *key_id;
    uint8_t public_key[CRYPTO_KEY_BYTES];
    size_t lines;
};
/* After the last line: ERR_INVALID names what is wrong. */
enum err bundle_reader_end(struct scope *sc, struct bundle_reader *r, struct bundle_facts *out);
