#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/scope.h"
#include "base/uuid.h"

/* What tenonctl's commands share. A command is a row of a table: noun, verb, what it takes, what it does. Data goes to
 * standard output and words for a person to standard error; nothing is ever asked back.
 */
#define CTL_OPTIONS_MAX 24
/* How long a command waits for its connection. Nobody asks a second time for a person or a script, so it waits longer
 * than a server's call. */
#define CTL_FIRST_WAIT_US INT64_C(15000000)

enum ctl_form { CTL_TEXT, CTL_PLAIN, CTL_JSON }; /* for a person, for awk (tabs, no head), for programs */

struct ctl_args {
    struct {
        const char *name; /* without the dashes */
        const char *value;
    } options[CTL_OPTIONS_MAX];
    unsigned count;
    const char *word; /* the one after noun and verb, or NULL */
    enum ctl_form form;
    bool dry_run; /* what is written is rolled back */
};

enum ctl_where {
    CTL_SETUP,    /* blocking, before key files are read */
    CTL_ALONE,    /* blocking, before any loop and without a pool */
    CTL_LOOP,     /* in a fiber */
    CTL_DATABASE, /* in a fiber, with a pool of tenon_operator */
};

struct ctl_command {
    const char *noun, *verb;
    const char *takes;   /* "--slug SLUG [--brand PACK]"; an option is known when it stands here, see ctl_takes.c */
    const char *does;    /* a sentence */
    const char *example; /* its arguments, or NULL */
    enum err (*run)(struct scope *sc, const struct ctl_args *a);
    enum ctl_where where;
};

/* Tables end with a NULL noun; ctl_tables with NULL. */
extern const struct ctl_command ctl_setup_commands[];
extern const struct ctl_command ctl_org_commands[];
extern const struct ctl_command ctl_people_commands[];
extern const struct ctl_command ctl_simulate_commands[];
extern const struct ctl_command ctl_doctor_commands[];
extern const struct ctl_command ctl_audit_commands[];
extern const struct ctl_command ctl_key_commands[];
extern const struct ctl_command ctl_customer_commands[];
extern const struct ctl_command ctl_route_commands[];
extern const struct ctl_command ctl_isolation_commands[];
extern const struct ctl_command ctl_openapi_commands[];
extern const struct ctl_command ctl_schema_commands[];
extern const struct ctl_command ctl_brand_commands[];
extern const struct ctl_command ctl_grant_commands[];
extern const struct ctl_command ctl_callers_commands[];
extern const struct ctl_command ctl_expr_commands[];
extern const struct ctl_command ctl_cron_commands[];
extern const struct ctl_command ctl_edi_commands[];
extern const struct ctl_command ctl_flow_commands[];
extern const struct ctl_command ctl_mapping_commands[];
extern const struct ctl_command ctl_backtest_commands[];
extern const struct ctl_command ctl_xref_commands[];
extern const struct ctl_command ctl_connector_commands[];
extern const struct ctl_command ctl_standin_commands[];
extern const struct ctl_command ctl_conform_commands[];
extern const struct ctl_command *const ctl_tables[];

const struct ctl_command *ctl_find(const char *noun, const char *verb); /* NULL: there is none */
bool ctl_option_known(const struct ctl_command *c, const char *name, size_t n);
/* False: something is missing that the command cannot do without, which was said. */
bool ctl_complete(const struct ctl_command *c, const struct ctl_args *a);
/* The tables as help, whole, of one noun, or of one command. */
int ctl_help(FILE *to, const char *noun, const char *verb);
void ctl_suggest(const char *noun, const char *verb); /* on standard error: what it may have meant */
int ctl_completion(const char *shell);

/* NULL when not given. The last one counts. */
const char *ctl_option(const struct ctl_args *a, const char *name);
enum err ctl_need(struct scope *sc, const struct ctl_args *a, const char *name, const char **out);
enum err ctl_number(struct scope *sc, const struct ctl_args *a, const char *name, int64_t fallback, int64_t *out);
/* *out_given says whether the option was there. */
enum err ctl_id(struct scope *sc, const struct ctl_args *a, const char *name, const char *prefix, struct uuid *out,
                bool *out_given);
/* Sets the scope's tenant to the partner that --partner names. */
enum err ctl_partner(struct scope *sc, const struct ctl_args *a);
/* What cannot be undone wants its object's name again: --confirm NAME, else ERR_FORBIDDEN. */
enum err ctl_confirm(struct scope *sc, const struct ctl_args *a, const char *name);
/* A file's octets without a final line feed; "-" is standard input. */
enum err ctl_read_file(struct scope *sc, const char *path, size_t max, struct str *out);
struct doc;
enum err ctl_read_json(struct scope *sc, const char *path, size_t max, const struct doc **out);
/* {"sku": {"A": "B", …}, …}, a table also as {"rules": …, "entries": …}: cross references without a database. */
struct xref_snapshot;
enum err ctl_read_xref(struct scope *sc, const char *path, struct xref_snapshot **out);
/* Commits, or with --dry-run rolls back and says so. */
enum err ctl_commit(struct scope *sc, const struct ctl_args *a);

/* One thing: by lines as text, or an object. Names and values end with NULL; a NULL value is left out of the lines. */
void ctl_record(struct scope *sc, const struct ctl_args *a, const char *const *names, const char *const *values,
                size_t n);
const char *ctl_typeid(struct scope *sc, const char *prefix, const struct uuid *id);

/* Many things: a table with a head, lines with tabs, or an array of objects. */
struct ctl_list {
    struct scope *sc;
    const struct ctl_args *args;
    const char *const *columns;
    size_t column_count, rows, room;
    const char **cells;
};
void ctl_list_init(struct ctl_list *l, struct scope *sc, const struct ctl_args *a, const char *const *columns,
                   size_t n);
void ctl_list_add(struct ctl_list *l, const char *const *cells); /* column_count of them; copied by reference */
void ctl_list_print(const struct ctl_list *l);
