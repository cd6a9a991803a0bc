#include "x12_kit.h"

#define ORDER "BEG*00*SA*4711**20090827~PO1*1*5*EA*1.25**VN*A1~CTT*1~"

TEST(an_order_in_order_has_no_fault)
{
    CHECK_STR(kit_faults(kit_one("PO", "850", ORDER)), "");
}

TEST(what_does_not_begin_with_isa_is_refused)
{
    struct x12_file file;

    CHECK_ERR(x12_read(test_scope(), STR("Tk9OIEVESSBGSUxF"), &file), ERR_INVALID);
    CHECK_ERR(x12_read(test_scope(), STR(""), &file), ERR_INVALID);
    CHECK_ERR(x12_read(test_scope(), STR("ISABEL*00*"), &file), ERR_INVALID);
    CHECK_ERR(x12_read(test_scope(), STR("ISA*00*          *00*"), &file), ERR_INVALID);
}

/* ---- separators ---- */

static struct x12_separators separators(const char *isa)
{
    return kit_read(isa).items[0].separators;
}

TEST(separators_are_those_of_the_isa)
{
    struct x12_separators s = separators(
        "ISA|00|          |00|          |ZZ|A              |ZZ|B              |090902|0900|^|00402|000000001|0|P|:\\");

    CHECK(s.element == '|' && s.component == ':' && s.repetition == '^');
    CHECK_STR(s.terminator, "\\");
    s = separators(
        "ISA*00*          *00*          *ZZ*A              *ZZ*B              *090902*0900*^*00401*000000001*0*P*>~");
    CHECK_INT(s.repetition, 0); /* before 00402 the eleventh says something else */
    s = separators(
        "ISA*00*          *00*          *ZZ*A              *ZZ*B              *090902*0900*-*00501*000000001*0*P*>~");
    CHECK_INT(s.repetition, 0); /* which would cut numbers in two */
    s = separators("ISA*00*          *00*          *ZZ*A              *ZZ*B              "
                   "*090902*0900*U*00401*000000001*0*P*>\xe2\x80\xa6");
    CHECK_STR(s.terminator, "\xe2\x80\xa6");
    s = separators("ISA*00*          *00*          *ZZ*A              *ZZ*B              "
                   "*090902*0900*U*00401*000000001*0*P*> \r\n");
    CHECK_STR(s.terminator, "\n");
}

/* The same order as somebody else's file. */
static const char *with(const char *text, const char *end, const char *before)
{
    struct buf b;

    buf_init(&b, test_scope()->arena, 1 << 20);
    for (const char *p = text; *p; p++) {
        if (*p == '~')
            buf_s(&b, end);
        else
            buf_c(&b, *p);
        if (*p == '~')
            buf_s(&b, before);
    }
    return buf_cstr(&b);
}

TEST(lines_blanks_and_marks_between_segments_say_nothing)
{
    const char *order = kit_one("PO", "850", ORDER);
    const char *doc = kit_json(kit_set(order));

    CHECK_STR(kit_faults(with(order, "~", "\r\n  ")), "");
    CHECK_STR(kit_json(kit_set(with(order, "~", "\r\n\t "))), doc);
    CHECK_STR(kit_json(kit_set(with(order, "\n", ""))), doc);
    CHECK_STR(kit_json(kit_set(with(order, "\r\n", "   "))), doc);
    CHECK_STR(kit_json(kit_set(with(order, " \n", ""))), doc);
    CHECK_STR(kit_json(kit_set(arena_f(test_scope()->arena, "\xef\xbb\xbf%s", order))), doc);
    CHECK_STR(kit_faults(with(order, "\r", "")), "");
}

/* ---- envelopes ---- */

TEST(each_fault_of_an_envelope_has_its_code)
{
    CHECK_STR(kit_faults(KIT_ISA "IEA*0*000009222~"), "I001!");
    CHECK_STR(kit_faults(KIT_ISA "IEA*1*000009221~"), "I021!");
    CHECK_STR(kit_faults(KIT_ISA "IEA*0*9221~"), "");
    CHECK_STR(kit_faults(KIT_ISA), "I023!");
    CHECK_STR(kit_faults(KIT_ISA "ZZZ*1~IEA*0*000009221~"), "I022!:ZZZ@2");
    CHECK_STR(kit_faults(KIT_ISA "IEA*0*000009221~ST*850*0001~"), "I022!:ST@3");
    CHECK_STR(kit_faults(KIT_ISA "GE*0*7~IEA*0*000009221~"), "I022!:GE@2");
    CHECK_STR(kit_faults(KIT_ISA KIT_GS("PO") "GE*0*8~IEA*1*000009221~"), "G4!");
    CHECK_STR(kit_faults(KIT_ISA KIT_GS("PO") "GE*2*7~IEA*1*000009221~"), "G5!");
    CHECK_STR(kit_faults(KIT_ISA KIT_GS("PO") "IEA*1*000009221~"), "G3!");
    CHECK_STR(kit_faults(KIT_ISA KIT_GS("QQ") "GE*0*7~IEA*1*000009221~"), "G1!");
    CHECK_STR(kit_faults(KIT_ISA "GS*PO*A*B*20090902*1700*x7*X*004010~GE*0*x7~IEA*1*000009221~"), "G6! G4!");
    CHECK_STR(kit_faults("ISA*00* *00* *ZZ*A*ZZ*B*090902*0900*U*00401*000000001*0*P*>~IEA*0*000000001~"), "I006 I008");
    CHECK_STR(
        kit_faults("ISA*00* *00*          *ZZ*A              *ZZ*B              *090902*0900*U*00401*000000001*0*P*>~"
                   "IEA*0*000000001~"),
        "I024");
}

