#include <stdlib.h>
#include <string.h>

#include "http/http.h"
#include "main/ctl_connector_int.h"
#include "standin/standin.h"
#include "sys/config.h"
#include "sys/fiber.h"
#include "json/doc.h"

/* Stand-ins of vendors' systems, for trying things out: started by hand, by the demo, by tests. */

static enum err document_of(struct scope *sc, const char *word, const struct doc **out)
{
    if (!word)
        return FAIL(sc, ERR_INVALID, "which stand-in: a name, or the file of a document");
    if (strchr(word, '/') || strchr(word, '.'))
        return ctl_read_json(sc, word, STANDIN_MAX, out);
    for (size_t i = 0; i < standin_shipped_count; i++)
        if (strcmp(standin_shipped_table[i].name, word) == 0)
            return doc_parse(sc, (struct str){standin_shipped_table[i].text, standin_shipped_table[i].n}, out);
    return FAIL(sc, ERR_NOT_FOUND, "there is no stand-in \"%s\"; tenonctl standin list names all", word);
}

static enum err opened(struct scope *sc, const struct ctl_args *a, struct standin **out)
{
    const struct doc *d;
    int64_t seed;
    enum err e;

    TRY(sc, document_of(sc, a->word, &d));
    TRY(sc, ctl_number(sc, a, "seed", 1, &seed));
    e = standin_open(sc, d, seed, out);
    return e == OK ? OK : ctl_tell_items(sc, e);
}

static enum err list(struct scope *sc, const struct ctl_args *a)
{
    static const char *const columns[] = {"name"};
    struct ctl_list l;

    ctl_list_init(&l, sc, a, columns, ARRAY_LEN(columns));
    for (size_t i = 0; i < standin_shipped_count; i++)
        ctl_list_add(&l, &standin_shipped_table[i].name);
    ctl_list_print(&l);
    return OK;
}

static enum err check(struct scope *sc, const struct ctl_args *a)
{
    struct standin *s;

    TRY(sc, opened(sc, a, &s));
    standin_close(s);
    fprintf(stderr, "the document is right, and its seed fills it\n");
    return OK;
}

/* It answers anybody, and so do its levers. */
static enum err near(struct scope *sc, const char *address, bool anywhere)
{
    enum http_address at = http_address_of(address ? address : "127.0.0.1:0");

    if (anywhere || at == HTTP_ADDRESS_LOOPBACK || at == HTTP_ADDRESS_UNIX || at == HTTP_ADDRESS_NONE)
        return OK;
    return FAIL(sc, ERR_INVALID,
                "others could reach %s, and whoever reaches a stand-in reads and turns it; listen on loopback, as "
                "127.0.0.1:8090, or say --anywhere",
                address);
}

/* Until somebody ends the process. */
static enum err serve(struct scope *sc, const struct ctl_args *a)
{
    const char *address = ctl_option(a, "listen");
    struct standin_server *server;
    struct standin *s;
    int port;

    TRY(sc, near(sc, address, ctl_option(a, "anywhere") != NULL));
    TRY(sc, http_prove(sc, config_text("H2O_BUILDS")));
    TRY(sc, opened(sc, a, &s));
    TRY(sc, standin_serve(sc, s, address ? address : "127.0.0.1:0", ctl_option(a, "cert"), ctl_option(a, "key"),
                          &server, &port));
    printf("listening on port %d\n", port);
    fflush(stdout);
    for (;;)
        fiber_sleep_us(60000000);
}

const struct ctl_command ctl_standin_commands[] = {
    {"standin", "list", "", "Lists the stand-ins of vendors' systems that come with the program.", NULL, list,
     CTL_ALONE},
    {"standin", "check", "NAME|FILE [--seed N]",
     "Says what is wrong in a stand-in's document, each fault with its place.", "acme/standin.json", check, CTL_ALONE},
    {"standin", "serve", "NAME|FILE [--listen ADDRESS] [--anywhere] [--seed N] [--cert FILE --key FILE]",
     "Serves a vendor's system that is none, until it is ended. What it knows and how it fails is turned under "
     "/_standin/; ops/docs/stand-ins.md says how. It listens on loopback alone unless --anywhere is said.",
     "woocommerce --listen 127.0.0.1:8090 --seed 7", serve, CTL_LOOP},
    {0},
};
