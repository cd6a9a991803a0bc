#include <stdlib.h>

#include "x12/x12_int.h"

/* What is known of segments' elements, by 4010: a word for each: its type (A text, I code, N integer or implied
 * decimals, R decimal, D date, T time, C… composite), least and greatest length, M when it is mandatory. "..." ends
 * what is known with certainty. Behind the bar are the notes: P all or none, R at least one, E at most one, C the first
 * needs the others, L the first needs one of the others. Sorted by id. */

#define PAIRS3  "I2-2 A1-48 I2-2 A1-48 I2-2 A1-48 "
#define PAIRS9  PAIRS3 PAIRS3 PAIRS3
#define PAIRS10 PAIRS9 "I2-2 A1-48 "
#define FROM06  "P0607 P0809 P1011 P1213 P1415 P1617 P1819 P2021 P2223 P2425"

const struct x12_definition x12_segments[] = {
    {"ACK", "I2-2M R1-15 I2-2 I3-3 D A1-45 " PAIRS10 "I2-2 ...|P0203 C0405 P0708 P0910 P1112 P1314 P1516"},
    {"ADX", "R1-18M I2-2M I2-3 A1-30|P0304"},
    {"AK1", "I2-2M N1-9M ..."},
    {"AK2", "I3-3M A4-9M ..."},
    {"AK3", "I2-3M N1-6M A1-6 I1-3 I1-3 I1-3 I1-3 I1-3"},
    {"AK4", "C030M N1-4 I1-3M A1-99"},
    {"AK5", "I1-1M I1-3 I1-3 I1-3 I1-3 I1-3"},
    {"AK9", "I1-1M N1-6M N1-6M N1-6M I1-3 I1-3 I1-3 I1-3 I1-3"},
    {"AMT", "I1-3M R1-18M I1-1"},
    {"BAK", "I2-2M I2-2M A1-22M DM A1-30 A1-45 A1-30 A1-30 D I2-3"},
    {"BCH", "I2-2M I2-2M A1-22M A1-30 A1-8 DM A1-45 A1-30 A1-30 D D ..."},
    {"BEG", "I2-2M I2-2M A1-22M A1-30 DM A1-30 I2-2 I3-3 I2-2 I2-2 I2-2 I2-3"},
    {"BIA", "I2-2M I2-2M A1-30M DM T I1-2"},
    {"BIG", "DM A1-22M D A1-22 A1-30 A1-8 I2-3 I2-2 I1-2 A1-22"},
    {"BPR", "I1-2M R1-18M I1-1M I3-3M I1-10 I2-2 A3-12 I1-3 A1-35 A10-10 A9-9 I2-2 A3-12 I1-3 A1-35 D I1-3 I2-2 A3-12 "
            "I1-3 A1-35|P0607 C0809 P1213 C1415 P1819 C2021"},
    {"BSN", "I2-2M A2-30M DM TM I4-4 I2-3 I3-3|C0706"},
    {"CAD", "I1-2 A1-4 A1-10 I2-4 A1-35 I2-2 I2-3 A1-30 I2-2|R0405 C0708"},
    {"CLD", "N1-5M R1-10M A3-5 R1-8 I2-2|C0504"},
    {"CSH", "I1-2 ..."},
    {"CTP", "I2-2 I3-3 R1-17 R1-15 C001 I3-3 R1-10 R1-18 I2-2 A1-10 N1-2|P0405 C0607 C0902"},
    {"CTT", "N1-6M R1-10 R1-10 I2-2 R1-8 I2-2 A1-80|P0304 P0506"},
    {"CUR", "I2-3M I3-3M R4-10 I2-3 I3-3 I3-3 I3-3 D T I3-3 D T I3-3 D T I3-3 D T I3-3 D T"},
    {"DTM", "I3-3M D T I2-2 I2-3 A1-35|R020305 C0403 P0506"},
    {"ENT", "N1-6 I2-3 I1-2 A2-80 I2-3 I1-2 A2-80 I2-3 A1-30|P020304 P050607 P0809"},
    {"G61", "I2-2M A1-60M I2-2 A1-80 A1-20|P0304"},
    {"G62", "I2-2 D I1-2 T I2-2|R0103 P0102 P0304"},
    {"G69", "A1-45M"},
    {"HL", "A1-12M A1-12 I1-2M I1-1"},
    {"ISS", "R1-10 I2-2 R1-10 I2-2 R1-8 I2-2 ...|R010305 P0102 P0304 P0506"},
    {"IT1", "A1-20 R1-10 I2-2 R1-17 I2-2 " PAIRS10 "|P020304 " FROM06},
    {"ITD", "I2-2 I1-2 R1-6 D N1-3 D N1-3 N1-10 D N1-10 R1-5 A1-80 N1-2 I1-2 R1-10"},
    {"LE", "A1-4M"},
    {"LIN", "A1-20 I2-2M A1-48M " PAIRS10 PAIRS3 "I2-2 A1-48 "
            "|P0405 P0607 P0809 P1011 P1213 P1415 P1617 P1819 P2021 P2223 P2425 P2627 P2829 P3031"},
    {"LM", "I2-2M A1-15"},
    {"LQ", "I1-3 A1-30|C0102"},
    {"LS", "A1-4M"},
    {"LX", "N1-6M"},
    {"MAN", "I1-2M A1-48M A1-48 I1-2 A1-48 A1-48|P0405 C0605"},
    {"MEA", "I2-2 I1-3 R1-20 C001 R1-20 R1-20 I2-2 I2-2 I2-2 I2-4|R03050608 C0504 C0604 E0803"},
    {"MSG", "A1-264M I2-2 N1-9|C0302"},
    {"N1", "I2-3M A1-60 I1-2 A2-80 I2-2 I2-3|R0203 P0304"},
    {"N2", "A1-60M A1-60"},
    {"N3", "A1-55M A1-55"},
    {"N4", "A2-30 I2-2 I3-15 I2-3 I1-2 A1-30|C0605"},
    {"N9", "I2-3M A1-30 A1-45 D T I2-2 C040|R0203 C0605"},
    {"NM1", "I2-3M I1-1M A1-35 A1-25 A1-25 A1-10 A1-10 I1-2 A2-80 I2-2 I2-3|P0809 C1110"},
    {"NTE", "I3-3 A1-80M"},
    {"PER", "I2-2M A1-60 I2-2 A1-80 I2-2 A1-80 I2-2 A1-80 A1-20|P0304 P0506 P0708"},
    {"PID", "I1-1M I2-3 I2-2 A1-12 A1-80 I2-2 A1-15 I1-1 I2-3|C0403 R0405 C0703 C0804 C0905"},
    {"PKG", "I1-1 I2-3 I2-2 A1-7 A1-80 I2-2|C0403 C0501"},
    {"PO1", "A1-20 R1-15 I2-2 R1-17 I2-2 " PAIRS10 "|C0302 C0504 " FROM06},
    {"PO4",
     "N1-6 R1-8 I2-2 A3-5 I1-2 R1-9 I2-2 R1-8 I2-2 R1-8 R1-8 R1-8 I2-2 N1-6 I2-2 A1-20 A1-20 N1-9|C0302 C0506 P0607 "
     "P0809 L13101112"},
    {"POC",
     "A1-20 I2-2M R1-15 R1-9 C001 R1-17 I2-2 " PAIRS10 "|C0305 C0706 P0809 P1011 P1213 P1415 P1617 P1819 P2021 P2223 "
     "P2425 P2627"},
    {"PRF", "A1-22M A1-30 A1-8 D A1-20 A1-30 I2-2"},
    {"QTY", "I2-2M R1-15 C001 A1-30|R0204 E0204"},
    {"REF", "I2-3M A1-30 A1-80 C040|R0203"},
    {"RMR", "I2-3 A1-30 I2-2 R1-18 R1-18 R1-18 I2-2 R1-18|P0102 P0708"},
    {"SAC",
     "I1-1M I4-4 I2-2 A1-10 N1-15 I1-1 R1-6 R1-9 I2-2 R1-15 R1-15 I2-2 A1-30 A1-20 A1-80 I2-3|R0203 P0304 P0607 P0910 "
     "C1110 C1615"},
    {"SCH", "R1-15M I2-2M I2-3 A1-60 I3-3M DM T I3-3 D T A1-45 A1-20|C0302 R020304 C0908"},
    {"SLN",
     "A1-20M A1-20 I1-1M R1-15 C001 R1-17 I2-2 I1-1 " PAIRS10 "|P0405 C0706 C0806 P0910 P1112 P1314 P1516 P1718 P1920 "
     "P2122 P2324 P2526 P2728"},
    {"SN1", "A1-20 R1-10M I2-2M R1-15 R1-15 I2-2 I1-2 I2-2|P0506"},
    {"TD1", "A3-5 N1-7 I1-1 A1-16 A1-50 I1-2 R1-10 I2-2 R1-8 I2-2|C0102 C0304 C0607 P0708 P0910"},
    {"TD3", "I2-2 A1-4 A1-10 I1-2 R1-10 I2-2 I1-1 I2-2 A2-15 I4-4|C0203 C0405 P0506"},
    {"TD4", "I2-3 I1-1 A1-10 A1-80 I1-1|C0203"},
    {"TD5", "I1-2 I1-2 A2-80 I1-2 A1-35 I2-2 I1-2 A1-30 I2-2 I2-2 R1-4 I2-2 I2-2 I2-2 I2-3|R0204050612 C0203 C0807"},
    {"TDS", "N1-15M N1-15 N1-15 N1-15"},
    {"TRN", "I1-2M A1-30M A10-10 A1-30"},
    {"TXI", "I2-2M R1-18 R1-10 I2-2 A1-10 I1-1 I1-1 R1-9 A1-20 A1-20|R020306 P0405 C0803"},
    {"UIT", "C001M R1-17 I2-2|C0302"},
    {"W01", "R1-15M I2-2M A12-12 I2-2 A1-48 I2-2 A1-48 ...|P0405 P0607"},
    {"W03", "R1-10M R1-10 I2-2 R1-8 I2-2 ...|P0203 P0405"},
    {"W04", "R1-10M I2-2M A12-12 I2-2 A1-48 ...|P0405"},
    {"W05", "I1-1M A1-22M A1-22 ..."},
    {"W06", "I1-1M A1-22 D A1-30 A1-30 A1-22 ..."},
    {"W07", "R1-10M I2-2M A12-12 I2-2 A1-48 ...|P0405"},
    {"W12", "I2-2M R1-15 R1-10 R1-10 I2-2 A12-12 I2-2 A1-48 ...|P0708"},
    {"W17", "I1-1M DM A1-22M A1-22 ..."},
    {"W20", "N1-6 R1-8 I2-2 R1-10 I1-2 I1-1 ..."},
    {"W27", "I1-2M I2-4 A1-35 I2-2 ..."},
    {"W66", "I2-2M I1-2 I1-1 I2-2 A1-35 I2-2 A1-30 ..."},
    {"W76", "R1-10M R1-10 I2-2 R1-8 I2-2 ...|P0203 P0405"},
};
const size_t x12_segment_count = sizeof(x12_segments) / sizeof(*x12_segments);

