#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backtest/backtest.h"
#include "crypto/crypto.h"
#include "db/db.h"
#include "main/ctl_int.h"
#include "main/main_int.h"
#include "obs/obs.h"
#include "sys/config.h"
#include "sys/fiber.h"
#include "sys/loop.h"

/* tenonctl: the operator's command. Exit codes: 0 done, 1 failed, 2 usage, 3 not found, 4 refused, 5 unavailable. */

/* clang-format off */
const struct ctl_command *const ctl_tables[] = { /* one a line */
    ctl_setup_commands,
    ctl_org_commands,
    ctl_people_commands,
    ctl_customer_commands,
    ctl_key_commands,
    ctl_audit_commands,
    ctl_isolation_commands,
    ctl_route_commands,
    ctl_openapi_commands,
    ctl_schema_commands,
    ctl_simulate_commands,
    ctl_doctor_commands,
    ctl_brand_commands,
    ctl_grant_commands,
    ctl_callers_commands,
    ctl_expr_commands,
    ctl_cron_commands,
    ctl_edi_commands,
    ctl_flow_commands,
    ctl_mapping_commands,
    ctl_backtest_commands,
    ctl_xref_commands,
    ctl_connector_commands,
    ctl_standin_commands,
    ctl_conform_commands,
    NULL,
};
/* clang-format on */

static bool complain_option(const struct ctl_command *c, const char *said)
{
    fprintf(stderr, "%s is not an option of this command, which takes\n  %s\n", said, c->takes);
    return false;
}

/* --name value, --name=value, or --name alone for what is only on or off. */
static bool option_read(const struct ctl_command *c, int argc, char **argv, int *i, struct ctl_args *out)
{
    char *name = argv[*i] + 2, *equals = strchr(name, '=');
    size_t n = equals ? (size_t)(equals - name) : strlen(name);
    const char *value = equals ? equals + 1 : "true";

    if (strcmp(name, "json") == 0 || strcmp(name, "plain") == 0) {
        out->form = *name == 'j' ? CTL_JSON : CTL_PLAIN;
        return true;
    }
    if (strcmp(name, "dry-run") == 0 && c->where == CTL_DATABASE)
        return out->dry_run = true;
    if (strcmp(name, "no-input") == 0)
        return true; /* nothing is ever asked */
    if (!ctl_option_known(c, name, n) || out->count == CTL_OPTIONS_MAX)
        return complain_option(c, argv[*i]);
    if (!equals && *i + 1 < argc && strncmp(argv[*i + 1], "--", 2) != 0)
        value = argv[++*i];
    name[n] = '\0';
    out->options[out->count].name = name;
    out->options[out->count++].value = value;
    return true;
}

static bool args_read(const struct ctl_command *c, int argc, char **argv, struct ctl_args *out)
{
    for (int i = 3; i < argc; i++) {
        if (strncmp(argv[i], "--", 2) != 0)
            out->word = argv[i];
        else if (!option_read(c, argc, argv, &i, out))
            return false;
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
    const struct ctl_command *command;
    struct ctl_args args;
    struct scope *sc;
    struct loop *loop;
    enum err result;
};

/* What customers bring in is closed to the staff until a grant says why it is looked at. */
static void point_to_grants(const struct errand *x)
{
    const struct fault *f = scope_fault(x->sc);
    const char *partner = ctl_option(&x->args, "partner");

    if (f->code == ERR_FORBIDDEN && f->detail && strstr(f->detail, "policy \"granted\""))
        fprintf(stderr,
                "an operator needs a grant for this customer: tenonctl grant create --partner %s --by NAME --reason "
                "TEXT [--customer cus_…]\n",
                partner ? partner : "SLUG");
}

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
    struct db_conf conf = {.url = url,
                           .name = "operator",
                           .connections = 1,
                           .waiters = 4,
                           .statement_timeout_ms = 10000,
                           .first_wait_us = CTL_FIRST_WAIT_US};

    if (x->command->where == CTL_DATABASE && !url)
        return FAIL(x->sc, ERR_INVALID, "TENON_DATABASE_OPERATOR_URL is not set");
    x->loop = loop_new();
    if (url)
        x->sc->db = db_open(&conf);
    MUST_BE(fiber_start(errand_fiber, x));
    loop_run(x->loop);
    db_close(x->sc->db);
    x->sc->db = NULL;
    loop_free(x->loop);
    return x->result;
}

static enum err run(struct errand *x)
{
    struct scope *sc = x->sc;

    log_level_set(LOG_WARN);
    TRY(sc, main_configure(sc, environ, NULL));
    if (x->command->where == CTL_SETUP) {
        TRY(sc, crypto_start(sc));
        return x->command->run(sc, &x->args);
    }
    TRY(sc, main_prepare(sc, true, true));
    if (x->command->where == CTL_ALONE)
        return x->command->run(sc, &x->args);
    return run_in_loop(x);
}

static bool wants_help(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], "-h") == 0 || strcmp(argv[i], "--help") == 0)
            return true;
    return argc < 2 || strcmp(argv[1], "help") == 0;
}

/* help [NOUN [VERB]], or NOUN VERB --help. */
static int help(int argc, char **argv)
{
    char **words = argc > 1 && strcmp(argv[1], "help") == 0 ? argv + 2 : argv + 1;
    const char *noun = argc < 2 ? NULL : words[0], *verb = noun ? words[1] : NULL;

    if (noun && *noun == '-')
        noun = verb = NULL;
    if (verb && *verb == '-')
        verb = NULL;
    return ctl_help(stdout, noun, verb);
}

/* Whose act it is on record: as said, or as the system knows whoever runs this. */
static const char *who(const struct ctl_args *a)
{
    const char *by = ctl_option(a, "by");

    if (!by)
        by = getenv("SUDO_USER");
    if (!by)
        by = getenv("USER");
    return by;
}

int main(int argc, char **argv)
{
    struct errand x = {0};
    int code;
    enum err e;

    if (backtest_is_caged(argc, argv))
        return backtest_caged();
    if (wants_help(argc, argv))
        return help(argc, argv);
    if (strcmp(argv[1], "completion") == 0)
        return ctl_completion(argv[2]);
    x.command = argc > 2 ? ctl_find(argv[1], argv[2]) : NULL;
    if (!x.command) {
        ctl_suggest(argv[1], argv[2]);
        return 2;
    }
    if (!args_read(x.command, argc, argv, &x.args) || !ctl_complete(x.command, &x.args))
        return 2;
    x.sc = scope_new();
    x.sc->actor = ACTOR_OPERATOR;
    x.sc->actor_name = who(&x.args);
    e = run(&x);
    if (e != OK) {
        main_complain(x.sc, e);
        point_to_grants(&x);
    }
    code = exit_code(e);
    scope_free(x.sc);
    main_forget();
    arena_thread_end();
    return code;
}
