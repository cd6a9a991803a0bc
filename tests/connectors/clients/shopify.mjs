// @shopify/shopify-api, over tls: a session names the shop's host, and domainTransformations, an option of the client's own,
// lead where it signs in. GraphQL is asked with the connector's own texts, so that they are judged as well.
import "@shopify/shopify-api/adapters/node";
import { randomUUID } from "node:crypto";
import { ApiVersion, GraphqlQueryError, HttpInternalError, HttpResponseError, HttpThrottlingError, LogSeverity, Session, shopifyApi } from "@shopify/shopify-api";
import { assert, calls, end, grow, manifest, origin, refusal, standin, test, without } from "./kit.mjs";

const SECRET = "shpss_1";
const BIG = "820982911946154508";
const shopify = shopifyApi({
  apiKey: "key1", apiSecretKey: SECRET, scopes: ["read_orders"], hostName: "app.example", hostScheme: "https", apiVersion: ApiVersion.July26,
  isEmbeddedApp: false, domainTransformations: [
    { match: /^([a-z-]+)\.myshopify\.com$/, transform: origin.host },
    { match: new RegExp(`^127\\.0\\.0\\.1.${origin.port}$`), transform: origin.host },
  ],
  logger: { level: LogSeverity.Error }, future: {},
});
const session = (accessToken) => new Session({ id: "s1", shop: origin.host, state: "", isOnline: false, accessToken });
const clients = (token) => [new shopify.clients.Graphql({ session: session(token) }), new shopify.clients.Rest({ session: session(token) })];
const [graphql, rest] = clients("shpat_1");

/** One of the connector's texts, as the client sends it and takes the answer. */
async function ask(text, variables = {}, of = graphql) {
  assert.ok(manifest.texts[text], text);
  const answer = await of.request(manifest.texts[text], { variables });
  assert.ok(answer.extensions.cost.throttleStatus.currentlyAvailable > 0);
  return answer.data;
}
/** A request that has the text of the operation, or its path: all of GraphQL has one. */
const with_text = (request, operation) => {
  const text = /\$texts\.(\w+)/.exec(manifest.operations[operation].request.body ?? "")?.[1];
  return !text || JSON.parse(request.body).query === manifest.texts[text];
};
const judged = (operations, sentence, run) => calls(operations, sentence, run, with_text);

async function every(text, variables, where, first = 50) {
  const seen = [];
  let rounds = 0;
  for (let after = null, more = true; more; rounds++) {
    const connection = where(await ask(text, { ...variables, first, after }));
    assert.ok(connection.nodes.length <= first);
    seen.push(...connection.nodes);
    more = connection.pageInfo.hasNextPage;
    after = connection.pageInfo.endCursor;
  }
  return { seen, rounds };
}
async function every_rest(path, query, member) {
  const seen = [];
  let rounds = 0;
  for (let next = { path, query }; next; rounds++) {
    const { body, pageInfo } = await rest.get(next);
    assert.ok(Array.isArray(body[member]), JSON.stringify(body).slice(0, 200));
    seen.push(...body[member]);
    next = pageInfo?.nextPage;
  }
  return { seen, rounds };
}
async function once_each(things, collection, keep = () => true) {
  const there = (await standin.things(collection)).filter(keep).map((thing) => thing.id);
  assert.deepEqual(things.map((thing) => thing.admin_graphql_api_id ?? thing.id).toSorted(), there.toSorted());
}
const gid = (type, id) => `gid://shopify/${type}/${id}`;
const users = (payload) => payload.userErrors ?? payload.orderCancelUserErrors;
const cents = (set) => Math.round(Number(set.shopMoney?.amount ?? set.amount) * 100);
const new_id = (type, number) => ({ id: gid(type, number), legacyResourceId: String(number) });
const WHEN = { query: "updated_at:>='2026-10-01T00:00:00Z' AND updated_at:<='2027-01-01T00:00:00Z'" };

// ---- who it is ----

