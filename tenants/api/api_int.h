#pragma once

#include "access/access.h"
#include "api/api.h"

extern const struct route api_hook_routes[], api_order_routes[], api_connection_routes[], api_message_routes[],
    api_page_routes[], api_audit_routes[], api_grant_routes[];

/* The thread whose request this is: handlers park, threads do not change. */
struct api_thread *api_here(void);

enum err api_auth(struct scope *sc, const struct rq *rq);
enum err api_refuse(struct scope *sc);

/* Of an address that keeps asking for what nobody knows: strangers.c. */
bool stranger_may_ask(struct str peer);
void stranger_was_wrong(struct str peer);
enum err stranger_refuse(struct scope *sc);

/* Where a page begins: the id that the cursor of this list holds, nil without one. */
enum err api_position(struct scope *sc, const struct rq *rq, struct str list_name, struct uuid *out);
