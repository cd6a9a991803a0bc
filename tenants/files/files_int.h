#pragma once

#include <string.h>

#include "files/files.h"
#include "rows/rows.h"

#define FILES_OBJECT_MAX 64

/* What a connection's settings say. */
struct files_settings {
    struct rows_format format;
    const char *object;
    bool once;         /* a row whose key came before is not taken again */
    bool folder;       /* there is a folder that is looked at */
    const char *match; /* of the names of files that are taken from there; NULL: any */
};
/* Faults by scope_item. */
enum err files_settings_read(struct scope *sc, const struct doc *settings, struct files_settings *out);
enum err files_settings_of(struct scope *sc, const char *text, struct files_settings *out);
bool files_name_fits(const struct files_settings *s, const char *name);

/* The folder of a connection; each call moves on the side pool. */
enum err files_folder_look(struct scope *sc, const struct files_due *of, const char *root,
                           const struct files_settings *s, const struct connection *c);
