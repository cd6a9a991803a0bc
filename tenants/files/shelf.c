#include "files/shelf_int.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/utf8.h"
#include "sys/fault.h"

static void fd_close(const int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

#define FD __attribute__((cleanup(fd_close))) int

/* A folder below another, made where it is not there; -1: errno says why. Never through a link. */
static int below(int in, const char *name)
{
    int fd = openat(in, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

    if (fd >= 0 || errno != ENOENT)
        return fd;
    if (mkdirat(in, name, 0770) != 0 && errno != EEXIST)
        return -1;
    return openat(in, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* One of the four. */
static int part(const char *root, const char *id, const char *name)
{
    FD top = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    FD own = top < 0 ? -1 : below(top, id);

    return own < 0 ? -1 : below(own, name);
}

/* Names that tell that a file is still being written, as usual programs give them. */
static bool is_temporary(const char *name)
{
    static const char *const ends[] = {".tmp", ".part", ".partial", ".filepart", ".crdownload", ".swp", "~", NULL};
    size_t n = strlen(name);

    for (size_t i = 0; ends[i]; i++)
        if (n >= strlen(ends[i]) && strcmp(name + n - strlen(ends[i]), ends[i]) == 0)
            return true;
    return *name == '.';
}

static bool name_fits(const char *name)
{
    struct str s = {name, strlen(name)};

    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] < ' ' || s.p[i] == 0x7f)
            return false;
    return s.n <= SHELF_NAME_MAX && utf8_valid(s, NULL);
}

static int64_t ns_of(const struct timespec *t)
{
    return (int64_t)t->tv_sec * 1000000000 + t->tv_nsec;
}

/* By the time of its last change, which nobody can set: contents, owner and name count. */
static bool is_settled(const struct stat *st)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return ns_of(&now) - ns_of(&st->st_ctim) >= SHELF_SETTLE_NS || ns_of(&now) < ns_of(&st->st_ctim);
}

/* Many programs set it back when they have ended, and none while it writes. */
static bool is_written(const struct stat *st)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return ns_of(&now) - ns_of(&st->st_mtim) >= SHELF_SETTLE_NS || ns_of(&now) < ns_of(&st->st_mtim);
}

/* "INODE-TIME-SIZE.NAME": what it is called is this version of it, and no other. Whether it was moved; one that cannot
 * be stops no other. */
static bool take_one(struct shelf *s, int in, int taking, const char *name)
{
    char place[SHELF_PLACE_MAX + 1];
    struct stat st;

    if (fstatat(in, name, &st, AT_SYMLINK_NOFOLLOW) != 0 || S_ISDIR(st.st_mode))
        return false;
    if (!S_ISREG(st.st_mode) || st.st_nlink != 1 || !name_fits(name)) {
        s->unfit++;
        return false;
    }
    if (!is_settled(&st) || (s->fits && !s->fits(s->arg, name)))
        return false;
    snprintf(place, sizeof(place), "%llx-%llx-%llx.%s", (unsigned long long)st.st_ino,
             (unsigned long long)ns_of(&st.st_mtim), (unsigned long long)st.st_size, name);
    if (renameat(in, name, taking, place) != 0) {
        s->stuck += errno != ENOENT;
        s->stuck_error = errno != ENOENT ? errno : s->stuck_error;
        return false;
    }
    FAULT_POINT("folder.after_take");
    return true;
}

