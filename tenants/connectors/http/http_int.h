#pragma once

#include <string.h>

#include "connectors/http/http.h"

/* What settings may say of an operation. */
extern const char *const http_methods[];                                               /* "GET", …; ends with NULL */
extern const char *const http_agains[];                                                /* by enum again */
extern const char *const http_auths[];                                                 /* "none", "bearer", "basic" */
size_t http_choice(const struct doc *v, const char *const *choices, size_t otherwise); /* their number: none of them */
const struct doc *http_operation(const struct erp_site *site, const char *name);
bool http_asks_only(const struct doc *operation); /* GET */

enum err http_build(struct scope *sc, const struct erp_site *site, const struct ask *ask, struct http_call *out);
enum err http_read(struct scope *sc, const struct erp_site *site, const struct ask *ask, const struct http_reply *reply,
                   struct told *out);
