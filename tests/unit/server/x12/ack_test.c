#include "x12_kit.h"

static const char *answer(const char *text, bool of_acknowledgements)
{
    struct x12_file file = kit_read(text);
    struct x12_ack how = {
        .control = 5, .group_control = 6, .now_us = 1795428900000000, .of_acknowledgements = of_acknowledgements};
    struct doc d;
    const char *from;

    CHECK_OK(x12_acknowledge(test_scope(), &file, &how, &d));
    if (doc_count(doc_get(&d, "interchanges")) == 0)
        return "";
    from = kit_written(&d);
    CHECK_STR(kit_faults(from), ""); /* ours is in order itself */
    return from;
}

#define HEAD                                                                                                           \
    "ISA*00*          *00*          *ZZ*WAREHOUSE      *ZZ*VENDOR         *261123*1015*U*00401*000000005*0*P*>~"
#define GROUP "GS*FA*WAREHOUSE*VENDOR*20261123*1015*6*X*004010~ST*997*0001~"
#define TAIL  "GE*1*6~IEA*1*000000005~"

TEST(an_accepted_order_is_acknowledged)
{
    CHECK_STR(answer(kit_one("PO", "850", "BEG*00*SA*1**20090827~PO1*1*5*EA~"), false),
              HEAD GROUP "AK1*PO*7~AK2*850*0001~AK5*A~AK9*A*1*1*1~SE*6*0001~" TAIL);
}

TEST(faults_are_told_by_segment_and_element)
{
    CHECK_STR(answer(kit_one("PO", "850", "BEG*00*SA*1**20090827~QQQ*1~PO1*1*5*EACH**PE~SLN*1**I*1*PC>x~"), false),
              HEAD GROUP
              "AK1*PO*7~AK2*850*0001~AK3*QQQ*3**1~AK3*PO1*4**8~AK4*3**5*EACH~AK4*4**2~AK3*SLN*5**8~AK4*5>2**6*x~"
              "AK5*R*5~AK9*R*1*1*0~SE*12*0001~" TAIL);
    CHECK_STR(
        answer(kit_one("PO", "850", "BEG*00*SA*1234567890123456789012x**20090827~PO1*1*5*EA~"), false), HEAD GROUP
        "AK1*PO*7~AK2*850*0001~AK3*BEG*2**8~AK4*3**5*1234567890123456789012x~AK5*E*5~AK9*E*1*1*1~SE*8*0001~" TAIL);
}

TEST(one_of_two_sets_is_refused)
{
    CHECK_STR(
        answer(KIT_ISA KIT_GS("PO") "ST*850*0001~BEG*00*SA*1**20090827~PO1*1*5*EA~SE*4*0001~"
                                    "ST*850*0002~BEG*00*SA*1**20090827~PO1*1*5*EA~SE*5*0002~GE*2*7~IEA*1*000009221~",
               false),
        HEAD GROUP "AK1*PO*7~AK2*850*0001~AK5*A~AK2*850*0002~AK5*R*4~AK9*P*2*2*1~SE*8*0001~" TAIL);
}

TEST(a_set_without_a_structure_is_not_supported)
{
    CHECK_STR(answer(kit_one("SC", "832", "BCT*PC*1~"), false),
              HEAD GROUP "AK1*SC*7~AK2*832*0001~AK5*R*1~AK9*R*1*1*0*1~SE*6*0001~" TAIL);
}

TEST(a_refused_interchange_takes_its_groups_with_it)
{
    CHECK_STR(
        answer(KIT_ISA KIT_GS("PO") "ST*850*0001~BEG*00*SA*1**20090827~PO1*1*5*EA~SE*4*0001~GE*1*7~IEA*1*000009229~",
               false),
        HEAD "TA1*000009221*090902*0900*R*001~" GROUP "AK1*PO*7~AK9*R*1*1*0~SE*4*0001~" TAIL);
    CHECK_STR(
        answer(KIT_ISA KIT_GS("PO") "ST*850*0001~BEG*00*SA*1**20090827~PO1*1*5*EA~SE*4*0001~GE*2*8~IEA*1*000009221~",
               false),
        HEAD GROUP "AK1*PO*7~AK9*R*2*1*0*4*5~SE*4*0001~" TAIL);
}

TEST(acknowledgements_are_not_acknowledged)
{
    const char *text = kit_one("FA", "997", "AK1*PO*7~AK9*A*1*1*1~");

    CHECK_STR(answer(text, false), "");
    CHECK(strstr(answer(text, true), "AK1*FA*7~AK2*997*0001~AK5*A~AK9*A*1*1*1~"));
}

