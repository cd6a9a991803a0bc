// stripe: host, port and protocol are options. It retries by itself, pages by itself, and checks what is sent.
import Stripe from "stripe";
import { assert, calls, end, grow, origin, ours, refusal, standin, test } from "./kit.mjs";

const { errors } = Stripe;
const client = (key, more) =>
  new Stripe(key, { host: origin.hostname, port: origin.port, protocol: "http", telemetry: false, maxNetworkRetries: 0, ...more });
const stripe = client("rk_test_1");
const minor = (amount) => assert.ok(Number.isSafeInteger(amount), `${amount} is in the smallest unit`);
const cents = (thing) => {
  minor(thing.amount);
  assert.match(thing.currency, /^[a-z]{3}$/);
};
const of_kind = (object, prefix) => (thing) => {
  assert.equal(thing.object, object);
  assert.ok(thing.id.startsWith(`${prefix}_`), thing.id);
};

async function refused(kind, status, code, run) {
  const e = await refusal(run);
  assert.ok(e instanceof kind, `${e.constructor.name}: ${e.message}`);
  assert.equal(e.statusCode, status);
  assert.equal(e.code, code);
  assert.ok(e.message.length > 5);
  return e;
}

// ---- everything that is listed and looked at: [operation, resource, collection, object, prefix, check] ----

const kinds = [
  ["events", stripe.events, "events", "event", "evt", (e) => assert.equal(typeof e.data.object.object, "string")],
  ["payments", stripe.charges, "charges", "charge", "ch", cents],
  ["payment_intents", stripe.paymentIntents, "payment_intents", "payment_intent", "pi", cents],
  ["disputes", stripe.disputes, "disputes", "dispute", "dp", cents],
  ["refunds", stripe.refunds, "refunds", "refund", "re", cents],
  ["payouts", stripe.payouts, "payouts", "payout", "po", cents],
  ["balance_transactions", stripe.balanceTransactions, "balance_transactions", "balance_transaction", "txn", (t) => {
    [t.amount, t.fee, t.net].forEach(minor);
    assert.equal(t.net, t.amount - t.fee);
  }],
  ["customers", stripe.customers, "customers", "customer", "cus", (c) => assert.equal(typeof c.created, "number")],
  ["products", stripe.products, "products", "product", "prod", (p) => assert.equal(typeof p.name, "string")],
  ["skus", stripe.prices, "prices", "price", "price", (p) => minor(p.unit_amount)],
  ["tax_rates", stripe.taxRates, "tax_rates", "tax_rate", "txr", (t) => assert.equal(typeof t.percentage, "number")],
  ["transfers", stripe.transfers, "transfers", "transfer", "tr", cents],
  ["webhooks", stripe.webhookEndpoints, "webhook_endpoints", "webhook_endpoint", "we", (w) => assert.ok(Array.isArray(w.enabled_events))],
];

for (const [operation, resource, collection, object, prefix, check] of kinds) {
  const right = of_kind(object, prefix);

  await grow(collection, 23, (thing, i) => ({ ...thing, id: `${prefix}_grown${String(i).padStart(3, "0")}`, created: (thing.created ?? 1790000000) + i }));
  await calls(`${operation}.list`, "its own paging meets each thing once", async () => {
    const there = (await standin.things(collection)).map((thing) => thing.id);
    const seen = [];
    for await (const thing of resource.list({ limit: 7 })) {
      right(thing);
      check(thing);
      seen.push(thing.id);
    }
    assert.deepEqual(seen.toSorted(), there.toSorted());
    const page = await resource.list({ limit: 3 });
    assert.deepEqual([page.object, page.data.length, page.has_more], ["list", 3, true]);
    assert.equal(page.lastResponse.statusCode, 200);
  });
  await calls(`${operation}.get`, "one, and an error of its own where there is none", async () => {
    const [first] = (await resource.list({ limit: 1 })).data;
    const thing = await resource.retrieve(first.id);
    assert.equal(thing.id, first.id);
    right(thing);
    check(thing);
    const e = await refused(errors.StripeInvalidRequestError, 404, "resource_missing", () => resource.retrieve(`${prefix}_0`));
    assert.equal(e.type, "StripeInvalidRequestError");
    assert.ok(e.message.includes(`${prefix}_0`));
  });
}