await test("a token is renewed, with another to renew that one; a wrong one is an error 400", async () => {
  const { session: made } = await shopify.auth.refreshToken({ shop: "alder-pine.myshopify.com", refreshToken: "shprt_1" });
  assert.match(made.accessToken, /^shpat_/);
  assert.match(made.refreshToken, /^shprt_/);
  assert.ok(made.expires > new Date() && made.refreshTokenExpires > made.expires);
  const [fresh] = clients(made.accessToken);
  assert.equal((await ask("shop_get", {}, fresh)).shop.currencyCode, "USD");
  const e = await refusal(() => shopify.auth.refreshToken({ shop: "alder-pine.myshopify.com", refreshToken: "none" }));
  assert.deepEqual([e instanceof HttpResponseError, e.response.code], [true, 400]);
});
await test("an app's own token, by client credentials", async () => {
  const { session: made } = await shopify.auth.clientCredentials({ shop: "alder-pine.myshopify.com" });
  assert.match(made.accessToken, /^shpat_/);
});
await test("a wrong token is an error 401, by GraphQL and by resources", async () => {
  const [one, other] = clients("wrong");
  const refused = async (run) => {
    const e = await refusal(run);
    assert.deepEqual([e instanceof HttpResponseError, e.response.code], [true, 401]);
    return e;
  };
  await refused(() => ask("shop_get", {}, one));
  assert.match((await refused(() => other.get({ path: "locations" }))).response.body.errors, /Invalid API key or access token/);
});
await judged("shop.get", "with its currency and zone", async () => {
  const { shop } = await ask("shop_get");
  assert.deepEqual([shop.currencyCode, shop.ianaTimezone, shop.plan.shopifyPlus], ["USD", "America/New_York", true]);
});

// ---- products, places, stock ----

for (const [operation, text, type, collection, pick] of [
  ["products.list", "products_list", "Product", "products", (d) => d.products],
  ["variants.list", "variants_list", "ProductVariant", "variants", (d) => d.productVariants],
]) {
  await grow(collection, 100, (thing, i) => ({ ...thing, ...new_id(type, 500000 + i) }));
  await judged(operation, "by its cursor, each once", async () => {
    const { seen, rounds } = await every(text, WHEN, pick);
    assert.equal(rounds, 3);
    await once_each(seen, collection);
    assert.equal((await every(text, { query: "updated_at:>='2027-01-01T00:00:00Z'" }, pick)).seen.length, 0);
  });
}
await judged(["products.get", "variants.get"], "one, or null", async () => {
  assert.equal((await ask("products_get", { id: gid("Product", 3001) })).product.title, "T-shirt");
  assert.equal((await ask("products_get", { id: gid("Product", 1) })).product, null);
  const { productVariant, shop } = await ask("variants_get", { id: gid("ProductVariant", 4001) });
  assert.deepEqual([productVariant.sku, productVariant.inventoryItem.legacyResourceId, shop.currencyCode], ["SKU-0001", "5001", "USD"]);
  assert.match(productVariant.price, /^[0-9]+\.[0-9]{2}$/);
  assert.equal((await every("variants_list", { query: 'sku:"SKU-0001"' }, (d) => d.productVariants)).seen.find((v) => v.id === gid("ProductVariant", 4001)).sku, "SKU-0001");
});
await judged(["locations.list", "inventory.list", "inventory.get"], "by its cursor, each once", async () => {
  await once_each((await every("locations_list", {}, (d) => d.locations, 2)).seen, "locations");
  const { seen, rounds } = await every("inventory_list", { id: gid("Location", 9001), ...WHEN }, (d) => d.location.inventoryLevels, 5);
  assert.equal(rounds, 3);
  await once_each(seen, "levels", (level) => level.location.legacyResourceId === "9001");
  const of = (level, name) => level.quantities.find((q) => q.name === name).quantity;
  for (const level of seen) assert.equal(of(level, "on_hand"), of(level, "available") + of(level, "committed"));
  assert.equal((await ask("inventory_get", { id: gid("InventoryItem", 5001), location: gid("Location", 9001) })).inventoryItem.inventoryLevel.item.sku, "SKU-0001");
  assert.equal((await ask("inventory_get", { id: gid("InventoryItem", 5009), location: gid("Location", 9002) })).inventoryItem.inventoryLevel, null);
});
const available = async (item, place) => (await standin.things("levels")).find((l) => l.id.endsWith(`/${place}?inventory_item_id=${item}`))?.available;
await judged(["inventory.set", "inventory.adjust", "inventory.activate"], "once for a key; what is stale, not stocked or without a key is refused", async () => {
  const set = (quantity, more = {}, key = randomUUID()) =>
    ask("inventory_set", { key, input: { name: "available", reason: "correction", quantities: [{ inventoryItemId: gid("InventoryItem", 5003), locationId: gid("Location", 9001), quantity, changeFromQuantity: null, ...more }] } }).then((d) => d.inventorySetQuantities);
  const made = await set(77);
  assert.deepEqual([users(made), made.inventoryAdjustmentGroup.reason, await available(5003, 9001)], [[], "correction", 77]);
  assert.equal(users(await set(5, { changeFromQuantity: 76 }))[0].code, "CHANGE_FROM_QUANTITY_STALE");
  assert.deepEqual(users(await set(78, { changeFromQuantity: 77 })), []);
  assert.equal(users(await set(5, { inventoryItemId: gid("InventoryItem", 1) }))[0].code, "INVALID_INVENTORY_ITEM");
  assert.equal(await available(5003, 9001), 78);
  const key = randomUUID();
  const adjust = (delta) => ask("inventory_adjust", { key, input: { name: "available", reason: "correction", changes: [{ inventoryItemId: gid("InventoryItem", 5003), locationId: gid("Location", 9001), delta, changeFromQuantity: null }] } }).then((d) => d.inventoryAdjustQuantities);
  const first = await adjust(-3);
  assert.equal((await adjust(-3)).inventoryAdjustmentGroup.id, first.inventoryAdjustmentGroup.id);
  assert.equal(await available(5003, 9001), 75);
  assert.equal(users(await adjust(-4))[0].code, "IDEMPOTENCY_KEY_PARAMETER_MISMATCH");
  const activate = (place) => ask("inventory_activate", { key: randomUUID(), item: gid("InventoryItem", 5010), location: gid("Location", place), available: 4 }).then((d) => d.inventoryActivate);
  assert.match((await activate(9002)).inventoryLevel.id, /9002\?inventory_item_id=5010$/);
  assert.equal(await available(5010, 9002), 4);
  assert.match(users(await activate(9003))[0].message, /not active/);
  const e = await refusal(() => graphql.request(manifest.texts.inventory_set.replace("@idempotent(key: $key)", "").replace(", $key: String!", ""), { variables: { input: { name: "available", reason: "correction", quantities: [] } } }));
  assert.ok(e instanceof GraphqlQueryError);
  assert.match(e.message, /@idempotent/);
});

