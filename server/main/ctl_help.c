#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"
#include "main/ctl_int.h"

#define SUGGEST_MAX 2 /* edits */

/* All of it is written from the tables. */
#define EACH(table, c)                                                                                                 \
    for (const struct ctl_command *const *table = ctl_tables; *table; table++)                                         \
        for (const struct ctl_command *c = *table; c->noun; c++)

const struct ctl_command *ctl_find(const char *noun, const char *verb)
{
    EACH(t, c)
    if (strcmp(c->noun, noun) == 0 && strcmp(c->verb, verb) == 0)
        return c;
    return NULL;
}

static void put_command(FILE *to, const struct ctl_command *c)
{
    fprintf(to, "  tenonctl %s %s%s%s\n      %s\n", c->noun, c->verb, *c->takes ? " " : "", c->takes, c->does);
}

static int put_one(FILE *to, const struct ctl_command *c)
{
    if (c->example)
        fprintf(to, "example\n  tenonctl %s %s %s\n\n", c->noun, c->verb, c->example);
    put_command(to, c);
    return to == stdout ? 0 : 2;
}

int ctl_help(FILE *to, const char *noun, const char *verb)
{
    const struct ctl_command *one = noun && verb ? ctl_find(noun, verb) : NULL;
    unsigned shown = 0;

    if (one)
        return put_one(to, one);
    fputs("tenonctl: sets up and examines a server\n\n", to);
    if (!noun)
        fputs("examples\n  tenonctl setup run\n  tenonctl partner create --slug acme --name \"Acme\" --host "
              "acme.example\n"
              "  tenonctl doctor run --json\n\n",
              to);
    EACH(t, c)
    if (!noun || strcmp(c->noun, noun) == 0) {
        put_command(to, c);
        shown++;
    }
    if (!shown)
        return ctl_help(stderr, NULL, NULL);
    fputs("\nEvery command takes --json, --plain and, when it writes to the database, --dry-run.\n"
          "Exit codes: 0 done, 1 failed, 2 usage, 3 not found, 4 refused, 5 unavailable.\n"
          "Settings come from the environment; tenonctl config list names them.\n",
          to);
    return to == stdout ? 0 : 2;
}

void ctl_suggest(const char *noun, const char *verb)
{
    unsigned shown = 0;

    fprintf(stderr, "there is no command \"%s%s%s\"\n", noun, verb ? " " : "", verb ? verb : "");
    EACH(t, c)
    {
        bool same_noun = strcmp(c->noun, noun) == 0;
        size_t far = text_distance(str_of(noun), str_of(c->noun), SUGGEST_MAX);

        far += verb ? text_distance(str_of(verb), str_of(c->verb), SUGGEST_MAX) : 0;
        if ((far <= SUGGEST_MAX || same_noun) && shown < 8)
            fprintf(stderr, "%s  tenonctl %s %s %s\n", shown++ ? "" : "did you mean\n", c->noun, c->verb, c->takes);
    }
    fputs("tenonctl help lists all of them\n", stderr);
}

/* Of its noun, in whichever table. */
static bool is_first(const struct ctl_command *one)
{
    EACH(t, c)
    if (strcmp(c->noun, one->noun) == 0)
        return c == one;
    return false;
}

static void put_words(const char *noun)
{
    EACH(t, c)
    {
        if (noun && strcmp(c->noun, noun) == 0)
            printf("%s ", c->verb);
        else if (!noun && is_first(c))
            printf("%s ", c->noun);
    }
}

int ctl_completion(const char *shell)
{
    if (!shell || (strcmp(shell, "bash") != 0 && strcmp(shell, "zsh") != 0)) {
        fputs("name the shell: tenonctl completion bash, or zsh\n", stderr);
        return 2;
    }
    if (strcmp(shell, "zsh") == 0)
        puts("autoload -U +X bashcompinit && bashcompinit");
    fputs("_tenonctl() {\n    local words\n    case $COMP_CWORD in\n        1) words='help completion ", stdout);
    put_words(NULL);
    puts("' ;;\n        2) case ${COMP_WORDS[1]} in");
    EACH(t, c)
    if (is_first(c)) {
        printf("            %s) words='", c->noun);
        put_words(c->noun);
        puts("' ;;");
    }
    puts("        esac ;;\n    esac\n    COMPREPLY=($(compgen -W \"$words\" -- \"${COMP_WORDS[COMP_CWORD]}\"))\n}\n"
         "complete -F _tenonctl tenonctl");
    return 0;
}
