#pragma once

#include <string.h>

#include "connect/connect.h"
#include "main/ctl_int.h"
#include "manifest/manifest.h"
#include "json/doc.h"

#define CTL_CONNECTOR_INPUT_MAX ((size_t)64 << 20)

/* The connector of the command's word: by its name, or a manifest's file. */
enum err ctl_connector_of(struct scope *sc, const struct ctl_args *a, const struct connector **out);
enum err ctl_connector_cases(struct scope *sc, const struct ctl_args *a);
