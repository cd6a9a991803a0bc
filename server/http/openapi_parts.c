#include "http/http_int.h"

/* clang-format off */
const char openapi_problem[] =
    "\"Problem\":{\"type\":\"object\",\"description\":\"What went wrong (RFC 9457).\",\"properties\":{"
    "\"type\":{\"type\":\"string\",\"format\":\"uri-reference\",\"description\":\"The address of a page about this kind of problem.\"},"
    "\"title\":{\"type\":\"string\",\"description\":\"The kind in words.\"},"
    "\"status\":{\"type\":\"integer\",\"description\":\"The status of the answer.\"},"
    "\"detail\":{\"type\":\"string\",\"description\":\"What happened here, for a person.\"},"
    "\"instance\":{\"type\":\"string\",\"description\":\"The request's id; please quote it.\"},"
    "\"code\":{\"type\":\"string\",\"description\":\"The kind in one word, for a program.\"},"
    "\"retryable\":{\"type\":\"boolean\",\"description\":\"Whether the same request may do better later.\"},"
    "\"violated-policies\":{\"type\":\"array\",\"items\":{\"type\":\"string\"},\"description\":\"The budgets that are used up.\"},"
    "\"errors\":{\"type\":\"array\",\"description\":\"Each fault of what was sent.\",\"items\":{\"type\":\"object\",\"properties\":{"
    "\"pointer\":{\"type\":\"string\",\"description\":\"Where: a JSON Pointer into the body, or a parameter's name.\"},"
    "\"code\":{\"type\":\"string\",\"description\":\"Which kind of fault.\"},"
    "\"detail\":{\"type\":\"string\",\"description\":\"In words.\"}},\"required\":[\"pointer\",\"code\",\"detail\"]}}},"
    "\"required\":[\"type\",\"title\",\"status\",\"detail\",\"instance\",\"code\",\"retryable\"],\"additionalProperties\":true}";

const char openapi_shared[] =
    ",\"securitySchemes\":{"
    "\"bearer\":{\"type\":\"http\",\"scheme\":\"bearer\",\"description\":\"An API key, or an access token.\"},"
    "\"session\":{\"type\":\"apiKey\",\"in\":\"cookie\",\"name\":\"__Host-session\",\"description\":\"The session of a person who has signed in.\"}},"
    "\"parameters\":{"
    "\"Limit\":{\"name\":\"limit\",\"in\":\"query\",\"schema\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":200,\"default\":50},\"description\":\"How many at most.\"},"
    "\"Cursor\":{\"name\":\"cursor\",\"in\":\"query\",\"schema\":{\"type\":\"string\"},\"description\":\"next_cursor of the page before, with the same filters.\"},"
    "\"Fields\":{\"name\":\"fields\",\"in\":\"query\",\"schema\":{\"type\":\"string\"},\"description\":\"Only these members of each object, with commas between them.\"},"
    "\"Expand\":{\"name\":\"expand\",\"in\":\"query\",\"schema\":{\"type\":\"string\"},\"description\":\"What ids stand for is put beside them: names without _id, with commas between them, a dot for a step further; two steps, five names at most.\"},"
    "\"ApiVersion\":{\"name\":\"api-version\",\"in\":\"header\",\"schema\":{\"type\":\"string\",\"format\":\"date\"},\"description\":\"The version to speak; otherwise the one the key was made for.\"},"
    "\"Customer\":{\"name\":\"customer\",\"in\":\"header\",\"schema\":{\"type\":\"string\"},\"description\":\"The customer to speak for, when the caller may for several.\"},"
    "\"IdempotencyKey\":{\"name\":\"idempotency-key\",\"in\":\"header\",\"schema\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":255},\"description\":\"The same key again brings the same answer, for 30 days.\"},"
    "\"IdempotencyKeyRequired\":{\"name\":\"idempotency-key\",\"in\":\"header\",\"required\":true,\"schema\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":255},\"description\":\"The same key again brings the same answer, for 30 days.\"},"
    "\"IfMatch\":{\"name\":\"if-match\",\"in\":\"header\",\"required\":true,\"schema\":{\"type\":\"string\"},\"description\":\"The etag of the version that is to be changed.\"},"
    "\"IfNoneMatch\":{\"name\":\"if-none-match\",\"in\":\"header\",\"schema\":{\"type\":\"string\"},\"description\":\"Etags that are known already: 304 for one of them.\"}},"
    "\"headers\":{"
    "\"RequestId\":{\"schema\":{\"type\":\"string\"},\"description\":\"This request; please quote it.\"},"
    "\"ApiVersion\":{\"schema\":{\"type\":\"string\",\"format\":\"date\"},\"description\":\"The version that was spoken.\"},"
    "\"RateLimit\":{\"schema\":{\"type\":\"string\"},\"description\":\"What is left of each budget, and in how many seconds it is whole again.\"},"
    "\"RateLimitPolicy\":{\"schema\":{\"type\":\"string\"},\"description\":\"The budgets and their windows in seconds.\"},"
    "\"ETag\":{\"schema\":{\"type\":\"string\"},\"description\":\"The version of what was told.\"},"
    "\"Link\":{\"schema\":{\"type\":\"string\"},\"description\":\"The address of the next page, when there is one.\"}},"
    "\"responses\":{\"Problem\":{\"description\":\"What went wrong.\",\"content\":{\"application/problem+json\":{\"schema\":{\"$ref\":\"#/components/schemas/Problem\"}}}}}";
/* clang-format on */
