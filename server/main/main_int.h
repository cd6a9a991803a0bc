#pragma once

#include <stdbool.h>

#include "base/scope.h"

/* What the programs share. */
extern const struct connector *const main_connectors[];

/* Configuration, crypto, log level, key-encryption keys, connectors, fault point. Once a process. */
enum err main_prepare(struct scope *sc, char **environ_);
void main_forget(void);
/* Says what is set that only a test should set. */
void main_warn(void);
/* One line for a person on stderr. */
void main_complain(const struct scope *sc, enum err e);
bool main_has_role(const char *role);
