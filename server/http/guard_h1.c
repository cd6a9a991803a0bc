#include "http/guard_h1.h"

#include <string.h>

#include "http/http_int.h"

enum state {
    AT_START,
    AT_START_LF,
    IN_PREFACE,
    IN_METHOD,
    IN_TARGET,
    IN_VERSION,
    AT_LF,
    AT_LINE,
    IN_NAME,
    IN_VALUE,
    AT_HEAD_LF,
    AT_REQUEST_END,
    IN_SIZE,
    IN_SIZE_REST,
    IN_CHUNK,
    AT_CHUNK_CR,
    AT_TRAILER_LINE,
    AT_TRAILER_LF,
};

enum field { OTHER, HOST, LENGTH, CODING, EXPECT, AUTHORIZATION, PROXY_AUTHORIZATION, COOKIE };

static const char *const known[] = {
    [HOST] = "host",     [LENGTH] = "content-length",       [CODING] = "transfer-encoding",
    [EXPECT] = "expect", [AUTHORIZATION] = "authorization", [PROXY_AUTHORIZATION] = "proxy-authorization",
    [COOKIE] = "cookie",
};

#define PREFACE        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
#define METHOD_MAX     20
#define SIZE_DIGITS    16
#define LENGTH_LARGEST ((uint64_t)1 << 60) /* ten times it still fits */

void guard_h1_init(struct guard_h1 *g, size_t head_max, size_t body_max)
{
    *g = (struct guard_h1){.head_max = head_max, .body_max = body_max, .verdict = GUARD_H1_MORE};
}

bool guard_h1_has_body(const struct guard_h1 *g)
{
    return g->seen & (1 << LENGTH | 1 << CODING);
}

