#pragma once

#include "sign/sign_int.h"

/* The signature base string (RFC 5849 section 3.4.1) of a request and the parameters of the protocol. */
enum err oauth1_base(struct scope *sc, const struct sign_request *r, const struct pair *own, size_t own_n,
                     struct str *out);
