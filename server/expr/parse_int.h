#pragma once

#include "expr/expr_int.h"

enum token_kind {
    TOKEN_END,
    TOKEN_NAME,
    TOKEN_VARIABLE,
    TOKEN_LITERAL, /* text, number, true, false, null */
    TOKEN_REGEX,
    TOKEN_DOT,
    TOKEN_BRACKET,
    TOKEN_BRACKET_END,
    TOKEN_BRACE,
    TOKEN_BRACE_END,
    TOKEN_PAREN,
    TOKEN_PAREN_END,
    TOKEN_COMMA,
    TOKEN_FOCUS,
    TOKEN_INDEX,
    TOKEN_SEMICOLON,
    TOKEN_COLON,
    TOKEN_QUESTION,
    TOKEN_PLUS,
    TOKEN_MINUS,
    TOKEN_STAR,
    TOKEN_SLASH,
    TOKEN_PERCENT,
    TOKEN_BAR,
    TOKEN_EQUAL,
    TOKEN_LESS,
    TOKEN_MORE,
    TOKEN_CARET,
    TOKEN_STARS,
    TOKEN_RANGE,
    TOKEN_BIND,
    TOKEN_UNEQUAL,
    TOKEN_AT_MOST,
    TOKEN_AT_LEAST,
    TOKEN_APPLY,
    TOKEN_DEFAULT,
    TOKEN_COALESCE,
    TOKEN_AND,
    TOKEN_OR,
    TOKEN_IN,
    TOKEN_JOIN, /* & */
    TOKEN_BANG,
    TOKEN_TILDE,
    TOKEN_COUNT,
};

struct token {
    enum token_kind kind;
    uint32_t from, to;
    struct doc value; /* TOKEN_LITERAL */
    struct str text;  /* TOKEN_NAME, TOKEN_VARIABLE: the name; TOKEN_REGEX: the pattern */
    struct str flags; /* TOKEN_REGEX */
};

#define PARSE_DEPTH_MAX 128
#define PARSE_NODES_MAX 20000
#define PARSE_REGEX_MAX ((size_t)1 << 20) /* octets of compiled regular expressions */
#define PARSE_ABOVE_MAX 200               /* of %, each of which looks at all steps in front of it */

struct parser {
    struct run *r;
    struct expr *e;
    struct str text;
    uint32_t at;
    uint32_t last; /* where the last token that was used ended */
    uint32_t depth;
    uint32_t nodes;
    uint32_t above;
    struct token token;
};

/* Room for one more behind n items of a list that grows by one at a time: it is full at each power of two. */
void *parse_room(struct run *r, const void *list, uint32_t n, size_t each);
/* The sign of an operator, as faults name it. */
const char *token_sign(enum token_kind kind);
/* How tightly an operator binds what stands on its left; 0: not at all. */
uint8_t token_power(enum token_kind kind);
/* What a fault calls the token: its sign, or its text. */
const char *token_told(struct parser *p, const struct token *t);
/* The next token into p->token; after an operand a slash divides, elsewhere it begins a regular expression. */
void lex_next(struct parser *p, bool after_operand);

void parse_expect(struct parser *p, enum token_kind kind, bool after_operand);
struct node *parse_expression(struct parser *p, uint8_t power);
struct node *parse_node(struct parser *p, enum node_kind kind, uint32_t from);
struct name *parse_name(struct parser *p, struct str text);
void parse_push(struct run *r, struct node *to, struct node *item);
struct node *parse_call(struct parser *p, struct node *left, const struct token *t);
struct node *parse_object(struct parser *p, struct node *n);
struct node *parse_array(struct parser *p, const struct token *t);
struct node *parse_block(struct parser *p, const struct token *t);
struct node *parse_bracket(struct parser *p, struct node *left, const struct token *t);
struct node *parse_order(struct parser *p, struct node *left, const struct token *t);
struct node *parse_transform(struct parser *p, const struct token *t);
