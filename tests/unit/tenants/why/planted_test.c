#include <stdio.h>

#include "plants_there.h"

/* Of each planted cause the first answer must be it, name its culprit and say whose it is. */

static const struct plant {
    const char *code, *culprit;
    enum why_owner owner;
    void (*in)(void);
} plants[] = {
    {"never_heard", "\"Web shop\" has never sent anything", WHY_ADMIN, never_sent},
    {"no_delivery", "no delivery of order \"#1009\" was received", WHY_SHOP, another_came},
    {"source_revoked", "\"Web shop\" was revoked: as it was said", WHY_ADMIN, source_is_revoked},
    {"source_broken", "\"Web shop\" is broken: as it was said", WHY_ADMIN, source_is_broken},
    {"source_paused", "\"Web shop\" is paused", WHY_ADMIN, source_is_paused},
    {"partner_suspended", "suspended as a whole", WHY_PLATFORM, partner_is_suspended},
    {"customer_suspended", "\"Shop\" is suspended", WHY_PARTNER, customer_is_suspended},
    {"customer_ends", "\"Shop\" is being erased", WHY_PARTNER, customer_is_erased},
    {"flow_paused", "the flow \"Goods out\" is paused", WHY_ADMIN, flow_is_paused},
    {"flow_draining", "the flow \"Goods out\" is drained since 20", WHY_ADMIN, flow_is_drained},
    {"earlier_runs", "of that: order 1 is being worked on", WHY_NOBODY, earlier_runs},
    {"earlier_waits", "of that: order 1 waits for \"Warehouse\": the outside system could not be reached", WHY_SYSTEM,
     earlier_waits},
    {"waits_for_effect", "waits for keyed of \"A-1\": it has not begun", WHY_NOBODY, waits_for_nothing_yet},
    {"waits_for_effect", "was refused by \"Warehouse\": answered 422: it does not please", WHY_SYSTEM,
     waits_for_what_was_refused},
    {"waited_too_long", "waited for keyed of \"A-1\" as long as the flow \"Goods out\" allows", WHY_ADMIN,
     waits_no_longer},
    {"destination_failing", "was sent to \"Warehouse\" at 20", WHY_SYSTEM, there_is_a_fault},
    {"destination_failing", ", which answered 50", WHY_SYSTEM, there_is_a_fault},
    {"outcome_unknown", "was sent to \"Warehouse\"", WHY_NOBODY, no_answer},
    {"answer_lost", "asked of \"Warehouse\" again", WHY_NOBODY, answer_was_lost},
    {"destination_broken", "\"Warehouse\" is broken: the password was changed", WHY_ADMIN, destination_is_broken},
    {"credentials_refused", "\"Warehouse\" did not let us in", WHY_ADMIN, credentials_are_refused},
    {"destination_busy", "\"Warehouse\" is busy", WHY_SYSTEM, is_busy},
    {"destination_slow", "\"Warehouse\" took too long", WHY_SYSTEM, is_slow},
    {"destination_down", "the outside system could not be reached", WHY_SYSTEM, cannot_be_reached},
    {"crowded", "too much work at once", WHY_PLATFORM, is_crowded},
    {"our_fault", "by a fault of the platform", WHY_PLATFORM, is_our_fault},
    {"planned", "order 1 begins at", WHY_NOBODY, begins_later},
    {"given_up", "at its deadline, after 41 tries: the outside system could not be reached", WHY_ADMIN, is_given_up},
    {"no_worker", "no worker is alive", WHY_PLATFORM, no_worker_lives},
    {"suspect", "a process ended while it worked on order 1", WHY_PLATFORM, is_a_suspect},
    {"in_turn", "waits for a worker to be free", WHY_NOBODY, is_due},
    {"worker_silent", "the worker that had order 1 is silent", WHY_PLATFORM, worker_is_silent},
    {"set_aside", "the process ended 3 times", WHY_PLATFORM, is_set_aside},
    {"made_already", "keyed of \"A-1\" was made already by job_", WHY_NOBODY, key_was_used},
    {"working", "is being worked on now", WHY_NOBODY, is_worked_on},
    {"answer_awaited", "keyed of the job of", WHY_NOBODY, answer_is_awaited},
    {"unknown_kind", "nothing here knows how to do \"banana\"", WHY_PLATFORM, nobody_can_do_it},
    {"mapping_unpublished", "no version of the mapping \"Orders\" for order of shopify", WHY_ADMIN, mapping_is_a_draft},
    {"cause_is_over", "that is so no more", WHY_ADMIN, mapping_came_since},
    {"mapping_broken", "the mapping cannot be used", WHY_ADMIN, mapping_is_no_good},
    {"rule_failed", "rule for /natural_key failed in line 1, column", WHY_ADMIN, rule_fails},
    {"key_differs", "the mapping calls it \"k1\", and the shop calls it 1", WHY_ADMIN, key_is_another},
    {"word_missing", "the cross reference sku has no entry for \"MUG-9\"", WHY_ADMIN, word_is_missing},
    {"word_too_late", "sku has an entry for \"MUG-9\", but none that is valid", WHY_ADMIN, word_is_for_later},
    {"word_missing", "the cross reference carrier has no entry for \"A-1\"", WHY_ADMIN, job_lacks_a_word},
    {"drift", "at line_items.sku is no longer as it was", WHY_ADMIN, case_is_open},
    {"flow_broken", "version 1 of the flow \"Goods out\" cannot be used", WHY_ADMIN, flow_is_no_good},
    {"step_failed", "the flow \"Goods out\": its step /steps/0 failed", WHY_ADMIN, step_fails},
    {"trial", "is a trial of the shop", WHY_SHOP, is_a_trial},
    {"cancelled_in_shop", "order \"#1001\" was cancelled in the shop", WHY_SHOP, was_cancelled},
    {"currency_unknown", "\"XXQ\"", WHY_SHOP, currency_is_unknown},
    {"sums_differ", "add up to 20.00 EUR, and its total says 25.00 EUR", WHY_SHOP, sums_differ},
    {"no_lines", "it has no lines", WHY_SHOP, has_no_lines},
    {"line_wrong", "line 1 (SKU) has quantity 0", WHY_SHOP, quantity_is_nothing},
    {"field_wrong", "its field /placed_at", WHY_ADMIN, has_no_date},
    {"rule_failed", "rule for /placed_at failed in line 1", WHY_ADMIN, date_is_no_date},
    {"amount_wrong", "20.001", WHY_SHOP, has_too_many_decimals},
    {"no_sku", "line 2 (Gift wrap) has no SKU", WHY_SHOP, line_has_no_sku},
    {"no_destination", "\"Web shop\" has no destination", WHY_ADMIN, goes_nowhere},
    {"earlier_held", "waits for an earlier job of its key that is held; of that: the flow \"Goods out\" holds it",
     WHY_ADMIN, earlier_is_held},
    {"connection_paused", "the connection \"Warehouse\" is paused: stocktaking", WHY_ADMIN, destination_is_paused},
    {"connection_paused", "the connection \"Warehouse\" is paused", WHY_ADMIN, flows_connection_is_paused},
    {"destination_revoked", "the connection \"Warehouse\" was revoked", WHY_ADMIN, destination_is_revoked},
    {"cause_is_over", "since the connection \"Warehouse\" is revoked; that is so no more", WHY_ADMIN,
     destination_was_paused},
    {"flow_only", "\"Warehouse\" takes orders by way of a flow only", WHY_ADMIN, takes_flows_only},
    {"no_calls", "nothing can be asked of \"Web shop\"", WHY_ADMIN, cannot_be_asked},
    {"role_not_set", "calls \"ledger\", and no connection is set", WHY_ADMIN, name_means_nothing},
    {"operation_missing", "\"Warehouse\" has no operation \"teleport\"", WHY_ADMIN, operation_is_unknown},
    {"flow_missing", "calls the flow \"Invoices\"", WHY_ADMIN, called_flow_is_missing},
    {"currency_missing_there", "\"Warehouse\" has no currency EUR", WHY_SYSTEM, no_currency_there},
    {"product_missing_there", "the SKU \"MUG-9\" is no product in \"Warehouse\"", WHY_SYSTEM, no_product_there},
    {"tax_missing_there", "the tax \"VAT 19%\"", WHY_SYSTEM, no_tax_there},
    {"gone_there", "the product \"MUG-9\" was made in \"Warehouse\" once", WHY_SYSTEM, product_is_gone},
    {"address_missing_there", "the customer \"C701\" in \"Warehouse\"", WHY_SYSTEM, no_address_there},
    {"cancelled_there", "its sale was cancelled in \"Warehouse\"", WHY_SYSTEM, sale_was_cancelled},
    {"totals_differ", "comes to 21.00 EUR, and the order to 20.00 EUR", WHY_SYSTEM, totals_differ},
    {"changed_after_sale", "changed after its sale was made in \"Warehouse\"", WHY_ADMIN, was_changed_since},
    {"not_permitted_there", "the user we have in \"Warehouse\" may not do that", WHY_SYSTEM, may_not_there},
    {"place_taken", "something else took the place", WHY_ADMIN, place_is_taken},
    {"refused_there", "refused by \"Warehouse\": answered 422: it does not please", WHY_SYSTEM, is_refused},
    {"not_to_be_asked", "was sent to \"Warehouse\", no answer told what became of it", WHY_SYSTEM, may_not_be_asked},
    {"asks_somebody", "waits for somebody to approve: is it all right?", WHY_ADMIN, step_asks},
    {"held_by_step", "the flow \"Goods out\" holds it: above what one may ship alone", WHY_ADMIN, step_holds},
    {"delivered", "it is SO-77 in \"Warehouse\"", WHY_NOBODY, is_there},
    {"dropped", "the flow \"Goods out\" dropped it, as it says: nothing is ordered", WHY_ADMIN, is_dropped},
    {"shadow", "the flow \"Goods out\" ran in shadow", WHY_ADMIN, ran_in_shadow},
    {"document_rejected", "the trading partner rejected \"856-31.edi\": error 5", WHY_ADMIN, document_is_rejected},
    {"document_awaited", "has not acknowledged \"856-31.edi\" yet", WHY_SYSTEM, document_waits},
    {"document_noted", "accepted \"856-31.edi\" with errors noted: error 5", WHY_NOBODY, document_has_errors},
    {"document_accepted", "the trading partner accepted \"856-31.edi\"", WHY_NOBODY, document_is_accepted},
    {"document_rejected", "rejected it: set 1 (856) of 31: error 5", WHY_ADMIN, document_is_refused},
    {"document_overdue", "has not acknowledged it within 24 hours", WHY_SYSTEM, document_is_late},
    {"done", "has ended", WHY_NOBODY, is_done},
    {"superseded", "a newer version of the record", WHY_NOBODY, is_superseded},
    {"cancelled", "cancelled by a person", WHY_ADMIN, is_cancelled},
    {"nothing_under_way", "nothing is under way for order \"#1001\"", WHY_PLATFORM, is_forgotten},
};

