#include <elf.h>
#include <h2o.h>
#include <h2o/http2.h>
#include <h2o/http2_internal.h>
#include <link.h>
#include <stdio.h>
#include <string.h>

#include "http/guard_conn_int.h"

/* The guard works only because the shared object calls its own exported functions through slots that the loader fills,
 * and only against the build whose behaviour it was written for. Both are looked up in the loaded image. */
#define BUILD_ID_MAX 64

/* libh2o-evloop0.13 2.2.5+dfsg2-7 of Debian 12, amd64. */
static const char known_build[] = "e9278314b4aaff55d4b48a66bf6130574075633d";

static const struct {
    const char *name;
    void *ours;
} taken_over[] = {
    {"h2o_http2_handle_upgrade", (void *)h2o_http2_handle_upgrade},
    {"h2o_http1_accept", (void *)h2o_http1_accept},
    {"h2o_http2_accept", (void *)h2o_http2_accept},
    {"h2o_socket_read_start", (void *)h2o_socket_read_start},
    {"h2o_socket_read_stop", (void *)h2o_socket_read_stop},
    {"h2o_socket_write", (void *)h2o_socket_write},
    {"h2o_socket_notify_write", (void *)h2o_socket_notify_write},
    {"h2o_socket_close", (void *)h2o_socket_close},
    {"h2o_http2_decode_frame", (void *)h2o_http2_decode_frame},
    {"h2o_http2_decode_data_payload", (void *)h2o_http2_decode_data_payload},
    {"h2o_http2_stream_close", (void *)h2o_http2_stream_close},
    {"h2o_hpack_parse_headers", (void *)h2o_hpack_parse_headers},
    {"h2o_strtosize", (void *)h2o_strtosize},
};

struct image { /* of the loaded library */
    const char *base;
    const char *strings;
    const ElfW(Sym) * symbols;
    const ElfW(Rela) * calls;
    size_t call_count;
    char build[2 * BUILD_ID_MAX + 1];
};

static const void *dynamic_address(const struct image *m, ElfW(Addr) at)
{
    return at < (ElfW(Addr))m->base ? m->base + at : (const void *)at;
}

static void read_dynamic(const ElfW(Dyn) * d, struct image *out)
{
    for (; d->d_tag != DT_NULL; d++) {
        if (d->d_tag == DT_STRTAB)
            out->strings = dynamic_address(out, d->d_un.d_ptr);
        else if (d->d_tag == DT_SYMTAB)
            out->symbols = dynamic_address(out, d->d_un.d_ptr);
        else if (d->d_tag == DT_JMPREL)
            out->calls = dynamic_address(out, d->d_un.d_ptr);
        else if (d->d_tag == DT_PLTRELSZ)
            out->call_count = d->d_un.d_val / sizeof(ElfW(Rela));
    }
}

static size_t padded(size_t n)
{
    return (n + 3) & ~(size_t)3;
}

static void read_notes(const char *p, size_t n, struct image *out)
{
    while (n >= sizeof(ElfW(Nhdr))) {
        const ElfW(Nhdr) *note = (const void *)p;
        size_t step = sizeof(*note) + padded(note->n_namesz) + padded(note->n_descsz);
        const uint8_t *id = (const uint8_t *)p + sizeof(*note) + padded(note->n_namesz);

        if (step > n)
            return;
        if (note->n_type == NT_GNU_BUILD_ID && note->n_namesz == 4 && note->n_descsz <= BUILD_ID_MAX)
            for (size_t i = 0; i < note->n_descsz; i++)
                snprintf(out->build + 2 * i, 3, "%02x", id[i]);
        p += step;
        n -= step;
    }
}

static bool read_image(const struct dl_phdr_info *info, struct image *out)
{
    out->base = (const char *)info->dlpi_addr;
    for (size_t i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *ph = &info->dlpi_phdr[i];

        if (ph->p_type == PT_DYNAMIC)
            read_dynamic((const void *)(out->base + ph->p_vaddr), out);
        else if (ph->p_type == PT_NOTE)
            read_notes(out->base + ph->p_vaddr, ph->p_memsz, out);
    }
    return out->strings && out->symbols && out->calls;
}

/* Where the library's calls to `name` go. */
static const void *call_target(const struct image *m, const char *name)
{
    for (size_t i = 0; i < m->call_count; i++) {
        const ElfW(Sym) *sym = &m->symbols[ELF64_R_SYM(m->calls[i].r_info)];

        if (strcmp(m->strings + sym->st_name, name) == 0)
            return *(void *const *)(m->base + m->calls[i].r_offset);
    }
    return NULL;
}

static int find_image(struct dl_phdr_info *info, size_t size, void *arg)
{
    struct image m = {0};

    (void)size;
    if (!strstr(info->dlpi_name, "libh2o-evloop.so") || !read_image(info, &m))
        return 0;
    *(struct image *)arg = m;
    return 1;
}

/* The first of the functions that a call does not reach, or NULL. */
static const char *unreached(const struct image *m)
{
    for (size_t i = 0; i < ARRAY_LEN(taken_over); i++)
        if (call_target(m, taken_over[i].name) != taken_over[i].ours)
            return taken_over[i].name;
    return NULL;
}

bool guard_is_reached(void)
{
    struct image m = {0};

    return dl_iterate_phdr(find_image, &m) && !unreached(&m);
}

/* `list` is of ids by commas, in lower or upper case. */
static bool list_has(const char *list, const char *id)
{
    size_t n = strlen(id);

    while (list && *list) {
        size_t one = strcspn(list, ",");

        if (one == n && str_is_nocase((struct str){list, one}, id))
            return true;
        list += one + (list[one] == ',');
    }
    return false;
}

enum err http_prove(struct scope *sc, const char *builds)
{
    struct image m = {0};
    const char *name;

    if (!dl_iterate_phdr(find_image, &m))
        return FAIL(sc, ERR_UNAVAILABLE, "the HTTP library is not loaded as a shared object");
    name = unreached(&m);
    if (name)
        return FAIL(sc, ERR_UNAVAILABLE, "the HTTP library's calls of %s do not reach the guard", name);
    if (!list_has(known_build, m.build) && !list_has(builds, m.build))
        return FAIL(sc, ERR_UNAVAILABLE,
                    "the HTTP library is build %s, which this program does not know; TENON_H2O_BUILDS may name it",
                    m.build[0] ? m.build : "(none)");
    return OK;
}
