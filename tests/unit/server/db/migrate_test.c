#include "db_kit.h"

#include <dirent.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[] = "/tmp/tenon-migrate-XXXXXX";

static void folder_remove(void)
{
    DIR *dir = opendir(folder);
    struct dirent *d;

    while (dir && (d = readdir(dir)))
        unlinkat(dirfd(dir), d->d_name, 0);
    if (dir)
        closedir(dir);
    if (rmdir(folder) != 0)
        fprintf(stderr, "%s stays\n", folder);
}

static void file_put(const char *name, const char *text)
{
    char path[256];
    FILE *f;

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    f = fopen(path, "w");
    MUST_BE(f);
    fputs(text, f);
    fclose(f);
}

static void given(void)
{
    MUST_BE(mkdtemp(folder));
    atexit(folder_remove);
    test_pg_ask("drop schema if exists tenon cascade; drop table if exists schema_migration, m1, m2, m3;");
    file_put("0001_first.sql", "create table m1 (a int);\ninsert into m1 values (1);\n");
    file_put("0002_second.sql", "create table m2 (a int); -- Zoë\n");
    file_put("0002_second.undo.sql", "drop table m2;\n");
    file_put("README.md", "not a migration\n");
}

TEST(migrations_are_applied_once_and_in_order)
{
    struct scope *sc = test_scope();

    given();
    CHECK_OK(db_migrate(sc, test_pg_url(), folder));
    CHECK_OK(db_migrate(sc, test_pg_url(), folder));
    CHECK_STR(test_pg_ask("select string_agg(version || name, ',' order by version) from schema_migration"),
              "1first,2second");
    CHECK_STR(test_pg_ask("select count(*) from m1"), "1");
    file_put("0003_third.sql", "create table m3 (a int);");
    CHECK_OK(db_migrate(sc, test_pg_url(), folder));
    CHECK_STR(test_pg_ask("select count(*) from schema_migration"), "3");
}

TEST(a_migration_changed_after_its_application_is_named)
{
    struct scope *sc = test_scope();

    given();
    CHECK_OK(db_migrate(sc, test_pg_url(), folder));
    file_put("0001_first.sql", "create table m1 (a int, b int);\n");
    file_put("0003_third.sql", "create table m3 (a int);");
    CHECK_ERR(db_migrate(sc, test_pg_url(), folder), ERR_CONFLICT);
    CHECK(strstr(scope_fault(sc)->message, "0001_first.sql") != NULL);
    CHECK_STR(test_pg_ask("select to_regclass('m3') is null"), "t");
}

TEST(a_migration_that_fails_leaves_nothing_of_itself)
{
    struct scope *sc = test_scope();

    given();
    file_put("0003_third.sql", "create table m3 (a int); select 1 / 0;");
    CHECK_ERR(db_migrate(sc, test_pg_url(), folder), ERR_INTERNAL);
    CHECK(strstr(scope_fault(sc)->message, "0003_third.sql") != NULL);
    CHECK(strstr(scope_fault(sc)->detail, "division by zero") != NULL);
    CHECK_STR(test_pg_ask("select to_regclass('m3') is null, count(*) from schema_migration"), "t|2");
}

TEST(a_migration_that_commits_itself_is_refused)
{
    struct scope *sc = test_scope();

    given();
    file_put("0003_third.sql", "create table m3 (a int); commit;");
    CHECK_ERR(db_migrate(sc, test_pg_url(), folder), ERR_INVALID);
}

TEST(a_folder_with_a_stray_name_or_a_number_used_twice_is_refused)
{
    struct scope *sc = test_scope();

    given();
    file_put("0002_other.sql", "select 1;");
    CHECK_ERR(db_migrate(sc, test_pg_url(), folder), ERR_INVALID);
    file_put("12_short.sql", "select 1;");
    CHECK_ERR(db_migrate(sc, test_pg_url(), folder), ERR_INVALID);
    CHECK_ERR(db_migrate(sc, test_pg_url(), "/tmp/tenon-no-such-folder"), ERR_INVALID);
    CHECK_STR(test_pg_ask("select to_regclass('m1') is null"), "t");
}

TEST(two_migrations_at_once_are_one)
{
    int status = 1;
    pid_t other;

    given();
    test_pg_url();
    file_put("0003_third.sql", "create table m3 (a int); select pg_sleep(0.3);");
    other = fork();
    if (other == 0) {
        struct scope *sc = scope_new();
        enum err e = db_migrate(sc, test_pg_url(), folder);

        _exit(e != OK);
    }
    CHECK_OK(db_migrate(test_scope(), test_pg_url(), folder));
    CHECK(waitpid(other, &status, 0) == other && status == 0);
    CHECK_STR(test_pg_ask("select count(*) from schema_migration"), "3");
}

/* Another process holds what the migration needs for longer than a try waits for it. */
TEST(a_migration_waits_two_seconds_for_a_lock_and_comes_again)
{
    int ready[2], status = 1;
    char c;
    pid_t other;

    given();
    CHECK_OK(db_migrate(test_scope(), test_pg_url(), folder));
    MUST_BE(pipe(ready) == 0);
    other = fork();
    if (other == 0) {
        PGconn *pg = PQconnectdb(test_pg_url());

        PQclear(PQexec(pg, "begin; lock table m1 in access share mode"));
        MUST_BE(write(ready[1], "x", 1) == 1);
        PQclear(PQexec(pg, "select pg_sleep(2.4); commit"));
        PQfinish(pg);
        _exit(0);
    }
    MUST_BE(read(ready[0], &c, 1) == 1);
    file_put("0003_third.sql", "create table m3 as select current_setting('lock_timeout') as waits;"
                               "alter table m1 add b int;");
    CHECK_OK(db_migrate(test_scope(), test_pg_url(), folder));
    CHECK_STR(test_pg_ask("select waits from m3"), "2s");
    CHECK(waitpid(other, &status, 0) == other && status == 0);
    close(ready[0]);
    close(ready[1]);
}

TEST(a_server_that_cannot_be_reached_is_unavailable)
{
    given();
    CHECK_ERR(db_migrate(test_scope(), "host=/tmp/tenon-pg-nowhere", folder), ERR_UNAVAILABLE);
}
