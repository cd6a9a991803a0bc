#pragma once

#include <string.h>

#include "flows/flows.h"

/* Inside the room. */
enum err flows_lock(struct scope *sc, const struct uuid *flow_id, struct flows_flow *out); /* for this transaction */
enum err flows_problem(struct scope *sc, enum err code, const char *problem, int status, const char *message);
/* The clock begins the flow as this version says, or not any more. */
enum err flows_schedule_set(struct scope *sc, const struct flows_flow *f, const struct flowdef *def);
