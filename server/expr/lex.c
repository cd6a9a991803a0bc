#include "expr/parse_int.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "base/utf8.h"

struct sign {
    const char *text;
    uint8_t power;
};

/* As JSONata's operator table has them. */
static const struct sign signs[TOKEN_COUNT] = {
    [TOKEN_END] = {"(end)", 0},     [TOKEN_DOT] = {".", 75},      [TOKEN_BRACKET] = {"[", 80},
    [TOKEN_BRACKET_END] = {"]", 0}, [TOKEN_BRACE] = {"{", 70},    [TOKEN_BRACE_END] = {"}", 0},
    [TOKEN_PAREN] = {"(", 80},      [TOKEN_PAREN_END] = {")", 0}, [TOKEN_COMMA] = {",", 0},
    [TOKEN_FOCUS] = {"@", 80},      [TOKEN_INDEX] = {"#", 80},    [TOKEN_SEMICOLON] = {";", 0},
    [TOKEN_COLON] = {":", 0},       [TOKEN_QUESTION] = {"?", 20}, [TOKEN_PLUS] = {"+", 50},
    [TOKEN_MINUS] = {"-", 50},      [TOKEN_STAR] = {"*", 60},     [TOKEN_SLASH] = {"/", 60},
    [TOKEN_PERCENT] = {"%", 60},    [TOKEN_BAR] = {"|", 0},       [TOKEN_EQUAL] = {"=", 40},
    [TOKEN_LESS] = {"<", 40},       [TOKEN_MORE] = {">", 40},     [TOKEN_CARET] = {"^", 40},
    [TOKEN_STARS] = {"**", 0},      [TOKEN_RANGE] = {"..", 0},    [TOKEN_BIND] = {":=", 10},
    [TOKEN_UNEQUAL] = {"!=", 40},   [TOKEN_AT_MOST] = {"<=", 40}, [TOKEN_AT_LEAST] = {">=", 40},
    [TOKEN_APPLY] = {"~>", 40},     [TOKEN_DEFAULT] = {"?:", 40}, [TOKEN_COALESCE] = {"??", 40},
    [TOKEN_AND] = {"and", 30},      [TOKEN_OR] = {"or", 25},      [TOKEN_IN] = {"in", 40},
    [TOKEN_JOIN] = {"&", 50},       [TOKEN_BANG] = {"!", 0},      [TOKEN_TILDE] = {"~", 0},
};

/* Two octets first: "**" must not be read as a star. */
static const enum token_kind two[] = {TOKEN_RANGE, TOKEN_BIND,  TOKEN_UNEQUAL, TOKEN_AT_LEAST, TOKEN_AT_MOST,
                                      TOKEN_STARS, TOKEN_APPLY, TOKEN_DEFAULT, TOKEN_COALESCE};
static const enum token_kind one[] = {
    TOKEN_DOT,   TOKEN_BRACKET, TOKEN_BRACKET_END, TOKEN_BRACE,     TOKEN_BRACE_END, TOKEN_PAREN,    TOKEN_PAREN_END,
    TOKEN_COMMA, TOKEN_FOCUS,   TOKEN_INDEX,       TOKEN_SEMICOLON, TOKEN_COLON,     TOKEN_QUESTION, TOKEN_PLUS,
    TOKEN_MINUS, TOKEN_STAR,    TOKEN_SLASH,       TOKEN_PERCENT,   TOKEN_BAR,       TOKEN_EQUAL,    TOKEN_LESS,
    TOKEN_MORE,  TOKEN_CARET,   TOKEN_JOIN,        TOKEN_BANG,      TOKEN_TILDE};

#define STOPS    ".[]{}(),@#;:?+-*/%|=<>^&!~"
#define TOLD_MAX 120 /* octets of a token in a message */
#define SPACES   " \t\n\r\v"

const char *token_sign(enum token_kind kind)
{
    return signs[kind].text;
}

uint8_t token_power(enum token_kind kind)
{
    return signs[kind].power;
}

