#include <stdio.h>
#include <string.h>

#include "audit/audit.h"
#include "db/db.h"
#include "lifecycle/lifecycle.h"
#include "main/ctl_int.h"
#include "org/org.h"

/* Partners and customers are suspended, resumed, exported and erased; a bundle is checked without a database. */
#define LINE_MAX_OCTETS ((size_t)64 << 20)

static enum err customer_option(struct scope *sc, const struct ctl_args *a, struct uuid *out)
{
    bool given;

    TRY(sc, ctl_partner(sc, a));
    TRY(sc, ctl_id(sc, a, "customer", "cus", out, &given));
    return given ? OK : FAIL(sc, ERR_INVALID, "--customer is needed");
}

static void note(struct scope *sc, const char *action, const char *kind, const struct uuid *id, const char *reason)
{
    bool customer = strcmp(kind, "cus") == 0;

    audit_note(sc, &(struct audit_act){.action = action,
                                       .object_kind = kind,
                                       .object_id = *id,
                                       .has_customer = customer,
                                       .customer_id = customer ? *id : (struct uuid){{0}},
                                       .reason = reason});
}

static enum err partner_list(struct scope *sc, const struct ctl_args *a)
{
    static const char *const columns[] = {"id", "slug", "name", "status"};
    struct org_partner *v;
    struct ctl_list list;
    size_t n;

    ctl_list_init(&list, sc, a, columns, ARRAY_LEN(columns));
    TRY(sc, org_partner_list(sc, &v, &n));
    for (size_t i = 0; i < n; i++)
        ctl_list_add(&list,
                     (const char *const[]){ctl_typeid(sc, "prt", &v[i].partner_id), v[i].slug, v[i].name, v[i].status});
    ctl_list_print(&list);
    return OK;
}

static enum err partner_suspend(struct scope *sc, const struct ctl_args *a)
{
    const char *reason;

    TRY(sc, ctl_partner(sc, a));
    TRY(sc, ctl_need(sc, a, "reason", &reason));
    TRY(sc, lifecycle_partner_suspend(sc, reason));
    note(sc, "partner.suspend", "prt", &sc->tenant.partner_id, reason);
    return ctl_commit(sc, a);
}

static enum err partner_resume(struct scope *sc, const struct ctl_args *a)
{
    TRY(sc, ctl_partner(sc, a));
    TRY(sc, lifecycle_partner_resume(sc));
    note(sc, "partner.resume", "prt", &sc->tenant.partner_id, NULL);
    return ctl_commit(sc, a);
}

static enum err customer_list(struct scope *sc, const struct ctl_args *a)
{
    static const char *const columns[] = {"id", "name", "external_id", "status"};
    struct org_customer *v;
    struct uuid after = {0};
    struct ctl_list list;
    size_t n;

    TRY(sc, ctl_partner(sc, a));
    ctl_list_init(&list, sc, a, columns, ARRAY_LEN(columns));
    do {
        TRY(sc, org_customer_list(sc, &after, 200, &v, &n));
        for (size_t i = 0; i < n; i++)
            ctl_list_add(&list, (const char *const[]){ctl_typeid(sc, "cus", &v[i].customer_id), v[i].name,
                                                      v[i].external_id, v[i].status});
        if (n)
            after = v[n - 1].customer_id;
    } while (n == 200);
    ctl_list_print(&list);
    return OK;
}

static enum err customer_suspend(struct scope *sc, const struct ctl_args *a)
{
    const char *reason;
    struct uuid id;

    TRY(sc, customer_option(sc, a, &id));
    TRY(sc, ctl_need(sc, a, "reason", &reason));
    TRY(sc, lifecycle_suspend(sc, &id, reason));
    note(sc, "customer.suspend", "cus", &id, reason);
    return ctl_commit(sc, a);
}

static enum err customer_resume(struct scope *sc, const struct ctl_args *a)
{
    struct uuid id;

    TRY(sc, customer_option(sc, a, &id));
    TRY(sc, lifecycle_resume(sc, &id));
    note(sc, "customer.resume", "cus", &id, NULL);
    return ctl_commit(sc, a);
}

static enum err customer_export(struct scope *sc, const struct ctl_args *a)
{
    struct uuid id, made;

    TRY(sc, customer_option(sc, a, &id));
    TRY(sc, lifecycle_export_ask(sc, &id, &made));
    note(sc, "customer.export", "cus", &id, NULL);
    TRY(sc, ctl_commit(sc, a));
    ctl_record(sc, a, (const char *const[]){"id"}, (const char *const[]){ctl_typeid(sc, "exp", &made)}, 1);
    return OK;
}

static enum err customer_erase(struct scope *sc, const struct ctl_args *a)
{
    struct org_customer c;
    const char *reason;
    struct uuid id;
    bool closed;

    if (a->dry_run)
        return FAIL(sc, ERR_INVALID, "an erasure has no --dry-run");
    TRY(sc, customer_option(sc, a, &id));
    TRY(sc, ctl_need(sc, a, "reason", &reason));
    TRY(sc, org_customer_get(sc, &id, NULL, &c));
    TRY(sc, ctl_confirm(sc, a, c.name));
    note(sc, "customer.erase", "cus", &id, reason);
    TRY(sc, lifecycle_erase(sc, &id, c.name, reason, 0, &closed));
    TRY(sc, org_customer_get(sc, &id, NULL, &c));
    ctl_record(sc, a, (const char *const[]){"certificate"}, (const char *const[]){c.certificate}, 1);
    return OK;
}

/* ---- export get, export verify ---- */

