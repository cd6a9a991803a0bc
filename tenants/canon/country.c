#include <string.h>

#include "canon/schema_int.h"

/* ISO 3166-1 alpha-2, officially assigned, and XK for Kosovo, which shops and carriers use though it is not assigned.
 * In alphabetical order. */
static const char codes[] = "ADAEAFAGAIALAMAOAQARASATAUAWAXAZBABBBDBEBFBGBHBIBJBLBMBNBOBQBRBSBTBVBWBYBZCACCCDCFCGCHCICK"
                            "CLCMCNCOCRCUCVCWCXCYCZDEDJDKDMDODZECEEEGEHERESETFIFJFKFMFOFRGAGBGDGEGFGGGHGIGLGMGNGPGQGRGS"
                            "GTGUGWGYHKHMHNHRHTHUIDIEILIMINIOIQIRISITJEJMJOJPKEKGKHKIKMKNKPKRKWKYKZLALBLCLILKLRLSLTLULV"
                            "LYMAMCMDMEMFMGMHMKMLMMMNMOMPMQMRMSMTMUMVMWMXMYMZNANCNENFNGNINLNONPNRNUNZOMPAPEPFPGPHPKPLPM"
                            "PNPRPSPTPWPYQARERORSRURWSASBSCSDSESGSHSISJSKSLSMSNSOSRSSSTSVSXSYSZTCTDTFTGTHTJTKTLTMTNTOTR"
                            "TTTVTWTZUAUGUMUSUYUZVAVCVEVGVIVNVUWFWSXKYEYTZAZMZW";

bool canon_country_known(struct str code)
{
    size_t low = 0, high = (sizeof(codes) - 1) / 2;

    while (code.n == 2 && low < high) {
        size_t at = (low + high) / 2;
        int order = memcmp(code.p, codes + 2 * at, 2);

        if (order == 0)
            return true;
        if (order < 0)
            high = at;
        else
            low = at + 1;
    }
    return false;
}
