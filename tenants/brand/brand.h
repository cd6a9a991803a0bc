#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/scope.h"
#include "base/uuid.h"

/* brand: how a partner's portal, mail and documents look and speak: one published version at a time. Nothing here, and
 * nothing made from it, names anyone but the partner.
 */
struct brand {
    int32_t version;    /* 0: nothing was published yet, this is the pack the partner began with */
    const char *name;   /* of the portal: what people see first */
    const char *accent; /* "#0f6b5c": the one colour from which all others derive */
    const char *support_name, *support_email, *support_phone, *support_url; /* "" when not given */
    const char *terms_url, *privacy_url, *imprint_url;                      /* "" when not given */
    const char *login_text;                         /* a sentence on the sign-in page; "" when not given */
    const char *mail_from_name, *mail_from_address; /* "" address: the installation's relay address */
};

/* Of the scope's partner. Up to a second old; parks otherwise. Texts live as long as the scope. */
enum err brand_published(struct scope *sc, struct brand *out);