// ---- orders ----

await grow("orders", 120, (order, i) => ({ ...order, ...new_id("Order", 500000 + i), lineItems: [], fulfillmentOrders: [] }));
await judged("orders.list", "by its cursor, each once", async () => {
  const { seen, rounds } = await every("orders_list", WHEN, (d) => d.orders, 100);
  assert.equal(rounds, 2);
  await once_each(seen, "orders");
  assert.ok(seen.some((order) => order.legacyResourceId === BIG));
});
await judged(["orders.get", "orders.lines"], "one whose lines and shipping make its total, or null", async () => {
  const { order } = await ask("orders_get", { id: gid("Order", 1001) });
  const { seen, rounds } = await every("orders_lines", { id: order.id }, (d) => d.order.lineItems, 25);
  assert.deepEqual([rounds, seen.length], [2, 30]);
  const net = seen.reduce((sum, line) => sum + cents(line.originalUnitPriceSet) * line.quantity, 0);
  const taxes = seen.flatMap((line) => line.taxLines).reduce((sum, tax) => sum + cents(tax.priceSet), 0);
  assert.deepEqual([net, taxes, net + taxes + cents(order.shippingLines.nodes[0].originalPriceSet)], [cents(order.subtotalPriceSet), cents(order.totalTaxSet), cents(order.totalPriceSet)]);
  assert.equal(order.transactions.reduce((sum, t) => sum + cents(t.amountSet), 0), cents(order.totalPriceSet));
  assert.equal((await ask("orders_get", { id: gid("Order", 1) })).order, null);
});
await judged(["orders.cancel", "tags.add"], "and not twice", async () => {
  const cancel = (id) => ask("orders_cancel", { id: gid("Order", id), reason: "CUSTOMER", restock: true, notify: false }).then((d) => d.orderCancel);
  assert.deepEqual(((p) => [users(p).length, p.job.done])({ userErrors: undefined, ...(await cancel(1005)) }), [0, false]);
  assert.equal((await ask("orders_get", { id: gid("Order", 1005) })).order.cancelReason, "CUSTOMER");
  assert.equal((await cancel(1005)).orderCancelUserErrors[0].code, "INVALID");
  assert.equal((await cancel(1)).orderCancelUserErrors[0].code, "NOT_FOUND");
  for (let i = 0; i < 2; i++) assert.deepEqual((await ask("tags_add", { id: gid("Order", 1006), tags: ["übernommen"] })).tagsAdd.userErrors, []);
  assert.deepEqual((await ask("orders_get", { id: gid("Order", 1006) })).order.tags, ["übernommen"]);
});
await judged(["fulfillment_orders.list", "fulfillment_orders.get", "fulfillments.create", "fulfillments.list", "fulfillments.get", "fulfillments.track"], "in part, then whole; what is closed is refused", async () => {
  const { seen } = await every("fulfillment_orders_list", { id: gid("Order", 1007) }, (d) => d.order.fulfillmentOrders, 3);
  const [open] = seen;
  assert.deepEqual([seen.length, open.status, open.supportedActions[0].action], [1, "OPEN", "CREATE_FULFILLMENT"]);
  const ship = (lines, number) =>
    ask("fulfillments_create", { fulfillment: { lineItemsByFulfillmentOrder: [{ fulfillmentOrderId: open.id, ...(lines && { fulfillmentOrderLineItems: lines }) }], notifyCustomer: false, trackingInfo: { company: "UPS", numbers: [number], urls: [`https://ups.example/${number}`] } } }).then((d) => d.fulfillmentCreate);
  const line = open.lineItems.nodes[0];
  assert.equal((await ship([{ id: line.id, quantity: 99 }], "1Z0")).userErrors.length, 1);
  const part = await ship([{ id: line.id, quantity: 1 }], "1Z1");
  assert.deepEqual([part.userErrors, part.fulfillment.status], [[], "SUCCESS"]);
  const left = (await ask("fulfillment_orders_get", { id: open.id })).fulfillmentOrder;
  assert.deepEqual([left.status, left.lineItems.nodes[0].remainingQuantity], ["IN_PROGRESS", line.totalQuantity - 1]);
  assert.deepEqual((await ship(undefined, "1Z2")).userErrors, []);
  assert.equal((await ask("fulfillment_orders_get", { id: open.id })).fulfillmentOrder.status, "CLOSED");
  assert.match((await ship(undefined, "1Z3")).userErrors[0].message, /unfulfillable/);
  const track = (id) => ask("fulfillments_track", { id, tracking: { company: "DHL", numbers: ["JJD1"] }, notify: false }).then((d) => d.fulfillmentTrackingInfoUpdate);
  assert.deepEqual((await track(part.fulfillment.id)).userErrors, []);
  assert.match((await track(gid("Fulfillment", 1007009))).userErrors[0].message, /not exist/);
  const { fulfillments } = (await ask("fulfillments_list", { id: gid("Order", 1007) })).order;
  assert.deepEqual(fulfillments.map((f) => f.trackingInfo[0].number), ["JJD1", "1Z2"]);
  const { node } = await ask("fulfillments_get", { id: part.fulfillment.id });
  assert.deepEqual([node.fulfillmentLineItems.nodes[0].quantity, node.order.legacyResourceId], [1, "1007"]);
  assert.equal((await ask("orders_get", { id: gid("Order", 1007) })).order.displayFulfillmentStatus, "FULFILLED");
});
await judged(["refunds.create", "refunds.list", "refunds.get", "transactions.list"], "once for a key, and never more than was paid", async () => {
  const refund = (amount, key = randomUUID()) =>
    ask("refunds_create", { key, input: { orderId: gid("Order", 1010), currency: "USD", note: "crème brûlée ☕", notify: false, refundLineItems: [{ lineItemId: gid("LineItem", 1010001), quantity: 1, restockType: "RETURN", locationId: gid("Location", 9001) }], transactions: [{ orderId: gid("Order", 1010), kind: "REFUND", gateway: "shopify_payments", amount, parentId: gid("OrderTransaction", 1010001) }] } }).then((d) => d.refundCreate);
  const key = randomUUID();
  const made = await refund("5.00", key);
  assert.deepEqual(made.userErrors, []);
  assert.equal((await refund("5.00", key)).refund.id, made.refund.id);
  assert.match((await refund("6.00", key)).userErrors[0].message, /idempotency key/);
  assert.match((await refund("100000.00")).userErrors[0].message, /greater than/);
  const { refunds } = (await ask("refunds_list", { id: gid("Order", 1010) })).order;
  assert.deepEqual(refunds.map((r) => [r.id, r.totalRefundedSet.shopMoney.amount]), [[made.refund.id, "5.00"]]);
  const one = (await ask("refunds_get", { id: made.refund.id })).refund;
  assert.deepEqual([one.note, one.refundLineItems.nodes[0].restocked, one.transactions.nodes[0].kind], ["crème brûlée ☕", true, "REFUND"]);
  assert.deepEqual((await ask("transactions_list", { id: gid("Order", 1010) })).order.transactions.map((t) => [t.kind, t.parentTransaction?.id]), [["SALE", undefined], ["REFUND", gid("OrderTransaction", 1010001)]]);
});
await judged(["returns.list", "returns.get", "returns.lines", "customers.get"], "with its lines, or null", async () => {
  const { seen } = await every("returns_list", { id: gid("Order", 1008) }, (d) => d.order.returns);
  const one = (await ask("returns_get", { id: seen[0].id })).return;
  const { nodes } = await ask("returns_lines", { ids: one.returnLineItems.nodes.map((line) => line.id) });
  assert.deepEqual([one.status, one.order.legacyResourceId, nodes[0].quantity], ["CLOSED", "1008", 1]);
  assert.equal((await ask("returns_get", { id: gid("Return", 1) })).return, null);
  assert.match((await ask("customers_get", { id: gid("Customer", 7001) })).customer.defaultEmailAddress.emailAddress, /@/);
});

