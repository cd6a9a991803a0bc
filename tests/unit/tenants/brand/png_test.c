#include <stdlib.h>
#include <string.h>

#include "brand/image_int.h"
#include "kit/test.h"

/* One pixel, as an encoder wrote it. */
static const char pixel[] =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

static struct str given_pixel(void)
{
    char *p = arena_alloc(test_scope()->arena, 200);
    size_t n = 0;

    CHECK(base64_decode(str_of(pixel), p, 200, &n));
    return (struct str){p, n};
}

TEST(a_picture_is_kept_as_it_is)
{
    struct str in = given_pixel(), out = {0};

    CHECK_OK(png_rewrite(test_scope(), in, &out));
    CHECK(str_equal(in, out));
}

/* tEXt, with the check that the standard's polynomial gives for "tEXta\0b". */
TEST(what_does_not_make_the_picture_is_left_out)
{
    static const char note[] = "\0\0\0\3tEXta\0b\xdc\x49\xa2\x3b";
    struct str in = given_pixel(), out = {0};
    struct buf b;

    buf_init(&b, test_scope()->arena, 400);
    buf_add(&b, in.p, 33);
    buf_add(&b, note, sizeof(note) - 1);
    buf_add(&b, in.p + 33, in.n - 33);
    CHECK_OK(png_rewrite(test_scope(), buf_str(&b), &out));
    CHECK(str_equal(in, out));
}

TEST(what_is_no_whole_picture_is_refused)
{
    struct str in = given_pixel(), out;
    struct buf b;

    for (size_t cut = 0; cut < in.n; cut++) {
        char *exact = memcpy(malloc(cut + 1), in.p, cut);

        CHECK_ERR(png_rewrite(test_scope(), (struct str){exact, cut}, &out), ERR_INVALID);
        free(exact);
    }
    for (size_t i = 0; i < in.n; i++) {
        char *changed = memcpy(malloc(in.n), in.p, in.n);

        changed[i] = (char)(changed[i] ^ 1);
        CHECK_ERR(png_rewrite(test_scope(), (struct str){changed, in.n}, &out), ERR_INVALID);
        free(changed);
    }
    buf_init(&b, test_scope()->arena, 400);
    buf_add(&b, in.p, in.n);
    buf_s(&b, "<script>alert(1)</script>");
    CHECK_ERR(png_rewrite(test_scope(), buf_str(&b), &out), ERR_INVALID);
}
