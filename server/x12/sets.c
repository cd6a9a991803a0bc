#include "x12/x12_int.h"

/* The structures of 4010, as a text each: a segment's id, "!" when it is mandatory, and how often it may stand there
 * (":12", ":*" any number, nothing once). A loop is in parentheses and named by its first segment, whose number is the
 * loop's. No two side by side have the same id. ST and SE are left out. */
struct set_text {
    const char *set, *group, *text;
};

/* clang-format off */
#define ROUTES   "TD1:2 TD5:12 TD3:12 TD4:5 "
#define PARTY    "N2:2 N3:2 N4 "
#define FINANCE  "(FA1:* FA2!:*) "
#define CODES    "(LM:* LQ!:100) "
#define TAXED    "(SAC:* TXI:10) "

#define ORDER_HEAD \
    "CUR REF:* EFI PER:3 TAX:* FOB:* CTP:* PAM:10 CSH:5 TC2:* (SAC:25 CUR) ITD:* DIS:20 INC DTM:10 LDT:12 LIN:5 SI:* " \
    "PID:200 MEA:40 PWK:25 PKG:200 " ROUTES "MAN:10 PCT:* CTB:5 G53 TXI:* MSG:* (AMT:* REF:* DTM PCT:* " FINANCE ") " \
    "(N9:1000 DTM:* MSG:1000) (N1:200 N2:2 N3:2 N4:* NX2:* REF:12 PER:* SI:* FOB " ROUTES "PKG:200) " CODES \
    "(SPI:* REF:5 DTM:5 MSG:50 (N1:20 " PARTY "REF:20 G61 MSG:50) (CB1:* REF:20 DTM:5 LDT MSG:50)) (ADV:* DTM:* MTX:*) "
#define ORDER_LINE \
    "LIN:* SI:* CUR CN1 PO3:25 (CTP:* CUR) PAM:10 MEA:40 (PID:1000 MEA:10) PWK:25 PO4:* REF:* PER:3 (SAC:25 CUR) IT8 " \
    "CSH:* ITD:2 DIS:20 INC TAX:* FOB:* SDQ:500 IT3:5 DTM:10 TC2:* " ROUTES "PCT:* MAN:10 MSG:* SPI:* TXI:* CTB:* " \
    "(QTY:* SI:*) (SCH:200 " ROUTES "REF:*) (PKG:200 MEA:*) (LS (LDT:* QTY:* MSG REF:3 " CODES ") LE!) " \
    "(N9:1000 DTM:* MEA:40 MSG:1000) (N1:200 " PARTY "QTY:* NX2:* REF:12 PER:3 SI:* DTM FOB SCH:200 " ROUTES \
    "PKG:200 (LDT:* MAN:10 QTY:5 MSG REF:3)) " ORDER_PART "(AMT:* REF PCT:*) " CODES
#define ORDER_PART \
    "(SLN:1000 MSG:* SI:* PID:1000 PO3:104 TC2:* ADV:* DTM:10 CTP:25 PAM:10 PO4 TAX:3 (N9:* DTM:* MSG:*) " \
    "(SAC:25 CUR CTP) (QTY:* SI:*) (N1:10 " PARTY "NX2:* REF:12 PER:3 SI:*)) "

#define REMITTED  "(IT1:* (REF:* DTM) (SAC:* TXI:* TX1:*) (SLN:* (REF:* DTM:*) (SAC:* TXI:*))) "
#define ADJUSTED  "(ADX:* NTE:* PER:* DTM (REF:* DTM:*) " REMITTED ") "

#define WAREHOUSE "(N1:10 " PARTY "PER:5) N9:10 G61:3 G62:10 NTE:20 "