static const char *set_faults(const char *sets, int count)
{
    return kit_faults(arena_f(test_scope()->arena, KIT_ISA KIT_GS("PO") "%sGE*%d*7~IEA*1*000009221~", sets, count));
}

TEST(each_fault_of_a_set_has_its_code)
{
    CHECK_STR(set_faults("ST*850*0001~" ORDER "SE*5*0002~", 1), "S3!");
    CHECK_STR(set_faults("ST*850*0001~" ORDER "SE*5*00001~", 1), "S3"); /* the same number, written otherwise */
    CHECK_STR(set_faults("ST*850*0001~" ORDER "SE*6*0001~", 1), "S4!");
    CHECK_STR(set_faults("ST*850*0001~" ORDER, 1), "S2!");
    CHECK_STR(set_faults("ST*850*0001~" ORDER "ST*850*0002~" ORDER "SE*5*0002~", 2), "S2!");
    CHECK_STR(set_faults("ST*850*1~" ORDER "SE*5*1~", 1), "S7!");
    CHECK_STR(set_faults("ST*810*0001~BIG*20090902*1~TDS*100~SE*4*0001~", 1), "S6!");
    CHECK_STR(set_faults("ST*8*0001~SE*2*0001~", 1), "S6!");
    CHECK_STR(set_faults("ST*832*0001~SE*2*0001~", 1), "S1!");
    CHECK_STR(set_faults("ST*850*0001~" ORDER "SE*5*0001~ST*850*0001~" ORDER "SE*5*0001~", 2), "S23");
}

/* ---- segments ---- */

TEST(each_fault_of_a_segment_has_its_code_and_place)
{
    CHECK_STR(kit_faults(kit_one("PO", "850", "PO1*1*5*EA~")), "s3!:BEG@3 S5!");
    CHECK_STR(kit_faults(kit_one("PO", "850", "BEG*00*SA*4711**20090827~")), "s3!:PO1@3 S5!");
    CHECK_STR(kit_faults(kit_one("PO", "850", "BEG*00*SA*4711**20090827~QQQ*1~PO1*1*5*EA~")), "s1!:QQQ@3 S5!");
    CHECK_STR(kit_faults(kit_one("PO", "850", "BEG*00*SA*4711**20090827~W05*N*1~PO1*1*5*EA~")), "s6!:W05@3 S5!");
    CHECK_STR(kit_faults(kit_one("PO", "850", "BEG*00*SA*4711**20090827~N3*x~PO1*1*5*EA~")), "s2!:N3@3 S5!");
    CHECK_STR(kit_faults(kit_one("PO", "850", "BEG*00*SA*1**20090827~CUR*BY*USD~CUR*BY*USD~PO1*1*5*EA~")),
              "s5!:CUR@4 S5!");
    CHECK_STR(kit_faults(kit_one("PO", "850", "BEG*00*SA*1**20090827~DTM*002*20090101~CUR*BY*USD~PO1*1*5*EA~")),
              "s7:CUR@4 S5");
    CHECK_STR(kit_faults(kit_one("IB", "846", "BIA*00*DD*1*20090101~LIN**VN*1~N1*SF*a~N1*SF*a~LM*AS~LIN**VN*2~")),
              "s7:LM@6 s3!:LQ@7 S5!");
}

TEST(a_loop_that_comes_too_often_is_told)
{
    const char *sacs = "";

    for (int i = 0; i < 26; i++)
        sacs = arena_f(test_scope()->arena, "%sSAC*A*C310***100~", sacs);
    CHECK_STR(
        kit_faults(kit_one("PO", "850", arena_f(test_scope()->arena, "BEG*00*SA*1**20090827~%sPO1*1*5*EA~", sacs))),
        "s4!:SAC@28 S5!");
}

/* ---- elements ---- */

static const char *line(const char *segment)
{
    return kit_faults(kit_one("PO", "850", arena_f(test_scope()->arena, "BEG*00*SA*1**20090827~%s", segment)));
}

