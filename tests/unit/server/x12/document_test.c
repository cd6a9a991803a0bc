#include "x12_kit.h"

TEST(what_may_repeat_is_a_list_and_what_may_not_an_object)
{
    CHECK_STR(
        kit_json(kit_set(kit_one("PO", "850",
                                 "BEG*00*SA*4711**20090827~REF*DP*38~N1*ST*Ada~N3*4 Mill Lane~N4*Salem~"
                                 "PO1*1*5*EA*1.25**VN*A1~PID*F****Tea~PO1*2*1*EA~CTT*2~AMT*TT*6.25~"))),
        "{\"set\":\"850\",\"ST\":{\"ST01\":\"850\",\"ST02\":\"0001\"},"
        "\"BEG\":{\"BEG01\":\"00\",\"BEG02\":\"SA\",\"BEG03\":\"4711\",\"BEG05\":\"20090827\"},"
        "\"REF\":[{\"REF01\":\"DP\",\"REF02\":\"38\"}],"
        "\"N1\":[{\"N101\":\"ST\",\"N102\":\"Ada\",\"N3\":[{\"N301\":\"4 Mill Lane\"}],\"N4\":[{\"N401\":\"Salem\"}]}],"
        "\"PO1\":[{\"PO101\":\"1\",\"PO102\":\"5\",\"PO103\":\"EA\",\"PO104\":\"1.25\",\"PO106\":\"VN\",\"PO107\":"
        "\"A1\","
        "\"PID\":[{\"PID01\":\"F\",\"PID05\":\"Tea\"}]},{\"PO101\":\"2\",\"PO102\":\"1\",\"PO103\":\"EA\"}],"
        "\"CTT\":{\"CTT01\":\"2\",\"AMT\":{\"AMT01\":\"TT\",\"AMT02\":\"6.25\"}}}");
}

TEST(components_and_repetitions_are_kept)
{
    const struct doc *d = kit_set(kit_one("PO", "850", "BEG*00*SA*1**20090827~PO1*1*5*EA~SLN*1**I*1*PC>11.1>>EA~"));
    const char *five =
        "ISA*00*          *00*          *ZZ*A              *ZZ*B              *090902*0900*^*00501*000000001*0*P*:~"
        "GS*FA*A*B*20090902*1700*7*X*005010~ST*997*0001~AK1*PO*a^b:c^~AK9*A*1*1*1~SE*4*0001~GE*1*7~IEA*1*000000001~";

    CHECK_STR(kit_json(doc_path(d, "PO1.0.SLN.0.SLN05")),
              "{\"SLN0501\":\"PC\",\"SLN0502\":\"11.1\",\"SLN0504\":\"EA\"}");
    CHECK_STR(kit_json(doc_path(kit_set(five), "AK1.AK102")), "[\"a\",{\"AK10201\":\"b\",\"AK10202\":\"c\"},\"\"]");
    CHECK(strstr(kit_again(five), "AK1*PO*a^b:c^~"));
}

TEST(hl_loops_hang_below_their_parents)
{
    const struct doc *d =
        kit_set(kit_one("SH", "856",
                        "BSN*00*11*20090902*1700~HL*1**S~TD5*B~HL*2*1*O~PRF*A~HL*3*2*P~HL*4*3*I~LIN**VN*1~"
                        "HL*5*1*O~PRF*B~HL*6*5*I~LIN**VN*2~CTT*6~"));

    CHECK_STR(doc_cstr(test_scope()->arena, doc_path(d, "HL.0.HL.0.HL.0.HL.0.LIN.LIN03")), "1");
    CHECK_STR(doc_cstr(test_scope()->arena, doc_path(d, "HL.0.HL.1.HL.0.LIN.LIN03")), "2");
    CHECK_STR(doc_cstr(test_scope()->arena, doc_path(d, "HL.0.TD5.0.TD501")), "B");
    CHECK_INT(doc_count(doc_get(d, "HL")), 1);
    CHECK_STR(doc_cstr(test_scope()->arena, doc_path(d, "CTT.CTT01")), "6");
}

TEST(what_has_no_place_is_kept)
{
    CHECK_STR(
        kit_json(doc_get(kit_set(kit_one("PO", "850", "BEG*00*SA*1**20090827~QQQ*x**y~PO1*1*5*EA~")), "unplaced")),
        "[{\"segment\":\"QQQ\",\"at\":3,\"QQQ01\":\"x\",\"QQQ03\":\"y\"}]");
    CHECK_STR(kit_json(doc_get(kit_set(kit_one("SC", "832", "BCT*PC*1~ZZZ~")), "segments")),
              "[{\"segment\":\"BCT\",\"at\":2,\"BCT01\":\"PC\",\"BCT02\":\"1\"},{\"segment\":\"ZZZ\",\"at\":3}]");
}

TEST(what_is_not_utf8_is_read_as_latin1)
{
    CHECK_STR(doc_cstr(test_scope()->arena,
                       doc_path(kit_set(kit_one("PO", "850", "BEG*00*SA*1**20090827~N1*ST*Caf\xe9~PO1*1*5*EA~")),
                                "N1.0.N102")),
              "Caf\xc3\xa9");
}
