#pragma once

#include "audit/audit.h"

/* What a scope keeps until its transaction ends. */
struct audit_kept {
    struct audit_kept *next;
    struct audit_entry entry;
    const struct audit_mark *mark; /* of a read: what to remember once it is written */
};

/* A read that this thread knows to be on record. */
struct audit_mark {
    uint8_t key[16];
};

struct audit_pending {
    struct audit_kept *first, **end;
    size_t count;
    enum err (*then)(struct scope *sc); /* another room's last words, said first */
};

/* Takes an act into the scope; the entry's chain is filled when it is written. */
struct audit_kept *audit_keep(struct scope *sc, const struct audit_act *act);

/* Is this read on record, or being written by another request just now? When not, it is the caller's to write. */
bool audit_seen(const struct audit_mark *m, int64_t now_us);
void audit_saw(const struct audit_mark *m, int64_t now_us);
