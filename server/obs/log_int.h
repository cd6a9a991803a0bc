#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One line of JSON in the making. What does not fit is cut, and the line says so; it stays valid JSON of at most one
 * page, which a pipe takes whole.
 */
#define LOG_LINE_MAX 4096

struct log_text {
    char p[LOG_LINE_MAX];
    size_t n;
    bool cut;
};

void log_text_begin(struct log_text *t);
void log_text_string(struct log_text *t, const char *key, const char *value); /* NULL writes null */
void log_text_number(struct log_text *t, const char *key, int64_t value);
/* A list of strings; the items are added between. */
bool log_text_list_begin(struct log_text *t, const char *key);
void log_text_item(struct log_text *t, const char *value);
void log_text_list_end(struct log_text *t);
void log_text_end(struct log_text *t); /* with the line's end */