const char *token_told(struct parser *p, const struct token *t)
{
    if (t->kind == TOKEN_NAME || t->kind == TOKEN_VARIABLE)
        return told_text(p->r, t->text, TOLD_MAX);
    if (t->kind == TOKEN_LITERAL)
        return told_text(p->r, string_of(p->r, t->value, false), TOLD_MAX);
    return signs[t->kind].text ? signs[t->kind].text : arena_strndup(p->r->arena, p->text.p + t->from, t->to - t->from);
}

static char octet(const struct parser *p, size_t at)
{
    return at < p->text.n ? p->text.p[at] : '\0';
}

static bool one_of(char c, const char *set)
{
    return c && strchr(set, c);
}

static void skip(struct parser *p)
{
    for (;;) {
        uint32_t from;

        while (p->at < p->text.n && one_of(octet(p, p->at), SPACES))
            p->at++;
        if (octet(p, p->at) != '/' || octet(p, p->at + 1) != '*')
            return;
        from = p->at;
        for (p->at += 2; octet(p, p->at) != '*' || octet(p, p->at + 1) != '/'; p->at++)
            if (p->at >= p->text.n)
                raise_at(p->r, from, "S0106", NULL);
        p->at += 2;
    }
}

/* Closed by a slash that stands in no brackets and is not escaped. */
static void take_regex(struct parser *p)
{
    uint32_t from = ++p->at;
    int depth = 0;

    for (; p->at < p->text.n; p->at++) {
        char c = octet(p, p->at);
        size_t slashes = 0;

        while (p->at - slashes > from && octet(p, p->at - slashes - 1) == '\\')
            slashes++;
        if (slashes % 2)
            continue;
        if (c == '/' && depth == 0)
            break;
        depth += one_of(c, "([{") ? 1 : one_of(c, ")]}") ? -1 : 0;
    }
    if (p->at >= p->text.n)
        raise_at(p->r, p->at, "S0302", NULL);
    if (p->at == from)
        raise_at(p->r, p->at, "S0301", NULL);
    p->token.text = (struct str){p->text.p + from, p->at - from};
    from = ++p->at;
    while (one_of(octet(p, p->at), "im"))
        p->at++;
    p->token.flags = (struct str){p->text.p + from, p->at - from};
    p->token.kind = TOKEN_REGEX;
}

