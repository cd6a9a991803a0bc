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

/* Prints the faults that a failure names, each with its place, and fails with its words alone. */
enum err ctl_tell_items(struct scope *sc, enum err e);
/* The connector of the command's word: by its name, or a manifest's file. */
enum err ctl_connector_of(struct scope *sc, const struct ctl_args *a, const struct connector **out);
bool ctl_connector_is_file(const char *word);
/* KIND.mapping.json beside a manifest's file; NULL: there is none. */
const char *ctl_connector_mapping(struct scope *sc, const char *manifest, const char *kind);
enum err ctl_connector_new(struct scope *sc, const struct ctl_args *a);
enum err ctl_connector_pack(struct scope *sc, const struct ctl_args *a);
enum err ctl_connector_signer(struct scope *sc, const struct ctl_args *a);
enum err ctl_connector_matrix(struct scope *sc, const struct ctl_args *a);
enum err ctl_connector_cases(struct scope *sc, const struct ctl_args *a);
