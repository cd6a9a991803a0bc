#pragma once

#include "connect/connector.h"

/* tryton: the ERP of that name, 6.0, over JSON-RPC. The facts people get wrong: errors come with status 200,
 * `reference` is not unique, buttons answer null also when they did nothing, and taxes are rounded once for the whole
 * document.
 */
extern const struct connector tryton_connector;
