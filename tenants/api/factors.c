#include <string.h>

#include "access/people.h"
#include "api/api_int.h"
#include "audit/audit.h"
#include "brand/brand.h"
#include "q_people.h"

struct confirm_password {
    const char *password;
};
static const struct wire_field confirm_fields[] = {
    WIRE_TEXT_OR_NULL(struct confirm_password, password, 256, "The person's password; left out by who has none."),
    {},
};
const struct wire api_confirm_wire = {"PasswordConfirm", sizeof(struct confirm_password), confirm_fields};

enum err api_really(struct scope *sc, const struct rq *rq)
{
    struct confirm_password ask;

    TRY(sc, rq_body(sc, rq, &api_confirm_wire, &ask));
    api_wipe(sc, ask.password);
    TRY(sc, api_person(sc));
    return people_password_confirm(sc, &sc->actor_id, ask.password ? ask.password : "");
}

enum err api_session_renew(struct scope *sc, struct rs *rs)
{
    char token[PEOPLE_TOKEN_MAX];

    TRY(sc, session_renew(sc, &sc->caller->session_id, token));
    api_session_cookie(sc, rs, token);
    return OK;
}

struct totp_view {
    const char *uri;
};
static const struct wire_field totp_fields[] = {
    WIRE_TEXT(struct totp_view, uri, 1000, "otpauth://…: what the app reads as a QR code; shown once."),
    {},
};
static const struct wire totp_wire = {"TotpNew", sizeof(struct totp_view), totp_fields};

static enum err totp_post(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct totp_view view;
    struct brand brand;

    TRY(sc, api_really(sc, rq));
    TRY(sc, brand_published(sc, &brand));
    TRY(sc, totp_begin(sc, &sc->actor_id, brand.name, &view.uri));
    return rs_json(sc, rs, 201, &totp_wire, &view);
}

struct code_ask {
    const char *code;
};
static const struct wire_field code_fields[] = {
    WIRE_TEXT(struct code_ask, code, 6, "The six digits that the app shows now."),
    {},
};
static const struct wire code_wire = {"TotpConfirm", sizeof(struct code_ask), code_fields};

struct codes_view {
    struct str codes;
};
static const struct wire_field codes_fields[] = {
    WIRE_RAW(struct codes_view, codes, "Ten codes, each good once in the app's place; shown once."),
    {},
};
static const struct wire codes_wire = {"RecoveryCodes", sizeof(struct codes_view), codes_fields};

static enum err codes_answer(struct scope *sc, struct rs *rs)
{
    char codes[PEOPLE_RECOVERY_CODES][16];
    struct codes_view view;
    struct buf b;

    TRY(sc, recovery_codes_make(sc, &sc->actor_id, codes));
    buf_init(&b, sc->arena, 1000);
    for (size_t i = 0; i < PEOPLE_RECOVERY_CODES; i++)
        buf_f(&b, "%s\"%s\"", i ? "," : "[", codes[i]);
    buf_c(&b, ']');
    view.codes = buf_str(&b);
    return rs_json(sc, rs, 201, &codes_wire, &view);
}

static enum err totp_confirmed(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct code_ask ask;

    TRY(sc, rq_body(sc, rq, &code_wire, &ask));
    TRY(sc, api_person(sc));
    TRY(sc, throttle_start(sc));
    TRY(sc, totp_confirm(sc, &sc->actor_id, ask.code));
    TRY(sc, session_end_all(sc, &sc->actor_id, &sc->caller->session_id));
    TRY(sc, api_session_renew(sc, rs));
    return codes_answer(sc, rs);
}

static enum err totp_delete(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    TRY(sc, api_really(sc, rq));
    TRY(sc, totp_remove(sc, &sc->actor_id));
    TRY(sc, api_session_renew(sc, rs));
    return rs_empty(sc, rs, 204);
}

static enum err codes_post(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    TRY(sc, api_really(sc, rq));
    return codes_answer(sc, rs);
}

