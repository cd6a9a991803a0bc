#include "brand/brand.h"
#include "q_brand.h"

enum err brand_published(struct scope *sc, struct brand *out)
{
    struct q_brand_partner_row row;

    TRY(sc, q_brand_partner(sc, &row));
    *out = (struct brand){.name = row.name,
                          .accent = "#2f4858",
                          .support_name = "",
                          .support_email = "",
                          .support_phone = "",
                          .support_url = "",
                          .terms_url = "",
                          .privacy_url = "",
                          .imprint_url = "",
                          .login_text = "",
                          .mail_from_name = row.name,
                          .mail_from_address = ""};
    return OK;
}
