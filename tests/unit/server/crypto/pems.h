#pragma once

/* Keys and certificates that nobody has but these tests: a root, an issuer below it and a leaf for signer.example.com,
 * good from 30 November 2026 for a hundred years; one of 1,024 bits; one of the curve P-256. The locked key is the
 * leaf's under a password. */
#define PEM_ROOT                                                                                                       \
    "-----BEGIN CERTIFICATE-----\n"                                                                                    \
    "MIIDGDCCAgCgAwIBAgIUd1bZ1BSEP29kXv5lDq2y3/8m0mMwDQYJKoZIhvcNAQEL\n"                                               \
    "BQAwFDESMBAGA1UEAwwJVGVzdCBSb290MCAXDTI2MTEzMDEzMjgyM1oYDzIxMjYx\n"                                               \
    "MTA2MTMyODIzWjAUMRIwEAYDVQQDDAlUZXN0IFJvb3QwggEiMA0GCSqGSIb3DQEB\n"                                               \
    "AQUAA4IBDwAwggEKAoIBAQCty5iQ6JgTLuaZJ6bXiUMo7g/uLXI26Dw3gGDcjit/\n"                                               \
    "N+a5gi83wNin1fqVXnyJRp1GHwHzqSeOFX6cYr6utpOaIFLAUW7oQuN+113xAf21\n"                                               \
    "r3lU08LMDW7R9vBhF2Xb8Uu2E3p3a8aqUBB9IBuFuVMthj9pEKkZ2ADb43x7EFaZ\n"                                               \
    "+xpuVLYAlroVnS5Q+sm4/kcPTO2uB3M3THOeOMcKTPcNSxlYbdKspXhoKGuhaPNN\n"                                               \
    "obcCugKIC6S+q9pvLulZW75jl4n/H4cWHMwS9Uewa39lf0hO4QT+c+XlzPdslayl\n"                                               \
    "hj8dCUIqSoPXEMdIDUxDaihHPHzGRggIqXH0WxccMzGvAgMBAAGjYDBeMB0GA1Ud\n"                                               \
    "DgQWBBQPOD8+xn3TO5cr5fzG/RcEu1eP4zAfBgNVHSMEGDAWgBQPOD8+xn3TO5cr\n"                                               \
    "5fzG/RcEu1eP4zAPBgNVHRMBAf8EBTADAQH/MAsGA1UdDwQEAwICBDANBgkqhkiG\n"                                               \
    "9w0BAQsFAAOCAQEALhl77JB88Llg4lpV45KZDdkvxIT/egrcPfY+pmaSXVwCMmBJ\n"                                               \
    "dab758mAIUhYIwiRHtVM4TbJ4OXYQlKawXqH7DaUF5+7HDmxdRZkcQfCq+4pO18i\n"                                               \
    "GzvN7GTwDqUUGWufmm5unUyB+Sk4TJ4aGQseIbF73RjjVlGhUS5gyMI0hsmFeQrR\n"                                               \
    "NsaU86zIqotn/ubxR1XFPm3s1lCM0izuMWks/aOqFVz1dsxFUGgmYaJKDtbUq6+P\n"                                               \
    "M1vk9olTQW+8H3JCwzL2BwDctCfD6y99j55kv2p9FiLHqvOsCkLGvbSxMpsK7lfF\n"                                               \
    "B8jIz7jzPs5hMDd78Q3Z1OqyCzZnJ03GSZTc4Q==\n"                                                                       \
    "-----END CERTIFICATE-----\n"

