#include "flowdef/flowdef_int.h"
#include "mapping/mapping.h"

bool flowdef_key(struct arena *a, const struct flowdef *f, const struct doc *input, int64_t now_us, const char **out)
{
    struct mapping_numbers_user numbers = {.arena = a};
    struct expr_run how = {.now_ms = now_us / 1000, .user = &numbers};
    struct expr_fault fault;
    struct doc v;
    struct buf b;

    *out = NULL;
    if (!f->head.key)
        return true;
    if (!expr_eval(a, f->head.key, &how, *input, &v, &fault)) {
        *out = fault.message;
        return false;
    }
    if (expr_is_absent(v) || doc_kind(&v) == DOC_NULL)
        return true;
    buf_init(&b, a, FLOWDEF_KEY_MAX + 1);
    if (doc_kind(&v) == DOC_TEXT)
        buf_add(&b, doc_text(&v).p, doc_text(&v).n);
    else
        doc_write(&b, &v);
    if (b.full || b.n == 0 || b.n > FLOWDEF_KEY_MAX) {
        *out = "is no text of 1 to 200 octets";
        return false;
    }
    *out = buf_cstr(&b);
    return true;
}
