#pragma once

#include "expr/expr.h"
#include "main/ctl_int.h"

void ctl_expr_fault(const char *what, const struct expr_fault *f);
/* The cases of JSONata's suite below a folder. */
enum err ctl_expr_test(struct scope *sc, const struct ctl_args *a);