#define PEM_ISSUER                                                                                                     \
    "-----BEGIN CERTIFICATE-----\n"                                                                                    \
    "MIIDGjCCAgKgAwIBAgIUcrcKjuvRpdH3oxACJxM4CYdZoOcwDQYJKoZIhvcNAQEL\n"                                               \
    "BQAwFDESMBAGA1UEAwwJVGVzdCBSb290MCAXDTI2MTEzMDEzMjgyM1oYDzIxMjYx\n"                                               \
    "MTA2MTMyODIzWjAWMRQwEgYDVQQDDAtUZXN0IElzc3VlcjCCASIwDQYJKoZIhvcN\n"                                               \
    "AQEBBQADggEPADCCAQoCggEBAMUrzrn98W/hsa251Hi3yiCF+nLsVzsUDCcSYHhB\n"                                               \
    "aYZWD/aTmAYApgC1MbbVPA2nPtMgO7jqUY3qYBT7wpjBo1/RFTc7ldxlvU/9f/ug\n"                                               \
    "GqRYfAA7oxjWRr/wT3/VBWRNV7GiGUYTIoF0KcvAplcBjMVp6CPHD62tn/U2cx6E\n"                                               \
    "Q6pdCIsZnQwTlJWNwjJ2KDuOmtFbghk3N6cM1OlQhrv7UzY183i31MKRTaAF2Sco\n"                                               \
    "JdrGBp/58jxDZhDndGK4vA9NxTXN15nLk7Az8Rc8ktK/Q7/NspPjnoAyXnJBp4ip\n"                                               \
    "EvFyjmVA3dcpiQwsvJ4VctkQExoHE6cuUWLbo5++hgPYzEECAwEAAaNgMF4wDwYD\n"                                               \
    "VR0TAQH/BAUwAwEB/zALBgNVHQ8EBAMCAgQwHQYDVR0OBBYEFKdAdd48EZN0oaPV\n"                                               \
    "XX43RTtBbK5iMB8GA1UdIwQYMBaAFA84Pz7GfdM7lyvl/Mb9FwS7V4/jMA0GCSqG\n"                                               \
    "SIb3DQEBCwUAA4IBAQBQ4+IhChISDinIsRnYCGHS1/I/H728DHuyyzuq45Gzpp0C\n"                                               \
    "KF4wDYjNUhF+eaTkMvyIvPGoHTjNhKau8xE7zbK4C0Dn7/htJmD3obes1YapKyXt\n"                                               \
    "De7vnPHWsDjZftJ7l2dGUTCajhtY8Ic8/6v13rkvuLGYpGGPCulyoGDHXpC3NOeN\n"                                               \
    "CHiUClO1CJVWRC0z1lkIR8QYQz15L9cBr1pFWK4APDCLmhfGiEHQ50jLDWYUCgQK\n"                                               \
    "Ey2EnwswuA5TIEpLW4e8cxKr4mdVQ2RhAUCS54mlOZC2/l1/68UitvRqC6PsWhEG\n"                                               \
    "g29ASIS8a4jgH8N0J2WSxP+FH83Bv0PfOgTgu+xX\n"                                                                       \
    "-----END CERTIFICATE-----\n"