static const struct set_text sets[] = {
    {"810", "IN",
     "BIG! NTE:100 CUR REF:12 YNQ:10 PER:3 (N1:200 " PARTY "REF:12 PER:3 DMG) ITD:* DTM:10 FOB PID:200 MEA:40 PWK:25 "
     "PKG:25 L7 BAL:* INC PAM:* (LM:10 LQ!:100) (N9 MSG!:10) (V1:* R4:* DTM:*) " FINANCE
     "(IT1:200000 CRC QTY:5 CUR IT3:5 TXI:10 CTP:25 PAM:10 MEA:40 (PID:1000 MEA:10) PWK:25 PKG:25 PO4 ITD:2 REF:* "
     "YNQ:10 PER:5 SDQ:500 DTM:10 CAD:* L7:* SR (SAC:25 TXI:10) (SLN:1000 DTM REF:* PID:1000 SAC:25 TC2:2 TXI:10) "
     "(N1:200 " PARTY "REF:12 PER:3 DMG) (LM:10 LQ!:100) (V1:* R4:* DTM:*) " FINANCE ") "
     "TDS! TXI:10 CAD AMT:* (SAC:25 TXI:10) (ISS:* PID) CTT"},
    {"820", "RA",
     "BPR! BPS NTE:* TRN CUR REF:* DTM:* (N1:* N2:* N3:* N4 REF:* PER:* RDM DTM) "
     "(ENT:* (NM1:* N2:* N3:* N4 REF:* PER:*) " ADJUSTED "(RMR:* NTE:* REF:* DTM:* " REMITTED ADJUSTED ")) "
     "(TXP:* TXI:*) DED:* (LX:* REF:* TRN:* (NM1:* REF:* G53 (AIN:* QTY:* DTP:*) (PEN:* AMT:* DTP:* (INV:* DTP:*)))) "
     "(N9 (AMT:* REF:*) (N1:* REF:* (EMS:* ATN:* AIN:* PYD:*))) "
     "(RYL:* (NM1:* (LOC:* (PID:* DTM (PCT:* QTY (AMT:* ADX:*)))) (ASM ADX))) (LS (N1:* (RMT:* CUR REF:* DTM:*)) LE!)"},
    {"846", "IB",
     "BIA! CUR DTM:10 REF:12 PER:3 MEA:20 (N1:5 " PARTY "REF:12 PER:3) (LM:10 LQ!:100) "
     "(LIN!:10000 PID:200 MEA:40 PKG:25 DTM:10 CTP:25 CUR SAC:25 REF:* PER:3 SDQ:500 MAN UIT:5 CS DD:* G53 PCT:* LDT:12 "
     "(LM:10 LQ!:100) (SLN:1000 PID:200 MEA:40 PKG:25 (MAN:100 MEA:40)) "
     "(QTY:99 UIT:12 MEA:25 LDT:12 DTM:10 REF:* (SCH:25 MEA:25) (LM:10 LQ!:100)) (LS (REF:* DTM:* N1 (LM:10 LQ!:100)) LE!) "
     "(N1:200 " PARTY "REF:12 PER:3)) CTT"},
    {"850", "PO", "BEG! " ORDER_HEAD "(PO1!:100000 " ORDER_LINE ") (CTT AMT)"},
    {"855", "PR",
     "BAK! " ORDER_HEAD "(PO1:100000 LIN:* SI:* CUR PO3:25 CTP:* PAM:10 MEA:40 (PID:1000 MEA:10) PWK:25 PO4:* REF:* PER:3 "
     "(SAC:25 CUR) IT8 CSH:* ITD:2 DIS:20 INC TAX:* FOB:* SDQ:500 DTM:10 LDT:12 " ROUTES "(ACK:104 DTM) MAN:10 AMT CTB:* "
     "TXI:* (QTY:* SI:*) (PKG:200 MEA:*) (SCH:200 " ROUTES "REF:*) (N9:1000 DTM:* MSG:1000) (N1:200 " PARTY
     "NX2:* REF:12 PER:3 SI:* DTM FOB SCH:200 " ROUTES "QTY:* PKG:25) "
     "(SLN:1000 MSG:* SI:* PID:1000 PO3:25 CTP:25 PAM:10 ACK:104 (SAC:10 CUR) DTM:10 PO4 TAX:3 ADV:* (QTY:* SI:*) "
     "(N9:* DTM:* MSG:*) (N1:10 " PARTY "NX2:* REF:12 PER:3 SI:*))) (CTT AMT)"},
    {"856", "SH",
     "BSN! DTM:10 (HL!:200000 LIN SN1 SLN:1000 PRF PO4 PID:200 MEA:40 PWK:25 PKG:25 TD1:20 TD5:12 TD3:12 TD4:5 TSD REF:* "
     "PER:3 (LM:10 LQ!:100) MAN:* DTM:10 FOB PAL (N1:200 " PARTY "REF:12 PER:3 FOB) SDQ:50 ETD CUR TXI:10 (SAC:* CUR) GF "
     "YNQ:10 (V1:* R4:* DTM:*) (CLD:200 REF:200 DTP)) CTT"},
    {"860", "PC", "BCH! " ORDER_HEAD "(POC:* " ORDER_LINE ") (CTT AMT:5)"},
    {"940", "OW",
     "W05! " WAREHOUSE "W09 W66 W6 R2:13 BNX (TD3:* AT9:*) (LM:10 LQ!:100) (LX!:9999 MAN:* SDQ:* N1 G62:10 N9:* "
     "(W01:9999 G69:5 N9:200 NTE:* W20:3 QTY:10 AMT G62:10 G66 PER:5 LH2:6 LHR LH6:5 (N1:* N2:* N3:* N4:* PER:*) "
     "(LM:10 LQ!:100) (LS (LX:* N9:* G62:10 N1 SDQ:* (LM:10 LQ!:100) (LH1:* LH2:4 LH3:10 LFH:20 LEP:3 LH4 LHT:3 LHR:5 "
     "PER:5)) LE!) " FINANCE ")) W76"},
    {"943", "AR", "W06! " WAREHOUSE "W27! W28 W10 (W04!:9999 G69:5 N9:200 W20:2) W03!"},
    {"944", "RE", "W17! " WAREHOUSE "W08 W18:10 G08:2 (W07!:9999 G69:5 N9:200 W20:2 (W13:50 N9:200)) W14!"},
    {"945", "SW",
     "W06! " WAREHOUSE "W27 W6 W28 W10:10 G72:5 (LM:10 LQ!:100) (LX!:9999 MAN:* PAL N9:5 "
     "(W12:9999 G69:5 N9:200 G62:10 QTY:10 MEA:5 AMT R4:5 W27 N1:5 G72:5 (LM:10 LQ!:100) "
     "(LS (LX:* N9:* G62:10 N1 (LM:10 LQ!:100)) LE!) " FINANCE ")) W03"},
    {"997", "FA", "AK1! (AK2:999999 (AK3:999999 AK4:99) AK5!) AK9!"},
};
/* clang-format on */