static enum err export_fetch(struct scope *sc, const struct ctl_args *a)
{
    struct lifecycle_export x;
    struct uuid id;

    TRY(sc, ctl_partner(sc, a));
    if (!a->word || !typeid_parse("exp", a->word, strlen(a->word), &id))
        return FAIL(sc, ERR_INVALID, "name the export by its id, like exp_…");
    TRY(sc, lifecycle_export_get(sc, &id, &x));
    if (strcmp(x.state, "ready") != 0)
        return FAIL(sc, ERR_CONFLICT, "the export is %s", x.state);
    for (int32_t i = 1; i <= x.pages; i++) {
        struct bytes page;

        TRY(sc, lifecycle_export_page(sc, &x, i, &page));
        if (fwrite(page.p, 1, page.n, stdout) != page.n)
            return FAIL(sc, ERR_UNAVAILABLE, "standard output takes no more");
    }
    return OK;
}

static void file_close(FILE **f)
{
    if (*f && *f != stdin)
        fclose(*f);
}

/* Each line into the same room, which grows to the longest. */
static enum err lines_read(struct scope *sc, FILE *f, struct bundle_reader *r)
{
    size_t room = 0, n = 0;
    char *line = NULL;
    int c;

    while ((c = getc(f)) != EOF) {
        if (n == room) {
            char *wider = arena_alloc(sc->arena, room ? 2 * room : 65536);

            if (room >= LINE_MAX_OCTETS)
                return FAIL(sc, ERR_INVALID, "a line is longer than 64 MiB");
            if (n)
                memcpy(wider, line, n);
            line = wider;
            room = room ? 2 * room : 65536;
        }
        line[n++] = (char)c;
        if (c == '\n') {
            TRY(sc, bundle_reader_line(sc, r, (struct str){line, n}));
            n = 0;
        }
    }
    return n == 0 ? OK : FAIL(sc, ERR_INVALID, "the last line has no end");
}

static enum err key_check(struct scope *sc, const struct ctl_args *a, const struct bundle_facts *f)
{
    const char *said = ctl_option(a, "key");
    uint8_t key[CRYPTO_KEY_BYTES];
    size_t n = 0;

    if (!said)
        return OK;
    if (!hex_decode(str_of(said), key, sizeof(key), &n) || n != sizeof(key))
        return FAIL(sc, ERR_INVALID, "--key takes a public key of 64 hexadecimal digits");
    return crypto_equal(key, f->public_key, sizeof(key))
               ? OK
               : FAIL(sc, ERR_INVALID, "the bundle is signed with another key than this one");
}

static enum err export_verify(struct scope *sc, const struct ctl_args *a)
{
    struct bundle_reader *r = bundle_reader_new(sc);
    CLEANUP(file_close) FILE *f = NULL;
    struct bundle_facts facts;
    struct buf key;

    if (!a->word)
        return FAIL(sc, ERR_INVALID, "name the file of the bundle, or - for standard input");
    f = strcmp(a->word, "-") == 0 ? stdin : fopen(a->word, "re");
    if (!f)
        return FAIL(sc, ERR_NOT_FOUND, "%s cannot be read", a->word);
    TRY(sc, lines_read(sc, f, r));
    TRY(sc, bundle_reader_end(sc, r, &facts));
    TRY(sc, key_check(sc, a, &facts));
    buf_init(&key, sc->arena, 2 * CRYPTO_KEY_BYTES + 1);
    buf_hex(&key, facts.public_key, sizeof(facts.public_key));
    ctl_record(sc, a,
               (const char *const[]){"export_id", "made_at", "partner", "customer", "lines", "key_id", "public_key"},
               (const char *const[]){facts.export_id, facts.made_at, facts.partner, facts.customer,
                                     arena_f(sc->arena, "%zu", facts.lines), facts.key_id, buf_cstr(&key)},
               7);
    if (!ctl_option(a, "key"))
        fputs("whole, and signed with the key that it names; give --key to know whose that is\n", stderr);
    return OK;
}

const struct ctl_command ctl_customer_commands[] = {
    {"partner", "list", "", "Names all partners.", NULL, partner_list, CTL_DATABASE},
    {"partner", "suspend", "--partner SLUG --reason WORDS",
     "Stops a partner: nobody gets in, no work is done, and what comes in is kept.", NULL, partner_suspend,
     CTL_DATABASE},
    {"partner", "resume", "--partner SLUG", "Lets a suspended partner go on.", NULL, partner_resume, CTL_DATABASE},
    {"customer", "list", "--partner SLUG", "Names a partner's customers.", NULL, customer_list, CTL_DATABASE},
    {"customer", "suspend", "--partner SLUG --customer cus_… --reason WORDS",
     "Stops the work on a customer; what comes in is kept.", NULL, customer_suspend, CTL_DATABASE},
    {"customer", "resume", "--partner SLUG --customer cus_…", "Lets a suspended customer go on.", NULL, customer_resume,
     CTL_DATABASE},
    {"customer", "export", "--partner SLUG --customer cus_…", "Asks for a signed export, which a worker makes.", NULL,
     customer_export, CTL_DATABASE},
    {"customer", "erase", "--partner SLUG --customer cus_… --reason WORDS [--confirm NAME]",
     "Destroys a suspended customer's keys and deletes what it had, for good.", NULL, customer_erase, CTL_DATABASE},
    {"export", "get", "--partner SLUG exp_…", "Writes a bundle that is ready to standard output.", NULL, export_fetch,
     CTL_DATABASE},
    {"export", "verify", "[--key HEX] FILE", "Checks a bundle, without a database.", "export.jsonl", export_verify,
     CTL_ALONE},
    {},
};
