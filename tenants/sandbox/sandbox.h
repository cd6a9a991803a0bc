#pragma once

#include "base/scope.h"

/* sandbox: the systems of simulated connections: one stand-in (standin/standin.h) for each, behind a name that nobody
 * is told, at one address of this machine. It has in memory what is asked, keeps what they hold in the database, and
 * delivers what they send to the connections' own doors, as their vendors would. It refuses to know what they are.
 * The fact people get wrong: nothing is answered before it is kept. Whoever has an answer finds it again after any
 * crash; what had none may have been done, as at any system.
 *
 * Below the address are "/c/NAME/…", which is the vendor's interface, and "/s/NAME/…", which is for the api alone:
 *   POST   orders   {"count", "once"}: shoppers order,    {"keys": […], "sent": whether it is delivered}
 *                   once for what "once" says
 *   POST   faults   a fault of the engine                 DELETE faults: none any more
 *   POST   reset    {}: as at the start
 *   GET    things/COLLECTION?from=N                       {"things": […], "total"}: a page of what it holds
 * A request with a header CONNECT_UNTIL is not begun after that time, and has no answer then.
 * Each customer, and each partner, has its share of what is in memory and of what is asked at once (429,
 * "simulation-busy", beyond), and its turn with what is delivered.
 */
struct sandbox; /* of one thread, and one of a database: see the listener */

#define SANDBOX_ORDERS_MAX 100 /* at once */
#define SANDBOX_THINGS_MAX 200 /* of a page */

struct db;
struct net;

struct sandbox_conf {
    struct db *db;      /* as tenon_api */
    struct net *net;    /* for deliveries */
    const char *listen; /* an address of this machine with port. While another process has it, this one waits: so one
                           that retires keeps all it has before another begins */
    const char *hooks;  /* where the api is: "127.0.0.1:8443"; NULL: nothing is delivered, and waits */
    bool tls;           /* whether it speaks TLS there */
    unsigned most;      /* in memory at once */
    size_t state_max;   /* octets that one holds before it takes no more */
};

/* ERR_INVALID: the address is none of this machine. */
enum err sandbox_open(struct scope *sc, const struct sandbox_conf *conf, struct sandbox **out);
void sandbox_stop(struct sandbox *b); /* answers what has begun, keeps all, and then lets the address go */
bool sandbox_running(const struct sandbox *b);
void sandbox_close(struct sandbox *b);
