#include <string.h>

#include "json/wire_int.h"

static const json_t *string_member(struct wire_reader *r, const json_t *v, const char *name, const char *want)
{
    const json_t *member = json_object_get(v, name);
    size_t mark = wire_enter(r, name);

    if (!member || json_is_null(member))
        wire_fault(r, "required", "is missing");
    else if (!json_is_string(member))
        wire_wrong_type(r, want, member);
    wire_leave(r, mark);
    return json_is_string(member) ? member : NULL;
}

static void fault_at(struct wire_reader *r, const char *name, const char *code, const char *detail)
{
    size_t mark = wire_enter(r, name);

    wire_fault(r, code, "%s", detail);
    wire_leave(r, mark);
}

static void refuse_others(struct wire_reader *r, const json_t *v)
{
    const char *name;
    json_t *member;

    json_object_foreach((json_t *)v, name, member) if (strcmp(name, "amount") != 0 && strcmp(name, "currency") != 0)
        fault_at(r, name, "unknown_member", "is not a member of an amount of money");
}

/* An amount is text, never a JSON number: whoever wrote it may have kept it in a floating type before. */
void wire_take_money(struct wire_reader *r, const json_t *v, struct money *at)
{
    const json_t *amount, *code;
    struct currency currency;
    struct decimal d;
    bool known, decimal;

    if (!json_is_object(v)) {
        wire_wrong_type(r, "an object with amount and currency", v);
        return;
    }
    amount = string_member(r, v, "amount", "a decimal in quotes");
    code = string_member(r, v, "currency", "a currency's three letters");
    refuse_others(r, v);
    known = code && currency_find((struct str){json_string_value(code), json_string_length(code)}, &currency);
    decimal = amount && decimal_parse_plain((struct str){json_string_value(amount), json_string_length(amount)}, &d);
    if (code && !known)
        fault_at(r, "currency", "not_in_list", "must be a currency of ISO 4217, like USD");
    if (amount && !decimal)
        fault_at(r, "amount", "not_a_decimal", "must be a decimal like \"184.20\"");
    if (known && decimal && !money_of(d, &currency, at))
        fault_at(r, "amount", "out_of_range",
                 arena_f(r->sc->arena, "is too large, or has more than the %u decimals of %s",
                         (unsigned)currency.digits, currency.code));
}
