#pragma once

#include "api/api.h"

extern const struct route api_hook_routes[], api_order_routes[], api_connection_routes[], api_message_routes[],
    api_page_routes[];

/* The thread whose request this is: handlers park, threads do not change. */
struct api_thread *api_here(void);