// ---- lists that are narrowed, and what is expanded ----

await calls("events.list", "of some types, from a time on", async () => {
  const of_types = (await stripe.events.list({ types: ["charge.captured", "charge.succeeded"], limit: 100 })).data;
  assert.ok(of_types.length > 0 && of_types.every((e) => ["charge.captured", "charge.succeeded"].includes(e.type)));
  const from = of_types[2].created;
  const later = (await stripe.events.list({ created: { gte: from }, limit: 100 })).data;
  assert.ok(later.length > 0 && later.every((e) => e.created >= from));
});
await calls(["payments.list", "payments.get"], "with the booking expanded, and not", async () => {
  const paid = (charge) => charge.captured;
  const whole = (await stripe.charges.list({ limit: 100, expand: ["data.balance_transaction"] })).data.find(paid);
  const bare = (await stripe.charges.list({ limit: 100 })).data.find(paid);
  assert.equal(whole.balance_transaction.object, "balance_transaction");
  assert.equal(bare.balance_transaction, whole.balance_transaction.id);
  const one = await stripe.charges.retrieve(bare.id, { expand: ["balance_transaction"] });
  assert.equal(one.balance_transaction.id, bare.balance_transaction);
});
await calls("payment_intents.get", "with its charge expanded, and not", async () => {
  const whole = await stripe.paymentIntents.retrieve("pi_1001", { expand: ["latest_charge"] });
  const bare = await stripe.paymentIntents.retrieve("pi_1001");
  assert.deepEqual([whole.latest_charge.object, whole.latest_charge.id], ["charge", bare.latest_charge]);
});
await calls("refunds.get", "with its charge expanded, and not", async () => {
  const whole = await stripe.refunds.retrieve("re_1001", { expand: ["charge"] });
  assert.equal(whole.charge.id, (await stripe.refunds.retrieve("re_1001")).charge);
});
await calls("skus.get", "with its product expanded, and not", async () => {
  const whole = await stripe.prices.retrieve("price_1001", { expand: ["product"] });
  assert.equal(whole.product.id, (await stripe.prices.retrieve("price_1001")).product);
});
await calls("payouts.lines", "what a payout is made of", async () => {
  const lines = await stripe.balanceTransactions.list({ payout: "po_1001", limit: 100, expand: ["data.source"] }).autoPagingToArray({ limit: 1000 });
  assert.ok(lines.length > 0);
  for (const line of lines) [line.amount, line.fee, line.net].forEach(minor);
});
await calls("balance_transactions.get", "with what it is of expanded, and not", async () => {
  const whole = await stripe.balanceTransactions.retrieve("txn_1001", { expand: ["source"] });
  const bare = await stripe.balanceTransactions.retrieve("txn_1001");
  assert.equal(typeof bare.source, "string");
  assert.equal(whole.source.id, bare.source);
});
await calls("balance.get", "in each currency", async () => {
  const balance = await stripe.balance.retrieve();
  assert.equal(balance.object, "balance");
  balance.available.forEach(cents);
});

// ---- changes ----

