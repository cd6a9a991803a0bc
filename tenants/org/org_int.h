#pragma once

#include "org/org.h"

/* What a wrapped private half of the scope's partner is bound to. */
struct str org_wrap_label(struct scope *sc, enum org_class c, int32_t epoch);
/* The partner's private half. *out_old (may be NULL): only the old key-encryption key opened it. */
enum err org_unwrap(struct scope *sc, enum org_class c, int32_t epoch, struct bytes wrapped, struct secret **out,
                    bool *out_old);
enum err org_wrap(struct scope *sc, enum org_class c, int32_t epoch, const struct secret *private_key,
                  struct bytes *out);
enum err org_partner_key_create(struct scope *sc, enum org_class c, int32_t epoch);

org_ring_walker org_walk_customer_keys, org_walk_signing_keys, org_walk_certificates;
