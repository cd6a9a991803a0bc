#pragma once

#include "api/api_int.h"
#include "flows/flows.h"

/* What the files about flows share. */
#define FLOW_PAGE_DEFAULT 50
#define FLOW_PAGE_MAX     200

enum err api_flow_named(struct scope *sc, const struct rq *rq, struct flows_flow *out);
/* A flow is the customer's: whoever speaks for one store brand reads it and changes nothing. */
enum err api_flow_writer(struct scope *sc);
enum err api_flow_answer(struct scope *sc, struct rs *rs, int status, const struct uuid *id);
/* detail: what it became, in a few words; NULL: the action says it. */
void api_flow_note(struct scope *sc, const char *action, const struct flows_flow *f, const char *detail);
extern const struct wire api_flow_wire;
