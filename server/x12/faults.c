#include "x12/x12_int.h"

/* X12's codes in words. */
struct meaning {
    enum x12_level level;
    const char *code, *text;
};

static const struct meaning meanings[] = {
    {X12_INTERCHANGE, "001", "the control number of the IEA segment is not that of the ISA"},
    {X12_INTERCHANGE, "006", "the sender's id does not fill its 15 places"},
    {X12_INTERCHANGE, "008", "the receiver's id does not fill its 15 places"},
    {X12_INTERCHANGE, "014", "the date is none"},
    {X12_INTERCHANGE, "015", "the time is none"},
    {X12_INTERCHANGE, "018", "the control number is none of nine digits"},
    {X12_INTERCHANGE, "020", "the test indicator is neither P nor T"},
    {X12_INTERCHANGE, "021", "the IEA segment counts other groups than there are"},
    {X12_INTERCHANGE, "022", "a segment stands where the envelope has no place for it"},
    {X12_INTERCHANGE, "023", "it ends before its IEA segment"},
    {X12_INTERCHANGE, "024", "an element of the ISA segment does not have its width"},
    {X12_INTERCHANGE, "026", "the separators are not four different characters that are no letters"},
    {X12_GROUP, "1", "there is no set of this group that is read"},
    {X12_GROUP, "3", "its GE segment is missing"},
    {X12_GROUP, "4", "the control number of the GE segment is not that of the GS"},
    {X12_GROUP, "5", "the GE segment counts other sets than there are"},
    {X12_GROUP, "6", "the control number is none of at most nine digits"},
    {X12_SET, "1", "there is no structure of this set"},
    {X12_SET, "2", "its SE segment is missing"},
    {X12_SET, "3", "the control number of the SE segment is not that of the ST"},
    {X12_SET, "4", "the SE segment counts other segments than there are"},
    {X12_SET, "5", "segments are in error"},
    {X12_SET, "6", "the set's code is none, or not one of this group"},
    {X12_SET, "7", "the control number is none of 4 to 9 characters"},
    {X12_SET, "23", "the control number came before in this group"},
    {X12_SEGMENT, "1", "no segment has this id"},
    {X12_SEGMENT, "2", "the segment is not expected here"},
    {X12_SEGMENT, "3", "a mandatory segment is missing"},
    {X12_SEGMENT, "4", "the loop occurs too often"},
    {X12_SEGMENT, "5", "the segment stands there too often"},
    {X12_SEGMENT, "6", "the set has no such segment"},
    {X12_SEGMENT, "7", "the segment is not in its proper place"},
    {X12_SEGMENT, "8", "the segment has elements in error"},
    {X12_ELEMENT, "1", "a mandatory element is missing"},
    {X12_ELEMENT, "2", "an element is missing that another one needs"},
    {X12_ELEMENT, "3", "there are too many elements, components or repetitions"},
    {X12_ELEMENT, "4", "the value is too short"},
    {X12_ELEMENT, "5", "the value is too long"},
    {X12_ELEMENT, "6", "a character does not belong there"},
    {X12_ELEMENT, "7", "the code is none of the list"},
    {X12_ELEMENT, "8", "the date is none"},
    {X12_ELEMENT, "9", "the time is none"},
    {X12_ELEMENT, "10", "the element excludes another one that is there"},
};

const char *x12_meaning(enum x12_level level, struct str code)
{
    for (size_t i = 0; i < sizeof(meanings) / sizeof(*meanings); i++)
        if (meanings[i].level == level && str_is(code, meanings[i].code))
            return meanings[i].text;
    return "";
}

void x12_fault_add(struct arena *a, struct x12_faults *f, const struct x12_fault *fault)
{
    size_t room = f->n + (f->n ? f->n : 4);

    f->rejects |= fault->rejects;
    /* Those of the whole are few, and must not be lost behind those of its segments. */
    if (f->n >= X12_FAULTS_MAX && fault->level != X12_SET) {
        f->more++;
        return;
    }
    if ((f->n & (f->n - 1)) == 0 && (f->n == 0 || f->n >= 4))
        f->items = arena_grow(a, f->items, f->n * sizeof(*f->items), room * sizeof(*f->items));
    f->items[f->n] = *fault;
    f->items[f->n].meaning = x12_meaning(fault->level, str_of(fault->code));
    f->n++;
}
