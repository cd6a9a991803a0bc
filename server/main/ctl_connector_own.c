#include "main/ctl_connector_int.h"
#include "mapping/mapping.h"
#include "own/own.h"

/* Connectors of a partner's own, from a folder to the server: what is sent there, and by which key it is signed. */

enum err ctl_connector_pack(struct scope *sc, const struct ctl_args *a)
{
    const struct connector *c;
    const char *path, *kind;
    const struct doc *d;
    size_t written = 0;
    struct buf b;

    if (!a->word || !ctl_connector_is_file(a->word))
        return FAIL(sc, ERR_INVALID, "which connector: the file of its manifest");
    TRY(sc, ctl_connector_of(sc, a, &c));
    buf_init(&b, sc->arena, 2 * (size_t)(OWN_MANIFEST_MAX + OWN_BROUGHT_MAX));
    buf_s(&b, "{\"manifest\":");
    doc_write(&b, manifest_document(manifest_of(c)));
    buf_s(&b, ",\"mappings\":{");
    for (size_t i = 0; (kind = manifest_kind(manifest_of(c), i)); i++) {
        path = ctl_connector_mapping(sc, a->word, kind);
        if (!path)
            continue;
        TRY(sc, ctl_read_json(sc, path, MAPPING_MAX, &d));
        buf_f(&b, "%s\"%s\":", written++ ? "," : "", kind);
        doc_write(&b, d);
    }
    buf_s(&b, "}}\n");
    if (b.full)
        return FAIL(sc, ERR_TOO_LARGE, "the manifest and its mappings are larger than is taken");
    fwrite(b.p, 1, b.n, stdout);
    return OK;
}

enum err ctl_connector_signer(struct scope *sc, const struct ctl_args *a)
{
    uint8_t key[CRYPTO_KEY_BYTES];

    (void)a;
    TRY(sc, own_signer(sc, key));
    for (size_t i = 0; i < sizeof(key); i++)
        printf("%02x", key[i]);
    putchar('\n');
    return OK;
}
