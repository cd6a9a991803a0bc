#include <fnmatch.h>

#include "files/files_int.h"

/* What a connection for files is asked for, and whether it can be meant. */

#define SECRET_MAX 16384

static const char *const names[] = {"object", "once", "folder", "match", "remote", NULL};

static const char *const edi_names[] = {"us", "partner", "test", "acknowledged_in", "folder", "match", "remote", NULL};

#define HOURS     24
#define HOURS_MAX 720

static void only(struct scope *sc, const struct doc *settings, const char *const *known, bool rows)
{
    for (size_t i = 0; i < doc_count(settings); i++) {
        struct str name = doc_key(settings, i);
        size_t k = 0;

        while (known[k] && !str_is(name, known[k]))
            k++;
        if (!known[k] && !(rows && rows_format_knows(name)))
            scope_item(sc, arena_f(sc->arena, "/settings/%s", str_dup(sc->arena, name)), "unknown_member",
                       "is not known");
    }
}

static bool object_fits(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!s.p[i] || !strchr("abcdefghijklmnopqrstuvwxyz0123456789_", s.p[i]))
            return false;
    return s.n > 0 && s.n <= FILES_OBJECT_MAX;
}

static bool truth(struct scope *sc, const struct doc *settings, const char *name)
{
    const struct doc *v = doc_get(settings, name);
    bool yes = false;

    if (v && !doc_bool(v, &yes))
        scope_item(sc, arena_f(sc->arena, "/settings/%s", name), "wrong_type", "must be true or false");
    return yes;
}

static void match_read(struct scope *sc, const struct doc *v, struct files_settings *out)
{
    struct str s = doc_text(v);

    if (!v)
        return;
    out->match = doc_cstr(sc->arena, v);
    if (!out->match || s.n == 0 || s.n > 200 || memchr(s.p, '/', s.n))
        scope_item(sc, "/settings/match", "invalid", "must be a pattern for names of files, as \"stock_*.csv\"");
}

static void places_read(struct scope *sc, const struct doc *settings, struct files_settings *s)
{
    s->folder = truth(sc, settings, "folder");
    match_read(sc, doc_get(settings, "match"), s);
    if (doc_get(settings, "remote"))
        (void)files_remote_read(sc, doc_get(settings, "remote"), &s->remote);
}

enum err files_settings_read(struct scope *sc, const struct doc *settings, struct files_settings *out)
{
    struct files_settings s = {0};
    enum err e;

    only(sc, settings, names, true);
    if (!object_fits(doc_text(doc_get(settings, "object"))))
        scope_item(sc, "/settings/object", "required",
                   "what a row is, as \"product\": small letters, digits and _, of which flows are started");
    else
        s.object = doc_cstr(sc->arena, doc_get(settings, "object"));
    s.once = truth(sc, settings, "once");
    places_read(sc, settings, &s);
    e = rows_format_read(sc, settings, "/settings", &s.format);
    if (e != OK)
        return scope_pass(sc, e, __FILE__, __LINE__);
    if (s.once && !s.format.key_count)
        scope_item(sc, "/settings/once", "invalid", "needs a \"key\" that rows are known by");
    if (scope_fault(sc)->item_count)
        return FAIL(sc, ERR_INVALID, "the settings are not right");
    *out = s;
    return OK;
}

/* Two signs and up to fifteen, as ISA05 and ISA06 have them. */
static void party_read(struct scope *sc, const struct doc *settings, const char *name, const char **out_qualifier,
                       const char **out)
{
    struct str qualifier = doc_text(doc_pointer(doc_get(settings, name), "/qualifier"));
    struct str id = doc_text(doc_pointer(doc_get(settings, name), "/id"));
    bool fits = qualifier.n == 2 && id.n > 0 && id.n <= 15;

    for (size_t i = 0; i < id.n; i++)
        fits = fits && id.p[i] > ' ' && id.p[i] <= '~' && !strchr("*~^>:|", id.p[i]);
    if (!fits)
        scope_item(sc, arena_f(sc->arena, "/settings/%s", name), "required",
                   "must be {\"qualifier\": \"ZZ\", \"id\": …}: two signs, and at most 15, as the ISA has them");
    *out_qualifier = doc_cstr(sc->arena, doc_pointer(doc_get(settings, name), "/qualifier"));
    *out = doc_cstr(sc->arena, doc_pointer(doc_get(settings, name), "/id"));
}

