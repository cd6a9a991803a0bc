#include "kit/test.h"
#include "oidc/oidc_int.h"
#include "sys/config.h"

#define ISSUER "https://id.example/t"
#define GOOD                                                                                                           \
    "\"issuer\":\"" ISSUER "\",\"authorization_endpoint\":\"https://id.example/a\",\"token_endpoint\":"                \
    "\"https://id.example/b\",\"jwks_uri\":\"https://id.example/c\""

static enum err reads(const char *text, struct oidc_about *out)
{
    static char *none[] = {NULL};

    CHECK_OK(config_load(test_scope(), none));
    return oidc_about_read(test_scope(), ISSUER, str_of(text), out);
}

TEST(a_description_names_where_everything_is)
{
    struct oidc_about about;

    CHECK_OK(reads("{" GOOD "}", &about));
    CHECK_STR(about.token_endpoint, "https://id.example/b");
    CHECK(!about.by_post && !about.says_iss);
    CHECK_OK(reads("{" GOOD ",\"authorization_response_iss_parameter_supported\":true,"
                   "\"token_endpoint_auth_methods_supported\":[\"client_secret_post\"]}",
                   &about));
    CHECK(about.by_post && about.says_iss);
    CHECK_OK(reads("{" GOOD
                   ",\"token_endpoint_auth_methods_supported\":[\"client_secret_post\",\"client_secret_basic\"]}",
                   &about));
    CHECK(!about.by_post);
}

TEST(a_description_of_another_issuer_or_that_leads_astray_is_refused)
{
    static const char *const bad[] = {
        "",
        "[]",
        "{}",
        "{\"issuer\":\"" ISSUER "\"}",
        "{\"issuer\":\"https://id.example/t/\",\"authorization_endpoint\":\"https://id.example/a\",\"token_endpoint\":"
        "\"https://id.example/b\",\"jwks_uri\":\"https://id.example/c\"}",
        "{\"issuer\":\"" ISSUER "\",\"authorization_endpoint\":\"javascript:alert(1)\",\"token_endpoint\":"
        "\"https://id.example/b\",\"jwks_uri\":\"https://id.example/c\"}",
        "{\"issuer\":\"" ISSUER "\",\"authorization_endpoint\":\"https://id.example/a\",\"token_endpoint\":"
        "\"http://id.example/b\",\"jwks_uri\":\"https://id.example/c\"}",
        "{\"issuer\":\"" ISSUER "\",\"authorization_endpoint\":\"https://id.example/a\",\"token_endpoint\":"
        "\"https://169.254.169.254/b\",\"jwks_uri\":\"https://id.example/c\"}",
        "{\"issuer\":\"" ISSUER "\",\"authorization_endpoint\":\"https://id.example/a\",\"token_endpoint\":"
        "\"https://id.example/b\",\"jwks_uri\":\"file:///etc/passwd\"}",
        "{" GOOD ",\"token_endpoint_auth_methods_supported\":[\"none\",\"private_key_jwt\"]}",
        "{" GOOD ",\"issuer\":\"" ISSUER "\"}",
    };
    struct oidc_about about;

    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        CHECK_ERR(reads(bad[i], &about), ERR_UPSTREAM_NO);
}

TEST(an_address_without_tls_is_this_machine_in_development_only)
{
    struct oidc_about about;
    struct scope *sc = test_scope();

    CHECK_ERR(reads("{}", &about), ERR_UPSTREAM_NO); /* loads the settings */
    CHECK(oidc_url_fits(sc, "https://id.example") && !oidc_url_fits(sc, "http://127.0.0.1:1/"));
    CHECK(!oidc_url_fits(sc, "https://127.0.0.1/") && !oidc_url_fits(sc, "https://localhost/"));
    CHECK_OK(config_set(sc, "ALLOW_PRIVATE_ADDRESSES", "true"));
    CHECK(oidc_url_fits(sc, "http://127.0.0.1:1/") && oidc_url_fits(sc, "http://localhost/x"));
    CHECK(!oidc_url_fits(sc, "http://localhost.evil.example/") && !oidc_url_fits(sc, "http://127.0.0.1.evil.example"));
    CHECK(!oidc_url_fits(sc, "http://id.example") && !oidc_url_fits(sc, "http://127.0.0.1@evil.example/"));
}

TEST(a_provider_vouches_for_its_own_domains_and_for_none_below_or_beside_them)
{
    CHECK(oidc_domain_fits("ada@acme.example", "acme.example"));
    CHECK(oidc_domain_fits("ada@acme.example", "other.example acme.example"));
    CHECK(!oidc_domain_fits("ada@x.acme.example", "acme.example"));
    CHECK(!oidc_domain_fits("ada@notacme.example", "acme.example"));
    CHECK(!oidc_domain_fits("ada@acme.example.evil", "acme.example"));
    CHECK(!oidc_domain_fits("ada@acme", "acme.example acme.test"));
    CHECK(!oidc_domain_fits("ada@example acme.example", "other.example acme.example"));
}