static void list_one(struct shelf *s, int taking, const char *place)
{
    const char *name = strchr(place, '.');
    struct shelf_file *f = &s->files[s->n];
    struct stat st;

    if (!name || strlen(name + 1) > SHELF_NAME_MAX || strlen(place) > SHELF_PLACE_MAX ||
        fstatat(taking, place, &st, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(st.st_mode) || !is_written(&st))
        return;
    memcpy(f->name, name + 1, strlen(name + 1) + 1);
    memcpy(f->place, place, strlen(place) + 1);
    f->octets = (uint64_t)st.st_size;
    f->written_ns = ns_of(&st.st_mtim);
    s->n++;
}

/* Each entry of a folder. */
static void each(struct shelf *s, int in, int taking, bool taken)
{
    int fd = dup(taken ? taking : in);
    DIR *d = fd < 0 ? NULL : fdopendir(fd);
    const struct dirent *e;
    unsigned moves = 0;

    if (!d) {
        s->error = errno;
        s->doing = "reading a folder";
        fd_close(&fd);
        return;
    }
    for (unsigned i = 0; i < SHELF_SEEN_MAX && s->n < SHELF_MOST && moves < SHELF_MOST && (e = readdir(d)); i++)
        if (taken && *e->d_name != '.')
            list_one(s, taking, e->d_name);
        else if (!taken && !is_temporary(e->d_name))
            moves += take_one(s, in, taking, e->d_name);
    closedir(d);
}

void shelf_take(void *shelf)
{
    struct shelf *s = shelf;
    FD in = part(s->root, s->id, "in");
    FD taking = in < 0 ? -1 : part(s->root, s->id, "taking");

    s->error = 0;
    s->stuck_error = 0;
    s->n = 0;
    s->unfit = s->stuck = 0;
    if (taking < 0) {
        s->error = errno;
        s->doing = "opening the connection's folder";
        return;
    }
    each(s, in, taking, false);
    each(s, in, taking, true);
}

void shelf_read(void *read_)
{
    struct shelf_read *r = read_;
    FD taking = part(r->root, r->id, "taking");
    FD fd = taking < 0 ? -1 : openat(taking, r->place, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    struct stat st;
    ssize_t got = 1;

    r->n = 0;
    r->error = fd < 0 ? errno : 0;
    while (fd >= 0 && !r->error && got > 0) {
        got = r->n < r->size ? read(fd, r->to + r->n, r->size - r->n) : 0;
        if (got < 0 && errno != EINTR)
            r->error = errno;
        if (got > 0)
            r->n += (size_t)got;
        if (got < 0 && errno == EINTR)
            got = 1;
    }
    r->changed = fd >= 0 && !r->error &&
                 (fstat(fd, &st) != 0 || (uint64_t)st.st_size != r->size || ns_of(&st.st_mtim) != r->written_ns ||
                  r->n != r->size);
}

void shelf_move(void *move)
{
    struct shelf_move *m = move;
    FD taking = part(m->root, m->id, "taking");
    FD to = taking < 0 ? -1 : part(m->root, m->id, m->failed ? "failed" : "done");
    char other[SHELF_PLACE_MAX + 1];

    m->error = to < 0 ? errno : 0;
    if (to < 0)
        return;
    if (renameat2(taking, m->place, to, m->name, RENAME_NOREPLACE) == 0 || errno == ENOENT)
        return;
    snprintf(other, sizeof(other), "%s.%s", m->unlike, m->name);
    if (renameat2(taking, m->place, to, other, RENAME_NOREPLACE) != 0 && errno != ENOENT)
        m->error = errno;
}

static int write_all(int fd, const char *p, size_t n)
{
    while (n) {
        ssize_t put = write(fd, p, n);

        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return errno;
        p += put;
        n -= (size_t)put;
    }
    return fsync(fd) == 0 ? 0 : errno;
}

/* Of writers that died before a file of this name was whole: whoever still writes one holds a lock on it. */
static void sweep(int out, const char *name)
{
    int fd = openat(out, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *d = fd < 0 ? NULL : fdopendir(fd);
    const struct dirent *e;

    if (!d) {
        fd_close(&fd);
        return;
    }
    for (unsigned i = 0; i < SHELF_SEEN_MAX && (e = readdir(d)); i++) {
        size_t n = strlen(name), all = strlen(e->d_name);

        if (*e->d_name == '.' && all > n + 5 && strncmp(e->d_name + 1, name, n) == 0 && e->d_name[n + 1] == '.' &&
            strcmp(e->d_name + all - 4, ".tmp") == 0) {
            FD left = openat(out, e->d_name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

            if (left >= 0 && flock(left, LOCK_EX | LOCK_NB) == 0)
                (void)unlinkat(out, e->d_name, 0);
        }
    }
    closedir(d);
}

/* Whether what has the name is what was opened: over a network a rename may be done and say that it was not. */
static bool is_of(int in, const char *name, int fd)
{
    struct stat there, ours;
    int was = errno;
    bool same = fstatat(in, name, &there, AT_SYMLINK_NOFOLLOW) == 0 && fstat(fd, &ours) == 0 &&
                there.st_dev == ours.st_dev && there.st_ino == ours.st_ino;

    errno = was;
    return same;
}

void shelf_write(void *write_)
{
    struct shelf_write *w = write_;
    char other[SHELF_PLACE_MAX + 1];
    FD out = part(w->root, w->id, "out");
    FD fd = -1;

    snprintf(other, sizeof(other), ".%s.%s.tmp", w->name, w->unlike);
    w->there = false;
    w->error = out < 0 ? errno : 0;
    if (out < 0)
        return;
    sweep(out, w->name);
    fd = openat(out, other, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0660);
    w->error = fd < 0 ? errno : flock(fd, LOCK_EX | LOCK_NB) == 0 ? write_all(fd, w->p, w->n) : errno;
    if (fd < 0)
        return;
    FAULT_POINT("folder.before_write");
    if (!w->error && renameat2(out, other, out, w->name, RENAME_NOREPLACE) != 0) {
        w->there = errno == EEXIST;
        w->error = w->there || is_of(out, w->name, fd) ? 0 : errno;
    }
    if (w->error || w->there)
        (void)unlinkat(out, other, 0);
    (void)fsync(out);
    FAULT_POINT("folder.after_write");
}

void shelf_find(void *write_)
{
    struct shelf_write *w = write_;
    FD out = part(w->root, w->id, "out");
    struct stat st;

    w->error = out < 0 ? errno : 0;
    w->there = out >= 0 && fstatat(out, w->name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}