static bool named(const struct plant *p)
{
    bool right =
        told.code && strcmp(told.code, p->code) == 0 && strstr(told.sentence, p->culprit) && told.owner == p->owner;

    if (!right)
        test_failed(__FILE__, __LINE__, "%s, \"%s\": %s, %s: \"%s\" (%s)", p->code, p->culprit,
                    told.code ? told.code : "no answer", told.owner_words ? told.owner_words : "nobody",
                    told.sentence ? told.sentence : "", told.reason ? told.reason : "nothing was said");
    return right;
}

static void every_plant(void)
{
    size_t right = 0, n = sizeof(plants) / sizeof(*plants);

    yard_open();
    for (size_t i = 0; i < n; i++) {
        yard_cleared();
        plants[i].in();
        right += named(&plants[i]);
    }
    printf("# %zu causes planted, %zu named\n", n, right);
    CHECK(n >= 50);
    CHECK_INT(right, n);
    yard_close();
}

TEST(each_planted_cause_is_the_first_answer_and_its_culprit_is_named)
{
    const char *const argv[] = {"fake-sink", "--listen", "127.0.0.1:0", NULL};

    yard.port = test_stand_in(argv);
    if (!yard.port)
        test_skip("the stand-in that takes JSON is not built");
    test_in_loop(every_plant);
}
