#pragma once

#include "base/scope.h"

/* A key-encryption key by its name ("EDGE_KEK"): from the file that TENON_<name>_FILE names, from TENON_<name> itself,
 * which is wiped, or from what the command TENON_<name>_COMMAND prints within ten seconds. *out stays NULL when none of
 * the three is set. Blocking. */
struct secret;
enum err kek_load(struct scope *sc, const char *name, struct secret **out);
