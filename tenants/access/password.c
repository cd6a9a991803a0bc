#include <stdatomic.h>
#include <string.h>
#include <strings.h>

#include "access/people.h"
#include "crypto/crypto.h"
#include "sys/fiber.h"
#include "sys/loop.h"

/* A hash takes 64 MiB while it is made, so a process makes few at once; some more may wait for a few seconds. */
#define AT_ONCE 4
#define WAITING 32
#define WAIT_US (INT64_C(5) * 1000000)
#define LOOK_US 10000

static atomic_int running, waiting;

static bool slot_take(void)
{
    int n = atomic_load(&running);

    while (n < AT_ONCE)
        if (atomic_compare_exchange_weak(&running, &n, n + 1))
            return true;
    return false;
}

static enum err busy(struct scope *sc)
{
    enum err e = FAIL(sc, ERR_UNAVAILABLE, "too many people sign in at once; please try again in a moment");

    scope_retry_after(sc, 2);
    return e;
}

static enum err slot_wait(struct scope *sc)
{
    int64_t until = loop_now_us() + WAIT_US;
    bool got = slot_take();

    if (!got && atomic_fetch_add(&waiting, 1) >= WAITING) {
        atomic_fetch_sub(&waiting, 1);
        return busy(sc);
    }
    if (got)
        return OK;
    while (!(got = slot_take()) && loop_now_us() < until && !sc->cancelled)
        fiber_sleep_us(LOOK_US);
    atomic_fetch_sub(&waiting, 1);
    return got ? OK : busy(sc);
}

struct task {
    const char *password, *stored;
    char *out;
    bool good;
};

static void work(void *arg)
{
    struct task *t = arg;
    size_t n = strlen(t->password);

    t->good =
        t->stored ? crypto_password_verify(t->stored, t->password, n) : crypto_password_hash(t->password, n, t->out);
}

static enum err run(struct scope *sc, struct task *t)
{
    enum err e;

    TRY(sc, slot_wait(sc));
    e = offload(work, t);
    atomic_fetch_sub(&running, 1);
    return e == OK ? OK : busy(sc);
}

enum err password_hash(struct scope *sc, const char *password, const char **out)
{
    char *text = arena_zalloc(sc->arena, CRYPTO_PASSWORD_MAX);
    struct task t = {.password = password, .out = text};

    TRY(sc, run(sc, &t));
    if (!t.good)
        return FAIL(sc, ERR_UNAVAILABLE, "there is no memory just now; please try again");
    *out = text;
    return OK;
}

/* Nobody has it: a hash with the costs of all others, so that an unknown address takes as long as a known one. */
static const char nobody[] = "$argon2id$v=19$m=65536,t=3,p=1$AAAAAAAAAAAAAAAAAAAAAA$"
                             "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

enum err password_verify(struct scope *sc, const char *stored, const char *password, bool *out)
{
    struct task t = {.password = password, .stored = stored ? stored : nobody};

    TRY(sc, run(sc, &t));
    *out = stored && t.good;
    return OK;
}

/* What is tried first everywhere; shorter ones are refused by their length. */
static const char *const known[] = {
    "123456789012",
    "1234567890123",
    "12345678901234",
    "123456789123",
    "1234567890qwerty",
    "administrator",
    "administrator1",
    "changemechangeme",
    "letmeinletmein",
    "passwordpassword",
    "password1234",
    "password12345",
    "password123456",
    "passw0rd1234",
    "p@ssw0rd1234",
    "p@ssword1234",
    "qwertyuiop12",
    "qwertyuiop123",
    "qwertyuiop1234",
    "qwertyqwerty",
    "qwertyuiopasdf",
    "qwerty123456",
    "qwerty1234567",
    "1q2w3e4r5t6y",
    "1qaz2wsx3edc",
    "zaq12wsxcde3",
    "iloveyou1234",
    "iloveyouforever",
    "welcome12345",
    "welcome123456",
    "correcthorsebatterystaple",
    "abcdefghijkl",
    "abcdefghijklm",
    "abc123abc123",
    "adminadminadmin",
    "rootrootroot",
    "trustno1trustno1",
    "sunshine1234",
    "football1234",
    "baseball1234",
    "monkey123456",
    "dragon123456",
    "superman1234",
    "princess1234",
    "starwars1234",
    "summer2024summer",
    "winter2024winter",
    "secretsecret",
    "testtesttest",
    "temporarypassword",
    "defaultpassword",
    "companypassword",
    "thisisapassword",
    "mypassword123",
};

static bool is_one_character(const char *s)
{
    return strspn(s, (char[]){s[0], '\0'}) == strlen(s);
}

static const char *unfit(const char *password, const char *email_norm)
{
    size_t n = strlen(password);

    if (n < PEOPLE_PASSWORD_MIN)
        return "must have at least 12 characters";
    if (n > PEOPLE_PASSWORD_MAX)
        return "can have at most 256 octets";
    if (strcasecmp(password, email_norm) == 0)
        return "cannot be the address itself";
    if (is_one_character(password))
        return "cannot be one character again and again";
    for (size_t i = 0; i < ARRAY_LEN(known); i++)
        if (strcasecmp(password, known[i]) == 0)
            return "is one of those that are tried first";
    return NULL;
}

enum err password_check(struct scope *sc, const char *pointer, const char *password, const char *email_norm)
{
    const char *why = unfit(password, email_norm);
    enum err e;

    if (!why)
        return OK;
    scope_clear(sc);
    scope_item(sc, pointer, "weak_password", "%s", why);
    e = FAIL(sc, ERR_INVALID, "the password %s", why);
    scope_problem(sc, "validation", 422);
    return e;
}