#define SETS (sizeof(sets) / sizeof(*sets))

static const struct set_text *find(struct str set)
{
    for (size_t i = 0; i < SETS; i++)
        if (str_is(set, sets[i].set))
            return &sets[i];
    return NULL;
}

const char *x12_set_text(size_t i, const char **set)
{
    if (i >= SETS)
        return NULL;
    *set = sets[i].set;
    return sets[i].text;
}

const char *x12_group_code(struct str set)
{
    const struct set_text *s = find(set);

    return s ? s->group : NULL;
}

bool x12_group_known(struct str code)
{
    for (size_t i = 0; i < SETS; i++)
        if (str_is(code, sets[i].group))
            return true;
    return false;
}

static bool is_id(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool names(const char *text, struct str id)
{
    for (const char *p = text; (p = memmem(p, strlen(p), id.p, id.n)); p++)
        if ((p == text || p[-1] == ' ' || p[-1] == '(') && !is_id(p[id.n]))
            return true;
    return false;
}

bool x12_segment_known(struct str id)
{
    if (id.n < 2 || id.n > 3)
        return false;
    if (x12_elements_of(id))
        return true;
    for (size_t i = 0; i < SETS; i++)
        if (names(sets[i].text, id))
            return true;
    return false;
}

static const char *take_max(const char *p, uint32_t *out)
{
    *out = 1;
    if (*p != ':')
        return p;
    if (*++p == '*') {
        *out = UINT32_MAX;
        return p + 1;
    }
    for (*out = 0; *p >= '0' && *p <= '9'; p++)
        *out = *out * 10 + (uint32_t)(*p - '0');
    return p;
}

static const char *take_rule(const char *p, struct x12_rule *r)
{
    size_t n = 0;

    while (is_id(*p)) {
        MUST_BE(n < 3);
        r->id[n++] = *p++;
    }
    MUST_BE(n >= 2);
    r->needed = *p == '!';
    return take_max(p + r->needed, &r->max);
}

/* Reads a text; the rules' ends and places are known when their loop closes. */
struct structure_reader {
    struct x12_structure *st;
    uint32_t open[X12_LEVELS_MAX];
    uint16_t places[X12_LEVELS_MAX + 1];
    uint8_t level;
};

static void rule_add(struct structure_reader *r, const char **p, bool loop)
{
    struct x12_rule *rule = &r->st->rules[r->st->n];

    MUST_BE(r->st->n < X12_RULES_MAX && r->places[r->level] < X12_WIDE_MAX);
    *rule = (struct x12_rule){.level = r->level, .loop = loop, .place = r->places[r->level]++, .end = r->st->n + 1};
    *p = take_rule(*p, rule);
    if (loop) {
        MUST_BE(r->level < X12_LEVELS_MAX);
        r->open[r->level++] = r->st->n;
        r->places[r->level] = 0;
    }
    r->st->n++;
}

const struct x12_structure *x12_structure_of(struct arena *a, struct str set)
{
    const struct set_text *s = find(set);
    struct structure_reader r = {0};

    if (!s)
        return NULL;
    r.st = ARENA_NEW(a, struct x12_structure);
    *r.st = (struct x12_structure){s->set, s->group, ARENA_ARRAY(a, struct x12_rule, X12_RULES_MAX), 0};
    for (const char *p = s->text; *p;) {
        if (*p == ' ') {
            p++;
        } else if (*p == ')') {
            MUST_BE(r.level > 0);
            r.level--;
            r.st->rules[r.open[r.level]].end = r.st->n;
            p++;
        } else {
            bool loop = *p == '(';

            p += loop;
            rule_add(&r, &p, loop);
        }
    }
    MUST_BE(r.level == 0);
    return r.st;
}
