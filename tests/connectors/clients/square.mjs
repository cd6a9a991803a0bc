// square: the address is an option. It writes camelCase and amounts as bigint, pages by itself, retries by itself. What it
// checks no answer with when it is used, its own schemas, are asked here as well: every answer has to fit the one it names.
import { randomUUID } from "node:crypto";
import { SquareClient, SquareError, WebhooksHelper, serialization } from "square";
import { assert, calls, end, grow, ours, refusal, standin, test, url } from "./kit.mjs";

let raw;
let sent;
const remembering = async (...request) => {
  sent = new Headers(request[1].headers);
  const answer = await fetch(...request);
  const text = await answer.clone().text();
  raw = text === "" ? undefined : JSON.parse(text);
  return answer;
};
const client = (token, more) => new SquareClient({ token, baseUrl: url, maxRetries: 0, fetch: remembering, ...more });
const square = client("EAAA1");

/** The answer that came last fits the client's schema, without a member that it does not know. */
function shaped(schema) {
  const judged = serialization[schema].parse(raw, { unrecognizedObjectKeys: "fail" });
  assert.ok(judged.ok, `${schema}: ${JSON.stringify(judged.errors?.slice(0, 5))}`);
}
function money(m, currency) {
  assert.equal(typeof m.amount, "bigint");
  assert.match(m.currency, /^[A-Z]{3}$/);
  if (currency) assert.equal(m.currency, currency);
}
async function refused(status, code, run) {
  const e = await refusal(run);
  assert.ok(e instanceof SquareError, `${e.name}: ${e.message}`);
  assert.equal(e.statusCode, status);
  assert.equal(e.errors[0].code, code);
  assert.equal(typeof e.errors[0].category, "string");
  return e;
}
async function every(pages, schema) {
  const page = await pages;
  const things = [];
  let rounds = 1;
  things.push(...page.data);
  shaped(schema);
  while (page.hasNextPage()) {
    await page.getNextPage();
    rounds++;
    shaped(schema);
    things.push(...page.data);
  }
  return { things, rounds };
}
const ids = (things, member = "id") => things.map((thing) => thing[member]);
async function once_each(things, collection, member = "id", of = "id") {
  const there = ids(await standin.things(collection), of);
  assert.deepEqual(ids(things, member).toSorted(), there.toSorted());
}

const WHERE = ["18YC4JDH91E1H", "3Z4V4WHQK64X9", "L88917AVBK2S5"];

// ---- orders ----

