#pragma once

#include <time.h>

/* banned: calls that this house does not make, as errors of the compiler. Poisoning the names would break system
 * headers that are included later; a prototype that is deprecated does not, wherever it stands. tests/arch looks for
 * the calls as well, because a macro (alloca) or a missing prototype (gets) gives the compiler nothing to refuse.
 */
#define BANNED(instead) __attribute__((deprecated("banned here: " instead)))

/* NOLINTBEGIN(readability-redundant-declaration) */
char *strcpy(char *restrict, const char *restrict) BANNED("use arena_strdup or memcpy");
char *strcat(char *restrict, const char *restrict) BANNED("use buf");
int sprintf(char *restrict, const char *restrict, ...) BANNED("use arena_f, buf_f or snprintf");
char *strtok(char *restrict, const char *restrict) BANNED("use strtok_r or struct str");
struct tm *gmtime(const time_t *) BANNED("use time_civil");
struct tm *localtime(const time_t *) BANNED("use time_civil");
int atoi(const char *) BANNED("use decimal_parse_plain or strtol, which see mistakes");
int rand(void) BANNED("use crypto_random or uuid_new");
int system(const char *) BANNED("start programs with posix_spawn");
/* NOLINTEND(readability-redundant-declaration) */
#pragma GCC diagnostic error "-Walloca"
