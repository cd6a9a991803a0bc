#pragma once

#include "base/buf.h"

/* What `doc` is measured with: payloads as shops and ERPs send them, the same in every run. */
#define PAYLOAD_COUNT 5

struct payload {
    const char *name;
    void (*put)(struct buf *out);
};

extern const struct payload payloads[PAYLOAD_COUNT];
