#pragma once

#include "connect/connector.h"

/* http: any system that takes JSON over HTTP, by operations that the connection's settings list. The fact people get
 * wrong: "again" says what the other side does with the same request twice, and is the connection's owner's word; what
 * is said wrongly there is what doubles a change.
 *
 * Settings:
 *   {"url": "https://wms.example/api/", "auth": "bearer",
 *    "operations": {"shipment.create": {"method": "POST", "path": "shipments", "again": "key",
 *                                       "key_header": "Idempotency-Key", "ref": "/id"},
 *                   "order.put": {"method": "PUT", "path": "orders/{key}", "again": "upsert"},
 *                   "bin.move": {"method": "POST", "path": "moves", "again": "probe", "ref": "/id",
 *                                "probe": {"path": "moves?reference={key}", "ref": "/0/id"}},
 *                   "stock.get": {"method": "GET", "path": "stock/{sku}"}}}
 * auth: "none", "bearer" (the secret as it is) or "basic" (the secret is USER:PASSWORD). {key} in a path is the
 * effect's key, any other name a member of what goes along, each escaped as RFC 3986 asks. A body goes along with every
 * method but GET and DELETE. ref: a JSON Pointer (RFC 6901) into the answer, to what the thing is called there. A
 * change that is not said to be safe ("again" absent) is AGAIN_NONE.
 */
#define HTTP_OPERATIONS_MAX 50
extern const struct connector http_connector;
