#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit/tenants/tenant_kit.h"
#include "why/why_int.h"

/* The table itself: that it can be tried in order, and that the worker still speaks as the table listens. */

static char *program; /* the text of all that says something */
static size_t program_n;

static int read_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
    const char *end = strrchr(path, '.');
    FILE *f;

    (void)at;
    if (kind != FTW_F || !end || (strcmp(end, ".c") != 0 && strcmp(end, ".sql") != 0) || strstr(path, "/why"))
        return 0;
    program = realloc(program, program_n + (size_t)st->st_size + 1);
    f = fopen(path, "r");
    MUST_BE(program && f);
    program_n += fread(program + program_n, 1, (size_t)st->st_size, f);
    program[program_n] = '\0';
    (void)fclose(f);
    return 0;
}

/* Texts that are broken over lines, and marks of a format, read as one. */
static void program_joined(void)
{
    char *to = program;

    for (char *p = program; *p;) {
        if (*p == '"') {
            char *q = p + 1 + strspn(p + 1, " \n\t");

            if (*q == '"' && q > p + 1) {
                p = q + 1;
                continue;
            }
        }
        if (*p == '\\' && p[1] == '"')
            p++;
        *to++ = *p++;
    }
    *to = '\0';
}

static void program_read(void)
{
    char path[4200];

    snprintf(path, sizeof(path), "%s/tenants", kit_root());
    MUST_BE(nftw(path, read_one, 16, FTW_PHYS) == 0);
    snprintf(path, sizeof(path), "%s/sql/queries", kit_root());
    MUST_BE(nftw(path, read_one, 16, FTW_PHYS) == 0);
    program_joined();
}

/* The longest part between stars. */
static const char *core(const char *said)
{
    static char out[200];
    size_t best = 0;

    for (const char *p = said; *p;) {
        size_t n = strcspn(p, "*");

        if (n > best) {
            best = n;
            snprintf(out, sizeof(out), "%.*s", (int)n, p);
        }
        p += n + (p[n] == '*');
    }
    return out;
}

TEST(whatever_a_rule_listens_for_is_said_somewhere_in_the_program)
{
    program_read();
    for (const struct why_rule *r = why_rules; r->code; r++)
        if (r->said && !strstr(program, core(r->said)))
            test_failed(__FILE__, __LINE__, "%s: nothing says \"%s\"", r->code, core(r->said));
    free(program);
}

TEST(no_rule_has_more_stars_than_there_is_room_for)
{
    for (const struct why_rule *r = why_rules; r->code; r++) {
        int stars = 0;

        for (const char *p = r->said; p && *p; p++)
            stars += *p == '*';
        if (stars > WHY_STARS_MAX)
            test_failed(__FILE__, __LINE__, "%s has %d", r->code, stars);
    }
}

TEST(the_last_rule_fits_whatever_is_asked)
{
    struct why_facts nothing = {.it = "it", .customer_status = "active", .partner_status = "active"};
    struct why_answer a = {0};

    why_judge(test_scope()->arena, &nothing, &a);
    CHECK_STR(a.code, "nothing_under_way");
}
