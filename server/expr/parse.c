#include "expr/parse_int.h"

/* Top-down operator precedence: what may begin an expression (lead), and what goes on with one (follow). */

uint32_t name_hash(struct str text)
{
    uint32_t h = 2166136261u; /* FNV-1a */

    for (size_t i = 0; i < text.n; i++)
        h = (h ^ (uint8_t)text.p[i]) * 16777619u;
    return h;
}

struct name *parse_name(struct parser *p, struct str text)
{
    struct name *name = ARENA_NEW(p->r->arena, struct name);

    *name = (struct name){text, name_hash(text)};
    return name;
}

struct node *parse_node(struct parser *p, enum node_kind kind, uint32_t from)
{
    struct node *n = ARENA_NEW(p->r->arena, struct node);

    if (++p->nodes > PARSE_NODES_MAX)
        raise_message(p->r, from, "X0101", "the expression has too many parts");
    n->kind = (uint8_t)kind;
    n->from = from;
    n->at = p->token.from;
    n->to = p->token.to;
    return n;
}

void *parse_room(struct run *r, const void *list, uint32_t n, size_t each)
{
    void *more;

    if (n & (n - 1))
        return (void *)list;
    more = arena_array(r->arena, n ? 2 * (size_t)n : 1, each);
    if (n)
        memcpy(more, list, n * each);
    return more;
}

void parse_push(struct run *r, struct node *to, struct node *item)
{
    to->list = parse_room(r, to->list, to->n, sizeof(struct node *));
    to->list[to->n++] = item;
}

void parse_expect(struct parser *p, enum token_kind kind, bool after_operand)
{
    if (p->token.kind != kind) {
        const char *told = token_told(p, &p->token), *want = token_sign(kind);

        if (p->token.kind == TOKEN_END)
            raise_told(p->r, p->token.from, "S0203", told,
                       arena_f(p->r->arena, "the expression ends where %s is expected", want));
        raise_told(p->r, p->token.from, "S0202", told, arena_f(p->r->arena, "%s is expected here, not %s", want, told));
    }
    lex_next(p, after_operand);
}

/* Functions are variables, too. Each is compared with each when it is asked which are bound, so that there is a bound.
 */
#define VARIABLES_MAX 2000

static void note_variable(struct parser *p, struct node *n)
{
    struct expr *e = p->e;
    struct str name = n->name->text;

    n->op = name.n == 0 ? VARIABLE_CONTEXT : str_is(name, "$") ? VARIABLE_ROOT : VARIABLE_NAMED;
    if (n->op != VARIABLE_NAMED)
        return;
    n->builtin = builtin_find(p->r->arena, e->host, name);
    e->evaluates |= str_is(name, "eval");
    if (e->n_variables == VARIABLES_MAX)
        raise_message(p->r, n->at, "X0108", "an expression has at most 2000 variables and functions");
    e->variables = parse_room(p->r, e->variables, e->n_variables, sizeof(struct node *));
    e->variables[e->n_variables++] = n;
}

static struct node *terminal(struct parser *p, const struct token *t)
{
    static const uint8_t kinds[] = {[TOKEN_NAME] = NODE_NAME,
                                    [TOKEN_VARIABLE] = NODE_VARIABLE,
                                    [TOKEN_LITERAL] = NODE_LITERAL,
                                    [TOKEN_REGEX] = NODE_REGEX};
    struct node *n = parse_node(p, kinds[t->kind], t->from);

    n->at = t->from;
    n->to = t->to;
    n->value = t->value;
    if (t->kind == TOKEN_NAME || t->kind == TOKEN_VARIABLE)
        n->name = parse_name(p, t->text);
    if (t->kind == TOKEN_VARIABLE)
        note_variable(p, n);
    if (t->kind == TOKEN_REGEX) {
        struct regex *re = ARENA_NEW(p->r->arena, struct regex);
        const char *why = regex_compile(p->r->arena, t->text, t->flags, re);

        if (why)
            raise_message(p->r, t->from, "S0303", why);
        n->regex = re;
        p->e->regexes += re->size;
        if (p->e->regexes > PARSE_REGEX_MAX)
            raise_message(p->r, t->from, "X0106", "the regular expressions of this expression take too much memory");
    }
    return n;
}

static struct node *sign_alone(struct parser *p, const struct token *t, enum node_kind kind)
{
    struct node *n = parse_node(p, kind, t->from);

    n->at = t->from;
    n->to = t->to;
    return n;
}

static struct node *lead(struct parser *p, const struct token *t)
{
    struct node *n;