await grow("orders", 30, (order, i) => ({ ...order, id: `GROWN${String(i).padStart(3, "0")}` }));
await calls("orders.list", "by its cursor, each once", async () => {
  const seen = [];
  let cursor;
  do {
    const answer = await square.orders.search({
      locationIds: WHERE, limit: 20, cursor,
      query: { filter: { dateTimeFilter: { updatedAt: { startAt: "2020-01-01T00:00:00Z", endAt: "2099-01-01T00:00:00Z" } } }, sort: { sortField: "UPDATED_AT", sortOrder: "ASC" } },
    });
    shaped("SearchOrdersResponse");
    assert.ok(answer.orders.length <= 20);
    for (const order of answer.orders) {
      money(order.totalMoney, "USD");
      for (const line of order.lineItems) assert.equal(typeof line.quantity, "string");
    }
    seen.push(...answer.orders);
    cursor = answer.cursor;
  } while (cursor);
  await once_each(seen, "orders");
  assert.equal((await square.orders.search({ locationIds: ["none"] })).orders, undefined);
});
await calls("orders.entries", "entries alone", async () => {
  const answer = await square.orders.search({ locationIds: WHERE, returnEntries: true, limit: 7 });
  shaped("SearchOrdersResponse");
  assert.deepEqual([answer.orderEntries.length, answer.orders], [7, undefined]);
  assert.ok(answer.cursor);
  assert.equal(typeof answer.orderEntries[0].version, "number");
});
await calls("orders.get", "one", async () => {
  const { order } = await square.orders.get({ orderId: "ORD1001" });
  shaped("GetOrderResponse");
  assert.equal(order.id, "ORD1001");
  money(order.netAmounts.totalMoney);
});
await calls("orders.many", "some of one place", async () => {
  const { orders } = await square.orders.batchGet({ orderIds: ["ORD1001", "ORD1004", "ORD1002"], locationId: WHERE[1] });
  shaped("BatchGetOrdersResponse");
  assert.ok(orders.length >= 1 && orders.every((order) => order.locationId === WHERE[1]));
});
let made;
await calls("orders.create", "with lines, discounts and the sums that Square reckons, once for a key", async () => {
  const asked = {
    idempotencyKey: randomUUID(),
    order: {
      locationId: WHERE[2], referenceId: "W-77",
      lineItems: [
        { uid: "1", name: "Crème brûlée ☕", quantity: "2", basePriceMoney: { amount: 450n, currency: "USD" }, appliedDiscounts: [{ discountUid: "d1" }] },
        { uid: "2", catalogObjectId: "VAR1003", quantity: "1" },
      ],
      discounts: [{ uid: "d1", name: "own", amountMoney: { amount: 100n, currency: "USD" }, scope: "LINE_ITEM" }, { uid: "d2", name: "Été", amountMoney: { amount: 51n, currency: "USD" }, scope: "ORDER" }],
    },
  };
  made = (await square.orders.create(asked)).order;
  shaped("CreateOrderResponse");
  assert.deepEqual([made.state, made.version, made.referenceId], ["OPEN", 1, "W-77"]);
  assert.equal(made.totalMoney.amount, made.lineItems.reduce((sum, line) => sum + line.totalMoney.amount, 0n));
  assert.equal(made.totalDiscountMoney.amount, 151n);
  assert.equal(made.lineItems[0].name, "Crème brûlée ☕");
  assert.equal((await square.orders.create(asked)).order.id, made.id);
  await refused(400, "IDEMPOTENCY_KEY_REUSED", () => square.orders.create({ ...asked, order: { ...asked.order, referenceId: "W-78" } }));
  await refused(404, "NOT_FOUND", () => square.orders.create({ idempotencyKey: randomUUID(), order: { locationId: "none" } }));
});
await calls("orders.acknowledge", "a fulfillment, by the version that is there", async () => {
  const asked = (version) => ({ orderId: "ORD1002", idempotencyKey: randomUUID(), order: { locationId: WHERE[2], version, fulfillments: [{ uid: "ful-1002", state: "RESERVED" }] } });
  const { order } = await square.orders.update(asked(3));
  shaped("UpdateOrderResponse");
  assert.deepEqual([order.version, order.fulfillments[0].state, order.fulfillments[0].type], [4, "RESERVED", "SHIPMENT"]);
  await refused(409, "VERSION_MISMATCH", () => square.orders.update(asked(3)));
});
await calls("orders.cancel", "and not twice", async () => {
  const asked = (version) => ({ orderId: "ORD1003", idempotencyKey: randomUUID(), order: { locationId: WHERE[0], version, state: "CANCELED" } });
  assert.equal((await square.orders.update(asked(3))).order.state, "CANCELED");
  shaped("UpdateOrderResponse");
  await refused(400, "BAD_REQUEST", () => square.orders.update(asked(4)));
});
await calls(["shipments.create", "shipments.list"], "in the order's fulfillment", async () => {
  await square.orders.update({
    orderId: "ORD1004", idempotencyKey: randomUUID(),
    order: { locationId: WHERE[1], version: 3, fulfillments: [{ uid: "ful-1004", state: "COMPLETED", shipmentDetails: { carrier: "UPS", trackingNumber: "1Z999", trackingUrl: "https://ups.example/1Z999" } }] },
  });
  const { order } = await square.orders.get({ orderId: "ORD1004" });
  shaped("GetOrderResponse");
  const [shipment] = order.fulfillments;
  assert.deepEqual([shipment.state, shipment.shipmentDetails.trackingNumber], ["COMPLETED", "1Z999"]);
  assert.ok(shipment.shipmentDetails.recipient.displayName);
});

// ---- stock, catalogue, places, customers ----

