#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "crypto/crypto.h"
#include "db/db.h"
#include "main/ctl_int.h"
#include "sys/config.h"

/* What is done on the machine itself: schema, key files, and what the program says about itself. */

static enum err migrate_up(struct scope *sc, const struct ctl_args *a)
{
    const char *url = config_text("DATABASE_OWNER_URL");

    (void)a;
    if (!url)
        return FAIL(sc, ERR_INVALID, "TENON_DATABASE_OWNER_URL is not set");
    return db_migrate(sc, url, config_text("MIGRATIONS_DIR"));
}

static enum err config_list(struct scope *sc, const struct ctl_args *a)
{
    struct buf b;

    (void)a;
    buf_init(&b, sc->arena, 1 << 20);
    config_write(&b);
    fputs(buf_cstr(&b), stdout);
    return OK;
}

static enum err key_make(struct scope *sc, const struct ctl_args *a)
{
    uint8_t key[CRYPTO_KEY_BYTES];
    struct buf text;
    ssize_t n;
    int fd;

    if (!a->word)
        return FAIL(sc, ERR_INVALID, "name the file to make");
    fd = open(a->word, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return FAIL(sc, ERR_CONFLICT, "%s cannot be made; a key file is never overwritten", a->word);
    crypto_random(key, sizeof(key));
    buf_init(&text, sc->arena, 100);
    buf_hex(&text, key, sizeof(key));
    buf_c(&text, '\n');
    n = write(fd, text.p, text.n);
    explicit_bzero(key, sizeof(key));
    explicit_bzero(text.p, text.n);
    if (close(fd) != 0 || n != (ssize_t)text.n)
        return FAIL(sc, ERR_UNAVAILABLE, "%s could not be written", a->word);
    return OK;
}

/* Makes the key files that the settings name and that are not there, then the schema. Repeatable. */
static enum err setup_run(struct scope *sc, const struct ctl_args *a)
{
    static const char *const files[] = {"EDGE_KEK_FILE", "CONNECTION_KEK_FILE", "CURSOR_KEY_FILE"};

    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        struct ctl_args one = {.word = config_text(files[i])};

        if (!one.word || access(one.word, F_OK) == 0)
            continue;
        TRY(sc, key_make(sc, &one));
        fprintf(stderr, "made %s\n", one.word);
    }
    TRY(sc, migrate_up(sc, a));
    fputs("the schema is up to date. Next:\n"
          "  tenonctl partner create --slug SLUG --name NAME --host HOST\n"
          "  tenonctl doctor run\n",
          stderr);
    return OK;
}

const struct ctl_command ctl_setup_commands[] = {
    {"setup", "run", "", "Makes the key files that are not there yet and brings the schema up to this release.", NULL,
     setup_run, CTL_SETUP},
    {"migrate", "up", "", "Brings the schema up to this release, as the owner.", NULL, migrate_up, CTL_ALONE},
    {"config", "list", "", "Names every setting, its kind, default and meaning.", NULL, config_list, CTL_ALONE},
    {"key", "make", "FILE", "Makes a file with a new random key; never overwrites one.", "edge.key", key_make,
     CTL_ALONE},
    {},
};