await calls("payments.capture", "a part, once for a key", async () => {
  const key = { idempotencyKey: "capture-1" };
  const intent = await stripe.paymentIntents.capture("pi_1021", { amount_to_capture: 1000, metadata: { source_key: "k" } }, key);
  assert.deepEqual([intent.status, intent.amount_received, intent.metadata.source_key], ["succeeded", 1000, "k"]);
  const again = await stripe.paymentIntents.capture("pi_1021", { amount_to_capture: 1000, metadata: { source_key: "k" } }, key);
  assert.deepEqual([again.id, again.status], [intent.id, "succeeded"]);
  await refused(errors.StripeInvalidRequestError, 400, "payment_intent_unexpected_state", () => stripe.paymentIntents.capture("pi_1021", {}));
});
await calls("payments.void", "with its reason", async () => {
  const intent = await stripe.paymentIntents.cancel("pi_1022", { cancellation_reason: "abandoned" });
  assert.deepEqual([intent.status, intent.cancellation_reason], ["canceled", "abandoned"]);
  assert.equal(typeof intent.canceled_at, "number");
});
await calls("refunds.create", "a part and never more than is left", async () => {
  const refund = await stripe.refunds.create({ charge: "ch_1003", amount: 150, reason: "duplicate", metadata: { reason: "crème brûlée ☕" } });
  assert.deepEqual([refund.amount, refund.charge, refund.reason, refund.metadata.reason], [150, "ch_1003", "duplicate", "crème brûlée ☕"]);
  assert.equal((await stripe.charges.retrieve("ch_1003")).amount_refunded, 150);
  await refused(errors.StripeInvalidRequestError, 400, "amount_too_large", () => stripe.refunds.create({ charge: "ch_1003", amount: 99999999 }));
  await refused(errors.StripeInvalidRequestError, 404, "resource_missing", () => stripe.refunds.create({ charge: "ch_0" }));
  const whole = await stripe.refunds.create({ charge: "ch_1004", expand: ["charge"] });
  assert.equal(whole.charge.id, "ch_1004");
});
await test("a key that was used for something else is an error of its own", async () => {
  await stripe.refunds.create({ charge: "ch_1005", amount: 100 }, { idempotencyKey: "once" });
  await refused(errors.StripeIdempotencyError, 400, undefined, () => stripe.refunds.create({ charge: "ch_1005", amount: 200 }, { idempotencyKey: "once" }));
});
await calls("payouts.create", "and not more than is there", async () => {
  const payout = await stripe.payouts.create({ amount: 1234, currency: "usd", statement_descriptor: "Tagesgeld" });
  assert.deepEqual([payout.amount, payout.status, payout.statement_descriptor, payout.automatic], [1234, "pending", "Tagesgeld", false]);
  await refused(errors.StripeInvalidRequestError, 400, "balance_insufficient", () => stripe.payouts.create({ amount: 999999999, currency: "usd" }));
});
await calls("products.create", "with pictures", async () => {
  const product = await stripe.products.create({ name: "Crème brûlée ☕", active: true, images: ["https://cdn.example/1.png", "https://cdn.example/2.png"], metadata: { source_key: "P-77" } });
  assert.deepEqual([product.name, product.active, product.images.length, product.metadata.source_key], ["Crème brûlée ☕", true, 2, "P-77"]);
  await refused(errors.StripeInvalidRequestError, 400, "parameter_missing", () => stripe.products.create({ name: "" }));
});

// ---- tax ----