await calls("stock.list", "by its own paging, each count once", async () => {
  const { things, rounds } = await every(square.inventory.batchGetCounts({ locationIds: WHERE, limit: 10 }), "BatchGetInventoryCountsResponse");
  assert.ok(rounds > 3);
  assert.equal(things.length, (await standin.things("counts")).length);
  for (const count of things) assert.match(count.quantity, /^\d+$/);
});
await calls("stock.set", "a count, that is then there", async () => {
  const change = (catalogObjectId) => ({
    idempotencyKey: randomUUID(), ignoreUnchangedCounts: true,
    changes: [{ type: "PHYSICAL_COUNT", physicalCount: { referenceId: randomUUID(), catalogObjectId, state: "IN_STOCK", locationId: WHERE[2], quantity: "77", occurredAt: "2026-11-30T09:00:00Z" } }],
  });
  await square.inventory.batchCreateChanges(change("VAR1005"));
  shaped("BatchChangeInventoryResponse");
  const { things } = await every(square.inventory.batchGetCounts({ catalogObjectIds: ["VAR1005"], locationIds: [WHERE[2]], states: ["IN_STOCK"] }), "BatchGetInventoryCountsResponse");
  assert.deepEqual(ids(things, "quantity"), ["77"]);
  await refused(400, "NOT_FOUND", () => square.inventory.batchCreateChanges(change("VAR0")));
});
await grow("catalog", 20, (thing, i) => ({ ...thing, id: `GROWN${String(i).padStart(3, "0")}` }));
await calls(["products.list", "skus.list"], "by its cursor, with what belongs to them", async () => {
  const seen = [];
  let cursor;
  do {
    const answer = await square.catalog.search({ objectTypes: ["ITEM"], includeDeletedObjects: true, includeRelatedObjects: true, beginTime: "2020-01-01T00:00:00Z", limit: 5, cursor });
    shaped("SearchCatalogObjectsResponse");
    assert.ok(answer.objects.length <= 5 && answer.relatedObjects.length > 0);
    for (const item of answer.objects) {
      assert.deepEqual([item.type, typeof item.version], ["ITEM", "bigint"]);
      for (const variation of item.itemData.variations) money(variation.itemVariationData.priceMoney);
    }
    seen.push(...answer.objects);
    cursor = answer.cursor;
  } while (cursor);
  assert.equal(new Set(ids(seen)).size, (await standin.things("catalog")).filter((thing) => thing.type === "ITEM").length);
});
await calls("products.all", "by its own paging", async () => {
  await grow("catalog", 120, (thing, i) => ({ ...thing, id: `MORE${String(i).padStart(3, "0")}` }));
  const { things, rounds } = await every(square.catalog.list({ types: "ITEM" }), "ListCatalogResponse");
  assert.ok(rounds >= 2 && things.every((thing) => thing.type === "ITEM"));
  assert.equal(new Set(ids(things)).size, things.length);
});
await calls(["products.many", "skus.many"], "some", async () => {
  const answer = await square.catalog.batchGet({ objectIds: ["ITEM1001", "ITEM1002"], includeRelatedObjects: true });
  shaped("BatchGetCatalogObjectsResponse");
  assert.deepEqual(ids(answer.objects), ["ITEM1001", "ITEM1002"]);
});
await calls("products.get", "one, or none", async () => {
  assert.equal((await square.catalog.batchGet({ objectIds: ["ITEM1001"] })).objects[0].id, "ITEM1001");
  assert.equal((await square.catalog.batchGet({ objectIds: ["ITEM0"] })).objects, undefined);
});
await calls("products.upsert", "a new one with its variations, and its ids are told", async () => {
  const answer = await square.catalog.batchUpsert({
    idempotencyKey: randomUUID(),
    batches: [{ objects: [{
      type: "ITEM", id: "#product", presentAtAllLocations: true,
      itemData: { name: "Crème brûlée ☕", descriptionHtml: "<p>süß</p>", variations: [{ type: "ITEM_VARIATION", id: "#v1", itemVariationData: { itemId: "#product", name: "Klein", sku: "CB-1", pricingType: "FIXED_PRICING", priceMoney: { amount: 450n, currency: "USD" }, trackInventory: true } }] },
    }] }],
  });
  shaped("BatchUpsertCatalogObjectsResponse");
  const ours = Object.fromEntries(answer.idMappings.map((m) => [m.clientObjectId, m.objectId]));
  assert.equal(ours["#product"], answer.objects[0].id);
  const { objects } = await square.catalog.batchGet({ objectIds: [ours["#product"]] });
  assert.equal(objects[0].itemData.name, "Crème brûlée ☕");
  assert.equal(objects[0].itemData.variations[0].id, ours["#v1"]);
  assert.equal(objects[0].itemData.variations[0].itemVariationData.priceMoney.amount, 450n);
});
await calls("locations.list", "with currency and time zone", async () => {
  const { locations } = await square.locations.list();
  shaped("ListLocationsResponse");
  assert.deepEqual(ids(locations), WHERE);
  assert.ok(locations.every((place) => place.currency === "USD" && place.timezone));
});
await grow("customers", 30, (customer, i) => ({ ...customer, id: `GROWN${String(i).padStart(3, "0")}` }));
await calls("customers.list", "by its cursor, each once", async () => {
  const seen = [];
  let cursor;
  do {
    const answer = await square.customers.search({ limit: 10n, cursor, query: { filter: { updatedAt: { startAt: "2020-01-01T00:00:00Z" } }, sort: { field: "CREATED_AT", order: "ASC" } } });
    shaped("SearchCustomersResponse");
    assert.ok(answer.customers.length <= 10);
    seen.push(...answer.customers);
    cursor = answer.cursor;
  } while (cursor);
  await once_each(seen, "customers");
});
await calls("customers.get", "one, or an error", async () => {
  const { customer } = await square.customers.get({ customerId: "CUST1001" });
  shaped("GetCustomerResponse");
  assert.equal(customer.id, "CUST1001");
  await refused(404, "NOT_FOUND", () => square.customers.get({ customerId: "CUST0" }));
});