TEST(each_fault_of_an_element_has_its_code_and_place)
{
    CHECK_STR(line("PO1*1*5*EA*1.25~N9**3~"), "e1!:N9@4/1 S5!");
    CHECK_STR(line("PO1*1*5~"), "");
    CHECK_STR(line("PO1*1**EA~"), "e2!:PO1@3/2 S5!");
    CHECK_STR(line("PO1*1*5*EA**PE~"), "e2!:PO1@3/4 S5!");
    CHECK_STR(line("PO1*1*5*EA***VN~"), "e2!:PO1@3/7 S5!");
    CHECK_STR(line("PO1*1*5*EA~CTT*1*2*3*LB*4*LB*x*y~"), "e3!:CTT@4/8 S5!");
    CHECK_STR(line("PO1*1*5*E~"), "e4!:PO1@3/3 S5!");
    CHECK_STR(line("PO1*123456789012345678901*5*EA~"), "e5:PO1@3/1 S5"); /* a text can be read all the same */
    CHECK_STR(line("PO1*1*5*EACH~"), "e5!:PO1@3/3 S5!");
    CHECK_STR(line("PO1*1*five*EA~"), "e6!:PO1@3/2 S5!");
    CHECK_STR(line("PO1*1*5.1.1*EA~"), "e6!:PO1@3/2 S5!");
    CHECK_STR(line("PO1*1*-.5*EA*-1~"), "");
    CHECK_STR(line("PO1*1*5*EA~CTT*1.5~"), "e6!:CTT@4/1 S5!");
    CHECK_STR(line("PO1*1*5*EA~DTM*002*20091301~"), "e8!:DTM@4/2 S5!");
    CHECK_STR(line("PO1*1*5*EA~DTM*002*20090229~"), "e8!:DTM@4/2 S5!");
    CHECK_STR(line("PO1*1*5*EA~DTM*002*20080229~"), "");
    CHECK_STR(line("PO1*1*5*EA~DTM*002*080229~"), "e8!:DTM@4/2 S5!");
    CHECK_STR(line("PO1*1*5*EA~DTM*002*20090227*2460~"), "e9!:DTM@4/3 S5!");
    CHECK_STR(line("PO1*1*5*EA~QTY*33*1**x~"), "e10!:QTY@4/4 S5!");
    CHECK_STR(line("PO1*1*5*EA~SLN*1**I*1*PC>1>x~"), "e6!:SLN@4/5.3 S5!");
    CHECK_STR(line("PO1*1>2*5*EA~"), "e6!:PO1@3/1 S5!");
    CHECK_STR(kit_faults(kit_one("FA", "997", "AK1*PO*7~AK9*Q*1*1*1~")), "e7!:AK9@3/1 S5!");
}

TEST(a_date_has_six_digits_before_4010)
{
    const char *text =
        KIT_ISA "GS*PO*A*B*090902*1700*7*X*003060~ST*850*0001~BEG*00*SA*1**090827~PO1*1*5*EA~SE*4*0001~" KIT_END;

    CHECK_STR(kit_faults(text), "");
}

TEST(an_hl_without_its_parent_is_told)
{
    CHECK_STR(kit_faults(kit_one("SH", "856", "BSN*00*11*20090902*1700~HL*1**S~HL*2*3*O~HL*3*2*I~")), "e7!:HL@4/2 S5!");
    CHECK_STR(kit_faults(kit_one("SH", "856", "BSN*00*11*20090902*1700~HL*1**S~HL*1*1*O~")), "e7!:HL@4/1 S5!");
}

TEST(the_key_names_sender_receiver_and_control_number)
{
    CHECK_STR(kit_read(KIT_ISA).items[0].key, "ZZ:VENDOR|ZZ:WAREHOUSE|000009221");
}

TEST(what_is_over_a_limit_is_refused)
{
    struct scope *sc = test_scope();
    struct x12_file file;
    struct buf b;

    buf_init(&b, sc->arena, X12_OCTETS_MAX + 2);
    buf_s(&b, KIT_ISA);
    while (b.n < X12_OCTETS_MAX + 1)
        buf_c(&b, 'x');
    CHECK_ERR(x12_read(sc, buf_str(&b), &file), ERR_TOO_LARGE);
    b.n = sizeof(KIT_ISA) - 1;
    for (int i = 0; i <= X12_SEGMENTS_MAX; i++)
        buf_s(&b, "A~");
    CHECK_ERR(x12_read(sc, buf_str(&b), &file), ERR_TOO_LARGE);
    b.n = sizeof(KIT_ISA) - 1;
    buf_s(&b, "AA");
    for (int i = 0; i <= X12_ELEMENTS_MAX; i++)
        buf_c(&b, '*');
    CHECK_ERR(x12_read(sc, buf_str(&b), &file), ERR_TOO_LARGE);
}
