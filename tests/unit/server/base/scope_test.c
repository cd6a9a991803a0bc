#include "kit/test.h"

#include "base/scope.h"

static enum err deepest(struct scope *sc)
{
    return FAIL(sc, ERR_CONFLICT, "order is %s", "held");
}

static enum err middle(struct scope *sc)
{
    TRY(sc, deepest(sc));
    return OK;
}

static enum err deep(struct scope *sc, int levels)
{
    if (levels == 0)
        return FAIL(sc, ERR_LIMIT, "too deep");
    TRY(sc, deep(sc, levels - 1));
    return OK;
}

static enum err turned(struct scope *sc)
{
    if (deepest(sc) == ERR_CONFLICT)
        TRY(sc, ERR_NOT_FOUND);
    return OK;
}

TEST(a_failure_keeps_its_message_and_trail)
{
    struct scope *sc = test_scope();

    CHECK_ERR(middle(sc), ERR_CONFLICT);
    CHECK_INT(scope_fault(sc)->code, ERR_CONFLICT);
    CHECK_STR(scope_fault(sc)->message, "order is held");
    CHECK_INT(scope_fault(sc)->trail_len, 2);
    CHECK(scope_fault(sc)->trail[0].line < scope_fault(sc)->trail[1].line);
}

TEST(a_long_trail_stops_at_its_limit)
{
    struct scope *sc = test_scope();

    CHECK_ERR(deep(sc, 100), ERR_LIMIT);
    CHECK_INT(scope_fault(sc)->trail_len, SCOPE_TRAIL_MAX);
    CHECK_STR(scope_fault(sc)->message, "too deep");
}

TEST(a_code_turned_into_another_drops_the_old_message)
{
    struct scope *sc = test_scope();

    CHECK_ERR(turned(sc), ERR_NOT_FOUND);
    CHECK(scope_fault(sc)->message == NULL);
    CHECK_INT(scope_fault(sc)->trail_len, 1);
}

TEST(named_faults_of_the_input_survive_the_failure_that_sums_them_up)
{
    struct scope *sc = test_scope();

    for (int i = 0; i < SCOPE_ITEMS_MAX + 10; i++)
        scope_item(sc, "/lines/0", "required", "line %d lacks a sku", i);
    CHECK_ERR(FAIL(sc, ERR_INVALID, "the order has faults"), ERR_INVALID);
    const struct fault *f = scope_fault(sc);
    int listed = 0;
    for (const struct fault_item *item = f->items; item; item = item->next)
        listed++;
    CHECK_INT(listed, SCOPE_ITEMS_MAX);
    CHECK_INT(f->item_count, SCOPE_ITEMS_MAX + 10);
    CHECK_STR(f->items->detail, "line 0 lacks a sku");
    scope_clear(sc);
    CHECK(scope_fault(sc)->items == NULL && scope_fault(sc)->code == OK);
}

TEST(every_code_has_a_status_and_a_problem)
{
    for (int code = ERR_INVALID; code < ERR_COUNT; code++) {
        const struct err_info *info = err_info((enum err)code);

        CHECK(info->name && info->problem && info->title);
        CHECK(info->http_status >= 400 && info->http_status <= 599);
    }
    CHECK(err_info(ERR_COUNT) == err_info(ERR_INTERNAL));
    CHECK(err_info((enum err) - 1) == err_info(ERR_INTERNAL));
}
