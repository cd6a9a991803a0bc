#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/buf.h"
#include "obs/metrics_int.h"

/* A file of /proc, whose reading does not wait. False when it is not there. */
static bool proc_read(const char *path, char *out, size_t size)
{
    FILE *f = fopen(path, "re");
    size_t n;

    if (!f)
        return false;
    n = fread(out, 1, size - 1, f);
    fclose(f);
    out[n] = 0;
    return n > 0;
}

static int64_t resident_bytes(void)
{
    char text[256];
    long long pages = 0;

    if (!proc_read("/proc/self/statm", text, sizeof(text)) || sscanf(text, "%*s %lld", &pages) != 1)
        return -1;
    return pages * sysconf(_SC_PAGESIZE);
}

static int64_t open_fds(void)
{
    DIR *d = opendir("/proc/self/fd");
    int64_t n = -1; /* the one that reads the folder */

    if (!d)
        return -1;
    for (struct dirent *e = readdir(d); e; e = readdir(d))
        n += e->d_name[0] != '.';
    closedir(d);
    return n;
}

static int64_t boot_time_s(void)
{
    char line[256];
    long long t = -1;
    FILE *f = fopen("/proc/stat", "re");

    if (!f)
        return -1;
    while (fgets(line, sizeof(line), f))
        if (sscanf(line, "btime %lld", &t) == 1)
            break;
    fclose(f);
    return t;
}

/* Seconds since 1970; the kernel counts from its own start. */
static int64_t start_time_s(void)
{
    char text[1024];
    const char *at;
    int64_t boot = boot_time_s();

    if (boot < 0 || !proc_read("/proc/self/stat", text, sizeof(text)))
        return -1;
    at = strrchr(text, ')'); /* ends the second field, which may hold anything */
    for (int field = 2; at && field < 22; field++)
        at = strchr(at + 1, ' ');
    return at ? boot + strtoll(at, NULL, 10) / sysconf(_SC_CLK_TCK) : -1;
}

static int64_t cpu_us(void)
{
    struct rusage u;

    if (getrusage(RUSAGE_SELF, &u) != 0)
        return 0;
    return (u.ru_utime.tv_sec + u.ru_stime.tv_sec) * INT64_C(1000000) + u.ru_utime.tv_usec + u.ru_stime.tv_usec;
}

static void note(_Atomic int64_t *to, int64_t value)
{
    atomic_store_explicit(to, value > 0 ? value : 0, memory_order_relaxed);
}

void metrics_process_note(void)
{
    struct process_figures *f = &metrics_own->process;

    note(&f->cpu_us, cpu_us());
    note(&f->resident, resident_bytes());
    note(&f->fds, open_fds());
    if (!atomic_load_explicit(&f->started_s, memory_order_relaxed))
        note(&f->started_s, start_time_s());
}

static void gauge(struct buf *out, const char *name, const char *help, const _Atomic int64_t *value)
{
    int64_t v = atomic_load_explicit(value, memory_order_relaxed);

    if (v <= 0)
        return;
    metrics_head_write(out, name, "gauge", help);
    buf_f(out, "%s %lld\n", name, (long long)v);
}

void metrics_process_write(struct buf *out, const struct process_figures *f)
{
    long long us = atomic_load_explicit(&f->cpu_us, memory_order_relaxed);

    metrics_head_write(out, "process_cpu_seconds_total", "counter", "Processor time of user and system.");
    buf_f(out, "process_cpu_seconds_total %lld.%06lld\n", us / 1000000, us % 1000000);
    gauge(out, "process_resident_memory_bytes", "Resident memory in octets.", &f->resident);
    gauge(out, "process_open_fds", "Open file descriptors.", &f->fds);
    gauge(out, "process_start_time_seconds", "Start of the process in seconds since 1970.", &f->started_s);
}
