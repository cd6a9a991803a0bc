#pragma once

#include "access/access.h"
#include "api/api.h"

extern const struct route api_hook_routes[];
extern const struct route api_order_routes[];
extern const struct route api_connection_routes[];
extern const struct route api_message_routes[];
extern const struct route api_page_routes[];
extern const struct route api_audit_routes[];
extern const struct route api_customer_routes[];
extern const struct route api_lifecycle_routes[];
extern const struct route api_store_routes[];
extern const struct route api_environment_routes[];
extern const struct route api_look_routes[];
extern const struct route api_brand_routes[];
extern const struct route api_host_routes[];
extern const struct route api_mail_routes[];
extern const struct route api_signin_page_routes[];
extern const struct route api_proof_routes[];
extern const struct route api_describe_routes[];

/* The thread whose request this is: handlers park, threads do not change. */
struct api_thread *api_here(void);

enum err api_auth(struct scope *sc, const struct rq *rq);
enum err api_refuse(struct scope *sc);

/* Of an address that keeps asking for what nobody knows: strangers.c. */
bool stranger_may_ask(struct str peer);
void stranger_was_wrong(struct str peer);
enum err stranger_refuse(struct scope *sc);

/* The caller's own customer, or for a caller of the whole partner the one its `customer` header names. */
enum err api_customer_of(struct scope *sc, const struct rq *rq, struct uuid *out);

/* Where a page begins: the id that the cursor of this list holds, nil without one. */
enum err api_position(struct scope *sc, const struct rq *rq, struct str list_name, struct uuid *out);

/* A page of web-static, named by its file, in the host's brand and with the headers of pages: for routes that are
 * public and raw. */
enum err api_page(struct scope *sc, struct rs *rs, const struct rq *rq, const char *name);
void api_page_headers(struct scope *sc, struct rs *rs); /* what api_send leaves out */

/* http_app.certificate: a host's own, while the client still shakes hands. */
enum err api_certificate(struct scope *sc, struct str name, struct http_certificate *out);
