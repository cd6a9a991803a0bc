#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "access/access.h"
#include "api/api.h"
#include "connect/connect.h"
#include "db/db.h"
#include "flow/flow.h"
#include "http/http.h"
#include "main/ctl_int.h"
#include "main/main_int.h"
#include "obs/obs.h"
#include "org/org.h"
#include "sys/config.h"
#include "sys/fiber.h"
#include "sys/loop.h"

/* tenonctl: the operator's command. Data on standard output, words for a person on standard error. Exit codes: 0 done,
 * 1 failed, 2 usage, 3 not found, 4 refused, 5 unavailable. */

struct command {
    const char *noun, *verb;
    const char *usage;
    enum err (*run)(struct scope *sc, const struct ctl_args *a);
    bool blocking; /* runs before any loop, without a pool */
};

static void print_id(const char *prefix, const struct uuid *id)
{
    char text[TYPEID_TEXT_MAX + 1];

    typeid_format(prefix, id, text);
    puts(text);
}

static enum err migrate_up(struct scope *sc, const struct ctl_args *a)
{
    const char *url = config_text("DATABASE_OWNER_URL");

    (void)a;
    if (!url)
        return FAIL(sc, ERR_INVALID, "TENON_DATABASE_OWNER_URL is not set");
    return db_migrate(sc, url, config_text("MIGRATIONS_DIR"));
}

static enum err config_list(struct scope *sc, const struct ctl_args *a)
{
    struct buf b;

    (void)a;
    buf_init(&b, sc->arena, 1 << 20);
    config_write(&b);
    fputs(buf_cstr(&b), stdout);
    return OK;
}

/* The permission that is asked; "public" for a route that asks nobody, "-" where being known is enough. */
static const char *asked_of(const struct route *r)
{
    return r->public_ ? "public" : r->may ? permission_name(r->may) : "-";
}

static void print_routes(const struct route *const *tables, const char *listener)
{
    for (; *tables; tables++)
        for (const struct route *r = *tables; r->path; r++)
            printf("%s %s %s %s\n", listener, http_method_name(r->method), r->path, asked_of(r));
}

/* What the server's tables hold: "public" ones, and "ops" for the operators' listener. */
static enum err route_list(struct scope *sc, const struct ctl_args *a)
{
    (void)sc;
    (void)a;
    print_routes(api_routes, "public");
    print_routes(api_ops_routes, "ops");
    return OK;
}

static enum err key_make(struct scope *sc, const struct ctl_args *a)
{
    uint8_t key[CRYPTO_KEY_BYTES];
    struct buf text;
    ssize_t n;
    int fd;

    if (!a->word)
        return FAIL(sc, ERR_INVALID, "name the file to make");
    fd = open(a->word, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return FAIL(sc, ERR_CONFLICT, "%s cannot be made; a key file is never overwritten", a->word);
    crypto_random(key, sizeof(key));
    buf_init(&text, sc->arena, 100);
    buf_hex(&text, key, sizeof(key));
    buf_c(&text, '\n');
    n = write(fd, text.p, text.n);
    explicit_bzero(key, sizeof(key));
    explicit_bzero(text.p, text.n);
    if (close(fd) != 0 || n != (ssize_t)text.n)
        return FAIL(sc, ERR_UNAVAILABLE, "%s could not be written", a->word);
    return OK;
}

static enum err partner_create(struct scope *sc, const struct ctl_args *a)
{
    const char *slug, *name, *host;
    const char *brand = ctl_option(a, "brand");
    struct uuid id;

    TRY(sc, ctl_need(sc, a, "slug", &slug));
    TRY(sc, ctl_need(sc, a, "name", &name));
    TRY(sc, ctl_need(sc, a, "host", &host));
    TRY(sc, org_partner_create(sc, slug, name, host, brand ? brand : "neutral", &id));
    TRY(sc, db_commit(sc));
    print_id("prt", &id);
    return OK;
}

static enum err use_partner(struct scope *sc, const struct ctl_args *a)
{
    const char *slug;

    TRY(sc, ctl_need(sc, a, "partner", &slug));
    return org_partner_use(sc, slug);
}

static enum err customer_create(struct scope *sc, const struct ctl_args *a)
{
    const char *name;
    struct uuid id;

