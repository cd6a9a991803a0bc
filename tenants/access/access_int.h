#pragma once

#include "access/callers.h"

/* Notes that the holder was used just now. Never fails; parks. Only between transactions. */
void access_used(struct scope *sc, const struct uuid *partner_id, const struct uuid *holder_id);

/* What a key or client that is made must be: ERR_INVALID, naming the member. */
enum err access_new_judge(struct scope *sc, const struct access_key_new *in);

/* False, and a line in the log, for a person whose address no mail can be sent to: one of several who are told is left
 * out, and the others are told all the same. */
bool access_can_be_told(struct scope *sc, const char *email);