// ---- money ----

await judged(["payouts.list", "balance_transactions.list"], "a payout is the sum of its transactions", async () => {
  const { seen } = await every("payouts_list", {}, (d) => d.shopifyPaymentsAccount.payouts, 2);
  await once_each(seen, "payouts");
  for (const payout of seen) {
    const { seen: lines } = await every("balance_transactions_list", { query: `payments_transfer_id:${payout.legacyResourceId}` }, (d) => d.shopifyPaymentsAccount.balanceTransactions, 2);
    assert.equal(lines.length, 5);
    assert.equal(lines.reduce((sum, line) => sum + cents(line.net), 0), cents(payout.net));
    for (const line of lines) assert.equal(cents(line.net), cents(line.amount) - cents(line.fee));
  }
});

// ---- bulk, webhooks ----

await judged(["bulk.run", "bulk.get", "bulk.list"], "one that runs", async () => {
  const query = "{ orders { edges { node { id name } } } }";
  const { bulkOperation } = (await ask("bulk_run", { query })).bulkOperationRunQuery;
  assert.equal((await ask("bulk_get", { id: bulkOperation.id })).bulkOperation.status, "RUNNING");
  assert.equal((await ask("bulk_list")).bulkOperations.nodes[0].query, query);
  assert.equal((await ask("bulk_run", { query: "{ shop { id } }" })).bulkOperationRunQuery.userErrors[0].code, "INVALID");
});
await judged(["webhooks.create", "webhooks.list", "webhooks.delete"], "one from its making to its end", async () => {
  const create = (uri) => ask("webhooks_create", { topic: "REFUNDS_CREATE", subscription: { uri, format: "JSON" } }).then((d) => d.webhookSubscriptionCreate);
  const made = await create("https://hooks.example/new");
  assert.deepEqual(made.userErrors, []);
  assert.match((await create("https://hooks.example/new")).userErrors[0].message, /already been taken/);
  assert.match((await create("http://hooks.example/new")).userErrors[0].message, /not a valid URL/);
  const { seen } = await every("webhooks_list", {}, (d) => d.webhookSubscriptions, 2);
  assert.equal(seen.find((hook) => hook.id === made.webhookSubscription.id).uri, "https://hooks.example/new");
  const drop = () => ask("webhooks_delete", { id: made.webhookSubscription.id }).then((d) => d.webhookSubscriptionDelete);
  assert.equal((await drop()).deletedWebhookSubscriptionId, made.webhookSubscription.id);
  assert.match((await drop()).userErrors[0].message, /not exist/);
  assert.deepEqual((await create("https://hooks.example/new")).userErrors, []);
});
await test("what it sends passes webhooks.validate; a changed body, another secret and a missing header do not", async () => {
  await standin.sent();
  await ask("tags_add", { id: gid("Order", BIG), tags: ["größer"] });
  const sent = await standin.deliveries(SECRET, "https://hooks.example/1");
  assert.deepEqual(sent.map((one) => one.topic), ["orders/updated"]);
  const [{ headers, body }] = sent;
  const check = (rawBody, more = {}) => shopify.webhooks.validate({ rawBody, rawRequest: { method: "POST", url: "/hooks", headers: { ...headers, ...more } }, rawResponse: {} });
  const good = await check(body);
  assert.deepEqual([good.valid, good.topic, good.domain, good.apiVersion], [true, "ORDERS_UPDATED", "alder-pine.myshopify.com", "2026-07"]);
  assert.ok(body.includes(`"id":${BIG},`) && JSON.parse(body).tags.includes("größer"));
  assert.deepEqual((await check(body.replace("größer", "kleiner"))).valid, false);
  assert.deepEqual((await check(body, { "x-shopify-topic": undefined })).valid, false);
  await ask("tags_add", { id: gid("Order", BIG), tags: ["x"] });
  await standin.sent();
  await ask("tags_add", { id: gid("Order", BIG), tags: ["y"] });
  const [other] = await standin.deliveries("another", "https://hooks.example/1");
  assert.equal((await shopify.webhooks.validate({ rawBody: other.body, rawRequest: { method: "POST", url: "/hooks", headers: other.headers }, rawResponse: {} })).valid, false);
});