#define PEM_LEAF                                                                                                       \
    "-----BEGIN CERTIFICATE-----\n"                                                                                    \
    "MIIDLzCCAhegAwIBAgIUPLlhmvBAdDt7XGKGlEst5KBnxC4wDQYJKoZIhvcNAQEL\n"                                               \
    "BQAwFjEUMBIGA1UEAwwLVGVzdCBJc3N1ZXIwIBcNMjYxMTMwMTMyODI0WhgPMjEy\n"                                               \
    "NjExMDYxMzI4MjRaMB0xGzAZBgNVBAMMEnNpZ25lci5leGFtcGxlLmNvbTCCASIw\n"                                               \
    "DQYJKoZIhvcNAQEBBQADggEPADCCAQoCggEBALJfsFzEuwhaF4n+tV2AbpunLSFP\n"                                               \
    "WciyHRjrVv4Kq6Iy2MY+8Y8Kd3R5v4pN/K+joIGKEK9mwt+wTxhW+ym3gTh6E5Zh\n"                                               \
    "a15AKm929zIWO9K4EAFX2lwkv36QnnpVIPRo0nkkOMbKLSd0RvgcNQK2fVKOO+UT\n"                                               \
    "WW2oSRjJVzOXdtEz084TDiW1/QQke++Wr5Lwn7owWVgKKmDYguc4R82mtxaj5N1V\n"                                               \
    "lQ7ANwqErfN8lrf/ghBJtsznZ6yVOX3+faEm0ga8RTtxHSXCSiLoEbs8lxhuOr2q\n"                                               \
    "p8md47VwEuJFW+3IAmX9mTLpkTO22FpRFDa26WiCfaU5HyvATDggtgEPxj8CAwEA\n"                                               \
    "AaNsMGowCQYDVR0TBAIwADAdBgNVHREEFjAUghJzaWduZXIuZXhhbXBsZS5jb20w\n"                                               \
    "HQYDVR0OBBYEFC6j07DwA0ZJ215osoyLK8NekCp1MB8GA1UdIwQYMBaAFKdAdd48\n"                                               \
    "EZN0oaPVXX43RTtBbK5iMA0GCSqGSIb3DQEBCwUAA4IBAQBEqAvDLdbWbXLfU4MX\n"                                               \
    "dxK5bAn6F3XFLS/4oP9XU6EgPjkWZOGDOGGNB/2yOIfnc+svqkaTErwddy0C0a8E\n"                                               \
    "iOa+SIc/PYppn3VgkQHQxSwoPT12ly4G3hmM/br7t8U1HlOX01xBzUVo8fewqP1Y\n"                                               \
    "f7W6+BAk4iFrSH46Uv9qtrjYFHajVJNhAlnMkOUCk4RcKLxVpNE9UBzh4Nyviykz\n"                                               \
    "gtwPUr7pEoOJRxY9l4ihtxUJlADWydVPf5Ye3QR5YukjHAEOMQX2X9RFxKaJpXAZ\n"                                               \
    "EZylatTPYSSnmIhHwe4mfCORFoQE2eXEL1dMB509OY/21oPsSZzvZUYuq+cezvOt\n"                                               \
    "0P+8\n"                                                                                                           \
    "-----END CERTIFICATE-----\n"

