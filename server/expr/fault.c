#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#include "expr/expr_int.h"

#define SHOWN_MAX 120 /* octets of a value in a message */

static const struct {
    const char *code;
    const char *sentence;
} sentences[] = {
    {"S0101", "a text in quotes is not closed; its quote is expected before the end"},
    {"S0102", "the number is out of range; one up to 1.7e308 is expected"},
    {"S0103", "one of \" \\ / b f n r t u is expected behind a backslash where this stands"},
    {"S0104", "four hexadecimal digits are expected after \\u"},
    {"S0105", "a name in backquotes is not closed; a backquote is expected before the end"},
    {"S0106", "a comment is not closed; */ is expected before the end"},
    {"S0201", "an operator or the end is expected where this stands"},
    {"S0202", "something else was expected here"},
    {"S0203", "the expression ends too early; more is expected"},
    {"S0204", "an operator as != or ~> is expected where this stands"},
    {"S0206", "this cannot be evaluated here"},
    {"S0207", "the expression ends where a value is expected"},
    {"S0208", "a parameter of a function must be a variable, which begins with $"},
    {"S0209", "a predicate cannot follow a grouping"},
    {"S0210", "a step can have one grouping only"},
    {"S0211", "a value is expected where this stands"},
    {"S0212", "what stands left of := must be a variable, which begins with $"},
    {"S0213", "a name is expected as a step of a path where this stands"},
    {"S0214", "what stands right of this sign must be a variable, which begins with $"},
    {"S0215", "a variable is bound before any predicate of the step"},
    {"S0216", "a variable is bound before the order of the step"},
    {"S0217", "there is nothing above this for % to mean"},
    {"S0301", "a regular expression is expected between the slashes"},
    {"S0302", "a regular expression is not closed; a slash is expected outside its brackets"},
    {"S0401", "only arrays and functions have a type in angle brackets"},
    {"S0402", "a choice of types cannot hold types with parameters"},
    {"T1003", "a name in an object must be a text"},
    {"T1005", "this is not a function; with a dollar in front it would be one"},
    {"T1006", "this is not a function"},
    {"T1007", "this is not a function; with a dollar in front it would be one"},
    {"T1008", "this is not a function, so that it has no arguments to be set"},
    {"T1010", "the function that looks for matches does not answer as one should"},
    {"T2001", "the left side must be a number"},
    {"T2002", "the right side must be a number"},
    {"T2003", "the left side of a range must be an integer"},
    {"T2004", "the right side of a range must be an integer"},
    {"T2006", "the right side of ~> must be a function"},
    {"T2007", "texts and numbers have no common order"},
    {"T2008", "an order is made by texts or numbers only"},
    {"T2009", "the two sides must be of the same type"},
    {"T2010", "only texts and numbers can be compared"},
    {"T2011", "the update of a transform must be an object"},
    {"T2012", "what a transform deletes must be a text or an array of texts"},
    {"T2013", "$clone has been bound to something that is not a function"},
    {"D1001", "the number is out of range"},
    {"D1002", "only a number can be negated"},
    {"D1004", "the regular expression matches an empty text again and again"},
    {"D1009", "two parts of the object give the same name"},
    {"D1011", "evaluations stand too deep within one another; is there a recursion that does not end"},
    {"D1012", "the evaluation takes too many steps"},
    {"D1013", "this name is reserved"},
    {"D2014", "a range holds at most 10 million items"},
    {"D3001", "a number that is not finite has no text"},
    {"D3010", "what $replace looks for cannot be empty"},
    {"D3011", "the limit of $replace cannot be negative"},
    {"D3012", "the function that replaces must answer a text"},
    {"D3020", "the limit of $split cannot be negative"},
    {"D3030", "this is not the text of a number"},
    {"D3040", "the limit of $match cannot be negative"},
    {"D3050", "the function that reduces must take two arguments at least"},
    {"D3060", "a negative number has no square root"},
    {"D3061", "the power is out of range"},
    {"D3070", "an array of other things than texts or numbers is sorted by a function only"},
    {"D3080", "a picture has two parts at most"},
    {"D3081", "a part of the picture has more than one decimal separator"},
    {"D3082", "a part of the picture has more than one percent sign"},
    {"D3083", "a part of the picture has more than one per-mille sign"},
    {"D3084", "a part of the picture has both a percent and a per-mille sign"},
    {"D3085", "a part of the picture needs a digit"},
    {"D3086", "other characters stand among the digits of the picture"},
    {"D3087", "a grouping separator stands beside the decimal separator"},
    {"D3088", "a grouping separator ends the picture's integer part"},
    {"D3089", "two grouping separators stand side by side"},
    {"D3090", "an optional digit follows a digit in the picture's integer part"},
    {"D3091", "a digit follows an optional digit in the picture's fraction"},
    {"D3092", "a picture with percent or per-mille has no exponent"},
    {"D3093", "the exponent of the picture must be digits"},
    {"D3100", "a radix lies between 2 and 36"},
    {"D3110", "this is not a moment in ISO 8601"},
    {"D3120", "the expression given to $eval cannot be read"},
    {"D3121", "the expression given to $eval failed"},
    {"D3130", "integers are not written or read in this way"},
    {"D3131", "the digits of the picture are of several families"},
    {"D3132", "the picture has a component that is not known"},
    {"D3133", "only months and days have names"},
    {"D3134", "a time zone has four digits at most"},
    {"D3135", "a bracket of the picture is not closed"},
    {"D3136", "the picture lacks parts without which the moment is not known"},
    {"D3138", "$single found more than one"},
    {"D3139", "$single found none"},
    {"D3150", "this is beyond what a picture can have"},
    {"D3151", "this property must be one character"},
    {"D3152", "a time zone is written as +hhmm"},
    {"X0103", "a signature has too many parameters"},
    {"X1015", "the evaluation takes too much memory"},
    {"X1017", "the result is too large"},
    {"X1018", "the result is nested deeper than 64 levels"},
};