enum err files_edi_settings_read(struct scope *sc, const struct doc *settings, struct files_settings *out)
{
    struct files_settings s = {0};
    int64_t hours = HOURS;

    only(sc, settings, edi_names, false);
    party_read(sc, settings, "us", &s.edi.us_qualifier, &s.edi.us);
    party_read(sc, settings, "partner", &s.edi.partner_qualifier, &s.edi.partner);
    s.edi.test = truth(sc, settings, "test");
    if (doc_get(settings, "acknowledged_in") &&
        (!doc_int(doc_get(settings, "acknowledged_in"), &hours) || hours < 1 || hours > HOURS_MAX))
        scope_item(sc, "/settings/acknowledged_in", "out_of_range", "must be hours, 1 to %d", HOURS_MAX);
    s.edi.late_s = hours * 3600;
    places_read(sc, settings, &s);
    if (scope_fault(sc)->item_count)
        return FAIL(sc, ERR_INVALID, "the settings are not right");
    *out = s;
    return OK;
}

enum err files_settings_of(struct scope *sc, const char *connector, const char *text, struct files_settings *out)
{
    const struct doc *d;

    TRY(sc, doc_parse(sc, str_of(text), &d));
    return strcmp(connector, edi_connector.name) == 0 ? files_edi_settings_read(sc, d, out)
                                                      : files_settings_read(sc, d, out);
}

bool files_name_fits(const struct files_settings *s, const char *name)
{
    return !s->match || fnmatch(s->match, name, FNM_PERIOD) == 0;
}

/* ---- the connector ---- */

static enum err settings_check(struct scope *sc, const struct connector *c, const struct doc *settings)
{
    struct files_settings s;

    return c->name == edi_connector.name ? files_edi_settings_read(sc, settings, &s)
                                         : files_settings_read(sc, settings, &s);
}

/* Those of a host that files lie at; what needs none has none. */
static enum err secrets_check(struct scope *sc, const struct connector *c, const struct doc *secrets,
                              struct str *out_hook)
{
    (void)c;
    *out_hook = (struct str){NULL, 0};
    if (doc_kind(secrets) != DOC_OBJECT)
        return FAIL(sc, ERR_INVALID, "the secrets are an object");
    for (size_t i = 0; i < doc_count(secrets); i++) {
        struct str name = doc_key(secrets, i), v = doc_text(doc_at(secrets, i));

        if (!str_is(name, "password") && !str_is(name, "private_key"))
            scope_item(sc, "/secrets", "unknown_member", "files have a \"password\" or a \"private_key\"");
        else if (v.n == 0 || v.n > SECRET_MAX || memchr(v.p, 0, v.n))
            scope_item(sc, arena_f(sc->arena, "/secrets/%s", str_dup(sc->arena, name)), "invalid",
                       "must be a text of 1 to %d octets", SECRET_MAX);
    }
    return scope_fault(sc)->item_count ? FAIL(sc, ERR_INVALID, "the secrets are not right") : OK;
}

/* For the check of its address when it is typed: as if it were called by HTTP. */
static const char *url(struct scope *sc, const struct connector *c, const struct doc *settings)
{
    const char *host = doc_cstr(sc->arena, doc_pointer(settings, "/remote/host"));

    (void)c;
    return host ? arena_f(sc->arena, "https://%s/", host) : NULL;
}

static bool is_watched(const struct doc *settings)
{
    bool yes = false;

    return doc_pointer(settings, "/remote/folder") || (doc_bool(doc_get(settings, "folder"), &yes) && yes);
}

static const struct connector_files what_it_brings = {.is_watched = is_watched};

/* What acknowledges leaves at a look, and what is not acknowledged is told at one. */
static bool edi_is_watched(const struct doc *settings)
{
    return is_watched(settings) || doc_pointer(settings, "/remote/out");
}

static const struct connector_files what_edi_brings = {.is_watched = edi_is_watched};