static bool is_token(char c)
{
    return token_is_valid((struct str){&c, 1});
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

static void keep(struct guard_h1 *g, char c)
{
    if (g->word_n < sizeof(g->word))
        g->word[g->word_n] = c;
    g->word_n++;
}

static bool word_is(const struct guard_h1 *g, const char *text)
{
    return g->word_n == strlen(text) && g->word_n <= sizeof(g->word) && memcmp(g->word, text, g->word_n) == 0;
}

static enum guard_verdict line_end(struct guard_h1 *g, enum state next)
{
    g->state = AT_LF;
    g->after_line = (uint8_t)next;
    return GUARD_H1_MORE;
}

/* ---- the request line ---- */

static enum guard_verdict in_method(struct guard_h1 *g, char c)
{
    if (c == ' ' && g->word_n) {
        g->head_method = word_is(g, "HEAD");
        g->word_n = 0;
        g->state = IN_TARGET;
        return GUARD_H1_MORE;
    }
    if (c == '\r' || c == '\n')
        return GUARD_H1_LINE;
    keep(g, c);
    return is_token(c) && g->word_n <= METHOD_MAX ? GUARD_H1_MORE : GUARD_H1_METHOD;
}

/* An empty line may come before the request, once. */
static enum guard_verdict at_start(struct guard_h1 *g, char c)
{
    if (c == '\r' && g->octets == 1) {
        g->state = AT_START_LF;
        return GUARD_H1_MORE;
    }
    if (c == PREFACE[0] && g->octets == 1) {
        g->state = IN_PREFACE;
        return GUARD_H1_MORE;
    }
    g->state = IN_METHOD;
    return in_method(g, c);
}

/* The path's own shape is judged in target.c, for HTTP/2 as well. Other forms than the origin's name a host a second
 * time, and only "*" does not. */
static enum guard_verdict in_target(struct guard_h1 *g, char c)
{
    if (c == '\r' || c == '\n')
        return g->word_n ? GUARD_H1_VERSION : GUARD_H1_LINE;
    if (c == ' ' && g->word_n) {
        if (g->word[0] == '*' && g->word_n > 1)
            return GUARD_H1_TARGET;
        g->word_n = 0;
        g->state = IN_VERSION;
        return GUARD_H1_MORE;
    }
    if ((unsigned char)c <= ' ' || (unsigned char)c >= 0x7f || c == '#' || (g->word_n == 0 && c != '/' && c != '*'))
        return GUARD_H1_TARGET;
    keep(g, c);
    return GUARD_H1_MORE;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static enum guard_verdict in_version(struct guard_h1 *g, char c)
{
    if (c != '\r') {
        keep(g, c);
        return g->word_n <= 8 && c > ' ' ? GUARD_H1_MORE : GUARD_H1_VERSION;
    }
    if (g->word_n != 8 || memcmp(g->word, "HTTP/", 5) != 0 || !is_digit(g->word[5]) || g->word[6] != '.' ||
        !is_digit(g->word[7]))
        return GUARD_H1_VERSION;
    if (g->word[5] != '1' || g->word[7] > '1')
        return GUARD_H1_VERSION_OTHER;
    g->minor = (uint8_t)(g->word[7] - '0');
    return line_end(g, AT_LINE);
}

static enum guard_verdict feed_octet(struct guard_h1 *g, char c);

/* What is no preface after all is read again as a request line. */
static enum guard_verdict in_preface(struct guard_h1 *g, char c)
{
    enum guard_verdict v = GUARD_H1_MORE;
    size_t matched = g->octets - 1;

    if (c == PREFACE[matched])
        return matched + 2 == sizeof(PREFACE) ? GUARD_H1_HTTP2 : GUARD_H1_MORE;
    g->state = IN_METHOD;
    for (size_t i = 0; i < matched && v == GUARD_H1_MORE; i++)
        v = feed_octet(g, PREFACE[i]);
    return v == GUARD_H1_MORE ? feed_octet(g, c) : v;
}

/* ---- fields ---- */

static enum guard_verdict name_end(struct guard_h1 *g, bool trailer)
{
    if (g->word_n == 0)
        return GUARD_H1_FIELD;
    g->field = OTHER;
    for (uint8_t i = 1; i < ARRAY_LEN(known); i++)
        if (word_is(g, known[i]))
            g->field = i;
    g->word_n = 0;
    g->blank = false;
    g->state = IN_VALUE;
    if (g->field == OTHER)
        return GUARD_H1_MORE;
    if (trailer)
        return GUARD_H1_FIELD; /* RFC 9110 6.5.1: framing, routing and credentials do not trail */
    if (g->seen & 1 << g->field)
        return GUARD_H1_REPEATED;
    g->seen |= (uint8_t)(1 << g->field);
    return GUARD_H1_MORE;
}

static bool in_trailer(const struct guard_h1 *g)
{
    return g->after_line == AT_TRAILER_LINE;
}

static enum guard_verdict in_name(struct guard_h1 *g, char c)
{
    if (c == ':')
        return name_end(g, in_trailer(g));
    if (!is_token(c))
        return c == '\n' || c == '\r' ? GUARD_H1_LINE : GUARD_H1_FIELD;
    keep(g, lower(c));
    return GUARD_H1_MORE;
}

static enum guard_verdict at_line(struct guard_h1 *g, char c, enum state end)
{
    if (c == '\r') {
        g->state = (uint8_t)end;
        return GUARD_H1_MORE;
    }
    if (++g->fields > GUARD_H1_FIELDS_MAX)
        return GUARD_H1_HEAD_LARGE;
    g->state = IN_NAME;
    g->word_n = 0;
    return in_name(g, c); /* a folded line begins with what no name holds */
}

static enum guard_verdict length_value(struct guard_h1 *g)
{
    if (g->word_n == 0)
        return GUARD_H1_LENGTH;
    return g->length > g->body_max ? GUARD_H1_BODY_LARGE : GUARD_H1_MORE;
}

static enum guard_verdict value_end(struct guard_h1 *g)
{
    enum guard_verdict v = GUARD_H1_MORE;

    if (g->field == LENGTH)
        v = length_value(g);
    else if (g->field == CODING && (!word_is(g, "chunked") || g->minor == 0))
        v = GUARD_H1_CODING;
    else if (g->field == EXPECT && !word_is(g, "100-continue"))
        v = GUARD_H1_EXPECT;
    return v == GUARD_H1_MORE ? line_end(g, in_trailer(g) ? AT_TRAILER_LINE : AT_LINE) : v;
}

static enum guard_verdict length_digit(struct guard_h1 *g, char c)
{
    if (!is_digit(c))
        return GUARD_H1_LENGTH;
    g->length = g->length * 10 + (uint64_t)(c - '0');
    g->word_n++;
    return g->length > LENGTH_LARGEST ? GUARD_H1_BODY_LARGE : GUARD_H1_MORE;
}

/* Whitespace at either end of a known field's value is not part of it; within, it is. */
static enum guard_verdict in_value(struct guard_h1 *g, char c)
{
    if (c == '\r')
        return value_end(g);
    if (((unsigned char)c < ' ' && c != '\t') || c == 0x7f)
        return c == '\n' ? GUARD_H1_LINE : GUARD_H1_FIELD;
    if (g->field != LENGTH && g->field != CODING && g->field != EXPECT)
        return GUARD_H1_MORE;
    if (c == ' ' || c == '\t') {
        g->blank = g->word_n > 0;
        return GUARD_H1_MORE;
    }
    if (g->blank)
        keep(g, ' ');
    if (g->field == LENGTH)
        return g->blank ? GUARD_H1_LENGTH : length_digit(g, c);
    keep(g, lower(c));
    return GUARD_H1_MORE;
}

static enum guard_verdict head_end(struct guard_h1 *g)
{
    bool chunked = g->seen & 1 << CODING;

    if (chunked && g->seen & 1 << LENGTH)
        return GUARD_H1_CODING;
    if (g->minor && !(g->seen & 1 << HOST))
        return GUARD_H1_HOST;
    g->state = chunked ? IN_SIZE : AT_REQUEST_END;
    g->length = g->word_n = 0;
    return GUARD_H1_FINE;
}

/* ---- chunks ---- */

static int hex_digit(char c)
{
    if (is_digit(c))
        return c - '0';
    c = lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static enum guard_verdict size_end(struct guard_h1 *g)
{
    if (g->word_n == 0)
        return GUARD_H1_CHUNK;
    g->body += g->length;
    if (g->length > g->body_max || g->body > g->body_max)
        return GUARD_H1_BODY_LARGE;
    line_end(g, g->length ? IN_CHUNK : AT_TRAILER_LINE);
    return GUARD_H1_FINE;
}

static enum guard_verdict in_size(struct guard_h1 *g, char c)
{
    int digit = hex_digit(c);

    if (digit >= 0) {
        g->length = g->length << 4 | (uint64_t)digit;
        return ++g->word_n <= SIZE_DIGITS ? GUARD_H1_FINE : GUARD_H1_CHUNK;
    }
    if (c == '\r')
        return size_end(g);
    g->state = IN_SIZE_REST;
    return g->word_n && (c == ';' || c == ' ' || c == '\t') ? GUARD_H1_FINE : GUARD_H1_CHUNK;
}

static enum guard_verdict in_size_rest(struct guard_h1 *g, char c)
{
    if (c == '\r')
        return size_end(g);
    return ((unsigned char)c >= ' ' && c != 0x7f) || c == '\t' ? GUARD_H1_FINE : GUARD_H1_CHUNK;
}

static enum guard_verdict at_chunk_cr(struct guard_h1 *g, char c)
{
    g->length = g->word_n = 0;
    line_end(g, IN_SIZE);
    return c == '\r' ? GUARD_H1_FINE : GUARD_H1_CHUNK;
}

/* ---- octets ---- */

static enum guard_verdict at_lf(struct guard_h1 *g, char c, enum state next, enum guard_verdict v)
{
    g->state = (uint8_t)next;
    return c == '\n' ? v : GUARD_H1_LINE;
}

static enum guard_verdict feed_octet(struct guard_h1 *g, char c)
{
    switch ((enum state)g->state) {
    case AT_START:
        return at_start(g, c);
    case AT_START_LF:
        return at_lf(g, c, IN_METHOD, GUARD_H1_MORE);
    case IN_PREFACE:
        return in_preface(g, c);
    case IN_METHOD:
        return in_method(g, c);
    case IN_TARGET:
        return in_target(g, c);
    case IN_VERSION:
        return in_version(g, c);
    case AT_LF:
        return at_lf(g, c, (enum state)g->after_line, g->verdict);
    case AT_LINE:
        return at_line(g, c, AT_HEAD_LF);
    case IN_NAME:
        return in_name(g, c);
    case IN_VALUE:
        return in_value(g, c);
    case AT_HEAD_LF:
        return c == '\n' ? head_end(g) : GUARD_H1_LINE;
    case IN_SIZE:
        return in_size(g, c);
    case IN_SIZE_REST:
        return in_size_rest(g, c);
    case AT_CHUNK_CR:
        return at_chunk_cr(g, c);
    case AT_TRAILER_LINE:
        return at_line(g, c, AT_TRAILER_LF);
    case AT_TRAILER_LF:
        return at_lf(g, c, AT_REQUEST_END, GUARD_H1_FINE);
    case IN_CHUNK:
    case AT_REQUEST_END:
        break;
    }
    return GUARD_H1_FINE;
}

/* Octets of a chunk are only counted. */
static size_t skip_chunk(struct guard_h1 *g, size_t n)
{
    size_t taken = n < g->length ? n : (size_t)g->length;

    g->length -= taken;
    if (g->length == 0)
        g->state = AT_CHUNK_CR;
    return taken;
}

/* Small chunks are no crime; what may stand beside them is the head's to pay for. */
static bool is_head(const struct guard_h1 *g)
{
    return g->verdict == GUARD_H1_MORE || g->state == IN_SIZE_REST || in_trailer(g);
}

/* Within trailers the scanner says "more" of a line, which for the caller is still a good head. */
static enum guard_verdict settle(const struct guard_h1 *g, enum guard_verdict v)
{
    return v == GUARD_H1_MORE && g->verdict == GUARD_H1_FINE ? GUARD_H1_FINE : v;
}

enum guard_verdict guard_h1_feed(struct guard_h1 *g, const char *p, size_t n)
{
    for (size_t i = 0; i < n && g->verdict <= GUARD_H1_FINE && g->state != AT_REQUEST_END;) {
        if (g->state == IN_CHUNK) {
            i += skip_chunk(g, n - i);
            continue;
        }
        g->octets += is_head(g);
        g->verdict = settle(g, feed_octet(g, p[i++]));
        if (g->octets > g->head_max && !guard_h1_refuses(g->verdict))
            g->verdict = GUARD_H1_HEAD_LARGE;
    }
    return g->verdict;
}
