#include "base/err.h"

/* clang-format off */
static const struct err_info infos[ERR_COUNT] = {
    [OK]                   = {"ok",               200, "ok",                      "OK",                        FATE_DROP,   false},
    [ERR_INVALID]          = {"invalid",          400, "invalid",                 "Invalid request",           FATE_REVIEW, false},
    [ERR_UNAUTHENTICATED]  = {"unauthenticated",  401, "unauthenticated",         "Authentication required",   FATE_WAIT,   false},
    [ERR_FORBIDDEN]        = {"forbidden",        403, "forbidden",               "Not permitted",             FATE_REVIEW, false},
    [ERR_NOT_FOUND]        = {"not_found",        404, "not-found",               "Not found",                 FATE_REVIEW, false},
    [ERR_NOT_ALLOWED]      = {"not_allowed",      405, "method-not-allowed",      "Method not allowed",        FATE_REVIEW, false},
    [ERR_CONFLICT]         = {"conflict",         409, "conflict",                "Conflict",                  FATE_REVIEW, false},
    [ERR_TOO_LARGE]        = {"too_large",        413, "payload-too-large",       "Payload too large",         FATE_REVIEW, false},
    [ERR_UNSUPPORTED]      = {"unsupported",      415, "unsupported-media-type",  "Unsupported media type",    FATE_REVIEW, false},
    [ERR_LIMIT]            = {"limit",            429, "rate-limited",            "Too many requests",         FATE_RETRY,  true},
    [ERR_HOLD]             = {"hold",             409, "held",                    "Waiting for a decision",    FATE_REVIEW, false},
    [ERR_UPSTREAM_BUSY]    = {"upstream_busy",    503, "upstream-busy",           "Outside system is busy",    FATE_RETRY,  true},
    [ERR_UPSTREAM_NO]      = {"upstream_no",      502, "upstream-refused",        "Outside system refused",    FATE_REVIEW, false},
    [ERR_UPSTREAM_AUTH]    = {"upstream_auth",    502, "upstream-credentials",    "Outside system: sign in",   FATE_WAIT,   false},
    [ERR_UPSTREAM_UNKNOWN] = {"upstream_unknown", 504, "upstream-unknown",        "Outcome unknown",           FATE_PROBE,  false},
    [ERR_TIMEOUT]          = {"timeout",          504, "timeout",                 "Took too long",             FATE_RETRY,  true},
    [ERR_UNAVAILABLE]      = {"unavailable",      503, "temporarily-unavailable", "Temporarily unavailable",   FATE_RETRY,  true},
    [ERR_FENCED]           = {"fenced",           409, "fenced",                  "Lease lost",                FATE_DROP,   false},
    [ERR_CANCELLED]        = {"cancelled",        499, "cancelled",               "Caller has gone",           FATE_DROP,   false},
    [ERR_INTERNAL]         = {"internal",         500, "internal",                "Internal error",            FATE_RETRY,  true},
};
/* clang-format on */

const struct err_info *err_info(enum err code)
{
    return code < ERR_COUNT ? &infos[code] : &infos[ERR_INTERNAL];
}
