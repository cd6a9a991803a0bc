#pragma once

/* A private PostgreSQL on a socket in a folder of its own: one for all tests of a binary, made when the first asks, and
 * gone with the binary however that ends. It lies in memory where that has room, and nothing is fsynced, so tests must
 * not conclude anything about speed.
 */
#define TEST_PG_TEXT_MAX 8192

/* libpq connection string of the superuser. Skips the test where PostgreSQL is not installed. */
const char *test_pg_url(void);
/* The same server as another role. */
const char *test_pg_url_as(const char *role);
void test_pg_stop(void); /* at once, like a crash */
void test_pg_start(void);
/* Before the first start: the server is to begin with the data that an earlier binary has kept below root, the
 * checkout, for the migrations as they are now. There may be none; whoever then makes them keeps them for the others,
 * which wait for that. Each does nothing where it does not apply. */
void test_pg_begin(const char *root);
void test_pg_keep(const char *root);
/* Runs statements as the superuser; a failure fails the test. The answer's fields, "|" between them, a line a row;
 * good until the next call. */
const char *test_pg_ask(const char *sql);
