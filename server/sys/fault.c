#include "sys/fault.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HITS_MAX 1000000

const char *fault_armed;

static char armed_name[FAULT_NAME_MAX + 1];
static atomic_long hits_left;

bool fault_arm(const char *name)
{
    const char *colon = name ? strchr(name, ':') : NULL;
    size_t n = colon ? (size_t)(colon - name) : name ? strlen(name) : 0;
    char *end = NULL;
    long nth = colon ? strtol(colon + 1, &end, 10) : 1;

    fault_armed = NULL;
    if (n > FAULT_NAME_MAX || nth < 1 || nth > HITS_MAX || (colon && (end == colon + 1 || *end)))
        return false;
    if (n == 0)
        return !colon;
    snprintf(armed_name, sizeof(armed_name), "%.*s", (int)n, name);
    atomic_store(&hits_left, nth);
    fault_armed = armed_name;
    return true;
}

void fault_die(const char *name)
{
    if (strcmp(fault_armed, name) == 0 && atomic_fetch_sub(&hits_left, 1) == 1)
        kill(getpid(), SIGKILL);
}
