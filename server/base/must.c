#include "base/must.h"

#include <stdio.h>
#include <stdlib.h>

void must_be_failed(const char *what, const char *file, int line)
{
    (void)fprintf(stderr, "{\"level\":\"fatal\",\"msg\":\"invariant broken\",\"what\":\"%s\",\"at\":\"%s:%d\"}\n", what,
                  file, line);
    abort();
}

void out_of_memory(void)
{
    static const char text[] = "{\"level\":\"fatal\",\"msg\":\"out of memory\"}\n";

    (void)fputs(text, stderr);
    abort();
}
