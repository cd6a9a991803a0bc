#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <string.h>

#include "http/http_int.h"

/* guard: stands between the network and the library by defining functions that the library calls through its own
 * symbol table; the executable is linked with -rdynamic, so those calls arrive here. So far: no upgrade to h2c, and
 * HTTP/2 connections get their own configuration.
 */

/* Anything but zero: not taken, the request goes on as HTTP/1. */
int h2o_http2_handle_upgrade(h2o_req_t *req, struct timeval connected_at)
{
    (void)req;
    (void)connected_at;
    return -1;
}

static void (*library_http2_accept)(h2o_accept_ctx_t *, h2o_socket_t *, struct timeval);

__attribute__((constructor)) static void find_library(void)
{
    *(void **)&library_http2_accept = dlsym(RTLD_NEXT, "h2o_http2_accept");
}

void h2o_http2_accept(h2o_accept_ctx_t *ctx, h2o_socket_t *sock, struct timeval connected_at)
{
    struct http *h = CONTAINER_OF(ctx->ctx, struct http_side, ctx)->http;
    h2o_accept_ctx_t own = *ctx;

    own.ctx = &h->h2.ctx;
    own.hosts = h->h2.conf.hosts;
    drain_conn_is_http2(sock);
    library_http2_accept(&own, sock, connected_at);
}

struct image { /* of the loaded library */
    const char *base;
    const char *strings;
    const ElfW(Sym) * symbols;
    const ElfW(Rela) * calls;
    size_t call_count;
};

static const void *dynamic_address(const struct image *m, ElfW(Addr) at)
{
    return at < (ElfW(Addr))m->base ? m->base + at : (const void *)at;
}

static bool read_image(const struct dl_phdr_info *info, struct image *out)
{
    const ElfW(Dyn) *d = NULL;

    for (size_t i = 0; i < info->dlpi_phnum; i++)
        if (info->dlpi_phdr[i].p_type == PT_DYNAMIC)
            d = (const void *)(info->dlpi_addr + info->dlpi_phdr[i].p_vaddr);
    out->base = (const char *)info->dlpi_addr;
    for (; d && d->d_tag != DT_NULL; d++) {
        if (d->d_tag == DT_STRTAB)
            out->strings = dynamic_address(out, d->d_un.d_ptr);
        else if (d->d_tag == DT_SYMTAB)
            out->symbols = dynamic_address(out, d->d_un.d_ptr);
        else if (d->d_tag == DT_JMPREL)
            out->calls = dynamic_address(out, d->d_un.d_ptr);
        else if (d->d_tag == DT_PLTRELSZ)
            out->call_count = d->d_un.d_val / sizeof(ElfW(Rela));
    }
    return out->strings && out->symbols && out->calls;
}

static const struct {
    const char *name;
    void *ours;
} taken_over[] = {
    {"h2o_http2_handle_upgrade", (void *)h2o_http2_handle_upgrade},
    {"h2o_http2_accept", (void *)h2o_http2_accept},
};

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

static int check_image(struct dl_phdr_info *info, size_t size, void *arg)
{
    struct image m = {0};

    (void)size;
    if (!strstr(info->dlpi_name, "libh2o-evloop.so") || !read_image(info, &m))
        return 0;
    *(bool *)arg = true;
    for (size_t i = 0; i < ARRAY_LEN(taken_over); i++)
        if (call_target(&m, taken_over[i].name) != taken_over[i].ours)
            *(bool *)arg = false;
    return 1;
}

bool guard_is_reached(void)
{
    bool reached = false;

    dl_iterate_phdr(check_image, &reached);
    return reached && library_http2_accept && library_http2_accept != h2o_http2_accept;
}