// ---- payments, refunds, payouts ----

for (const [operation, resource, collection, schema] of [
  ["payments.list", square.payments, "payments", "ListPaymentsResponse"],
  ["refunds.list", square.refunds, "refunds", "ListPaymentRefundsResponse"],
  ["payouts.list", square.payouts, "payouts", "ListPayoutsResponse"],
]) {
  await grow(collection, 21, (thing, i) => ({ ...thing, id: `GROWN${String(i).padStart(3, "0")}` }));
  await calls(operation, "by its own paging, each once", async () => {
    const { things, rounds } = await every(resource.list({ limit: 9, sortOrder: "ASC" }), schema);
    assert.ok(rounds > 2);
    await once_each(things, collection);
    for (const thing of things) money(thing.amountMoney);
    const iterated = [];
    for await (const thing of await resource.list({ limit: 9 })) iterated.push(thing.id);
    assert.deepEqual(iterated, ids(things));
  });
}
await calls("payments.get", "one with its card, or an error", async () => {
  const { payment } = await square.payments.get({ paymentId: "PAY1001" });
  shaped("GetPaymentResponse");
  assert.deepEqual([payment.id, payment.status, payment.cardDetails.card.last4], ["PAY1001", "COMPLETED", "1111"]);
  await refused(404, "NOT_FOUND", () => square.payments.get({ paymentId: "PAY0" }));
});
await calls("payments.capture", "what was held, and not twice", async () => {
  const { payment } = await square.payments.complete({ paymentId: "PAY1021" });
  shaped("CompletePaymentResponse");
  assert.deepEqual([payment.status, payment.cardDetails.status], ["COMPLETED", "CAPTURED"]);
  await refused(400, "BAD_REQUEST", () => square.payments.complete({ paymentId: "PAY1021" }));
  await refused(400, "VERSION_MISMATCH", () => square.payments.complete({ paymentId: "PAY1023", versionToken: "another" }));
});
await calls("payments.void", "what was held", async () => {
  const { payment } = await square.payments.cancel({ paymentId: "PAY1022" });
  shaped("CancelPaymentResponse");
  assert.equal(payment.status, "CANCELED");
});
await calls("refunds.get", "one, or an error", async () => {
  const { refund } = await square.refunds.get({ refundId: "PAY1011_REF1001" });
  shaped("GetPaymentRefundResponse");
  money(refund.amountMoney);
  await refused(404, "NOT_FOUND", () => square.refunds.get({ refundId: "REF0" }));
});
await calls("refunds.create", "a part, once for a key, and never more than is left", async () => {
  const asked = (amount, key = randomUUID()) => ({ idempotencyKey: key, paymentId: "PAY1003", amountMoney: { amount, currency: "USD" }, reason: "crème brûlée ☕" });
  const key = randomUUID();
  const { refund } = await square.refunds.refundPayment(asked(50n, key));
  shaped("RefundPaymentResponse");
  assert.deepEqual([refund.amountMoney.amount, refund.paymentId, refund.reason], [50n, "PAY1003", "crème brûlée ☕"]);
  assert.equal((await square.refunds.refundPayment(asked(50n, key))).refund.id, refund.id);
  assert.equal((await square.payments.get({ paymentId: "PAY1003" })).payment.refundedMoney.amount, 50n);
  const e = await refusal(() => square.refunds.refundPayment(asked(99999999n)));
  assert.deepEqual([e instanceof SquareError, e.statusCode], [true, 400]);
  await refused(404, "NOT_FOUND", () => square.refunds.refundPayment({ ...asked(1n), paymentId: "PAY0" }));
});
await calls("payouts.get", "one, or an error", async () => {
  const { payout } = await square.payouts.get({ payoutId: "po_1001" });
  shaped("GetPayoutResponse");
  money(payout.amountMoney);
  await refused(404, "NOT_FOUND", () => square.payouts.get({ payoutId: "po_0" }));
});
await calls("payouts.entries", "by its own paging, and the net is gross less the fee", async () => {
  const { things } = await every(square.payouts.listEntries({ payoutId: "po_1001", limit: 1 }), "ListPayoutEntriesResponse");
  assert.ok(things.length > 0);
  for (const entry of things) assert.equal(entry.netAmountMoney.amount, entry.grossAmountMoney.amount - entry.feeAmountMoney.amount);
});

