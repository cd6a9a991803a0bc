#include <string.h>
#include <strings.h>

#include "drift/drift_int.h"

/* What a field's name alone says of its values. */

/* Names under which persons stand: no value of theirs is kept, however few there are. */
bool name_is_private(struct str name)
{
    static const char *const parts[] = {
        "first_name", "last_name", "full_name", "fullname", "surname", "mail",   "phone",  "address", "street", "city",
        "zip",        "post",      "birth",     "note",     "comp",    "token",  "secret", "passw",   "iban",   "card",
        "ip",         "agent",     "user_",     "username", "login",   "tax_id", "vat",    "gender",  "message"};
    char lower[DRIFT_VALUE_MAX + 1];

    if (name.n > DRIFT_VALUE_MAX)
        return true;
    for (size_t i = 0; i < name.n; i++)
        lower[i] = (char)(name.p[i] >= 'A' && name.p[i] <= 'Z' ? name.p[i] + 32 : name.p[i]);
    lower[name.n] = '\0';
    if (strcmp(lower, "name") == 0 || strcmp(lower, "firstname") == 0 || strcmp(lower, "lastname") == 0)
        return true;
    if (strstr(lower, "ship")) /* has an "ip" */
        return strstr(lower, "name") || strstr(lower, "address");
    for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++)
        if (strstr(lower, parts[i]))
            return true;
    return false;
}

static bool is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

/* "order_id", "order-id" and "orderId" end in "id". */
static struct str last_word(struct str name)
{
    size_t at = name.n;

    while (at > 0 && !memchr("_-. :/", name.p[at - 1], 6) &&
           !(at < name.n && is_upper(name.p[at]) && !is_upper(name.p[at - 1])))
        at--;
    return (struct str){name.p + at, name.n - at};
}

static bool is_one_of(struct str word, const char *const *of, bool as_end)
{
    for (; *of; of++) {
        size_t n = strlen(*of);

        if ((as_end ? word.n >= n : word.n == n) && strncasecmp(word.p + word.n - n, *of, n) == 0)
            return true;
    }
    return false;
}

/* What tells one thing from another: ten times as much of it is nothing. */
bool name_is_key(struct str name)
{
    static const char *const words[] = {"id",  "ids", "key",  "no",   "nr",  "ref", "sku",       "ean",
                                        "upc", "zip", "gtin", "isbn", "pin", "plu", "reference", NULL};
    static const char *const ends[] = {"code", "number", "phone", NULL};
    struct str word = last_word(name);

    return is_one_of(word, words, false) || is_one_of(word, ends, true);
}