static const struct x12_definition composites[] = {
    {"C001", "I2-2M R1-15 R1-10 I2-2 R1-15 R1-10 I2-2 R1-15 R1-10 I2-2 R1-15 R1-10 I2-2 R1-15 R1-10"},
    {"C030", "N1-2M N1-2 ..."},
    {"C040", "I2-3M A1-30M I2-3 A1-30 I2-3 A1-30|P0304 P0506"},
};

/* Lists that are short and whole; most code lists of X12 are neither. */
static const struct {
    const char *segment;
    unsigned element;
    const char *codes;
} lists[] = {
    {"AK3", 4, " 1 2 3 4 5 6 7 8 "},
    {"AK4", 3, " 1 2 3 4 5 6 7 8 9 10 12 13 "},
    {"AK5", 1, " A E M R W X "},
    {"AK9", 1, " A E M P R W X "},
    {"BPR", 3, " C D "},
    {"HL", 4, " 0 1 "},
};

static int by_id(const void *key, const void *item)
{
    const struct x12_definition *d = item;
    const struct str *id = key;
    size_t n = strlen(d->id);
    int order = memcmp(id->p, d->id, id->n < n ? id->n : n);

    return order ? order : (int)id->n - (int)n;
}

const char *x12_elements_of(struct str id)
{
    const struct x12_definition *d =
        id.n ? bsearch(&id, x12_segments, x12_segment_count, sizeof(*x12_segments), by_id) : NULL;

    return d ? d->elements : NULL;
}

const char *x12_composite_of(const char *name, size_t n)
{
    for (size_t i = 0; i < sizeof(composites) / sizeof(*composites); i++)
        if (strlen(composites[i].id) == n && memcmp(composites[i].id, name, n) == 0)
            return composites[i].elements;
    return NULL;
}

const char *x12_codes_of(struct str id, unsigned element)
{
    for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++)
        if (lists[i].element == element && str_is(id, lists[i].segment))
            return lists[i].codes;
    return NULL;
}