TEST(what_is_quoted_cannot_break_the_answer)
{
    const char *text = arena_f(
        test_scope()->arena,
        "ISA|00|          |00|          |ZZ|A*~            |ZZ|B              |090902|0900|U|00401|000000001|0|P|:\n"
        "GS|PO|A~*|B|20090902|1700|7|X|004010\nST|850|0001\nBEG|00|SA|1||2009*~\nPO1|1|5|EA\nSE|4|0001\n"
        "GE|1|7\nIEA|1|000000001\n");
    struct x12_file file = kit_read(text);
    struct doc d;

    CHECK_OK(x12_acknowledge(test_scope(), &file, &(struct x12_ack){.control = 1, .group_control = 1}, &d));
    CHECK(strstr(kit_written(&d), "AK4*5**8*2009  ~"));
}

/* ---- theirs of ours ---- */

static struct x12_acked acked(const char *body)
{
    struct x12_file file = kit_read(kit_one("FA", "997", body));
    struct x12_acked out = {0};

    CHECK_OK(x12_acked_read(test_scope(), &file.items[0].groups[0].sets[0], &out));
    return out;
}

TEST(a_partners_997_says_what_became_of_ours)
{
    struct x12_acked a = acked("AK1*SH*18~AK2*856*0001~AK5*A~AK2*856*0002~AK3*HL*3**8~AK4*1**1~AK5*R*5*3~AK9*P*2*2*1~");

    CHECK(a.verdict == X12_PARTLY && str_is(a.code, "SH") && str_is(a.control, "18"));
    CHECK_INT(a.n, 2);
    CHECK(a.sets[0].verdict == X12_ACCEPTED && str_is(a.sets[0].control, "0001"));
    CHECK(a.sets[1].verdict == X12_REJECTED && str_is(a.sets[1].codes[1], "3"));
    CHECK_INT(a.told, 2);
    CHECK_INT(a.accepted, 1);
    CHECK_INT(acked("AK1*SH*18~AK9*A*1*1*1~").n, 0);
}

TEST(what_it_refuses_is_told_in_words_with_its_place)
{
    struct x12_acked a = acked("AK1*PO*18~AK2*850*0001~AK3*PO1*4*PO1*8~AK4*3*355*5*EACH~AK5*R*5~AK9*R*1*1*0*4~");

    CHECK_STR(a.sets[0].words,
              "error 5: segments are in error; segment PO1 at place 4 in loop PO1; error 8: the segment "
              "has elements in error; its element 3 (EACH); error 5: the value is too long");
    CHECK_STR(a.words, "error 4: the control number of the GE segment is not that of the GS");
    CHECK_STR(acked("AK1*SH*18~AK2*856*0001~AK5*A~AK9*A*1*1*1~").sets[0].words, "");
    CHECK_STR(acked("AK1*SH*18~AK2*856*0001~AK5*R*ZZ~AK9*R*1*1*0~").sets[0].words, "error ZZ");
}

TEST(many_segments_are_counted_and_not_all_told)
{
    struct scope *sc = test_scope();
    struct buf b;
    struct x12_acked a;

    buf_init(&b, sc->arena, 16384);
    buf_s(&b, "AK1*PO*18~AK2*850*0001~");
    for (int i = 0; i < 60; i++)
        buf_f(&b, "AK3*PO1*%d**8~AK4*3**5*EACH~", i + 2);
    buf_s(&b, "AK5*R*5~AK9*R*1*1*0~");
    a = acked(buf_cstr(&b));
    CHECK(strstr(a.sets[0].words, "PO1 at place 13;") && !strstr(a.sets[0].words, "place 14"));
    CHECK(strstr(a.sets[0].words, "; and 48 further segments"));
}

TEST(a_999_says_the_same_by_other_names)
{
    struct x12_file file = kit_read(kit_one("FA", "999",
                                            "AK1*PO*18*004010~AK2*850*0001~IK3*PO1*4**8~IK4*3*355*7*EACH~"
                                            "IK5*R*5~AK9*R*1*1*0~"));
    struct x12_acked a = {0};

    CHECK_OK(x12_acked_read(test_scope(), &file.items[0].groups[0].sets[0], &a));
    CHECK(a.n == 1 && a.sets[0].verdict == X12_REJECTED);
    CHECK(strstr(a.sets[0].words, "segment PO1 at place 4; error 8"));
}

TEST(a_997_that_does_not_say_it_is_refused)
{
    static const char *const bad[] = {"AK1*SH*18~", "AK9*A*1*1*1~", "AK1*SH*18~AK2*856*0001~AK9*A*1*1*1~",
                                      "AK1*SH*18~AK9*Q*1*1*1~"};
    struct x12_acked out;

    for (size_t i = 0; i < 4; i++) {
        struct x12_file file = kit_read(kit_one("FA", "997", bad[i]));

        CHECK_ERR(x12_acked_read(test_scope(), &file.items[0].groups[0].sets[0], &out), ERR_INVALID);
    }
}
