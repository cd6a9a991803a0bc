#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/scope.h"
#include "json/doc_value.h"

/* x12: interchanges of ANSI ASC X12 as documents, and back, and what is answered to them (997, TA1). Knows no partner,
 * no tenant, no clock and no I/O; an interchange whose control number came before is the caller's to know, who is given
 * the key for that. The fact people get wrong: X12 has no way to escape a separator, so a text that holds one cannot be
 * written with it and is refused; and the separators are whatever octets stand in the ISA, of every sender its own.
 *
 * Reading keeps every segment, element, repetition and component, also of what is not in order, and tells what is wrong
 * by X12's own codes. The structures are those of 4010 and are taken for all versions, with 6-digit dates before that.
 *
 * A document of a set, for expressions (ops/docs/edi.md):
 *   {"set": "850",
 *    "ST": {"ST01": "850", "ST02": "0001"},
 *    "BEG": {"BEG01": "00", "BEG03": "4711"},           at most one: an object
 *    "REF": [{"REF01": "DP", "REF02": "38"}],           may repeat: always a list
 *    "PO1": [{"PO101": "1", "PO102": "5",               a loop: what its first segment says, and what is in it
 *             "PID": [{"PID05": "Tea"}]}],
 *    "unplaced": [{"segment": "ZZZ", "at": 7, "ZZZ01": "x"}]}    what the structure has no place for
 * Elements are texts, none when empty (but the last one of a segment that ends with a separator). One with components
 * is an object {"SLN0501": "PC", …}, a repeated one a list. HL loops hang below their parent: HL.HL.HL. A set without a
 * structure has "segments", a list like "unplaced". A file is {"interchanges": [{"ISA": …, "separators": …, "groups":
 * [{"GS": …, "sets": […]}]}]}. SE, GE and IEA are not in documents: they only count.
 */
#define X12_OCTETS_MAX   ((size_t)16 << 20) /* of a file */
#define X12_SEGMENTS_MAX 500000
#define X12_PARTS_MAX    2000000 /* elements, repetitions and components */
#define X12_ELEMENTS_MAX 200     /* of a segment */
#define X12_HL_DEPTH_MAX 12
#define X12_FAULTS_MAX   500 /* told of a set; the rest is counted */

struct x12_separators {
    char element, component, repetition; /* repetition: NUL before version 00402, and where there is none */
    char terminator[5];                  /* one character, which may be of UTF-8; "\n" stands for any line end */
};
extern const struct x12_separators x12_separators_usual; /* * > ^ ~ */

enum x12_level { X12_INTERCHANGE, X12_GROUP, X12_SET, X12_SEGMENT, X12_ELEMENT };

/* One thing that is wrong. Codes are X12's: TA105 (I18), AK905 (716), AK502 (718), AK304 (720), AK403 (723). */
struct x12_fault {
    enum x12_level level;
    const char *code;
    bool rejects;        /* false: noted only */
    struct str segment;  /* its id; of one that is missing, too */
    const char *loop;    /* the loop it is in, by its first segment; NULL: none */
    uint32_t at;         /* which segment of the set, ST is 1; 0: not of a segment */
    uint16_t element;    /* from 1; 0: not of an element */
    uint16_t component;  /* from 1; 0: not of a component */
    uint16_t repetition; /* from 1; 0: the element does not repeat */
    struct str value;    /* what stands there */
    const char *meaning; /* for a person */
};
struct x12_faults {
    struct x12_fault *items;
    size_t n, more;
    bool rejects;
};

struct x12_segment {
    struct str id;
    const struct str *elements; /* as they stand, with their repetitions and components */
    uint32_t n;
    uint32_t line; /* which segment of the file, from 1 */
};

struct x12_node; /* a set's segments by its structure */

struct x12_set {
    struct str code, control;           /* ST01, ST02 */
    const struct x12_segment *segments; /* ST to SE, as they came */
    size_t n;
    bool supported;
    const struct x12_node *root; /* NULL: not supported */
    struct x12_faults faults;    /* X12_SET, X12_SEGMENT, X12_ELEMENT */
};

struct x12_group {
    const struct x12_segment *gs;
    struct str code, control, version; /* GS01, GS06, GS08 */
    struct x12_set *sets;
    size_t n;
    int64_t told; /* how many its trailer counts; -1: no number */
    struct x12_faults faults;
};