#define PEM_LEAF_KEY                                                                                                   \
    "-----BEGIN PRIVATE KEY-----\n"                                                                                    \
    "MIIEvAIBADANBgkqhkiG9w0BAQEFAASCBKYwggSiAgEAAoIBAQCyX7BcxLsIWheJ\n"                                               \
    "/rVdgG6bpy0hT1nIsh0Y61b+CquiMtjGPvGPCnd0eb+KTfyvo6CBihCvZsLfsE8Y\n"                                               \
    "Vvspt4E4ehOWYWteQCpvdvcyFjvSuBABV9pcJL9+kJ56VSD0aNJ5JDjGyi0ndEb4\n"                                               \
    "HDUCtn1SjjvlE1ltqEkYyVczl3bRM9POEw4ltf0EJHvvlq+S8J+6MFlYCipg2ILn\n"                                               \
    "OEfNprcWo+TdVZUOwDcKhK3zfJa3/4IQSbbM52eslTl9/n2hJtIGvEU7cR0lwkoi\n"                                               \
    "6BG7PJcYbjq9qqfJneO1cBLiRVvtyAJl/Zky6ZEztthaURQ2tulogn2lOR8rwEw4\n"                                               \
    "ILYBD8Y/AgMBAAECggEASOStz9tdi3Y1tGDwgPthOB7DZJ9m04tmNK7H6B04MpqQ\n"                                               \
    "18MVOB1Q37p5Oe3Q234Es6tWUjeuX3dPe2TgUxX4qrnIk2XQWL3kGZUGQ+OuItix\n"                                               \
    "QbtDMvCZiQFUoi1zwC2uBW91/FbWyQ7NicsNJsSoxjn15BFaNGPXK1fsWNsG5UqX\n"                                               \
    "z1fMta9o7S6x74rYk05aqhJ/BNl2vKSSxF5IZ6jdguUhUFTJdqn9j9tjT/i9bD4I\n"                                               \
    "AwFSZ++do8A17GYcksppbjXt6oqAaXzX3qcVKXVnZ62fyhPF/K+rNnQzl4z9Bf7w\n"                                               \
    "mYXu1T1XW1r2794QvWyGziec9K8UApH4SoU4Bf5oYQKBgQDiFZfNjXHSQ3QJ0g0Z\n"                                               \
    "Q6iVc0LCMW97cytYah2LQrAtZiZX/z4f/jpHto8lxlhx1sm5PCCXtUGgTYWQEAgt\n"                                               \
    "hskGv8rSCljkCMJdCZL6yZb4IkGbMkMzsx6/SL0m4K10b9Xf8H7dq/Wv8WYhPa9L\n"                                               \
    "4jNqR1bGx2wTzB16InD/oTydtwKBgQDJ+fFgspvaL8iZb/uj0v2nqnX7aIQg+zfU\n"                                               \
    "Wy4m/RTO+Q27J91JBgONd8agQEvWX+fhBXh2xYAQe2T8TBrk51BQcUGDF8eALCXS\n"                                               \
    "pTlLeSBAEnBhTSmNDPrBfca6HMXMqTVr/7VKOgrB9RQIvB4/5Qwu6CPKBOVCamsa\n"                                               \
    "w5nuvVybuQKBgBsn/NPz6XgYIhgL4wbl2ZoZ/irVRU7OxqYYGPRhTkglvPVU82Fk\n"                                               \
    "aBu1Efy3lmgWJKTbVA7k9r0KksB7LIBLcFofL32LQKIjazVBsSXukPO9KaQ6pVfQ\n"                                               \
    "bCEN26qP0kXqKQZ9HMADp786f8n+Xs/+m65oY0P9MD4whlnlSS1rcJyBAoGABAsc\n"                                               \
    "6fKpbBTIz0mOoBj5OwIOmpndC0v8MiQhKGaoo/wYakbCB1Q3ff2H3G1tFz2URsz1\n"                                               \
    "PGt3xNyziNl9MFfxI6sgxJ8VP1ui5jSokPo7ywyTc184FbrMylLaR5+L1i0NBLx5\n"                                               \
    "xKKk1H0ziXk6oczUEZxUGxc9/7Zhrod77WudDwECgYAIXrhs/dubxVSL0eBuklUV\n"                                               \
    "NiTLaJ/vxcowW/yxjWO65ydayqNBBfduL7UIWW3JnzW65OmTgqyEL/XOsGmrYfV7\n"                                               \
    "KehjKuYbjBbWvDwjbDtqA+45CNeQEHnjfKFE18ymSzIjHWpB43VuQue4ju2kR9wt\n"                                               \
    "vLpse+8DJdVOTNUzviKJIg==\n"                                                                                       \
    "-----END PRIVATE KEY-----\n"

#define PEM_LEAF_PUBLIC                                                                                                \
    "-----BEGIN PUBLIC KEY-----\n"                                                                                     \
    "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAsl+wXMS7CFoXif61XYBu\n"                                               \
    "m6ctIU9ZyLIdGOtW/gqrojLYxj7xjwp3dHm/ik38r6OggYoQr2bC37BPGFb7KbeB\n"                                               \
    "OHoTlmFrXkAqb3b3MhY70rgQAVfaXCS/fpCeelUg9GjSeSQ4xsotJ3RG+Bw1ArZ9\n"                                               \
    "Uo475RNZbahJGMlXM5d20TPTzhMOJbX9BCR775avkvCfujBZWAoqYNiC5zhHzaa3\n"                                               \
    "FqPk3VWVDsA3CoSt83yWt/+CEEm2zOdnrJU5ff59oSbSBrxFO3EdJcJKIugRuzyX\n"                                               \
    "GG46vaqnyZ3jtXAS4kVb7cgCZf2ZMumRM7bYWlEUNrbpaIJ9pTkfK8BMOCC2AQ/G\n"                                               \
    "PwIDAQAB\n"                                                                                                       \
    "-----END PUBLIC KEY-----\n"

