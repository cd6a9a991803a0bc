#include "kit/erp.h"

#include <stdio.h>

#include "kit/stand_in.h"
#include "kit/test.h"

void test_erp_start(struct test_erp *t)
{
    const char *const argv[] = {"fake-erp", "--listen", "127.0.0.1:0", "--login-delay-ms", "0", NULL};

    t->port = test_stand_in(argv);
    if (!t->port)
        test_skip("the stand-in ERP is not built");
    snprintf(t->url, sizeof(t->url), "http://127.0.0.1:%d/erp/", t->port);
    snprintf(t->base, sizeof(t->base), "http://127.0.0.1:%d", t->port);
}
