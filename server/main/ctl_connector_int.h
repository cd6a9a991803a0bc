#pragma once

#include <string.h>

#include "connect/connect.h"
#include "main/ctl_int.h"
#include "manifest/manifest.h"
#include "json/doc.h"

#define CTL_CONNECTOR_INPUT_MAX ((size_t)64 << 20)

/* What a new connector begins with; ends with a NULL name. */
struct ctl_template {
    const char *name, *text;
};
extern const struct ctl_template ctl_connector_templates[];

/* The connector of the command's word: by its name, or a manifest's file. */
enum err ctl_connector_of(struct scope *sc, const struct ctl_args *a, const struct connector **out);
enum err ctl_connector_new(struct scope *sc, const struct ctl_args *a);
enum err ctl_connector_matrix(struct scope *sc, const struct ctl_args *a);
enum err ctl_connector_cases(struct scope *sc, const struct ctl_args *a);
