#include <stdlib.h>
#include <string.h>

#include "brand/image_int.h"
#include "kit/test.h"

#define OPEN  "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 8 8\">"
#define CLOSE "</svg>"

static const char *written(const char *text)
{
    struct str out = {0};

    CHECK_OK(svg_rewrite(test_scope(), str_of(text), &out));
    return arena_strndup(test_scope()->arena, out.p, out.n);
}

TEST(a_drawing_is_written_as_it_was_read)
{
    CHECK_STR(written(OPEN "<path d=\"M0 0h8\" fill=\"#fff\"/>" CLOSE),
              OPEN "<path d=\"M0 0h8\" fill=\"#fff\"/>" CLOSE);
    CHECK_STR(written(OPEN "<g fill='none'><title>A &amp; B</title></g>" CLOSE "\n"),
              OPEN "<g fill=\"none\"><title>A &amp; B</title></g>" CLOSE);
}

TEST(what_its_program_noted_is_left_out)
{
    CHECK_STR(
        written("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- Generator: X -->\n" OPEN "<!-- a --> <g/>" CLOSE),
        OPEN "<g/>" CLOSE);
}

TEST(gradients_and_cuts_refer_inside_the_drawing)
{
    static const char text[] = OPEN "<defs><linearGradient id=\"a\"><stop offset=\"0\" stop-color=\"red\"/>"
                                    "</linearGradient><clipPath id=\"c\"><rect/></clipPath></defs>"
                                    "<rect fill=\"url(#a)\" clip-path=\"url(#c)\"/>" CLOSE;

    CHECK_STR(written(text), text);
}

/* What could run, load, refer outside, or grow without end. */
TEST(whatever_could_do_anything_is_refused)
{
    static const char *const bad[] = {
        "",
        "<html></html>",
        OPEN "<script>alert(1)</script>" CLOSE,
        OPEN "<SCRIPT/>" CLOSE,
        OPEN "<g onload=\"alert(1)\"/>" CLOSE,
        OPEN "<g OnLoad=\"alert(1)\"/>" CLOSE,
        OPEN "<foreignObject/>" CLOSE,
        OPEN "<image href=\"http://evil.example/x.png\"/>" CLOSE,
        OPEN "<use href=\"#a\"/>" CLOSE,
        OPEN "<a href=\"javascript:alert(1)\"><path/></a>" CLOSE,
        OPEN "<animate attributeName=\"href\" to=\"javascript:x\"/>" CLOSE,
        OPEN "<set attributeName=\"onload\" to=\"x\"/>" CLOSE,
        OPEN "<style>path{fill:url(//evil.example)}</style>" CLOSE,
        OPEN "<path style=\"fill:url(//evil.example)\"/>" CLOSE,
        OPEN "<path fill=\"url(http://evil.example/#a)\"/>" CLOSE,
        OPEN "<path fill=\"url(&quot;#a&quot;)\"/>" CLOSE,
        OPEN "<path fill=\"URL(#a)\"/>" CLOSE,
        OPEN "<path fill=\"red;background:x\"/>" CLOSE,
        OPEN "<path d=\"url(#a)\"/>" CLOSE,
        OPEN "<path xlink:href=\"#a\"/>" CLOSE,
        OPEN "<x:script xmlns:x=\"http://www.w3.org/2000/svg\"/>" CLOSE,
        OPEN "<g xmlns=\"http://www.w3.org/1999/xhtml\"/>" CLOSE,
        OPEN "<g id=\"a\" id=\"b\"/>" CLOSE,
        OPEN "<g id=\"a b\"/>" CLOSE,
        OPEN "<g fill=red/>" CLOSE,
        OPEN "<g fill=\"red\"stroke=\"red\"/>" CLOSE,
        OPEN "<g>words</g>" CLOSE,
        OPEN "<title>&evil;</title>" CLOSE,
        OPEN "<title>&#x3c;script&#x3e;</title>" CLOSE,
        OPEN "<title><![CDATA[<script>]]></title>" CLOSE,
        OPEN "<?php echo 1 ?>" CLOSE,
        OPEN "<g>" CLOSE,
        OPEN "</g>" CLOSE,
        OPEN CLOSE OPEN CLOSE,
        OPEN CLOSE "<script/>",
        OPEN OPEN CLOSE CLOSE,
        OPEN,
        OPEN "<!-- ",
        OPEN "<mask id=\"a\"><rect mask=\"url(#b)\"/></mask>" CLOSE,
        OPEN "<clipPath id=\"a\"><g clip-path=\"url(#b)\"/></clipPath>" CLOSE,
        "<svg viewBox=\"0 0 8 8\"></svg>",
        "<svg xmlns=\"http://www.w3.org/2000/svg\"></svg>",
        "<svg xmlns=\"http://evil.example\" viewBox=\"0 0 8 8\"></svg>",
        "<!DOCTYPE svg [<!ENTITY a \"b\">]>" OPEN CLOSE,
        "<?xml-stylesheet href=\"http://evil.example/\"?>" OPEN CLOSE,
        "\xef\xbb\xbf" OPEN CLOSE,
        OPEN "<title>\x01</title>" CLOSE,
        OPEN "<title>\xff\xfe</title>" CLOSE,
    };
    struct str out;

    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        out = (struct str){NULL, 0};
        CHECK_ERR(svg_rewrite(test_scope(), str_of(bad[i]), &out), ERR_INVALID);
        CHECK(out.p == NULL);
    }
}

TEST(a_drawing_as_deep_or_large_as_no_logo_is_refused)
{
    struct scope *sc = test_scope();
    struct str out;
    struct buf b;

    buf_init(&b, sc->arena, 1 << 20);
    buf_s(&b, OPEN);
    for (int i = 0; i < 40; i++)
        buf_s(&b, "<g>");
    CHECK_ERR(svg_rewrite(sc, buf_str(&b), &out), ERR_INVALID);
    buf_init(&b, sc->arena, 1 << 20);
    buf_s(&b, OPEN);
    for (int i = 0; i < 5000; i++)
        buf_s(&b, "<g/>");
    buf_s(&b, CLOSE);
    CHECK_ERR(svg_rewrite(sc, buf_str(&b), &out), ERR_INVALID);
}

/* What is cut off anywhere is refused, and every octet changed to every other breaks nothing: the sanitizers watch. */
TEST(no_octet_of_a_drawing_breaks_the_reader)
{
    static const char text[] = OPEN "<!-- a --><g id='a'><title>&lt;</title></g>" CLOSE;
    struct str out;

    for (size_t cut = 0; cut + 1 < sizeof(text) - 1; cut++) {
        char *exact = memcpy(malloc(cut + 1), text, cut);

        CHECK_ERR(svg_rewrite(test_scope(), (struct str){exact, cut}, &out), ERR_INVALID);
        free(exact);
    }
    for (size_t i = 0; i < sizeof(text) - 1; i++)
        for (int v = 0; v < 256; v += 5) {
            char *changed = memcpy(malloc(sizeof(text) - 1), text, sizeof(text) - 1);

            changed[i] = (char)v;
            (void)!svg_rewrite(test_scope(), (struct str){changed, sizeof(text) - 1}, &out);
            free(changed);
        }
}