    TRY(sc, use_partner(sc, a));
    TRY(sc, ctl_need(sc, a, "name", &name));
    TRY(sc, org_customer_create(sc, name, &id));
    TRY(sc, db_commit(sc));
    print_id("cus", &id);
    return OK;
}

/* *out_given says whether the option was there. */
static enum err id_option(struct scope *sc, const struct ctl_args *a, const char *name, const char *prefix,
                          struct uuid *out, bool *out_given)
{
    const char *text = ctl_option(a, name);

    *out_given = text && *text;
    if (*out_given && !typeid_parse(prefix, text, strlen(text), out))
        return FAIL(sc, ERR_INVALID, "--%s takes an id like %s_…", name, prefix);
    return OK;
}

static enum err key_create(struct scope *sc, const struct ctl_args *a)
{
    char text[ORG_KEY_TEXT_MAX];
    struct uuid customer;
    const char *name;
    bool given;

    TRY(sc, use_partner(sc, a));
    TRY(sc, ctl_need(sc, a, "name", &name));
    TRY(sc, id_option(sc, a, "customer", "cus", &customer, &given));
    TRY(sc, org_key_create(sc, given ? &customer : NULL, name, text));
    TRY(sc, db_commit(sc));
    puts(text);
    return OK;
}

static enum err secret_option(struct scope *sc, const struct ctl_args *a, struct bytes *out)
{
    const char *path;
    struct str text;

    TRY(sc, ctl_need(sc, a, "secret-file", &path));
    TRY(sc, ctl_read_file(sc, path, 4096, &text));
    *out = (struct bytes){text.p, text.n};
    return OK;
}

static enum err connection_add(struct scope *sc, const struct ctl_args *a)
{
    const char *settings = ctl_option(a, "settings");
    struct connection_new in = {.settings = str_of(settings ? settings : "{}")};
    char token[HOOK_TOKEN_MAX];
    struct uuid destination, id;
    bool given;

    TRY(sc, use_partner(sc, a));
    TRY(sc, ctl_need(sc, a, "connector", &in.connector));
    TRY(sc, ctl_need(sc, a, "name", &in.name));
    TRY(sc, id_option(sc, a, "customer", "cus", &in.customer_id, &given));
    if (!given)
        return FAIL(sc, ERR_INVALID, "--customer is needed");
    TRY(sc, id_option(sc, a, "destination", "con", &destination, &given));
    in.destination_id = given ? &destination : NULL;
    TRY(sc, secret_option(sc, a, &in.secret));
    TRY(sc, connection_create(sc, &in, &id, token));
    TRY(sc, db_commit(sc));
    print_id("con", &id);
    if (*token)
        printf("/hooks/%s\n", token);
    return OK;
}

static enum err order_free(struct scope *sc, const struct ctl_args *a)
{
    const char *by;
    struct uuid id;

