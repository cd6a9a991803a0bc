#include "expr/builtin_int.h"
#include "expr/parse_int.h"
#include "picture/picture.h"

/* The forms with brackets of their own: calls and lambdas, blocks, arrays, objects, predicates, orders, transforms. */

static struct node *begun(struct parser *p, enum node_kind kind, uint32_t from, const struct token *t)
{
    struct node *n = parse_node(p, kind, from);

    n->at = t->from;
    return n;
}

static bool is_lambda(const struct node *left)
{
    return left->kind == NODE_NAME && (str_is(left->name->text, "function") || str_is(left->name->text, "\xce\xbb"));
}

/* As many octets as stand between < and the matching >, both with it; then the parser stands behind. */
static void take_signature(struct parser *p, struct node *n)
{
    uint32_t from = p->token.from, offset = 0;
    const char *code = NULL;
    int depth = 1;
    struct buf text;

    buf_init(&text, p->r->arena, EXPR_TEXT_MAX + 1);
    buf_c(&text, '<');
    while (depth > 0 && p->token.kind != TOKEN_BRACE && p->token.kind != TOKEN_END) {
        lex_next(p, false);
        depth += p->token.kind == TOKEN_LESS ? 1 : p->token.kind == TOKEN_MORE ? -1 : 0;
        buf_add(&text, p->text.p + p->token.from, p->token.to - p->token.from);
    }
    parse_expect(p, TOKEN_MORE, false);
    n->signature = signature_parse(p->r->arena, buf_str(&text), &code, &offset);
    if (!n->signature)
        raise_at(p->r, from + offset, code, NULL);
}

static void parameters(struct parser *p, struct node *n)
{
    n->params = ARENA_ARRAY(p->r->arena, const struct name *, n->n ? n->n : 1);
    for (uint32_t i = 0; i < n->n; i++) {
        const struct node *param = n->list[i];

        if (param->kind != NODE_VARIABLE)
            raise_at(p->r, param->at, "S0208", param->name ? str_dup(p->r->arena, param->name->text) : NULL);
        n->params[i] = param->name;
        p->e->rebinds |= param->builtin != NULL;
    }
}

static struct node *lambda(struct parser *p, struct node *n)
{
    parameters(p, n);
    n->kind = NODE_LAMBDA;
    if (p->token.kind == TOKEN_LESS)
        take_signature(p, n);
    parse_expect(p, TOKEN_BRACE, false);
    n->a = parse_expression(p, 0);
    parse_expect(p, TOKEN_BRACE_END, true);
    return n;
}

static bool next_item(struct parser *p)
{
    if (p->token.kind != TOKEN_COMMA)
        return false;
    lex_next(p, false);
    return true;
}

/* A picture of moments that stands in the text is read here and not at each call. A faulty one is said when it is
 * used, as everywhere in the language. */
static void keep_picture(struct parser *p, const struct node *call)
{
    const struct builtin *b = call->a->builtin;
    const struct node *picture = call->n > 1 ? call->list[1] : NULL;
    struct expr *e = p->e;
    struct kept_picture kept = {0};
    struct str value;

    if (!b || !(b->fn == fn_toMillis || b->fn == fn_fromMillis) || !picture || picture->kind != NODE_LITERAL ||
        !is_text(picture->value) || e->n_pictures == PICTURES_KEPT)
        return;
    kept.text = text_of(picture->value);
    if (kept.text.n > PICTURE_KEPT || picture_date_read(p->r->arena, kept.text, &kept.date, &value))
        return;
    e->pictures = parse_room(p->r, e->pictures, e->n_pictures, sizeof(kept));
    e->pictures[e->n_pictures++] = kept;
}

struct node *parse_call(struct parser *p, struct node *left, const struct token *t)
{
    struct node *n = begun(p, NODE_CALL, left->from, t);

