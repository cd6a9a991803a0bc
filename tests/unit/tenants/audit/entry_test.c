#include "audit_kit.h"
#include "base/timefmt.h"

/* Made with another program: python3, json and hashlib.blake2b(digest_size=32). */
TEST(the_canonical_text_and_its_hash_are_what_another_program_makes_of_it)
{
    struct audit_entry e = {.action = "order.release",
                            .actor_kind = "api_key",
                            .actor_name = "laptop \"of\" Zo\xc3\xab\n",
                            .address = "192.0.2.7",
                            .object_kind = "ord",
                            .detail = "tab\there, bell\x07, / and \x7f",
                            .seq = 17,
                            .hash_version = 1};
    struct scope *sc = test_scope();
    uint8_t hash[CRYPTO_HASH_BYTES];
    struct str text;
    struct buf hex;

    CHECK_OK(crypto_start(sc));
    CHECK(time_parse(STR("2026-11-23T10:00:00.120000Z"), &e.at_us));
    CHECK(uuid_parse("01890a5d-ac96-774b-bcce-b302099a8057", 36, &e.partner_id));
    e.actor_id = e.object_id = e.entry_id = e.customer_id = e.partner_id;
    memset(e.prev_hash, 0xab, sizeof(e.prev_hash));
    e.before_hash = (struct bytes){e.prev_hash, sizeof(e.prev_hash)};
    text = audit_canonical(sc, &e);
    CHECK_STR(str_dup(sc->arena, text),
              "{\"action\":\"order.release\",\"actor_id\":\"key_01h455vb4pex5vsknk084sn02q\",\"actor_kind\":\"api_ke"
              "y\",\"actor_name\":\"laptop \\\"of\\\" "
              "Zo\303\253\\n\",\"address\":\"192.0.2.7\",\"after_hash\":null,\"at\":\"2026-1"
              "1-23T10:00:00.120000Z\",\"before_hash\":\"abababababababababababababababababababababababababab"
              "abababababab\",\"customer_id\":\"cus_01h455vb4pex5vsknk084sn02q\",\"detail\":\"tab\\there, bell\\u00"
              "07, / and \177\",\"entry_id\":\"aud_01h455vb4pex5vsknk084sn02q\",\"hash_version\":1,\"object_id\":\"ord"
              "_01h455vb4pex5vsknk084sn02q\",\"object_kind\":\"ord\",\"partner_id\":\"prt_01h455vb4pex5vsknk084sn"
              "02q\",\"prev_hash\":\"abababababababababababababababababababababababababababababababab\",\"reaso"
              "n\":null,\"request_id\":null,\"seq\":17}");
    crypto_blake2b(text.p, text.n, hash);
    buf_init(&hex, sc->arena, 100);
    buf_hex(&hex, hash, sizeof(hash));
    CHECK_STR(buf_cstr(&hex), "9eaf4963ebafe5000e09fe2111d69bf574726e25506ded332cdd39077d45eca4");
}
