#include "x12_kit.h"

TEST(what_was_read_is_written_as_it_was)
{
    static const char *const all[][3] = {
        {"PO", "850", "BEG*00*SA*1**20090827~N1*ST*Ada~N3*x*~PO1*1*5*EA~SLN*1**I*1*PC>11.1>>EA~CTT*1~AMT*TT*5~"},
        {"SH", "856", "BSN*00*11*20090902*1700~HL*1**S~TD5*B~HL*2*1*O~PRF*A~HL*3*2*I~LIN**VN*1~HL*4*1*O~PRF*B~CTT*4~"},
        {"IN", "810", "BIG*20090827*1~IT1*1*1*EA*2~TXI*ST*1~TDS*200~TXI*ST*1~SAC*C*D240***100~TXI*ST*1~CTT*1~"},
        {"SC", "832", "BCT*PC*1~ZZZ~BCT*PC~"},
        {"PO", "850", "BEG*00*SA*1**20090827~PO1*1*5*EA~LS*L~LDT*AA*1*DA*~LE*L~"},
    };

    for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
        const char *text = kit_one(all[i][0], all[i][1], all[i][2]);

        CHECK_STR(kit_again(text), text);
    }
}

TEST(trailers_and_counts_are_worked_out)
{
    CHECK_STR(kit_again(KIT_ISA KIT_GS(
                  "PO") "ST*850*0001~BEG*00*SA*1**20090827~PO1*1*5*EA~SE*99*0002~GE*9*8~IEA*9*000000001~"),
              KIT_ISA KIT_GS("PO") "ST*850*0001~BEG*00*SA*1**20090827~PO1*1*5*EA~SE*4*0001~GE*1*7~IEA*1*000009221~");
}

static const char *said; /* of the last refusal */

static struct doc *enclosed(const char *set)
{
    struct x12_envelope e = {.sender_qualifier = "ZZ",
                             .sender = "US",
                             .receiver_qualifier = "01",
                             .receiver = "THEM",
                             .group_sender = "US",
                             .group_receiver = "THEM",
                             .control = 17,
                             .group_control = 18,
                             .now_us = 1795428900000000,
                             .test = true};
    struct doc *out = arena_alloc(test_scope()->arena, sizeof(*out));
    const struct doc *d;

    CHECK_OK(doc_parse(test_scope(), str_of(set), &d));
    CHECK_OK(x12_enclose(test_scope(), &e, d, 1, out));
    return out;
}

static const char *refused(const char *set)
{
    struct buf b;

    buf_init(&b, test_scope()->arena, 1 << 20);
    CHECK_ERR(x12_write(test_scope(), enclosed(set), NULL, &b), ERR_INVALID);
    said = scope_fault(test_scope())->message;
    return said;
}

TEST(sets_of_ours_get_their_envelope_and_numbers)
{
    CHECK_STR(
        kit_written(enclosed(
            "{\"set\":\"856\",\"BSN\":{\"BSN01\":\"00\",\"BSN02\":\"S1\",\"BSN03\":\"20261123\",\"BSN04\":\"1015\"},"
            "\"HL\":[{\"HL03\":\"S\",\"HL\":[{\"HL03\":\"O\",\"PRF\":{\"PRF01\":\"4711\"},\"HL\":["
            "{\"HL03\":\"I\",\"SN1\":{\"SN102\":5,\"SN103\":\"EA\"}},{\"HL03\":\"I\",\"SN1\":{\"SN102\":1.50,\"SN103\":"
            "\"EA\"}}]}]}]}")),
        "ISA*00*          *00*          *ZZ*US             *01*THEM           *261123*1015*U*00401*000000017*0*T*>~"
        "GS*SH*US*THEM*20261123*1015*18*X*004010~ST*856*0001~BSN*00*S1*20261123*1015~HL*1**S~HL*2*1*O~PRF*4711~"
        "HL*3*2*I~SN1**5*EA~HL*4*2*I~SN1**1.50*EA~SE*10*0001~GE*1*18~IEA*1*000000017~");
}

TEST(what_x12_cannot_say_is_refused_with_its_place)
{
    CHECK_STR(
        refused("{\"set\":\"850\",\"BEG\":{\"BEG03\":\"a*b\"}}"),
        "/interchanges/0/groups/0/sets/0/BEG/BEG03: the value holds one of the separators, which X12 cannot escape");
    CHECK_STR(refused("{\"set\":\"850\",\"BGE\":{\"BEG03\":\"a\"}}"),
              "/interchanges/0/groups/0/sets/0/BGE: the set has no such segment or element there");
    CHECK_STR(refused("{\"set\":\"850\",\"PO1\":[{\"PO101\":\"1\"},{\"PO101\":\"1\",\"PO2\":\"x\"}]}"),
              "/interchanges/0/groups/0/sets/0/PO1/1/PO2: the set has no such segment or element there");
    CHECK_STR(refused("{\"set\":\"850\",\"BEG\":{\"BEG03\":true}}"),
              "/interchanges/0/groups/0/sets/0/BEG/BEG03: an element is a text or a number");
    CHECK_STR(
        refused("{\"set\":\"850\",\"REF\":[{\"REF02\":[\"a\",\"b\"]}]}"),
        "/interchanges/0/groups/0/sets/0/REF/0/REF02: there is no separator for repetitions before version 00402");
    CHECK_STR(refused("{\"set\":\"850\",\"REF\":[{}]}"),
              "/interchanges/0/groups/0/sets/0/REF/0: a segment has at least one element");
    CHECK_STR(
        refused("{\"set\":\"850\",\"BEG\":{\"BEG03\":\"a~b\"}}"),
        "/interchanges/0/groups/0/sets/0/BEG/BEG03: the value holds one of the separators, which X12 cannot escape");
    CHECK_STR(
        refused("{\"set\":\"850\",\"BEG\":{\"BEG03\":1e30}}"),
        "/interchanges/0/groups/0/sets/0/BEG/BEG03: a number with an exponent has no form in X12; give it as a text");
}

TEST(another_partners_separators_are_taken)
{
    struct x12_separators s = {'|', ':', '\0', "\n"};
    struct buf b;

    buf_init(&b, test_scope()->arena, 1 << 20);
    CHECK_OK(x12_write(test_scope(), enclosed("{\"set\":\"850\",\"BEG\":{\"BEG03\":\"a*b~c\"}}"), &s, &b));
    CHECK(strstr(buf_cstr(&b), "|T|:\nGS|PO|"));
    CHECK(strstr(buf_cstr(&b), "BEG|||a*b~c\n"));
}

TEST(sets_of_two_groups_do_not_go_into_one)
{
    struct x12_envelope e = {.sender_qualifier = "ZZ",
                             .sender = "US",
                             .receiver_qualifier = "01",
                             .receiver = "THEM",
                             .group_sender = "US",
                             .group_receiver = "THEM",
                             .control = 1,
                             .group_control = 1};
    const struct doc *d;
    struct doc out;

    CHECK_OK(doc_parse(test_scope(), STR("[{\"set\":\"850\"},{\"set\":\"810\"}]"), &d));
    CHECK_ERR(x12_enclose(test_scope(), &e, d->children, 2, &out), ERR_INVALID);
    CHECK_ERR(x12_enclose(test_scope(), &e, d->children, 0, &out), ERR_INVALID);
    e.control = 0;
    CHECK_ERR(x12_enclose(test_scope(), &e, d->children, 1, &out), ERR_INVALID);
}
