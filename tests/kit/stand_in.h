#pragma once

/* A stand-in of an outside system as a process of its own, which ends with the test. argv[0] is the program, which lies
 * beside the test's own binary and says "url=http://127.0.0.1:PORT/…" first. Its port; 0: it is not built. Before a
 * loop exists. */
int test_stand_in(const char *const *argv);