let calculation;
await calls(["tax.calculate", "tax.calculation_lines"], "lines and freight", async () => {
  calculation = await stripe.tax.calculations.create({
    currency: "usd",
    line_items: [{ amount: 900, reference: "1", quantity: 2, tax_behavior: "exclusive" }, { amount: 725, reference: "2", tax_behavior: "exclusive" }],
    customer_details: { address: { line1: "354 Oyster Point Blvd", city: "South San Francisco", state: "CA", postal_code: "94080", country: "US" }, address_source: "shipping" },
    shipping_cost: { amount: 300, tax_behavior: "exclusive" },
    expand: ["line_items"],
  });
  assert.equal(calculation.object, "tax.calculation");
  const lines = await stripe.tax.calculations.listLineItems(calculation.id, { limit: 1 }).autoPagingToArray({ limit: 100 });
  assert.deepEqual(lines.map((line) => [line.object, line.reference, line.amount]), [["tax.calculation_line_item", "1", 900], ["tax.calculation_line_item", "2", 725]]);
  const tax = lines.reduce((sum, line) => sum + line.amount_tax, 0) + calculation.shipping_cost.amount_tax;
  assert.equal(calculation.tax_amount_exclusive, tax);
  assert.equal(calculation.amount_total, 900 + 725 + 300 + tax);
  await refused(errors.StripeInvalidRequestError, 400, "customer_tax_location_invalid", () => stripe.tax.calculations.create({ currency: "usd", line_items: [{ amount: 1, reference: "1" }] }));
});
await calls(["tax.commit", "tax.get"], "a calculation", async () => {
  const transaction = await stripe.tax.transactions.createFromCalculation({ calculation: calculation.id, reference: "2002", expand: ["line_items"] });
  assert.deepEqual([transaction.object, transaction.type, transaction.reference], ["tax.transaction", "transaction", "2002"]);
  assert.deepEqual(transaction.line_items.data.map((line) => line.amount), [900, 725]);
  assert.equal((await stripe.tax.transactions.retrieve(transaction.id)).line_items, undefined);
  assert.equal((await stripe.tax.transactions.retrieve(transaction.id, { expand: ["line_items"] })).line_items.data.length, 2);
  await refused(errors.StripeInvalidRequestError, 404, "resource_missing", () => stripe.tax.transactions.retrieve("tax_0"));
});
await calls("tax.reverse", "in part, below zero", async () => {
  const back = await stripe.tax.transactions.createReversal({ original_transaction: "tax_1001", reference: "1001-back", mode: "partial", flat_amount: -500, expand: ["line_items"] });
  assert.deepEqual([back.type, back.reversal.original_transaction], ["reversal", "tax_1001"]);
  assert.equal(back.line_items.data.reduce((sum, line) => sum + line.amount + line.amount_tax, 0), -500);
  await refused(errors.StripeInvalidRequestError, 400, "parameter_invalid_integer", () => stripe.tax.transactions.createReversal({ original_transaction: "tax_1001", reference: "x", mode: "partial", flat_amount: 500 }));
});

// ---- reports, webhooks ----

await calls(["reports.create", "reports.get"], "a run", async () => {
  const run = await stripe.reporting.reportRuns.create({ report_type: "payout_reconciliation.itemized.5", parameters: { interval_start: 1793500000, interval_end: 1793600000, currency: "usd" } });
  assert.deepEqual([run.object, run.status, run.parameters.interval_start], ["reporting.report_run", "pending", 1793500000]);
  assert.equal((await stripe.reporting.reportRuns.retrieve(run.id)).id, run.id);
  await refused(errors.StripeInvalidRequestError, 404, "resource_missing", () => stripe.reporting.reportRuns.retrieve("frr_0"));
});
let secret;
await calls(["webhooks.create", "webhooks.update", "webhooks.delete"], "one from its making to its end", async () => {
  const hook = await stripe.webhookEndpoints.create({ url: "https://hooks.example/new", enabled_events: ["charge.succeeded", "refund.created"], description: "Zahlungen" });
  secret = hook.secret;
  assert.match(secret, /^whsec_/);
  assert.deepEqual([hook.status, hook.enabled_events], ["enabled", ["charge.succeeded", "refund.created"]]);
  const changed = await stripe.webhookEndpoints.update(hook.id, { enabled_events: ["charge.failed"], disabled: true });
  assert.deepEqual([changed.status, changed.enabled_events, changed.secret], ["disabled", ["charge.failed"], undefined]);
  const gone = await stripe.webhookEndpoints.del(hook.id);
  assert.deepEqual([gone.id, gone.deleted], [hook.id, true]);
  await refused(errors.StripeInvalidRequestError, 404, "resource_missing", () => stripe.webhookEndpoints.retrieve(hook.id));
  await refused(errors.StripeInvalidRequestError, 400, "url_invalid", () => stripe.webhookEndpoints.create({ url: "http://hooks.example", enabled_events: ["*"] }));
});
await test("what it sends passes constructEvent, a changed body, another secret and an old time do not", async () => {
  await standin.sent();
  await stripe.refunds.create({ charge: "ch_1006", amount: 100, metadata: { why: "größer ☕" } });
  const sent = await standin.deliveries(secret);
  assert.deepEqual(sent.map((one) => one.topic).toSorted(), ["charge.refunded", "refund.created"]);
  for (const { topic, headers, body } of sent) {
    const signature = headers["stripe-signature"];
    const event = stripe.webhooks.constructEvent(body, signature, secret);
    assert.deepEqual([event.type, event.object], [topic, "event"]);
    assert.equal(event.data.object.object, topic.split(".")[0]);
    const wrong = (...given) => assert.throws(() => stripe.webhooks.constructEvent(...given), errors.StripeSignatureVerificationError);
    wrong(body.replace('"livemode":false', '"livemode":true'), signature, secret);
    wrong(body, signature, "whsec_other");
    wrong(body, signature.replace(/t=\d+/, "t=1700000000"), secret);
    assert.throws(() => stripe.webhooks.constructEvent(body, signature, secret, 300, undefined, Date.now() + 600000), /Timestamp outside the tolerance zone/);
  }
});

