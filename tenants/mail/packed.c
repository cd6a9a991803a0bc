#include "mail/mail_int.h"
#include "json/doc.h"
#include "json/wire.h"

#define PACKED_MAX ((size_t)32 * 1024)

struct packed {
    const char *to;
    struct wire_list words;
};

static const struct wire_field word_fields[] = {
    WIRE_TEXT(struct mail_word, name, 40, "As the template names it."),
    {.name = "value",
     .kind = WIRE_KIND_TEXT,
     .offset = offsetof(struct mail_word, value),
     .min = 0,
     .max = 4096,
     .optional = true,
     .meaning = "What stands there."},
    {},
};
static const struct wire word_wire = {"MailWord", sizeof(struct mail_word), word_fields};

static const struct wire_field packed_fields[] = {
    WIRE_TEXT(struct packed, to, MAIL_ADDRESS_MAX, "Who it is for."),
    WIRE_LIST(struct packed, words, &word_wire, MAIL_WORDS_MAX, "What the template is given."),
    {},
};
static const struct wire packed_wire = {"MailPacked", sizeof(struct packed), packed_fields};

struct str mail_pack(struct scope *sc, const struct mail_new *m)
{
    struct packed p = {m->to, {m->words, m->word_count}};
    struct buf b;

    buf_init(&b, sc->arena, PACKED_MAX);
    wire_encode(&b, &packed_wire, &p);
    return b.full ? (struct str){NULL, 0} : buf_str(&b);
}

enum err mail_unpack(struct scope *sc, struct str packed, struct mail_letter *out)
{
    struct packed p;

    TRY(sc, wire_decode(sc, &packed_wire, packed, &p));
    out->to = p.to;
    out->words = p.words.items;
    out->word_count = p.words.n;
    return OK;
}

struct str mail_label(struct scope *sc, const struct uuid *mail_id, int32_t epoch)
{
    char partner[UUID_TEXT_LEN + 1], mail[UUID_TEXT_LEN + 1];

    uuid_format(&sc->tenant.partner_id, partner);
    uuid_format(mail_id, mail);
    return str_of(arena_f(sc->arena, "mail/%s/%s/%d", partner, mail, epoch));
}