// ---- the resource form ----

for (const [operation, path, member, collection, query] of [
  ["rest.orders.list", "orders", "orders", "orders", { status: "any", limit: 60 }],
  ["rest.products.list", "products", "products", "products", { limit: 60 }],
  ["rest.customers.list", "customers", "customers", "customers", { limit: 3 }],
  ["rest.inventory_levels.list", "inventory_levels", "inventory_levels", "levels", { location_ids: "9001,9002", limit: 7 }],
  ["rest.payouts.list", "shopify_payments/payouts", "payouts", "payouts", { limit: 2 }],
])
  await judged(operation, "by the link that its header tells, each once", async () => {
    const { seen, rounds } = await every_rest(path, query, member);
    assert.ok(rounds > 1);
    if (seen[0].admin_graphql_api_id) await once_each(seen, collection);
    else assert.equal(new Set(seen.map((one) => one.id)).size, (await standin.things(collection)).length);
  });
await test("orders that changed, by number from one on, with two members alone: as sweeps ask", async () => {
  const seen = [];
  for (let since = "0", n = 50; n === 50; ) {
    const { orders } = (await rest.get({ path: "orders", query: { status: "any", limit: 50, fields: "id,updated_at", updated_at_min: "2026-10-01T00:00:00Z", updated_at_max: "2027-01-01T00:00:00Z", since_id: since } })).body;
    assert.ok(orders.every((order, i) => BigInt(order.id) > BigInt(i ? orders[i - 1].id : since) && Object.keys(order).length === 2));
    seen.push(...orders);
    n = orders.length;
    since = orders.at(-1)?.id;
  }
  assert.equal(seen.length, (await standin.things("orders")).length);
});
await judged(["rest.orders.get", "rest.refunds.list", "rest.refunds.get", "rest.fulfillments.list", "rest.fulfillments.get", "rest.transactions.list", "rest.transactions.get", "rest.fulfillment_orders.list", "rest.fulfillment_orders.get"], "an order and what belongs to it, with its number whole", async () => {
  const get = async (path) => (await rest.get({ path })).body;
  assert.equal((await get(`orders/${BIG}`)).order.id, BIG);
  const { order } = await get("orders/1008");
  assert.equal(order.line_items.reduce((sum, line) => sum + Math.round(Number(line.price) * 100) * line.quantity, 0), Math.round(Number(order.subtotal_price) * 100));
  assert.deepEqual((await get("orders/1008/refunds")).refunds, order.refunds);
  assert.deepEqual((await get("orders/1008/refunds/1008001")).refund, order.refunds[0]);
  assert.deepEqual((await get("orders/1008/fulfillments")).fulfillments, order.fulfillments);
  assert.deepEqual((await get("orders/1008/fulfillments/1008001")).fulfillment, order.fulfillments[0]);
  assert.deepEqual((await get("orders/1008/transactions")).transactions.map((t) => t.kind), ["sale", "refund"]);
  assert.equal((await get("orders/1008/transactions/1008002")).transaction.parent_id, "1008001");
  assert.equal((await get("orders/1008/fulfillment_orders")).fulfillment_orders[0].status, "closed");
  assert.equal((await get("fulfillment_orders/1008001")).fulfillment_order.order_id, "1008");
  const e = await refusal(() => get("orders/1"));
  assert.deepEqual([e instanceof HttpResponseError, e.response.code], [true, 404]);
});
await judged(["rest.products.get", "rest.variants.get", "rest.variants.list", "rest.inventory_items.get", "rest.inventory_items.list", "rest.locations.get", "rest.locations.list", "rest.customers.get", "rest.tender_transactions.list", "rest.disputes.get", "rest.disputes.list", "rest.payouts.get", "rest.balance_transactions.list"], "one of each", async () => {
  const get = async (path, query) => (await rest.get({ path, query })).body;
  assert.equal((await get("products/3001")).product.id, "3001");
  assert.equal((await get("variants/4001")).variant.inventory_item_id, "5001");
  assert.ok((await get("products/3001/variants")).variants.every((variant) => variant.product_id === "3001"));
  assert.equal((await get("inventory_items/5001")).inventory_item.sku, "SKU-0001");
  assert.equal((await get("inventory_items", { ids: "5001,5003" })).inventory_items.length, 2);
  assert.equal((await get("locations/9001")).location.name, "Salem");
  assert.equal((await get("locations")).locations.length, 3);
  assert.equal((await get("customers/7001")).customer.id, "7001");
  assert.ok((await get("tender_transactions")).tender_transactions.every((t) => /^[0-9]+\.[0-9]{2}$/.test(t.amount)));
  assert.equal((await get("shopify_payments/disputes/6501")).dispute.status, "won");
  assert.equal((await get("shopify_payments/disputes")).disputes.length, 3);
  const { payout } = await get("shopify_payments/payouts/6001");
  const { transactions } = await get("shopify_payments/balance/transactions", { payout_id: "6001" });
  assert.equal(transactions.reduce((sum, t) => sum + Math.round(Number(t.net) * 100), 0), Math.round(Number(payout.amount) * 100));
});

