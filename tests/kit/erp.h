#pragma once

#include <stddef.h>

/* The stand-in ERP as a process of its own, which ends with the test. */
struct test_erp {
    int port;
    char url[64];  /* of its calls */
    char base[64]; /* of its side doors: /__state, /__sales, /__control */
};

/* Before a loop exists. */
void test_erp_start(struct test_erp *t);
