#include "sys/fault.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HITS_MAX 1000000

const char *fault_armed;

static char armed_name[FAULT_NAME_MAX + 1];
static atomic_long hits_left;
static int armed_signal;

bool fault_arm(const char *said)
{
    bool stops = said && strncmp(said, "stop@", 5) == 0;
    const char *name = stops ? said + 5 : said;
    const char *colon = name ? strchr(name, ':') : NULL;
    size_t n = colon ? (size_t)(colon - name) : name ? strlen(name) : 0;
    char *end = NULL;
    long nth = colon ? strtol(colon + 1, &end, 10) : 1;

    fault_armed = NULL;
    if (n > FAULT_NAME_MAX || nth < 1 || nth > HITS_MAX || (colon && (end == colon + 1 || *end)))
        return false;
    if (n == 0)
        return !colon && !stops;
    snprintf(armed_name, sizeof(armed_name), "%.*s", (int)n, name);
    armed_signal = stops ? SIGSTOP : SIGKILL;
    atomic_store(&hits_left, nth);
    fault_armed = armed_name;
    return true;
}

void fault_die(const char *name)
{
    if (strcmp(fault_armed, name) == 0 && atomic_fetch_sub(&hits_left, 1) == 1)
        raise(armed_signal); /* at this thread, which goes no step further */
}
