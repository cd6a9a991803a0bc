#include "kit/test.h"
#include "mail/mail_int.h"

static const char *const names[] = {"name", "link", "support_url", "content", NULL};
static const char *const *const known[] = {names, NULL};

static enum err checked(const char *text)
{
    return mail_template_check(test_scope(), "a.txt", str_of(text), known);
}

static const char *written(const char *text, enum mail_target target, const char *name, const char *value)
{
    const struct mail_word word = {name, value};
    struct scope *sc = test_scope();
    struct buf b;

    buf_init(&b, sc->arena, 4096);
    mail_template_write(&b, str_of(text), &(struct mail_words){.v = &word, .n = 1}, target);
    return buf_cstr(&b);
}

TEST(a_word_that_nobody_knows_is_refused_with_file_and_line)
{
    struct scope *sc = test_scope();

    CHECK_ERR(mail_template_check(sc, "a.txt", STR("one\n{{nmae}}"), known), ERR_INVALID);
    CHECK_STR(scope_fault(sc)->message, "a.txt line 2: {{nmae}} is no word of this mail");
}

TEST(a_template_that_is_not_whole_is_refused)
{
    CHECK_OK(checked("no holes { {} at all }}"));
    CHECK_OK(checked("{{#name}}{{#link}}{{link}}{{/link}}{{/name}}"));
    CHECK_ERR(checked("{{name"), ERR_INVALID);
    CHECK_ERR(checked("{{}}"), ERR_INVALID);
    CHECK_ERR(checked("{{ name }}"), ERR_INVALID);
    CHECK_ERR(checked("{{{name}}}"), ERR_INVALID);
    CHECK_ERR(checked("{{>name}}"), ERR_INVALID);
    CHECK_ERR(checked("{{#name}}"), ERR_INVALID);
    CHECK_ERR(checked("{{/name}}"), ERR_INVALID);
    CHECK_ERR(checked("{{#name}}{{#link}}{{/name}}{{/link}}"), ERR_INVALID);
    CHECK_ERR(checked("{{#name}}{{#name}}{{#name}}{{#name}}{{#name}}{{/name}}{{/name}}{{/name}}{{/name}}{{/name}}"),
              ERR_INVALID);
}

TEST(a_value_is_text_and_nothing_else)
{
    CHECK_STR(written("<b>{{name}}</b>", MAIL_HTML, "name", "<script>\"'&"), "<b>&lt;script&gt;&quot;&#39;&amp;</b>");
    CHECK_STR(written("{{name}}", MAIL_TEXT, "name", "<a> & b"), "<a> & b");
    CHECK_STR(written("{{name}}.", MAIL_TEXT, "name", "a\r\nBcc: b\tc\x7f"), "a  Bcc: b c .");
    CHECK_STR(written("{{name}}.", MAIL_HTML, "name", "{{link}}"), "{{link}}.");
}

TEST(a_section_stands_only_with_its_word)
{
    CHECK_STR(written("a{{#name}} {{name}}{{/name}}.", MAIL_TEXT, "name", "B"), "a B.");
    CHECK_STR(written("a{{#name}} {{name}}{{/name}}.", MAIL_TEXT, "name", ""), "a.");
    CHECK_STR(written("a{{#name}} {{name}}{{/name}}.", MAIL_TEXT, "link", "https://x"), "a.");
    CHECK_STR(written("{{#link}}{{#name}}x{{/name}}y{{/link}}z", MAIL_TEXT, "name", "B"), "z");
}

TEST(a_section_s_tag_alone_on_its_line_takes_the_line_with_it)
{
    CHECK_STR(written("a\n{{#name}}\n{{name}}\n{{/name}}\nb\n", MAIL_TEXT, "name", "N"), "a\nN\nb\n");
    CHECK_STR(written("a\n{{#link}}\nx\n{{/link}}\nb\n", MAIL_TEXT, "name", "N"), "a\nb\n");
}

TEST(a_link_leads_to_the_web_or_is_none)
{
    CHECK_STR(written("<a href=\"{{link}}\">", MAIL_HTML, "link", "https://a.example/x?y=1&z"),
              "<a href=\"https://a.example/x?y=1&amp;z\">");
    CHECK_STR(written("[{{link}}]", MAIL_HTML, "link", "javascript:alert(1)"), "[]");
    CHECK_STR(written("[{{support_url}}]", MAIL_HTML, "support_url", "data:text/html,x"), "[]");
    CHECK_STR(written("[{{#link}}x{{/link}}]", MAIL_HTML, "link", "//a.example"), "[]");
}

TEST(a_layout_s_content_is_put_in_as_it_was_written)
{
    struct scope *sc = test_scope();
    struct buf b;

    buf_init(&b, sc->arena, 100);
    mail_template_write(&b, STR("<i>{{content}}</i>"), &(struct mail_words){.content = STR("<b>{{name}}</b>")},
                        MAIL_HTML);
    CHECK_STR(buf_cstr(&b), "<i><b>{{name}}</b></i>");
}
