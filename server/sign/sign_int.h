#pragma once

#include "base/must.h"
#include "sign/sign.h"
#include "json/doc_value.h"

/* ---- templates ---- */

#define PARTS_MAX 32

enum part_kind {
    PART_TEXT,
    PART_BODY,
    PART_SHA256_BODY,
    PART_CRC32_BODY,
    PART_URL,
    PART_METHOD,
    PART_PATH,
    PART_HEADER,
    PART_TIME,
    PART_SECRET,
};

struct part {
    enum part_kind kind;
    const char *name; /* of the header */
    struct str text;
};

struct template
{
    struct part parts[PARTS_MAX];
    size_t n;
};

/* What came, and what is known of it. */
struct given {
    const struct sign_delivery *d;
    const char *time_header; /* that {header:…} of it gives `time` where a sender is played; NULL: none */
    struct str time;
};

struct pieces {
    struct bytes v[PARTS_MAX];
    size_t n;
};

struct reader; /* below */
void template_read(struct reader *r, const struct doc *d, bool secrets, struct template *out);
bool template_has(const struct template *t, enum part_kind kind);
bool template_has_header(const struct template *t, const char *name);
enum sign_verdict template_fill(struct scope *sc, const struct template *t, const struct given *g, struct pieces *out);
void template_secret(const struct template *t, struct bytes secret, struct pieces *out);

/* ---- reading documents ---- */

struct reader {
    struct scope *sc;
    const char *at;
    unsigned before; /* items that others named */
};

void fault_at(struct reader *r, const char *where, const char *code, const char *what);
/* Refuses members of the object at `where` ("" for the whole) that are not in the list, and whatever is no object. */
bool read_members(struct reader *r, const struct doc *d, const char *where, const char *const *names);
/* The index of a word in a list that ends with NULL; `otherwise` when it is absent, -1 to require it. */
size_t read_choice(struct reader *r, const struct doc *d, const char *where, const char *const *names, int otherwise);
/* Lower-case, in the arena; NULL after a fault. */
const char *read_header(struct reader *r, const struct doc *d, const char *where);
const char *read_pointer(struct reader *r, const struct doc *d, const char *where);
/* Visible ASCII and spaces, of 1 to `most` octets. */
const char *read_word(struct reader *r, const struct doc *d, const char *where, size_t most);
enum err read_end(struct reader *r, const char *what);

/* ---- checks ---- */

enum coding { CODING_TEXT, CODING_HEX, CODING_BASE64 };
enum form { FORM_PLAIN, FORM_LIST, FORM_PAIRS };
enum unit { UNIT_S, UNIT_MS, UNIT_RFC3339 };

struct time_rule {
    bool is;
    const char *header; /* NULL: a pair of the signature */
    enum unit unit;
    int64_t tolerance_us;
};

/* Headers of which one is enough. */
struct names {
    const char *v[SIGN_HEADERS_MAX];
    size_t n;
};

struct signature_rule {
    struct names headers;
    enum coding coding;
    enum form form;
    const char *version, *time_pair;
    const char *pointer, *key_pointer;
};

struct sign_check {
    const struct kind *kind;
    enum crypto_digest hash;
    struct template over;
    struct signature_rule signature;
    struct names needs[SIGN_NEEDS_MAX];
    size_t needs_n;
    struct time_rule time;
    enum coding key;
    struct str prefix;
    const char *items; /* NULL: the body itself */
    const char *pointer;
    const char *fields[SIGN_FIELDS_MAX];
    size_t fields_n;
    const char *separator;
    const char *header;
    const char *algorithm, *algorithm_header;
    const char *hosts[SIGN_HOSTS_MAX];
    size_t hosts_n;
    const char *name, *url;
};

/* What is judged. */
struct judged {
    struct scope *sc;
    const struct sign_check *c;
    const struct sign_delivery *d;
    const struct secret *const *secrets;
    size_t n;
    int64_t now_us;
};

/* What is made. */
struct making {
    struct scope *sc;
    const struct sign_check *c;
    const struct sign_delivery *d;
    const struct sign_sender *by;
};

struct kind {
    const char *name;
    void (*read)(struct reader *r, const struct doc *d, struct sign_check *c);
    enum sign_verdict (*judge)(const struct judged *j);
    enum err (*make)(const struct making *m, struct sign_made *out);
    enum sign_verdict (*fetch)(struct scope *sc, const struct sign_check *c, const struct sign_delivery *d,
                               const char **out_url); /* NULL: nothing is */
};

extern const struct kind kind_hmac, kind_hmac_items, kind_rsa_certificate, kind_ecdsa_key, kind_secret_header,
    kind_basic, kind_secret_field, kind_none;

/* Parts that several kinds have. */
void names_read(struct reader *r, const struct doc *d, const char *where, struct names *out);
void signature_read(struct reader *r, const struct doc *d, struct signature_rule *out);
void time_read(struct reader *r, const struct doc *of, struct sign_check *c);
void hash_read(struct reader *r, const struct doc *d, struct sign_check *c);
void key_read(struct reader *r, const struct doc *d, struct sign_check *c);
void covers(struct reader *r, const struct sign_check *c); /* the body and the time are in the template */

/* One header that must be there once. */
enum sign_verdict header_one(const struct sign_delivery *d, const char *name, struct str *out);
/* The first of them that is there, which must be there once. */
enum sign_verdict header_any(const struct sign_delivery *d, const struct names *names, struct str *out);
enum sign_verdict time_judge(const struct time_rule *t, struct str text, int64_t now_us);
const char *time_write(struct scope *sc, const struct time_rule *t, int64_t now_us);

#define KEY_MAX 512 /* octets of a key that is written in hex or base64 */

struct keys {
    struct bytes v[SIGN_SECRETS_MAX];
    size_t n;
    uint8_t room[SIGN_SECRETS_MAX][KEY_MAX];
};
/* Those that can be a key: an empty one never can. */
void keys_take(struct keys *k, const struct sign_check *c, const struct secret *const *secrets, size_t n);
void keys_wipe(struct keys *k);

/* A signature's octets; false for what is not so written or too long. */
bool signature_decode(enum coding c, struct str text, void *out, size_t cap, size_t *out_n);
/* The same of a key. */
bool coding_read(enum coding c, struct str text, void *out, size_t cap, size_t *out_n);
void coding_write(enum coding c, struct buf *b, const void *p, size_t n);

/* The list in a body that a check goes through, or the body as a list of one; *out NULL after a fault. */
enum sign_verdict items_of(struct scope *sc, const struct sign_check *c, struct str body, const struct doc **out,
                           size_t *out_n);
const struct doc *item_at(const struct sign_check *c, const struct doc *list, size_t i);
/* The body with a text at a pointer of each item, which `text` gives. */
enum err items_put(const struct making *m, const char *pointer,
                   enum err (*text)(const struct making *m, const struct doc *item, struct str *out), struct str *out);

void made_add(struct sign_made *m, const char *name, const char *value);

/* ---- addresses ---- */

struct address {
    struct str scheme, authority, path, query; /* the query without its mark; empty: none */
};
bool address_split(struct str url, struct address *out);
/* https, no user, no port but 443, at one of the hosts; "*.example.com" is any below it. */
bool address_at(struct str url, const char *const *hosts, size_t n);

struct pair {
    struct str name, value; /* decoded */
};
/* Parameters of a query or form; `plus`: "+" is a space. False when an escape is broken or there are too many. */
#define PAIRS_MAX 200
bool pairs_read(struct arena *a, struct str text, bool plus, struct pair *out, size_t *n);