#define PEM_WEAK                                                                                                       \
    "-----BEGIN CERTIFICATE-----\n"                                                                                    \
    "MIICFDCCAX2gAwIBAgIUEotkHgoDWx4zh6G8R6vRGlM2Y4AwDQYJKoZIhvcNAQEL\n"                                               \
    "BQAwGzEZMBcGA1UEAwwQd2Vhay5leGFtcGxlLmNvbTAgFw0yNjExMzAxMzI4MjRa\n"                                               \
    "GA8yMTI2MTEwNjEzMjgyNFowGzEZMBcGA1UEAwwQd2Vhay5leGFtcGxlLmNvbTCB\n"                                               \
    "nzANBgkqhkiG9w0BAQEFAAOBjQAwgYkCgYEAzKYYnJUKMjpokDCFnKeAyFk22XPi\n"                                               \
    "q/MsW6DG3CmyyYnwoxiWL7XowjPwIAmA5IiZJTvSOpfdGuZx0qesAp4UjMPmKrZK\n"                                               \
    "FmcvN2OnEozpF4MbrUD5lmolzbsWW+BWBKx1ZEREzI4htugxj3nrcn+0RlxJ5Emg\n"                                               \
    "WB1cnpfHTIRFJSUCAwEAAaNTMFEwHQYDVR0OBBYEFI0KZp9LAPGDjasjtw/uMSXY\n"                                               \
    "hSmOMB8GA1UdIwQYMBaAFI0KZp9LAPGDjasjtw/uMSXYhSmOMA8GA1UdEwEB/wQF\n"                                               \
    "MAMBAf8wDQYJKoZIhvcNAQELBQADgYEATYKDEqhoEJhoAgA1PGvNoS6HPa+MFS51\n"                                               \
    "LwzO+2MOhubRsPKPiR+BJxGD89Vr6EHQlnUmO8hShzvVwINvNNfrf0wHqjrGsHzP\n"                                               \
    "ktDdoSQPGx475kw4yF1gb2oeCvOKQOA9KKo/I5Q8Em5AJaTB2wb4QIAdIUMvXd8f\n"                                               \
    "qrRee3+FNcA=\n"                                                                                                   \
    "-----END CERTIFICATE-----\n"

#define PEM_WEAK_KEY                                                                                                   \
    "-----BEGIN PRIVATE KEY-----\n"                                                                                    \
    "MIICdgIBADANBgkqhkiG9w0BAQEFAASCAmAwggJcAgEAAoGBAMymGJyVCjI6aJAw\n"                                               \
    "hZyngMhZNtlz4qvzLFugxtwpssmJ8KMYli+16MIz8CAJgOSImSU70jqX3RrmcdKn\n"                                               \
    "rAKeFIzD5iq2ShZnLzdjpxKM6ReDG61A+ZZqJc27FlvgVgSsdWRERMyOIbboMY95\n"                                               \
    "63J/tEZcSeRJoFgdXJ6Xx0yERSUlAgMBAAECgYAWSUxK2Qw4NhYnBbG3QqKKrvSD\n"                                               \
    "L9SShzPgcpzVYxEeU5BKIqZQYc4MQB25T2+i86FB5cbaLKmegVQJ7cqUqmRwUgaP\n"                                               \
    "QaH59C2LPuVZ5KL5bZW3GqPmmv8bay2jhuw43PzIUf9cDuHKZ93VW3Ag1+VxV8V0\n"                                               \
    "qFHs8ugIqDoR7AASzQJBAPC6ShB0J7PITz3DS7gU0vntxzr3BWMm6Jrls0CUfaEI\n"                                               \
    "h3VdRY8GEBfHBOowQO2aSU3xJOcnhGs8SHKRTvgQLFsCQQDZodeHsm/A3vuAcEjk\n"                                               \
    "8HVxEeVLGCatnpIdGm4jAtp4KHwBKz8tYo4cxgk+EzUDZxlinHQjgBAbHeCOWpuV\n"                                               \
    "9qx/AkALt6WfQ2gjUh65TOZEoY7bZ32JGzkB6ITt9TxSamfrDLU7Oz0FhzAFWESe\n"                                               \
    "+ZZPenETACfhsIS7i4WjPftwC6l9AkEAhnXqvwks6KIcC2fUcbZrKRfgbfwW8ZAW\n"                                               \
    "QGry/yilKDYDH4nDt9u7Z+WnEjY1u8t4MKfvTXuy974G3oz2sbm9KwJAXs+CfanS\n"                                               \
    "i9TXXxm0dKJXUSJ67HnJHmaLEr4DLlbQYUuFwyTi3x6ahvxhk4wHN43OXZoV2mEK\n"                                               \
    "7iuYgj7PvrwlOg==\n"                                                                                               \
    "-----END PRIVATE KEY-----\n"