struct x12_interchange {
    const struct x12_segment *isa;
    struct x12_separators separators;
    struct str control;            /* ISA13 */
    const struct x12_segment *ta1; /* what the sender says of interchanges of ours */
    size_t ta1_n;
    struct x12_group *groups;
    size_t n;
    /* Sender, receiver and control number with a bar between: of two interchanges with the same one the second is a
     * repeat and must not be worked on. */
    const char *key;
    struct x12_faults faults;
};

struct x12_file {
    struct x12_interchange *items;
    size_t n;
};

/* ERR_INVALID: it does not begin with an ISA segment; ERR_TOO_LARGE: over one of the limits. Whatever else is wrong is
 * told in the file's faults. What is read points into the text. */
enum err x12_read(struct scope *sc, struct str text, struct x12_file *out);

/* As documents. One set with the ISA and GS that it came in, for mappings; the whole file, each level with a list of
 * its faults where they are wanted. */
struct doc x12_set_document(struct arena *a, const struct x12_interchange *in, const struct x12_group *group,
                            const struct x12_set *set);
struct doc x12_document(struct arena *a, const struct x12_file *file, bool with_faults);

/* ---- writing ---- */

/* A file's document as octets. Counts are worked out; a set without ST02 is numbered within its group from 1;
 * separators are `use`, else the document's own, else the usual ones. ERR_INVALID with a pointer to what X12 cannot
 * say: a name that the set's structure does not have there, a value with a separator in it. */
enum err x12_write(struct scope *sc, const struct doc *file, const struct x12_separators *use, struct buf *out);

struct x12_envelope {
    const char *sender_qualifier, *sender;     /* ISA05, ISA06 */
    const char *receiver_qualifier, *receiver; /* ISA07, ISA08 */
    const char *group_sender, *group_receiver; /* GS02, GS03 */
    int64_t control, group_control;            /* ISA13, GS06: 1 to 999999999 */
    int64_t now_us;                            /* ISA09, ISA10, GS04, GS05: in UTC */
    bool test;                                 /* ISA15 */
};
/* Sets of one functional group as a file's document in version 004010. ERR_INVALID: they are not of one group, or a
 * part of the envelope does not fit. */
enum err x12_enclose(struct scope *sc, const struct x12_envelope *e, const struct doc *sets, size_t n, struct doc *out);

/* ---- acknowledging ---- */

enum x12_verdict { X12_ACCEPTED, X12_ERRORS_NOTED, X12_PARTLY, X12_REJECTED };
enum x12_verdict x12_set_verdict(const struct x12_set *set);
enum x12_verdict x12_group_verdict(const struct x12_interchange *in, const struct x12_group *group);

struct x12_ack {
    int64_t control, group_control; /* of the first interchange and group of the answer; further ones count up */
    int64_t now_us;
    bool of_acknowledgements; /* also what is 997 itself, which by X12 is never acknowledged */
};
/* A file's document with an interchange for each one that came: a TA1 where the sender asks for it or something is
 * wrong with the envelope, and a 997 for each group. A rejected interchange takes its groups with it. An interchange
 * that needs no answer gets none. */
enum err x12_acknowledge(struct scope *sc, const struct x12_file *file, const struct x12_ack *how, struct doc *out);

/* What a partner's 997, or 999, says of ours. Words are of codes, segments and elements, for a person; "": none. */
struct x12_acked_set {
    struct str code, control; /* AK201, AK202 */
    enum x12_verdict verdict;
    struct str codes[5]; /* AK502 to AK506 */
    const char *words;
};
struct x12_acked {
    struct str code, control; /* AK101, AK102: which group */
    enum x12_verdict verdict;
    int64_t told, received, accepted; /* AK902 to AK904; -1: no number */
    const struct x12_acked_set *sets; /* those it names; of a group accepted as a whole there may be none */
    size_t n;
    const char *words; /* of the group's own codes */
};
/* ERR_INVALID: it is no 997 and no 999, or does not say what it is about or what became of it. */
enum err x12_acked_read(struct scope *sc, const struct x12_set *set, struct x12_acked *out);
/* One of X12's codes in words; "": it is not known. */
const char *x12_meaning(enum x12_level level, struct str code);