// ---- tokens, webhooks ----

await calls("token.status", "what it may do", async () => {
  const status = await square.oAuth.retrieveTokenStatus();
  shaped("RetrieveTokenStatusResponse");
  assert.ok(status.scopes.includes("ORDERS_READ") && status.merchantId);
});
const HOOK = "https://hooks.example/new";
let key;
await calls(["webhooks.topics", "webhooks.create", "webhooks.list", "webhooks.test", "webhooks.new_key", "webhooks.delete"], "one from its making to its end", async () => {
  const types = await square.webhooks.eventTypes.list();
  shaped("ListWebhookEventTypesResponse");
  assert.ok(types.eventTypes.includes("payment.updated"));
  const { subscription } = await square.webhooks.subscriptions.create({ idempotencyKey: randomUUID(), subscription: { name: "Zahlungen", eventTypes: ["payment.created", "refund.created"], notificationUrl: HOOK, apiVersion: "2026-09-16" } });
  shaped("CreateWebhookSubscriptionResponse");
  assert.equal(subscription.enabled, true);
  assert.ok(subscription.signatureKey);
  const { things } = await every(square.webhooks.subscriptions.list({ includeDisabled: true, limit: 1 }), "ListWebhookSubscriptionsResponse");
  assert.ok(ids(things).includes(subscription.id) && things.every((one) => one.signatureKey === undefined));
  const tried = await square.webhooks.subscriptions.test({ subscriptionId: subscription.id, eventType: "payment.created" });
  shaped("TestWebhookSubscriptionResponse");
  assert.deepEqual([tried.notificationUrl, tried.statusCode, tried.payload.type], [HOOK, 200, "payment.created"]);
  key = (await square.webhooks.subscriptions.updateSignatureKey({ subscriptionId: subscription.id, idempotencyKey: randomUUID() })).signatureKey;
  shaped("UpdateWebhookSubscriptionSignatureKeyResponse");
  assert.notEqual(key, subscription.signatureKey);
  await square.webhooks.subscriptions.delete({ subscriptionId: subscription.id });
  shaped("DeleteWebhookSubscriptionResponse");
  await refused(404, "NOT_FOUND", () => square.webhooks.subscriptions.delete({ subscriptionId: subscription.id }));
  await refused(400, "INVALID_VALUE", () => square.webhooks.subscriptions.create({ idempotencyKey: randomUUID(), subscription: { name: "x", eventTypes: ["payment.created"], notificationUrl: "http://hooks.example" } }));
});
await test("what it sends passes verifySignature, a changed body, another address and another key do not", async () => {
  await standin.sent();
  await square.refunds.refundPayment({ idempotencyKey: randomUUID(), paymentId: "PAY1005", amountMoney: { amount: 10n, currency: "USD" }, reason: "größer ☕" });
  const sent = await standin.deliveries(key, HOOK);
  assert.ok(sent.length > 0);
  for (const { topic, headers, body } of sent) {
    const good = { requestBody: body, signatureHeader: headers["x-square-hmacsha256-signature"], signatureKey: key, notificationUrl: HOOK };
    assert.equal(await WebhooksHelper.verifySignature(good), true);
    assert.equal(JSON.parse(body).type, topic);
    for (const wrong of [{ requestBody: body.replace("merchant_id", "merchant_iD") }, { notificationUrl: `${HOOK}/` }, { signatureKey: "another" }])
      assert.equal(await WebhooksHelper.verifySignature({ ...good, ...wrong }), false);
  }
});

