#include <string.h>

#include "base/timefmt.h"
#include "mail/mail_int.h"

enum { LOCALES = 4 }; /* in the order of mail_locales */

static bool is_time_word(const char *name)
{
    return strcmp(name, "at") == 0 || strcmp(name, "until") == 0 || strcmp(name, "expires") == 0;
}

/* "2 December 2026, 14:05 UTC": the month by its name, since 02/12 is two days to two readers; and which clock. */
static const char *time_words(struct scope *sc, size_t locale, const char *value)
{
    static const char *const months[LOCALES][12] = {
        {"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
         "December"},
        {"Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November",
         "Dezember"},
        {"janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre",
         "décembre"},
        {"enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre",
         "diciembre"},
    };
    static const char *const forms[LOCALES] = {"%d %s %d, %02d:%02d UTC", "%d. %s %d, %02d:%02d Uhr (UTC)",
                                               "%d %s %d à %02d:%02d (UTC)", "%d de %s de %d, %02d:%02d (UTC)"};
    int year, month, day;
    int64_t us, minutes;

    if (!time_parse(str_of(value), &us))
        return value;
    time_civil(us, &year, &month, &day);
    minutes = us / 60000000;
    return arena_f(sc->arena, forms[locale], day, months[locale][month - 1], year, (int)(minutes / 60 % 24),
                   (int)(minutes % 60));
}

/* What a role is called; "" for one that has no words yet, so that its line is left out. */
static const char *role_words(size_t locale, const char *role)
{
    static const struct {
        const char *role, *words[LOCALES];
    } roles[] = {
        {"partner_owner", {"Owner", "Inhaber", "Propriétaire", "Propietario"}},
        {"partner_admin", {"Administrator", "Administrator", "Administrateur", "Administrador"}},
        {"partner_support", {"Support", "Support", "Assistance", "Soporte"}},
        {"partner_billing", {"Billing", "Abrechnung", "Facturation", "Facturación"}},
        {"partner_auditor", {"Auditor", "Prüfer", "Auditeur", "Auditor"}},
        {"customer_admin", {"Administrator", "Administrator", "Administrateur", "Administrador"}},
        {"customer_operator", {"Operator", "Sachbearbeiter", "Opérateur", "Operador"}},
        {"customer_finance", {"Finance", "Buchhaltung", "Comptabilité", "Contabilidad"}},
        {"customer_support", {"Support", "Support", "Assistance", "Soporte"}},
        {"customer_viewer", {"Viewer", "Nur Lesen", "Lecture seule", "Solo lectura"}},
    };

    for (size_t i = 0; i < ARRAY_LEN(roles); i++)
        if (strcmp(roles[i].role, role) == 0)
            return roles[i].words[locale];
    return "";
}

struct named {
    const char *mark, *name;
};

static const char *found(const struct named *v, size_t n, const char *agent)
{
    for (size_t i = 0; i < n; i++)
        if (strstr(agent, v[i].mark))
            return v[i].name;
    return NULL;
}

/* "Firefox, Windows", as the page of the account says it; none of what the visitor wrote itself. */
static const char *device_words(struct scope *sc, const char *agent)
{
    static const struct named browsers[] = {
        {"Edg/", "Edge"}, {"OPR/", "Opera"}, {"Firefox/", "Firefox"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"}};
    static const struct named systems[] = {{"iPhone", "iPhone"},   {"iPad", "iPad"},    {"Android", "Android"},
                                           {"Windows", "Windows"}, {"Mac OS", "macOS"}, {"Linux", "Linux"}};
    const char *browser = found(browsers, ARRAY_LEN(browsers), agent);
    const char *system = found(systems, ARRAY_LEN(systems), agent);

    if (browser && system)
        return arena_f(sc->arena, "%s, %s", browser, system);
    return browser ? browser : system ? system : "";
}

const char *mail_word_said(struct scope *sc, size_t locale, const struct mail_word *w)
{
    if (!w->value)
        return NULL;
    if (is_time_word(w->name))
        return time_words(sc, locale, w->value);
    if (strcmp(w->name, "role") == 0)
        return role_words(locale, w->value);
    if (strcmp(w->name, "device") == 0)
        return device_words(sc, w->value);
    return w->value;
}
