#include "files/shelf_int.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kit/test.h"

static char root[64];
static struct shelf shelf;

static const char *at(const char *name)
{
    static char path[400];

    snprintf(path, sizeof(path), "%s/con/%s", root, name);
    return path;
}

static void put(const char *name, const char *text, int flags)
{
    int fd = open(at(name), O_WRONLY | flags, 0600);

    CHECK(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    close(fd);
}

static bool is_csv(const void *arg, const char *name)
{
    (void)arg;
    return strlen(name) > 4 && strcmp(name + strlen(name) - 4, ".csv") == 0;
}

static void look(void)
{
    shelf = (struct shelf){.root = root, .id = "con", .fits = is_csv};
    shelf_take(&shelf);
    CHECK_INT(shelf.error, 0);
}

static void given_shelf(void)
{
    snprintf(root, sizeof(root), "/tmp/tenon-shelf-XXXXXX");
    CHECK(mkdtemp(root) != NULL);
    look();
}

static int gone(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
    (void)st, (void)kind, (void)ftw;
    return remove(path);
}

static void shelf_gone(void)
{
    CHECK_INT(nftw(root, gone, 8, FTW_DEPTH | FTW_PHYS), 0);
}

static void settled(void)
{
    usleep(SHELF_SETTLE_NS / 1000 + 100000);
}

TEST(what_is_not_taken_starves_nothing)
{
    char name[40];

    given_shelf();
    for (int i = 0; i < 3 * SHELF_MOST; i++) {
        snprintf(name, sizeof(name), "in/%d.txt", i);
        put(name, "x", O_CREAT);
    }
    put("in/a.csv", "x", O_CREAT);
    settled();
    look();
    CHECK_INT(shelf.n, 1);
    CHECK_STR(shelf.files[0].name, "a.csv");
    shelf_gone();
}

TEST(a_file_that_cannot_be_moved_stops_no_other)
{
    char place[300];
    struct stat st;

    given_shelf();
    put("in/a.csv", "x", O_CREAT);
    put("in/b.csv", "x", O_CREAT);
    CHECK_INT(stat(at("in/a.csv"), &st), 0);
    snprintf(place, sizeof(place), "taking/%llx-%llx-1.a.csv", (unsigned long long)st.st_ino,
             (unsigned long long)(st.st_mtim.tv_sec * 1000000000LL + st.st_mtim.tv_nsec));
    CHECK_INT(mkdir(at(place), 0700), 0); /* no file takes a folder's place */
    settled();
    look();
    CHECK_INT(shelf.n, 1);
    CHECK_STR(shelf.files[0].name, "b.csv");
    CHECK_INT(shelf.stuck, 1);
    CHECK(shelf.stuck_error != 0);
    shelf_gone();
}

TEST(a_file_that_is_written_to_while_it_is_read_is_left)
{
    char to[8], place[300];
    struct shelf_read r = {.root = root, .id = "con", .to = to};

    given_shelf();
    put("in/a.csv", "ab", O_CREAT);
    settled();
    look();
    CHECK_INT(shelf.n, 1);
    r.place = shelf.files[0].place;
    r.size = shelf.files[0].octets;
    r.written_ns = shelf.files[0].written_ns;
    shelf_read(&r);
    CHECK(!r.error && !r.changed && r.n == 2);
    snprintf(place, sizeof(place), "taking/%s", shelf.files[0].place);
    put(place, "cd", O_APPEND);
    shelf_read(&r);
    CHECK(!r.error && r.changed);
    look();
    CHECK_INT(shelf.n, 0); /* it may still be being written */
    settled();
    look();
    CHECK_INT(shelf.n, 1);
    CHECK_INT(shelf.files[0].octets, 4);
    shelf_gone();
}

TEST(two_writers_of_one_name_do_not_meet)
{
    struct shelf_write a = {.root = root, .id = "con", .name = "x.csv", .unlike = "1", .p = "one", .n = 3}, b = a;
    int fd;

    given_shelf();
    look();
    b.unlike = "2";
    b.p = "two";
    CHECK_INT(mkdir(at("out"), 0700), 0);
    put("out/.x.csv.3.tmp", "of one that writes", O_CREAT);
    put("out/.x.csv.4.tmp", "of one that died", O_CREAT);
    fd = open(at("out/.x.csv.3.tmp"), O_RDONLY);
    CHECK(fd >= 0 && flock(fd, LOCK_EX) == 0);
    shelf_write(&a);
    CHECK(!a.error && !a.there);
    CHECK_INT(access(at("out/.x.csv.3.tmp"), F_OK), 0);
    CHECK_INT(access(at("out/.x.csv.4.tmp"), F_OK), -1);
    shelf_write(&b);
    CHECK(!b.error && b.there);
    CHECK_INT(access(at("out/.x.csv.2.tmp"), F_OK), -1);
    close(fd);
    shelf_gone();
}
