#pragma once

#include "brand/brand.h"

/* Inside the room: what uploaded images must be before they are kept. Both write anew what they have read. */
enum err svg_rewrite(struct scope *sc, struct str in, struct str *out);
enum err png_rewrite(struct scope *sc, struct str in, struct str *out);
enum err image_own(struct scope *sc, const struct brand *b); /* those of a pack, before they are referred to */
