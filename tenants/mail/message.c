#include <string.h>

#include "base/timefmt.h"
#include "crypto/crypto.h"
#include "mail/mail_int.h"

#define MESSAGE_MAX ((size_t)256 * 1024)
#define LINE_OCTETS 76 /* of quoted-printable, and of a header before it is folded */
#define WORD_OCTETS 42 /* of text in one encoded word: 56 digits of base64 and 12 around them stay within 75 */

static bool is_one_line(const char *s)
{
    for (; *s; s++)
        if ((unsigned char)*s < 0x20 || *s == 0x7f)
            return false;
    return true;
}

static bool is_ascii(const char *s)
{
    for (; *s; s++)
        if ((unsigned char)*s > 0x7e)
            return false;
    return true;
}

/* How many octets of s, at most max, end with a whole character of UTF-8. */
static size_t whole_characters(const char *s, size_t n, size_t max)
{
    if (n <= max)
        return n;
    for (n = max; n > 1 && ((unsigned char)s[n] & 0xc0) == 0x80;)
        n--;
    return n;
}

/* RFC 2047: base64 words of UTF-8, one a line. */
static void put_encoded(struct buf *b, const char *s)
{
    for (size_t n = strlen(s); n;) {
        size_t part = whole_characters(s, n, WORD_OCTETS);

        buf_s(b, "=?UTF-8?B?");
        buf_base64(b, s, part);
        buf_s(b, "?=");
        s += part;
        n -= part;
        if (n)
            buf_s(b, "\r\n ");
    }
}

/* Unstructured text: as it is when it fits a line and cannot be taken for an encoded word. */
static void put_text(struct buf *b, const char *s)
{
    if (is_ascii(s) && strlen(s) <= LINE_OCTETS - 10 && !strstr(s, "=?"))
        buf_s(b, s);
    else
        put_encoded(b, s);
}

/* A display name: a quoted string, or encoded words. */
static void put_name(struct buf *b, const char *s)
{
    if (!is_ascii(s) || strlen(s) > LINE_OCTETS - 10 || strstr(s, "=?")) {
        put_encoded(b, s);
        return;
    }
    buf_c(b, '"');
    for (; *s; s++) {
        if (*s == '"' || *s == '\\')
            buf_c(b, '\\');
        buf_c(b, *s);
    }
    buf_c(b, '"');
}

static void put_address(struct buf *b, const char *field, const char *name, const char *address)
{
    buf_f(b, "%s: ", field);
    if (*name) {
        put_name(b, name);
        buf_s(b, "\r\n ");
    }
    buf_f(b, "<%s>\r\n", address);
}

/* RFC 5322 section 3.3, in UTC. 1970-01-01 was a Thursday. */
static void put_date(struct buf *b, int64_t us)
{
    static const char *const days[] = {"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"};
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    int64_t s = us / 1000000;
    int year, month, day;

    time_civil(us, &year, &month, &day);
    buf_f(b, "Date: %s, %02d %s %04d %02d:%02d:%02d +0000\r\n", days[s / 86400 % 7], day, months[month - 1], year,
          (int)(s / 3600 % 24), (int)(s / 60 % 60), (int)(s % 60));
}

/* White space at a line's end would be lost on the way. */
static bool is_plain(char c, bool last)
{
    if (c == ' ' || c == '\t')
        return !last;
    return c > ' ' && c <= '~' && c != '=';
}

/* One line without its end; soft breaks keep it within LINE_OCTETS. */
static void put_quoted_line(struct buf *b, const char *p, size_t n)
{
    size_t column = 0;

    for (size_t i = 0; i < n; i++) {
        bool plain = is_plain(p[i], i + 1 == n);
        size_t width = plain ? 1 : 3;

        if (column + width > LINE_OCTETS - 1) {
            buf_s(b, "=\r\n");
            column = 0;
        }
        if (plain)
            buf_c(b, p[i]);
        else
            buf_f(b, "=%02X", (unsigned char)p[i]);
        column += width;
    }
    buf_s(b, "\r\n");
}

static void put_quoted(struct buf *b, struct str text)
{
    for (size_t at = 0; at < text.n;) {
        const char *end = memchr(text.p + at, '\n', text.n - at);
        size_t n = end ? (size_t)(end - text.p) - at : text.n - at;
        size_t line = n && text.p[at + n - 1] == '\r' ? n - 1 : n;

        put_quoted_line(b, text.p + at, line);
        at += n + 1;
    }
}

static void put_part(struct buf *b, const char *boundary, const char *type, struct str text)
{
    buf_f(b, "--%s\r\nContent-Type: %s; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n", boundary,
          type);
    put_quoted(b, text);
}

/* "=_" cannot stand in quoted-printable text, so no boundary can stand in a part. */
static const char *boundary_of(struct scope *sc, const char *message_id)
{
    uint8_t hash[CRYPTO_HASH_BYTES];
    struct buf b;

    crypto_hash(message_id, strlen(message_id), hash);
    buf_init(&b, sc->arena, 64);
    buf_s(&b, "=_");
    buf_hex(&b, hash, 12);
    return buf_cstr(&b);
}

static enum err check(struct scope *sc, const struct mail_message *m)
{
    const char *const fields[] = {m->from_name, m->from, m->to, m->reply_to, m->message_id, m->subject, m->locale};

    for (size_t i = 0; i < ARRAY_LEN(fields); i++)
        if (!is_one_line(fields[i]))
            return FAIL(sc, ERR_INVALID, "a field of a mail's header must be one line");
    if (!mail_address_valid(m->from) || !mail_address_valid(m->to) ||
        (*m->reply_to && !mail_address_valid(m->reply_to)))
        return FAIL(sc, ERR_INVALID, "this is not an address that mail can be sent to");
    return OK;
}

enum err mail_message_write(struct scope *sc, const struct mail_message *m, struct str *out)
{
    const char *boundary;
    struct buf b;

    TRY(sc, check(sc, m));
    boundary = boundary_of(sc, m->message_id);
    buf_init(&b, sc->arena, MESSAGE_MAX);
    put_date(&b, m->date_us);
    put_address(&b, "From", m->from_name, m->from);
    put_address(&b, "To", "", m->to);
    if (*m->reply_to)
        put_address(&b, "Reply-To", m->from_name, m->reply_to);
    buf_s(&b, "Subject: ");
    put_text(&b, m->subject);
    buf_f(&b, "\r\nMessage-ID: <%s>\r\n", m->message_id);
    buf_f(&b, "MIME-Version: 1.0\r\nAuto-Submitted: auto-generated\r\nContent-Language: %s\r\n", m->locale);
    buf_f(&b, "Content-Type: multipart/alternative;\r\n boundary=\"%s\"\r\n\r\n", boundary);
    put_part(&b, boundary, "text/plain", m->text);
    put_part(&b, boundary, "text/html", m->html);
    buf_f(&b, "--%s--\r\n", boundary);
    if (b.full)
        return FAIL(sc, ERR_TOO_LARGE, "a mail is larger than it may be");
    *out = buf_str(&b);
    return OK;
}