// ---- what goes wrong ----

await test("a document with a mistake is an error of the query, and nothing is done", async () => {
  for (const [text, words] of [["{ shop { name }", /syntax error/], ["{ nothing { id } }", /doesn't exist/], ["query($id: ID!) { order(id: $id) { id } }", /invalid value/]]) {
    const e = await refusal(() => graphql.request(text));
    assert.ok(e instanceof GraphqlQueryError, e.message);
    assert.match(e.message, words);
  }
});
await test("THROTTLED comes as success, and is an error of the query", async () => {
  await standin.fault({ route: "shop", kind: "status", status: 200, body: { errors: [{ message: "Throttled", extensions: { code: "THROTTLED" } }] } });
  const e = await refusal(() => ask("shop_get"));
  assert.ok(e instanceof GraphqlQueryError);
  assert.equal(e.body.errors.graphQLErrors[0].extensions.code, "THROTTLED");
});
await test("too many calls and an outage are errors of their own, or are tried again by itself", async () => {
  const busy = { route: "rest.locations", kind: "status", status: 429, headers: { "retry-after": "1" }, body: { errors: "Exceeded 2 calls per second for api client." } };
  await standin.fault(busy);
  const e = await refusal(() => rest.get({ path: "locations" }));
  assert.deepEqual([e instanceof HttpThrottlingError, e.response.retryAfter], [true, 1]);
  await standin.fault({ route: "shop", kind: "status", status: 503 });
  assert.ok((await refusal(() => ask("shop_get"))) instanceof HttpInternalError);
  await standin.fault(busy);
  await standin.forget();
  assert.equal((await rest.get({ path: "locations", tries: 2 })).body.locations.length, 3);
  assert.deepEqual((await standin.log()).map((r) => r.status), [429, 200]);
});
await test("a lost answer, asked for again with its key, is one refund", async () => {
  const asked = { key: randomUUID(), input: { orderId: gid("Order", 1011), transactions: [{ orderId: gid("Order", 1011), kind: "REFUND", gateway: "shopify_payments", amount: "1.00" }] } };
  await standin.fault({ route: "refundCreate", kind: "drop" });
  await refusal(() => ask("refunds_create", asked));
  const again = (await ask("refunds_create", asked)).refundCreate;
  assert.deepEqual(again.userErrors, []);
  assert.deepEqual((await ask("refunds_list", { id: gid("Order", 1011) })).order.refunds.map((r) => r.id), [again.refund.id]);
});

without("bulk.rows", "the document that a bulk operation names, fetched from its address; the client is asked for the operation as bulk.get");

await end();