static const char form[] =
    "{\"settings\":{"
    "\"object\":{\"title\":\"What a row is\",\"kind\":\"text\",\"needed\":true,"
    "\"help\":\"Small letters, digits and _, as product. Flows are started by it.\"},"
    "\"format\":{\"title\":\"Format\",\"kind\":\"choice\",\"needed\":true,\"choices\":[\"csv\",\"fixed\",\"json\"],"
    "\"help\":\"csv: fields with a sign between; fixed: columns of fixed width; json: an object in each line.\"},"
    "\"encoding\":{\"title\":\"Encoding\",\"kind\":\"choice\",\"default\":\"utf-8\","
    "\"choices\":[\"utf-8\",\"iso-8859-1\",\"windows-1252\",\"utf-16le\",\"utf-16be\"]},"
    "\"delimiter\":{\"title\":\"Sign between fields\",\"kind\":\"text\",\"default\":\",\"},"
    "\"quote\":{\"title\":\"Sign around fields\",\"kind\":\"text\",\"default\":\"\\\"\",\"help\":\"Empty: none.\"},"
    "\"header\":{\"title\":\"The first row names the columns\",\"kind\":\"boolean\",\"default\":true},"
    "\"skip\":{\"title\":\"Lines before it\",\"kind\":\"integer\",\"default\":0},"
    "\"decimal\":{\"title\":\"Sign before decimals\",\"kind\":\"text\",\"default\":\".\"},"
    "\"thousands\":{\"title\":\"Sign between thousands\",\"kind\":\"text\",\"default\":\"\"},"
    "\"columns\":{\"title\":\"Columns\",\"kind\":\"list\",\"help\":\"Needed without a heading. Others come as they are "
    "headed.\","
    "\"of\":{\"name\":{\"title\":\"Name\",\"kind\":\"text\",\"needed\":true},"
    "\"heading\":{\"title\":\"Heading\",\"kind\":\"text\"},"
    "\"needed\":{\"title\":\"Must not be empty\",\"kind\":\"boolean\",\"default\":false},"
    "\"kind\":{\"title\":\"Kind\",\"kind\":\"choice\",\"default\":\"text\",\"choices\":[\"text\",\"integer\","
    "\"decimal\"]},"
    "\"trim\":{\"title\":\"Without blanks around it\",\"kind\":\"boolean\"},"
    "\"from\":{\"title\":\"First character\",\"kind\":\"integer\",\"help\":\"Of fixed width; 1 is the first.\"},"
    "\"length\":{\"title\":\"Characters\",\"kind\":\"integer\",\"help\":\"Of fixed width.\"}}},"
    "\"key\":{\"title\":\"Columns that a row is known by\",\"kind\":\"list\",\"of\":\"text\","
    "\"help\":\"Rows of one key are worked on in order.\"},"
    "\"once\":{\"title\":\"A row whose key came before is not taken again\",\"kind\":\"boolean\",\"default\":false},"
    "\"folder\":{\"title\":\"Files come in a folder\",\"kind\":\"boolean\",\"default\":false,"
    "\"help\":\"Whoever runs the server says where it is.\"},"
    "\"match\":{\"title\":\"Names of files that are taken\",\"kind\":\"text\",\"help\":\"As stock_*.csv; all, where "
    "nothing is said.\"},"
    "\"remote\":{\"title\":\"Files lie at another host\",\"kind\":\"object\",\"of\":{"
    "\"protocol\":{\"title\":\"Protocol\",\"kind\":\"choice\",\"needed\":true,\"choices\":[\"sftp\",\"ftps\"]},"
    "\"host\":{\"title\":\"Host\",\"kind\":\"host\",\"needed\":true},"
    "\"port\":{\"title\":\"Port\",\"kind\":\"integer\"},"
    "\"user\":{\"title\":\"User\",\"kind\":\"text\",\"needed\":true},"
    "\"fingerprint\":{\"title\":\"Fingerprint of the host's key\",\"kind\":\"text\","
    "\"help\":\"Of sftp needed: SHA256: and what follows, as ssh-keygen -lf shows it.\"},"
    "\"folder\":{\"title\":\"Folder that is looked at\",\"kind\":\"text\"},"
    "\"out\":{\"title\":\"Folder that flows write to\",\"kind\":\"text\"},"
    "\"done\":{\"title\":\"Where files go that were read\",\"kind\":\"text\",\"help\":\"Nothing: they are left.\"},"
    "\"failed\":{\"title\":\"Where those go that could not be\",\"kind\":\"text\"},"
    "\"every\":{\"title\":\"Seconds between two looks\",\"kind\":\"integer\",\"default\":60}}}},"
    "\"secrets\":{\"password\":{\"title\":\"Password\",\"optional\":true},"
    "\"private_key\":{\"title\":\"Private key of SSH\",\"optional\":true}}}";