    switch (t->kind) {
    case TOKEN_NAME:
    case TOKEN_VARIABLE:
    case TOKEN_LITERAL:
    case TOKEN_REGEX:
        return terminal(p, t);
    case TOKEN_AND:
    case TOKEN_OR:
    case TOKEN_IN:
        n = sign_alone(p, t, NODE_NAME);
        n->name = parse_name(p, str_of(token_sign(t->kind)));
        return n;
    case TOKEN_MINUS:
        n = sign_alone(p, t, NODE_NEGATE);
        n->a = parse_expression(p, 70);
        return n;
    case TOKEN_STAR:
        return sign_alone(p, t, NODE_WILDCARD);
    case TOKEN_STARS:
        return sign_alone(p, t, NODE_DESCENDANT);
    case TOKEN_PERCENT:
        if (++p->above > PARSE_ABOVE_MAX)
            raise_message(p->r, t->from, "X0105", "an expression has at most 200 % for what is above");
        return sign_alone(p, t, NODE_PARENT);
    case TOKEN_PAREN:
        return parse_block(p, t);
    case TOKEN_BRACKET:
        return parse_array(p, t);
    case TOKEN_BRACE:
        return parse_object(p, sign_alone(p, t, NODE_OBJECT));
    case TOKEN_BAR:
        return parse_transform(p, t);
    case TOKEN_END:
        return sign_alone(p, t, NODE_END);
    default:
        raise_at(p->r, t->from, "S0211", token_sign(t->kind));
    }
}

static struct node *joined(struct parser *p, enum node_kind kind, struct node *left, const struct token *t)
{
    struct node *n = parse_node(p, kind, left->from);

    n->op = (uint8_t)t->kind;
    n->at = t->from;
    n->a = left;
    return n;
}

static struct node *bound_name(struct parser *p, struct node *left, const struct token *t)
{
    struct node *n = joined(p, t->kind == TOKEN_FOCUS ? NODE_FOCUS : NODE_INDEX, left, t);
    struct node *to = parse_expression(p, token_power(t->kind));

    if (to->kind != NODE_VARIABLE)
        raise_at(p->r, to->at, "S0214", token_sign(t->kind));
    n->name = to->name;
    p->e->rebinds |= to->builtin != NULL;
    return n;
}

static struct node *bind(struct parser *p, struct node *left, const struct token *t)
{
    struct node *n = joined(p, NODE_BIND, left, t);

    if (left->kind != NODE_VARIABLE)
        raise_at(p->r, left->at, "S0212", left->name ? str_dup(p->r->arena, left->name->text) : NULL);
    n->name = left->name;
    p->e->rebinds |= left->builtin != NULL;
    n->a = parse_expression(p, token_power(t->kind) - 1); /* to the right first */
    return n;
}

static struct node *condition(struct parser *p, struct node *left, const struct token *t)
{
    struct node *n = joined(p, NODE_CONDITION, left, t);

    n->b = parse_expression(p, 0);
    if (p->token.kind == TOKEN_COLON) {
        lex_next(p, false);
        n->c = parse_expression(p, 0);
    }
    return n;
}

static struct node *infix(struct parser *p, struct node *left, const struct token *t)
{
    enum node_kind kind = t->kind == TOKEN_AND ? NODE_AND : t->kind == TOKEN_OR ? NODE_OR : NODE_BINARY;
    uint8_t power = token_power(t->kind);
    struct node *n;

    if (t->kind == TOKEN_DOT)
        kind = NODE_DOT;
    else if (t->kind == TOKEN_APPLY)
        kind = NODE_APPLY;
    else if (t->kind == TOKEN_DEFAULT || t->kind == TOKEN_COALESCE) {
        kind = t->kind == TOKEN_DEFAULT ? NODE_DEFAULT : NODE_COALESCE;
        power = 0;
    }
    n = joined(p, kind, left, t);
    n->b = parse_expression(p, power);
    return n;
}

static struct node *follow(struct parser *p, struct node *left, const struct token *t)
{
    switch (t->kind) {
    case TOKEN_PAREN:
        return parse_call(p, left, t);
    case TOKEN_BRACKET:
        return parse_bracket(p, left, t);
    case TOKEN_BRACE:
        return parse_object(p, joined(p, NODE_GROUP, left, t));
    case TOKEN_CARET:
        return parse_order(p, left, t);
    case TOKEN_BIND:
        return bind(p, left, t);
    case TOKEN_FOCUS:
    case TOKEN_INDEX:
        return bound_name(p, left, t);
    case TOKEN_QUESTION:
        return condition(p, left, t);
    default:
        return infix(p, left, t);
    }
}

struct node *parse_expression(struct parser *p, uint8_t power)
{
    struct token t = p->token;
    struct node *left;

    if (++p->depth > PARSE_DEPTH_MAX)
        raise_message(p->r, t.from, "X0102", "the expression is nested too deeply");
    lex_next(p, true);
    left = lead(p, &t);
    while (power < token_power(p->token.kind)) {
        t = p->token;
        lex_next(p, false);
        left = follow(p, left, &t);
        if (left->to < p->last)
            left->to = p->last;
    }
    p->depth--;
    return left;
}

struct node *expr_parse(struct run *r, struct expr *e, struct str text)
{
    struct parser p = {.r = r, .e = e, .text = text};
    struct node *n;

    lex_next(&p, false);
    n = parse_expression(&p, 0);
    if (p.token.kind != TOKEN_END)
        raise_at(r, p.token.from, "S0201", token_told(&p, &p.token));
    return n;
}
