#include <string.h>

#include "base/must.h"
#include "mail/mail_int.h"

static const char *const invitation[] = {"link", "name", "invited_by", "into", "role", "expires", NULL};
static const char *const reset[] = {"link", "name", "expires", NULL};
static const char *const new_sign_in[] = {"link", "name", "at", "address", "device", NULL};
static const char *const token_expiring[] = {"link", "name", "what", "expires", "days", NULL};
static const char *const access_granted[] = {"link", "name", "staff", "into", "reason", "until", NULL};
static const char *const notice[] = {"link", "name", "flow", "subject", "text", NULL};
static const char *const test[] = {NULL};

const struct mail_kind mail_kinds[] = {
    {"invitation", false, invitation},
    {"reset", true, reset},
    {"new_sign_in", true, new_sign_in},
    {"token_expiring", false, token_expiring},
    {"access_granted", true, access_granted},
    {"notice", false, notice},
    {"test", false, test},
    {},
};

const char *const mail_brand_words[] = {"brand",        "accent",        "accent_ink",    "host",
                                        "support_name", "support_email", "support_phone", "support_url",
                                        "terms_url",    "privacy_url",   "imprint_url",   NULL};

const char *const mail_locales[] = {"en", "de", "fr", "es", NULL};

bool mail_speaks(const char *locale)
{
    for (size_t i = 0; mail_locales[i]; i++)
        if (strcmp(locale, mail_locales[i]) == 0)
            return true;
    return false;
}

const struct mail_kind *mail_kind_find(const char *name)
{
    for (const struct mail_kind *k = mail_kinds; k->name; k++)
        if (strcmp(k->name, name) == 0)
            return k;
    return NULL;
}

size_t mail_locale_index(const char *locale)
{
    for (size_t i = 0; locale && mail_locales[i]; i++) {
        size_t n = strlen(mail_locales[i]);

        if (strncmp(locale, mail_locales[i], n) == 0 && strchr("-_", locale[n])) /* also the end of the text */
            return i;
    }
    return 0;
}