const char *fault_sentence(const char *code)
{
    for (size_t i = 0; i < ARRAY_LEN(sentences); i++)
        if (strcmp(sentences[i].code, code) == 0)
            return sentences[i].sentence;
    return "the expression failed";
}

/* Never copies all of a text that may be megabytes. */
const char *told_text(struct run *r, struct str s, size_t max)
{
    size_t n = s.n < max + 4 ? s.n : max + 4;

    return arena_cut(r->arena, arena_strndup(r->arena, s.n ? s.p : "", n), max);
}

void raise_told(struct run *r, uint32_t at, const char *code, const char *token, const char *message)
{
    *r->fault = (struct expr_fault){.code = code, .token = token, .message = message, .offset = at};
    longjmp(r->leave, 1);
}

void raise_message(struct run *r, uint32_t at, const char *code, const char *message)
{
    raise_told(r, at, code, NULL, message);
}

void raise_at(struct run *r, uint32_t at, const char *code, const char *token)
{
    const char *sentence = fault_sentence(code);

    *r->fault = (struct expr_fault){.code = code, .token = token, .offset = at};
    r->fault->message = token ? arena_f(r->arena, "%s: %s", sentence, token) : sentence;
    longjmp(r->leave, 1);
}

void raise_value(struct run *r, uint32_t at, const char *code, const char *token, struct doc value)
{
    const char *sentence = fault_sentence(code), *shown = NULL;

    if (is_array(value) || is_object(value) || is_function(value))
        shown = arena_f(r->arena, "%s %s", strchr("ao", *type_name(value)) ? "an" : "a", type_name(value));
    else if (is_text(value))
        shown = arena_f(r->arena, "\"%s\"", told_text(r, text_of(value), SHOWN_MAX));
    else if (!is_absent(value))
        shown =
            is_number(value) && !isfinite(real_of(value)) ? "Infinity" : str_dup(r->arena, string_of(r, value, false));
    *r->fault = (struct expr_fault){.code = code, .token = token, .offset = at};
    if (token && shown)
        r->fault->message = arena_f(r->arena, "%s (%s): %s", sentence, token, shown);
    else if (token || shown)
        r->fault->message = arena_f(r->arena, "%s: %s", sentence, token ? token : shown);
    else
        r->fault->message = sentence;
    longjmp(r->leave, 1);
}

void raise_here(struct run *r, const char *code, struct doc value)
{
    raise_value(r, r->at, code, NULL, value);
}

void raise_memory(struct run *r)
{
    r->memory += 4096; /* for saying so */
    raise_at(r, r->at, "X1015", NULL);
}

void raise_steps(struct run *r)
{
    raise_at(r, r->at, "D1012", NULL);
}

void *expr_call_alloc(struct expr_call *call, size_t size)
{
    return take(call->r, size);
}

void *expr_call_user(const struct expr_call *call)
{
    return call->r->how->user;
}

void expr_call_fail(struct expr_call *call, const char *code, const char *fmt, ...)
{
    const char *message;
    va_list ap;

    va_start(ap, fmt);
    message = arena_vf(call->r->arena, fmt, ap);
    va_end(ap);
    raise_message(call->r, call->r->at, code, message);
}

struct doc expr_absent(void)
{
    return ABSENT;
}

bool expr_is_absent(struct doc d)
{
    return is_absent(d);
}