// ---- what goes wrong ----

await test("a wrong key is an authentication error", async () => {
  const e = await refusal(() => client("wrong").charges.list());
  assert.ok(e instanceof errors.StripeAuthenticationError);
  assert.equal(e.statusCode, 401);
});
await test("too many calls are a rate limit error", async () => {
  await standin.fault({ route: "charges.list", kind: "status", status: 429, body: { error: { type: "invalid_request_error", code: "rate_limit", message: "Too many requests" } } });
  const e = await refusal(() => stripe.charges.list());
  assert.ok(e instanceof errors.StripeRateLimitError);
  assert.deepEqual([e.statusCode, e.code], [429, "rate_limit"]);
});
await test("it retries what the head of an answer says may be retried", async () => {
  await standin.fault({ route: "charges.list", kind: "status", status: 429, headers: { "stripe-should-retry": "true" }, body: { error: { type: "invalid_request_error", code: "lock_timeout", message: "wait" } } });
  await standin.forget();
  assert.equal((await client("rk_test_1", { maxNetworkRetries: 1 }).charges.list()).object, "list");
  assert.deepEqual((await standin.log()).map((r) => r.status), [429, 200]);
});
await test("an outage is retried with the same key, and a lost answer is made up for: one refund", async () => {
  const before = (await standin.things("refunds")).length;
  await standin.fault({ route: "refunds.create", kind: "status", status: 503, body: { error: { type: "api_error", message: "down" } } });
  await standin.fault({ route: "refunds.create", kind: "drop" });
  await standin.forget();
  const refund = await client("rk_test_1", { maxNetworkRetries: 2 }).refunds.create({ charge: "ch_1007", amount: 100 });
  assert.equal(refund.amount, 100);
  assert.deepEqual((await standin.log()).map((r) => [r.status, r.lost]), [[503, false], [200, true], [200, false]]);
  assert.equal((await standin.things("refunds")).length, before + 1);
  assert.equal((await stripe.charges.retrieve("ch_1007")).amount_refunded, 100);
});
await test("an answer that breaks off is a connection error, and the same key makes up for it", async () => {
  const asked = [{ charge: "ch_1008", amount: 100 }, { idempotencyKey: "broken-1" }];
  const before = (await standin.things("refunds")).length;
  await standin.fault({ route: "refunds.create", kind: "lose" });
  const e = await refusal(() => stripe.refunds.create(...asked));
  assert.ok(e instanceof errors.StripeConnectionError, e.constructor.name);
  assert.equal((await stripe.refunds.create(...asked)).amount, 100);
  assert.equal((await standin.things("refunds")).length, before + 1);
});
await test("an outage that lasts is an API error", async () => {
  await standin.fault({ route: "balance.get", kind: "status", status: 500, times: 9, body: { error: { type: "api_error", message: "down" } } });
  const e = await refusal(() => stripe.balance.retrieve());
  assert.ok(e instanceof errors.StripeAPIError);
});
await test("both speak the same version", async () => {
  assert.equal(ours()["payments.list"].headers["stripe-version"], stripe.getApiField("version"));
});

await end();
