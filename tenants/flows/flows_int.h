#pragma once

#include <string.h>

#include "flows/flows.h"

/* Inside the room. */
enum err flows_lock(struct scope *sc, const struct uuid *flow_id, struct flows_flow *out); /* for this transaction */
enum err flows_problem(struct scope *sc, enum err code, const char *problem, int status, const char *message);
