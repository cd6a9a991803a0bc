#include "audit/audit.h"

void audit_note(struct scope *sc, const struct audit_act *act)
{
    (void)sc;
    (void)act;
}

enum err audit_read(struct scope *sc, const char *action, const char *object_kind, const struct uuid *object_id)
{
    (void)sc;
    (void)action;
    (void)object_kind;
    (void)object_id;
    return OK;
}