    TRY(sc, use_partner(sc, a));
    TRY(sc, ctl_need(sc, a, "by", &by));
    if (!a->word || !typeid_parse("ord", a->word, strlen(a->word), &id))
        return FAIL(sc, ERR_INVALID, "name the order by its id, like ord_…");
    TRY(sc, flow_release(sc, &id, arena_f(sc->arena, "by the operator: %s", by)));
    return db_commit(sc);
}

static const struct command commands[] = {
    {"migrate", "up", "migrate up", migrate_up, true},
    {"config", "list", "config list", config_list, true},
    {"route", "list", "route list", route_list, true},
    {"key", "make", "key make FILE", key_make, true},
    {"partner", "create", "partner create --slug SLUG --name NAME --host HOST [--brand PACK]", partner_create, false},
    {"customer", "create", "customer create --partner SLUG --name NAME", customer_create, false},
    {"user", "invite",
     "user invite --partner SLUG --email ADDRESS --role ROLE [--customer cus_…] [--name NAME] [--host HOST]",
     ctl_user_invite, false},
    {"key", "create", "key create --partner SLUG [--customer cus_…] --name NAME", key_create, false},
    {"connection", "create",
     "connection create --partner SLUG --customer cus_… --connector NAME --name NAME --settings JSON\n"
     "                          --secret-file FILE [--destination con_…]",
     connection_add, false},
    {"order", "release", "order release --partner SLUG --by NAME ord_…", order_free, false},
    {"simulate", "order",
     "simulate order --url URL --ca FILE --secret-file FILE --shop DOMAIN [--count N] [--from N] [--seed N]\n"
     "                       [--repeat-percent P] [--bad-signature N] [--body-file FILE] [--retry true]",
     ctl_simulate_order, false},
};

static int usage(FILE *to)
{
    fputs("tenonctl: sets up and examines a server\n\n", to);
    for (size_t i = 0; i < ARRAY_LEN(commands); i++)
        fprintf(to, "  tenonctl %s\n", commands[i].usage);
    fputs("\nSettings come from the environment; tenonctl config list names them.\n", to);
    return to == stdout ? 0 : 2;
}

static const struct command *command_find(const char *noun, const char *verb)
{
    for (size_t i = 0; i < ARRAY_LEN(commands); i++)
        if (strcmp(commands[i].noun, noun) == 0 && strcmp(commands[i].verb, verb) == 0)
            return &commands[i];
    return NULL;
}

/* An option is known when the command's usage names it. */
static bool option_known(const struct command *c, const char *name)
{
    char want[64];

    return snprintf(want, sizeof(want), "--%s ", name) < (int)sizeof(want) && strstr(c->usage, want);
}

static bool args_read(const struct command *c, int argc, char **argv, struct ctl_args *out)
{
    for (int i = 3; i < argc; i++) {
        if (strncmp(argv[i], "--", 2) != 0) {
            out->word = argv[i];
            continue;
        }
        if (!option_known(c, argv[i] + 2) || out->count == CTL_OPTIONS_MAX) {
            fprintf(stderr, "%s is not an option of this command\n", argv[i]);
            return false;
        }
        out->options[out->count].name = argv[i] + 2;
        out->options[out->count++].value = i + 1 < argc && strncmp(argv[i + 1], "--", 2) != 0 ? argv[++i] : "true";
    }
    return true;
}

static int exit_code(enum err e)
{
    switch (e) {
    case OK:
        return 0;
    case ERR_NOT_FOUND:
        return 3;
    case ERR_FORBIDDEN:
    case ERR_UNAUTHENTICATED:
        return 4;
    case ERR_UNAVAILABLE:
    case ERR_TIMEOUT:
        return 5;
    default:
        return 1;
    }
}

struct errand {
    const struct command *command;
    struct ctl_args args;
    struct scope *sc;
    struct loop *loop;
    enum err result;
};

static void errand_fiber(void *arg)
{
    struct errand *x = arg;

    x->result = x->command->run(x->sc, &x->args);
    db_rollback(x->sc);
    loop_stop(x->loop);
}

static enum err run_in_loop(struct errand *x)
{
    const char *url = config_text("DATABASE_OPERATOR_URL");
    struct db_conf conf = {
        .url = url, .name = "operator", .connections = 1, .waiters = 4, .statement_timeout_ms = 10000};

    x->loop = loop_new();
    if (url)
        x->sc->db = db_open(&conf);
    else if (strcmp(x->command->noun, "simulate") != 0)
        return FAIL(x->sc, ERR_INVALID, "TENON_DATABASE_OPERATOR_URL is not set");
    MUST_BE(fiber_start(errand_fiber, x));
    loop_run(x->loop);
    db_close(x->sc->db);
    x->sc->db = NULL;
    loop_free(x->loop);
    return x->result;
}

int main(int argc, char **argv)
{
    struct errand x = {.sc = scope_new()};
    int code;
    enum err e;

    if (argc < 2 || strcmp(argv[1], "help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "--help") == 0)
        return usage(stdout);
    x.command = argc > 2 ? command_find(argv[1], argv[2]) : NULL;
    if (!x.command)
        return usage(stderr);
    if (!args_read(x.command, argc, argv, &x.args))
        return 2;
    log_level_set(LOG_WARN);
    e = main_configure(x.sc, environ, NULL);
    if (e == OK)
        e = main_prepare(x.sc, true);
    if (e == OK)
        e = x.command->blocking ? x.command->run(x.sc, &x.args) : run_in_loop(&x);
    if (e != OK)
        main_complain(x.sc, e);
    code = exit_code(e);
    scope_free(x.sc);
    main_forget();
    arena_thread_end();
    return code;
}