static int hex(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The four digits behind \u; p->at stands on the u. */
static uint32_t take_unit(struct parser *p)
{
    uint32_t unit = 0;

    for (int i = 1; i <= 4; i++) {
        int digit = hex(octet(p, p->at + (uint32_t)i));

        if (digit < 0)
            raise_at(p->r, p->at, "S0104", NULL);
        unit = unit << 4 | (uint32_t)digit;
    }
    p->at += 4;
    return unit;
}

static void take_escape(struct parser *p, struct buf *b)
{
    static const char letters[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
    char c = octet(p, ++p->at);
    const char *found = c ? strchr(letters, c) : NULL;
    char told[2] = {c, '\0'}, octets[UTF8_MAX];
    uint32_t unit;

    if (found) {
        buf_c(b, meant[found - letters]);
        return;
    }
    if (c != 'u')
        raise_at(p->r, p->at, "S0103", arena_strdup(p->r->arena, told));
    unit = take_unit(p);
    if (unit >= 0xd800 && unit < 0xdc00 && octet(p, p->at + 1) == '\\' && octet(p, p->at + 2) == 'u') {
        uint32_t back = p->at, low;

        p->at += 2;
        low = take_unit(p);
        if (low >= 0xdc00 && low < 0xe000)
            unit = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
        else
            p->at = back;
    }
    buf_add(b, octets, (size_t)(utf8_put(octets, unit) - octets)); /* half of a pair too: $encodeUrl must know it */
}

static void take_text_token(struct parser *p)
{
    char quote = octet(p, p->at);
    struct buf b;

    buf_init(&b, p->r->arena, p->text.n + 8);
    for (p->at++; p->at < p->text.n && octet(p, p->at) != quote; p->at++) {
        if (octet(p, p->at) == '\\')
            take_escape(p, &b);
        else
            buf_c(&b, octet(p, p->at));
    }
    if (p->at >= p->text.n)
        raise_at(p->r, (uint32_t)p->text.n, "S0101", NULL);
    p->at++;
    p->token.kind = TOKEN_LITERAL;
    p->token.value = doc_make_text(buf_str(&b));
}

static uint32_t digits(const struct parser *p, uint32_t at)
{
    while (octet(p, at) >= '0' && octet(p, at) <= '9')
        at++;
    return at;
}

static void take_number_token(struct parser *p)
{
    uint32_t from = p->at, end = octet(p, from) == '0' ? from + 1 : digits(p, from), more;
    bool integer = true;
    long long exact;
    char *text;
    double v;

    if (octet(p, end) == '.' && (more = digits(p, end + 1)) > end + 1) {
        end = more;
        integer = false;
    }
    if (one_of(octet(p, end), "eE")) {
        more = end + 1 + one_of(octet(p, end + 1), "+-");
        if (digits(p, more) > more) {
            end = digits(p, more);
            integer = false;
        }
    }
    p->at = end;
    text = arena_strndup(p->r->arena, p->text.p + from, end - from);
    v = strtod(text, NULL); /* NOLINT(cert-err34-c) */
    if (!isfinite(v))
        raise_at(p->r, from, "S0102", text);
    p->token.kind = TOKEN_LITERAL;
    errno = 0;
    exact = integer ? strtoll(text, NULL, 10) : 0;
    p->token.value = integer && !errno ? doc_make_int(exact) : doc_make_real(v);
}

static void take_quoted(struct parser *p)
{
    const char *from = p->text.p + p->at + 1;
    const char *end = memchr(from, '`', p->text.n - p->at - 1);

    if (!end)
        raise_at(p->r, (uint32_t)p->text.n, "S0105", NULL);
    p->token.kind = TOKEN_NAME;
    p->token.text = (struct str){from, (size_t)(end - from)};
    p->at = (uint32_t)(end + 1 - p->text.p);
}

static void take_word(struct parser *p)
{
    uint32_t from = p->at;
    struct str word;

    while (p->at < p->text.n && !one_of(octet(p, p->at), STOPS SPACES))
        p->at++;
    word = (struct str){p->text.p + from, p->at - from};
    p->token.text = word;
    p->token.kind = TOKEN_NAME;
    if (word.n && *word.p == '$') {
        p->token.kind = TOKEN_VARIABLE;
        p->token.text = (struct str){word.p + 1, word.n - 1};
    } else if (str_is(word, "and")) {
        p->token.kind = TOKEN_AND;
    } else if (str_is(word, "or")) {
        p->token.kind = TOKEN_OR;
    } else if (str_is(word, "in")) {
        p->token.kind = TOKEN_IN;
    } else if (str_is(word, "true") || str_is(word, "false")) {
        p->token.kind = TOKEN_LITERAL;
        p->token.value = doc_make_bool(*word.p == 't');
    } else if (str_is(word, "null")) {
        p->token.kind = TOKEN_LITERAL;
        p->token.value = (struct doc){.kind = DOC_NULL};
    }
}

static bool take_sign(struct parser *p)
{
    for (size_t i = 0; i < ARRAY_LEN(two); i++)
        if (octet(p, p->at) == signs[two[i]].text[0] && octet(p, p->at + 1) == signs[two[i]].text[1]) {
            p->token.kind = two[i];
            p->at += 2;
            return true;
        }
    for (size_t i = 0; i < ARRAY_LEN(one); i++)
        if (octet(p, p->at) == *signs[one[i]].text) {
            p->token.kind = one[i];
            p->at++;
            return true;
        }
    return false;
}

void lex_next(struct parser *p, bool after_operand)
{
    char c;

    p->last = p->token.to;
    skip(p);
    p->token = (struct token){.from = p->at, .kind = TOKEN_END};
    c = octet(p, p->at);
    if (p->at >= p->text.n)
        p->at = (uint32_t)p->text.n;
    else if (c == '/' && !after_operand)
        take_regex(p);
    else if (take_sign(p))
        ;
    else if (c == '"' || c == '\'')
        take_text_token(p);
    else if (c >= '0' && c <= '9')
        take_number_token(p);
    else if (c == '`')
        take_quoted(p);
    else
        take_word(p);
    p->token.to = p->at;
    if (p->token.kind == TOKEN_BANG || p->token.kind == TOKEN_TILDE)
        raise_at(p->r, p->token.from, "S0204", token_sign(p->token.kind));
}
