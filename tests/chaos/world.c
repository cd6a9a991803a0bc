/* world: loaded before a program's own libraries, it shows that program a world in which the clock is wrong or the disk
 * is full, as two numbers in the file named by WORLD say: seconds that the clock of the day is ahead, and whether no
 * file can grow. Both may change at any moment. Clocks that only count (since the start of the machine) go on as they
 * are: that is what a step of the clock is. A full disk still takes what is written over what is there, as a real one
 * does; that no new file can be made on a disk without inodes is not shown.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

struct world {
    int64_t ahead_s, full;
    int64_t refused; /* writes, for want of room: told, not asked */
};

static volatile struct world *world;

__attribute__((constructor)) static void world_open(void)
{
    const char *name = getenv("WORLD");
    int fd = name ? open(name, O_RDWR | O_CLOEXEC) : -1;
    void *at = fd < 0 ? MAP_FAILED : mmap(NULL, sizeof(*world), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

    if (at != MAP_FAILED)
        world = at;
    if (fd >= 0)
        close(fd);
}

/* ---- the clock ---- */

int clock_gettime(clockid_t clock, struct timespec *out)
{
    long status = syscall(SYS_clock_gettime, clock, out);

    if (status == 0 && world && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
        out->tv_sec += world->ahead_s;
    return (int)status;
}

int gettimeofday(struct timeval *restrict out, void *restrict zone)
{
    struct timespec t;
    int status = clock_gettime(CLOCK_REALTIME, &t);

    (void)zone;
    *out = (struct timeval){t.tv_sec, t.tv_nsec / 1000};
    return status;
}

time_t time(time_t *out)
{
    struct timespec t = {0};

    (void)clock_gettime(CLOCK_REALTIME_COARSE, &t);
    if (out)
        *out = t.tv_sec;
    return t.tv_sec;
}

/* ---- the disk ---- */

static int grows(int fd, off_t from, size_t n)
{
    struct stat st;

    if (!world || !world->full || fd <= STDERR_FILENO || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
        return 0;
    if (from < 0)
        from = lseek(fd, 0, SEEK_CUR);
    if (from + (off_t)n <= st.st_size)
        return 0;
    world->refused++;
    return 1;
}

static size_t total(const struct iovec *v, int count)
{
    size_t n = 0;

    for (int i = 0; i < count; i++)
        n += v[i].iov_len;
    return n;
}

static long refuse(void)
{
    errno = ENOSPC;
    return -1;
}

ssize_t write(int fd, const void *from, size_t n)
{
    return grows(fd, -1, n) ? refuse() : syscall(SYS_write, fd, from, n);
}

ssize_t pwrite(int fd, const void *from, size_t n, off_t at)
{
    return grows(fd, at, n) ? refuse() : syscall(SYS_pwrite64, fd, from, n, at);
}

ssize_t pwrite64(int fd, const void *from, size_t n, off_t at)
{
    return pwrite(fd, from, n, at);
}

ssize_t writev(int fd, const struct iovec *v, int count)
{
    return grows(fd, -1, total(v, count)) ? refuse() : syscall(SYS_writev, fd, v, count);
}

ssize_t pwritev(int fd, const struct iovec *v, int count, off_t at)
{
    return grows(fd, at, total(v, count)) ? refuse() : syscall(SYS_pwritev, fd, v, count, at, 0L);
}

ssize_t pwritev64(int fd, const struct iovec *v, int count, off_t at)
{
    return pwritev(fd, v, count, at);
}

int posix_fallocate(int fd, off_t at, off_t n)
{
    if (grows(fd, at, (size_t)n))
        return ENOSPC;
    return syscall(SYS_fallocate, fd, 0, at, n) == 0 ? 0 : errno;
}

int posix_fallocate64(int fd, off_t at, off_t n)
{
    return posix_fallocate(fd, at, n);
}
