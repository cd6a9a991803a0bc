#pragma once

#include "main/ctl_int.h"

/* The cases of JSONata's suite below a folder. */
enum err ctl_expr_test(struct scope *sc, const struct ctl_args *a);