// ---- what the connector asks ----

const SCHEMAS = {
  "orders.list": "SearchOrdersRequest", "orders.entries": "SearchOrdersRequest", "orders.many": "BatchGetOrdersRequest",
  "orders.create": "CreateOrderRequest", "orders.acknowledge": "UpdateOrderRequest", "orders.cancel": "UpdateOrderRequest",
  "shipments.create": "UpdateOrderRequest", "stock.list": "BatchGetInventoryCountsRequest", "stock.set": "BatchChangeInventoryRequest",
  "products.list": "SearchCatalogObjectsRequest", "products.many": "BatchGetCatalogObjectsRequest", "products.get": "BatchGetCatalogObjectsRequest",
  "products.upsert": "BatchUpsertCatalogObjectsRequest", "skus.list": "SearchCatalogObjectsRequest", "skus.many": "BatchGetCatalogObjectsRequest",
  "customers.list": "SearchCustomersRequest", "payments.capture": "CompletePaymentRequest", "refunds.create": "RefundPaymentRequest",
  "webhooks.create": "webhooks.CreateWebhookSubscriptionRequest", "webhooks.test": "webhooks.TestWebhookSubscriptionRequest",
  "webhooks.new_key": "webhooks.UpdateWebhookSubscriptionSignatureKeyRequest",
};
await test("every body that the connector sends fits the client's schema, without a member that it does not know", async () => {
  const all = Object.entries(ours()).filter(([, request]) => request.body != null);
  assert.deepEqual(all.map(([operation]) => operation).toSorted(), Object.keys(SCHEMAS).toSorted());
  for (const [operation, request] of all) {
    const schema = SCHEMAS[operation].split(".").reduce((of, part) => of[part], serialization);
    const judged = schema.parse(request.body, { unrecognizedObjectKeys: "fail" });
    assert.ok(judged.ok, `${operation}: ${JSON.stringify(judged.errors)}`);
  }
});
await test("both speak the same version", async () => {
  await square.locations.list();
  assert.equal(ours()["locations.list"].headers["square-version"], sent.get("square-version"));
});

// ---- what goes wrong ----

await test("a wrong token is an error 401", async () => {
  const e = await refused(401, "UNAUTHORIZED", () => client("wrong").locations.list());
  assert.equal(e.errors[0].category, "AUTHENTICATION_ERROR");
});
await test("too many calls and an outage are tried again by itself", async () => {
  await standin.fault({ route: "locations.list", kind: "status", status: 429, headers: { "retry-after": "1" }, body: { errors: [{ category: "RATE_LIMIT_ERROR", code: "RATE_LIMITED" }] } });
  await standin.fault({ route: "locations.list", kind: "status", status: 503, body: { errors: [{ category: "API_ERROR", code: "SERVICE_UNAVAILABLE" }] } });
  await standin.forget();
  assert.equal((await client("EAAA1", { maxRetries: 2 }).locations.list()).locations.length, 3);
  assert.deepEqual(ids(await standin.log(), "status"), [429, 503, 200]);
});
await test("too many calls are an error 429 where it may not try again", async () => {
  await standin.fault({ route: "locations.list", kind: "status", status: 429, body: { errors: [{ category: "RATE_LIMIT_ERROR", code: "RATE_LIMITED" }] } });
  const e = await refused(429, "RATE_LIMITED", () => square.locations.list());
  assert.equal(e.errors[0].category, "RATE_LIMIT_ERROR");
});
await test("a lost answer, asked for again with its key, is one refund", async () => {
  const asked = { idempotencyKey: randomUUID(), paymentId: "PAY1006", amountMoney: { amount: 10n, currency: "USD" } };
  const before = (await standin.things("refunds")).length;
  await standin.fault({ route: "refunds.create", kind: "lose" });
  const e = await refusal(() => square.refunds.refundPayment(asked));
  assert.ok(e instanceof Error && e.statusCode !== 200, e.message);
  assert.equal((await standin.things("refunds")).length, before + 1);
  const { refund } = await square.refunds.refundPayment(asked);
  assert.equal(refund.amountMoney.amount, 10n);
  assert.equal((await standin.things("refunds")).length, before + 1);
});

await end();
