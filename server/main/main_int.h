#pragma once

#include <stdbool.h>

#include "base/scope.h"

/* What the programs share. */
struct service;
struct sockets;

/* Configuration and log level; out (may be NULL) is the whole environment, a file's lines included. */
enum err main_configure(struct scope *sc, char **environ_, char ***out);
/* Crypto, key-encryption keys (those of connections only for whoever opens them), connectors (later: each when it is
 * asked for), fault point. Once a process. */
enum err main_prepare(struct scope *sc, bool opens_connections, bool later);
enum err main_connectors(struct scope *sc, bool later);
void main_forget(void);
/* Says what is set that only a test should set. */
void main_warn(void);
/* One line for a person on stderr. */
void main_complain(const struct scope *sc, enum err e);
bool main_has_role(const char *role);
bool main_is_supervised(const struct service *handed);

/* The supervisor: until it is asked to stop. Never returns in a child. */
enum err supervise(struct scope *sc, char **environ_, const struct sockets *lent, const char *program);
