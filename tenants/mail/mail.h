#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/scope.h"
#include "base/uuid.h"

/* mail: what a partner's people are written, in the partner's words. A mail is queued in the transaction of the act
 * that causes it; a worker sends it, as an effect like any other. Links and names travel sealed, so that the queue
 * tells nobody who may open one.
 */
#define MAIL_WORDS_MAX 16

struct mail_word {
    const char *name; /* as the template names it: "link" */
    const char *value;
};

struct mail_new {
    const char *kind;   /* the template: "invitation", "reset", "new_sign_in", "token_expiring", "test" */
    const char *to;     /* one address */
    const char *locale; /* "en"; NULL: the partner's */
    struct uuid about;  /* the user or key it is about; nil: none */
    bool has_customer;
    struct uuid customer_id; /* whose audit and erasure it belongs to */
    struct mail_word words[MAIL_WORDS_MAX];
    size_t word_count;
};
/* In the scope's transaction. ERR_INVALID for an address that cannot be one. */
enum err mail_put(struct scope *sc, const struct mail_new *m);