    n->a = left;
    n->name = left->name;
    if (p->token.kind != TOKEN_PAREN_END) {
        do {
            if (p->token.kind == TOKEN_QUESTION) {
                n->kind = NODE_PARTIAL;
                parse_push(p->r, n, begun(p, NODE_PLACE, p->token.from, &p->token));
                lex_next(p, true);
            } else {
                parse_push(p->r, n, parse_expression(p, 0));
            }
        } while (next_item(p));
    }
    parse_expect(p, TOKEN_PAREN_END, true);
    n->to = p->last;
    keep_picture(p, n);
    return is_lambda(left) ? lambda(p, n) : n;
}

struct node *parse_block(struct parser *p, const struct token *t)
{
    struct node *n = begun(p, NODE_BLOCK, t->from, t);

    while (p->token.kind != TOKEN_PAREN_END) {
        parse_push(p->r, n, parse_expression(p, 0));
        if (p->token.kind != TOKEN_SEMICOLON)
            break;
        lex_next(p, false);
    }
    parse_expect(p, TOKEN_PAREN_END, true);
    n->to = p->last;
    return n;
}

struct node *parse_array(struct parser *p, const struct token *t)
{
    struct node *n = begun(p, NODE_ARRAY, t->from, t);

    if (p->token.kind != TOKEN_BRACKET_END) {
        do {
            struct node *item = parse_expression(p, 0);

            if (p->token.kind == TOKEN_RANGE) {
                struct node *range = begun(p, NODE_BINARY, item->from, &p->token);

                range->op = TOKEN_RANGE;
                range->a = item;
                lex_next(p, false);
                range->b = parse_expression(p, 0);
                range->to = p->last;
                item = range;
            }
            parse_push(p->r, n, item);
        } while (next_item(p));
    }
    parse_expect(p, TOKEN_BRACKET_END, true);
    n->to = p->last;
    return n;
}

/* Names and values in turn. */
struct node *parse_object(struct parser *p, struct node *n)
{
    if (p->token.kind != TOKEN_BRACE_END) {
        do {
            parse_push(p->r, n, parse_expression(p, 0));
            parse_expect(p, TOKEN_COLON, false);
            parse_push(p->r, n, parse_expression(p, 0));
        } while (next_item(p));
    }
    parse_expect(p, TOKEN_BRACE_END, true);
    n->to = p->last;
    return n;
}

/* A predicate, or [] that keeps a list of one. */
struct node *parse_bracket(struct parser *p, struct node *left, const struct token *t)
{
    struct node *n;

    if (p->token.kind == TOKEN_BRACKET_END) {
        struct node *step = left;

        while (step->kind == NODE_FILTER)
            step = step->a;
        step->keep_array = true;
        lex_next(p, true);
        return left;
    }
    n = begun(p, NODE_FILTER, left->from, t);
    n->a = left;
    n->b = parse_expression(p, 0);
    parse_expect(p, TOKEN_BRACKET_END, true);
    n->to = p->last;
    return n;
}

struct node *parse_order(struct parser *p, struct node *left, const struct token *t)
{
    struct node *n = begun(p, NODE_ORDER, left->from, t);

    n->a = left;
    parse_expect(p, TOKEN_PAREN, false);
    do {
        bool descending = p->token.kind == TOKEN_MORE;
        struct node *term = begun(p, NODE_SORT, p->token.from, &p->token);

        if (descending || p->token.kind == TOKEN_LESS)
            lex_next(p, false);
        term->a = parse_expression(p, 0);
        term->descending = descending;
        parse_push(p->r, n, term);
    } while (next_item(p));
    parse_expect(p, TOKEN_PAREN_END, true);
    n->to = p->last;
    return n;
}

struct node *parse_transform(struct parser *p, const struct token *t)
{
    struct node *n = begun(p, NODE_TRANSFORM, t->from, t);

    n->a = parse_expression(p, 0);
    parse_expect(p, TOKEN_BAR, false);
    n->b = parse_expression(p, 0);
    if (p->token.kind == TOKEN_COMMA) {
        lex_next(p, false);
        n->c = parse_expression(p, 0);
    }
    parse_expect(p, TOKEN_BAR, true);
    n->to = p->last;
    return n;
}