static const struct connector_gap files_without[] = {
    {"*", "in", "Nothing is built in: a row is what its columns say, and a flow maps it to any object."},
    {"*", "out", "Nothing is built in: a flow writes rows of any object."},
    {0},
};

const struct connector files_connector = {
    .name = "files",
    .title = "Files",
    .kind = "feed",
    .form = form,
    .without = files_without,
    .files = &what_it_brings,
    .named = &files_named,
    .settings_check = settings_check,
    .secrets_check = secrets_check,
    .url = url,
};

static const char edi_form[] =
    "{\"settings\":{"
    "\"us\":{\"title\":\"Us, as the ISA has it\",\"kind\":\"object\",\"needed\":true,\"of\":{"
    "\"qualifier\":{\"title\":\"Qualifier\",\"kind\":\"text\",\"needed\":true},"
    "\"id\":{\"title\":\"Id\",\"kind\":\"text\",\"needed\":true}}},"
    "\"partner\":{\"title\":\"The trading partner, as the ISA has it\",\"kind\":\"object\",\"needed\":true,\"of\":{"
    "\"qualifier\":{\"title\":\"Qualifier\",\"kind\":\"text\",\"needed\":true},"
    "\"id\":{\"title\":\"Id\",\"kind\":\"text\",\"needed\":true}}},"
    "\"test\":{\"title\":\"Test interchanges (ISA15 is T)\",\"kind\":\"boolean\",\"default\":false},"
    "\"acknowledged_in\":{\"title\":\"Hours in which the partner acknowledges what is sent\",\"kind\":\"integer\","
    "\"default\":24,\"help\":\"1 to 720. What it has not acknowledged by then is an exception.\"},"
    "\"folder\":{\"title\":\"Files come and go in a folder\",\"kind\":\"boolean\",\"default\":false},"
    "\"match\":{\"title\":\"Names of files that are taken\",\"kind\":\"text\"},"
    "\"remote\":{\"title\":\"Files lie at another host\",\"kind\":\"object\",\"help\":\"As for files.\"}},"
    "\"secrets\":{\"password\":{\"title\":\"Password\",\"optional\":true},"
    "\"private_key\":{\"title\":\"Private key of SSH\",\"optional\":true}}}";

/* The sets that come with mappings or documents: 850, 846, 856, 945, 820; 855, 940, 856, 846, 810. */
static const struct connector_cover edi_covers[] = {{"sales_order", "in", "receive"},
                                                    {"inventory_position", "in", "receive"},
                                                    {"shipment", "in", "receive"},
                                                    {"payout", "in", "receive"},
                                                    {"sales_order", "out", "acknowledge"},
                                                    {"sales_order", "out", "create"},
                                                    {"inventory_position", "out", "update"},
                                                    {"shipment", "out", "create"},
                                                    {0}};
static const struct connector_gap edi_without[] = {
    {"*", "in", "Of the eight transaction sets that come with mappings none tells it."},
    {"*", "out", "Of the eight transaction sets that come with documents none tells it."},
    {0},
};

const struct connector edi_connector = {
    .name = "x12",
    .title = "EDI (ANSI X12)",
    .kind = "feed",
    .form = edi_form,
    .covers = edi_covers,
    .without = edi_without,
    .files = &what_edi_brings,
    .named = &files_named,
    .settings_check = settings_check,
    .secrets_check = secrets_check,
    .url = url,
};