struct settings_view {
    bool second_factor_required, password_allowed;
    int64_t idle_minutes, absolute_minutes;
};
#define SETTING(member, kind_, min_, max_, meaning_)                                                                   \
    {                                                                                                                  \
        .name = #member, .kind = (kind_), .offset = offsetof(struct settings_view, member), .min = (min_),             \
        .max = (max_), .meaning = (meaning_)                                                                           \
    }
static const struct wire_field settings_fields[] = {
    SETTING(second_factor_required, WIRE_KIND_BOOL, 0, 0, "Whether people may do nothing until they have one."),
    SETTING(password_allowed, WIRE_KIND_BOOL, 0, 0, "Whether people may sign in with a password."),
    SETTING(idle_minutes, WIRE_KIND_INT, 5, 10080, "A session that is not used for so long ends."),
    SETTING(absolute_minutes, WIRE_KIND_INT, 5, 43200, "A session ends after so long whatever happens."),
    {},
};
static const struct wire settings_wire = {"SignInSettings", sizeof(struct settings_view), settings_fields};

static enum err settings_answer(struct scope *sc, struct rs *rs)
{
    const struct q_sign_in_setting_get_row *row;
    struct settings_view v = {false, true, 720, 10080};

    TRY(sc, q_sign_in_setting_get(sc, &row));
    if (row)
        v = (struct settings_view){row->second_factor_required, row->password_allowed, row->idle_minutes,
                                   row->absolute_minutes};
    rs_version(sc, rs, row ? row->row_version : 1);
    return rs_json(sc, rs, 200, &settings_wire, &v);
}

static enum err settings_get(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    (void)rq;
    return settings_answer(sc, rs);
}

static enum err settings_put(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct q_people_lock_row now;
    struct settings_view ask;
    int64_t version;

    TRY(sc, rq_if_match(sc, rq, &version));
    TRY(sc, rq_body(sc, rq, &settings_wire, &ask));
    TRY(sc, people_as_partner(sc));
    TRY(sc, q_people_lock(sc, &now));
    if (now.row_version != version)
        return rq_stale(sc, now.row_version);
    TRY(sc, q_sign_in_setting_update(
                sc,
                &(struct q_sign_in_setting_update_in){.second_factor_required = ask.second_factor_required,
                                                      .password_allowed = ask.password_allowed,
                                                      .idle_minutes = (int32_t)ask.idle_minutes,
                                                      .absolute_minutes = (int32_t)ask.absolute_minutes},
                NULL));
    audit_note(sc, &(struct audit_act){.action = "sign_in_settings.update", .detail = "how people sign in"});
    return settings_answer(sc, rs);
}

const struct route api_factor_routes[] = {
    {POST, "/v1/me/totp", totp_post, .name = "totp.create", .summary = "Begins to set up codes of an app.",
     .takes = &api_confirm_wire, .answers = &totp_wire, .secret = true, .body_max = 4096},
    {POST, "/v1/me/totp/confirm", totp_confirmed, .name = "totp.confirm",
     .summary = "Shows that the app's codes arrive, and turns them on.", .takes = &code_wire, .answers = &codes_wire,
     .body_max = 4096},
    {DELETE, "/v1/me/totp", totp_delete, .name = "totp.delete", .summary = "Turns codes of an app off.",
     .takes = &api_confirm_wire, .secret = true, .body_max = 4096},
    {POST, "/v1/me/recovery-codes", codes_post, .name = "recovery_codes.create",
     .summary = "Makes new recovery codes, shown once.", .takes = &api_confirm_wire, .answers = &codes_wire,
     .secret = true, .body_max = 4096},
    {GET, "/v1/sign-in-settings", settings_get, .name = "sign_in_settings.get", .summary = "How people may sign in.",
     .etag = true, .may = PERMISSION_SIGNIN_READ, .answers = &settings_wire},
    {PUT, "/v1/sign-in-settings", settings_put, .name = "sign_in_settings.update",
     .summary = "Changes how people may sign in.", .etag = true, .may = PERMISSION_SIGNIN_WRITE,
     .takes = &settings_wire, .answers = &settings_wire},
    {},
};