#define PEM_EC_KEY                                                                                                     \
    "-----BEGIN PRIVATE KEY-----\n"                                                                                    \
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg433a9z7TuRdPDRpY\n"                                               \
    "mNmwKuy0j+IQUZEpFmWYr7rwqNihRANCAAS21Uua+tYmnaecwRWQw6Z4bhyKpzpE\n"                                               \
    "vP7jAkZBlXOzPfCN+aUCKA2UJJWNXLDLiDLH4iI8aVUvktPiAlFC/E2Q\n"                                                       \
    "-----END PRIVATE KEY-----\n"

#define PEM_EC_PUBLIC                                                                                                  \
    "-----BEGIN PUBLIC KEY-----\n"                                                                                     \
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEttVLmvrWJp2nnMEVkMOmeG4ciqc6\n"                                               \
    "RLz+4wJGQZVzsz3wjfmlAigNlCSVjVywy4gyx+IiPGlVL5LT4gJRQvxNkA==\n"                                                   \
    "-----END PUBLIC KEY-----\n"

#define PEM_LOCKED_KEY                                                                                                 \
    "-----BEGIN ENCRYPTED PRIVATE KEY-----\n"                                                                          \
    "MIIFLTBXBgkqhkiG9w0BBQ0wSjApBgkqhkiG9w0BBQwwHAQI0GS0JpB+yXQCAggA\n"                                               \
    "MAwGCCqGSIb3DQIJBQAwHQYJYIZIAWUDBAECBBALwBOE5I4MWR3ZXUOCeqpkBIIE\n"                                               \
    "0DpvvvDWVLgJLq+wzRtVswT1EfhUlpkVQ5A1vC/9aVxVS+VsPhC7PzUy1t3EqnFn\n"                                               \
    "RWYRf/RXaJjsW8mCI7yWWzoag2+GOhtwIsOl2EEw8mnI0conhZwnZt5Sc+O3a2Fb\n"                                               \
    "6jwoRVQSN4ZmHk9N+qWuM3qHBHHodwjPhRsxI7DoRW1dowKEWfiYsR6gF4WsuLms\n"                                               \
    "qUo4h/JDmIZEEg4CW6EzdRjHc7eQYMDTFiRmmdQPA1hM1X/QbN6JuvEi5PBx9OuJ\n"                                               \
    "C/rTvZqUlDt4lFZthl1zh5tdAzqIs/D3EDn9DeEQn6fSDbYIxMGf9sqTzDN2QfLQ\n"                                               \
    "aG5iaLGy1JmJdvAWWQicQpKauSKObEKLuHjEjbKMjlXi55PkmHlEYZNrMwlH29rf\n"                                               \
    "ZryeosfgFEz95WYDC1LY4dfPx4WCx0qeK6WFf4G1Nxa7DCl2RFnuyaO327/A6AcA\n"                                               \
    "y0LBE8ssAvfdj2MgdpP1aBmw1LWdrPdXVXqXd2YxhTXAvmxcQVAVyaqzcccZBVhe\n"                                               \
    "PlDZQwrbF3FTWclBBIDnDJrmFMn9UKVnmTurLGlq9n+R6oaL7jA1ZH34xqfmOCZP\n"                                               \
    "fkvcGKFksHNTN6lVpPT/s+ziX/fltsZsg705Wb+4rSjotWohgvZhjUQSQt239Qiu\n"                                               \
    "V+gNw5tOKVp4O0AFgtRBsp7nrXg3ajLmjx2e6fG7oPpjYnUq6JbV6GSNvqnz539B\n"                                               \
    "7v9RL7YKksRjz9T8FcvFBlh0PpIgdYdcuyZuPf1wDuYSiondwh3bIh8s3uTE8JBg\n"                                               \
    "+OepX1jL5LzxMCQyjt8h6aW0SWijKMnUVbHzOF85MDfkiAdUTIIIdeZjdl61wgt3\n"                                               \
    "ZbWmBWw2eWjqHjpvkHodnzovtcBNNKcRu39m2A6nBfh8QVdgExk8DF2JomNrBknE\n"                                               \
    "ucsutbGzGpHOttzUyTpgcgmsEdzx7Zp91jfIxW7SjsQEP7JnWPtHctyFaqndYiHE\n"                                               \
    "1eyiZGc0oJG5AJMw+aMRK8gBV9AvdLIOvOuK2TzHQKNYHGZ+3Rp6YyONtcwNKnvf\n"                                               \
    "wDnJphLqmSTbqZrL8cuc86Q3OUrkJrvsIc00Zm//7ktgUxlvPU2UoXz97lzKjcSc\n"                                               \
    "L9VcWMGyXGJu3nAqauhVqy+iopKs+uYGvTY3DHU3U6XOod1VTFgpxOFhHcD5acbj\n"                                               \
    "eW2VZeKuWN9dJ6/C9yKfJ7Ol/Nx5G5v/3lImPdNyMEVTx0tO/s4cc8F/MoTvgw3B\n"                                               \
    "xU+ZubZfQqSAsQ21GUOJQbi4wCcA/+CoLmfqIBlWMIrEqBzzWxgr/MQs5N20f013\n"                                               \
    "YV7NSCJMfPYa4zyOWqEklHIuMzTnOLk46G0CtEnHLJrsrQZLYQ+QSCfQx/3CwTlb\n"                                               \
    "GmWRnQM0cvtpb4UXPHXOSWmN6HByOMzGLTlWhIFSvy7Tc92ccqHi94lV0jGnG6Oj\n"                                               \
    "Pgnv8W1uISE1HoBL3Nd81i/WDf5iRYKkRy9mNj4XJkyG2UxWQ8DUPgwid8DAfasK\n"                                               \
    "vGWVBhw2CEIv9rizgvZwuYLsMWm/cL9vU/nchff5ZqpdlrSv5SIpei6N9XPYY82i\n"                                               \
    "p/wLxnY7vl1SPEUwd1EQ1G2Apgpcjmb6xXGqKIraVHelmaziVdRUAAAnpYSp0a2I\n"                                               \
    "0W/f45XFZzah5B3tc3002QpVK/bM9myh1gGvSQyDj0DR\n"                                                                   \
    "-----END ENCRYPTED PRIVATE KEY-----\n"

#define PEM_P384_KEY                                                                                                   \
    "-----BEGIN PRIVATE KEY-----\n"                                                                                    \
    "MIG2AgEAMBAGByqGSM49AgEGBSuBBAAiBIGeMIGbAgEBBDBA3cOKNP0tI1e5JPKb\n"                                               \
    "ecH7qatubsd753iyXOkKvG2bP2BNASz6921w+XiQSHgH19qhZANiAATO3h8MiosE\n"                                               \
    "aHYHgaXujDXXu7PRYqZyuqgktRKZsWwtANnE7BmSFmExiKzlQKAUb77bHf8qU20U\n"                                               \
    "C4zQ9yvt1dY3Bb7Go4TLy1Y5iWxgBVuG7CrwLvov9SIDFXrxNbPlwUk=\n"                                                       \
    "-----END PRIVATE KEY-----\n"
