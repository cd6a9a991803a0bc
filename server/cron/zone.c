#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/must.h"
#include "base/nearest.h"
#include "cron/cron_int.h"

/* All zones of the system, read once. Names that are links share what their file says. */

#define FOLDER    "/usr/share/zoneinfo"
#define ZONES_MAX 2000
#define DEPTH_MAX 3 /* America/Argentina/Salta */

static struct {
    pthread_once_t once;
    struct arena *arena;
    struct zone *v; /* by name */
    ino_t *inodes;  /* of their files, while they are read */
    size_t n;
} zones = {.once = PTHREAD_ONCE_INIT};

bool zone_name_fits(struct str name)
{
    char before = '/';

    if (name.n == 0 || name.n > ZONE_NAME_MAX)
        return false;
    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i];
        bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
        bool other = (c >= '0' && c <= '9') || c == '_' || c == '+' || c == '-' || c == '/';

        if (!letter && (!other || before == '/'))
            return false;
        before = c;
    }
    return before != '/';
}

/* ---- reading ---- */

static void close_fd(const int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

static const struct zone *same_file(ino_t inode)
{
    for (size_t i = 0; i < zones.n; i++)
        if (zones.inodes[i] == inode)
            return &zones.v[i];
    return NULL;
}

static bool contents(const char *path, ino_t *out_inode, struct zone *out)
{
    CLEANUP(close_fd) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    static uint8_t file[ZONE_FILE_MAX];
    const struct zone *same;
    struct stat st;
    ssize_t n;

    if (fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size > (off_t)sizeof(file))
        return false;
    *out_inode = st.st_ino;
    same = same_file(st.st_ino);
    if (same) {
        *out = *same;
        return true;
    }
    n = read(fd, file, sizeof(file));
    return n == st.st_size && tzif_read(zones.arena, (struct str){(const char *)file, (size_t)n}, out);
}

static void zone_read(const char *name)
{
    struct zone z = {0};
    char path[sizeof(FOLDER) + 1 + ZONE_NAME_MAX];
    ino_t inode = 0;

    snprintf(path, sizeof(path), FOLDER "/%s", name);
    if (zones.n == ZONES_MAX || !contents(path, &inode, &z))
        return;
    z.name = arena_strdup(zones.arena, name);
    zones.inodes[zones.n] = inode;
    zones.v[zones.n++] = z;
}

/* "posix" and "right" hold copies of all of them, and what is called in lower case is no zone. */
static void folder_read(const char *below, int depth)
{
    char path[sizeof(FOLDER) + 1 + ZONE_NAME_MAX];
    struct dirent *e;
    DIR *d;

    snprintf(path, sizeof(path), FOLDER "/%s", below);
    d = opendir(path);
    while (d && (e = readdir(d))) {
        char name[ZONE_NAME_MAX + 1];
        int n = snprintf(name, sizeof(name), "%s%s%s", below, *below ? "/" : "", e->d_name);

        if (n >= (int)sizeof(name) || !zone_name_fits(str_of(name)) || *name > 'Z')
            continue;
        if (e->d_type != DT_DIR)
            zone_read(name);
        else if (depth < DEPTH_MAX)
            folder_read(name, depth + 1);
    }
    if (d)
        closedir(d);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct zone *)a)->name, ((const struct zone *)b)->name);
}

static void load(void)
{
    zones.arena = arena_new();
    zones.v = ARENA_ARRAY(zones.arena, struct zone, ZONES_MAX);
    zones.inodes = calloc(ZONES_MAX, sizeof(*zones.inodes));
    if (!zones.inodes)
        out_of_memory();
    folder_read("", 1);
    qsort(zones.v, zones.n, sizeof(*zones.v), by_name);
    free(zones.inodes);
    zones.inodes = NULL;
}

void zone_load(void)
{
    pthread_once(&zones.once, load);
}

/* ---- asking ---- */

const struct zone *zone_find(struct str name)
{
    char text[ZONE_NAME_MAX + 1] = {0};
    struct zone key = {.name = text};

    zone_load();
    if (!zone_name_fits(name))
        return NULL;
    memcpy(text, name.p, name.n);
    return zones.n ? bsearch(&key, zones.v, zones.n, sizeof(key), by_name) : NULL;
}

const char *zone_name(const struct zone *z)
{
    return z->name;
}

size_t zone_count(void)
{
    zone_load();
    return zones.n;
}

const char *zone_near(struct arena *a, struct str name)
{
    struct nearest near;

    zone_load();
    nearest_init(&near, name);
    for (size_t i = 0; i < zones.n; i++)
        nearest_try(&near, zones.v[i].name);
    return nearest_text(a, &near);
}

/* The number of changes that have happened by then. */
static size_t changes_by(const struct zone *z, int64_t utc_s)
{
    size_t low = 0, high = z->n;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (z->changes[middle].at_s <= utc_s)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct zone_span zone_at(const struct zone *z, int64_t utc_s)
{
    size_t i = changes_by(z, utc_s);
    struct zone_span span = {.from_s = i ? z->changes[i - 1].at_s : INT64_MIN,
                             .until_s = i < z->n ? z->changes[i].at_s : INT64_MAX,
                             .offset_s = i ? z->changes[i - 1].offset_s : z->first_s};
    struct zone_span later;

    if (i < z->n || !z->forever.known)
        return span;
    later = forever_at(&z->forever, utc_s);
    if (later.from_s < span.from_s)
        later.from_s = span.from_s;
    return later;
}

const char *zone_text(struct arena *a, const struct zone *z, int64_t us)
{
    int64_t s = floor_div(us, 1000000), local;
    int32_t offset = zone_at(z, s).offset_s, ahead = offset < 0 ? -offset : offset;
    struct civil day;

    local = s + offset;
    day = civil_of(floor_div(local, DAY_S));
    local -= floor_div(local, DAY_S) * DAY_S;
    return arena_f(a, "%04lld-%02d-%02d %02d:%02d %c%02d:%02d", (long long)day.year, day.month, day.day,
                   (int)(local / 3600), (int)(local / 60 % 60), offset < 0 ? '-' : '+', ahead / 3600, ahead / 60 % 60);
}
