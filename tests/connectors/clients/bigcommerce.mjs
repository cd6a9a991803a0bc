// node-bigcommerce: it knows no address but the vendor's and takes an agent. One version of the interface for each client.
// It waits for as long as x-retry-after says, and takes any answer with a member "errors" for an error.
import { createHmac } from "node:crypto";
import BigCommerce from "node-bigcommerce";
import { Webhook } from "standardwebhooks";
import { agent, assert, calls, end, grow, refusal, standin, test } from "./kit.mjs";

const secret = "odpdf83m40fmxcv0345cvfgh73bdwjc";
const store = (apiVersion, more) =>
  new BigCommerce({ clientId: "m9r6keqmo7h7f23btnpwernbez1kglkl", secret, accessToken: "ly8c", storeHash: "a1b2c3", responseType: "json", apiVersion, agent, ...more });
const v2 = store("v2");
const v3 = store("v3");
const four = /^-?\d+\.\d{4}$/;

async function refused(code, run, words) {
  const e = await refusal(run);
  assert.equal(e.code, code, e.message);
  if (words) assert.match(e.responseBody, words);
  return JSON.parse(e.responseBody);
}
/** v2: page by page, until there is nothing, which is 204 and no body. */
async function pages_v2(path, limit) {
  const things = [];
  for (let page = 1; ; page++) {
    const some = await v2.get(`${path}${path.includes("?") ? "&" : "?"}page=${page}&limit=${limit}`);
    if (some === "") return things;
    assert.ok(some.length <= limit);
    things.push(...some);
  }
}
/** v3: as meta.pagination says. */
async function pages_v3(path, limit) {
  const things = [];
  let all = 1;
  for (let page = 1; page <= all; page++) {
    const { data, meta } = await v3.get(`${path}${path.includes("?") ? "&" : "?"}page=${page}&limit=${limit}`);
    assert.deepEqual([meta.pagination.current_page, meta.pagination.per_page, meta.pagination.count], [page, limit, data.length]);
    all = meta.pagination.total_pages;
    things.push(...data);
    if (page === all) assert.equal(things.length, meta.pagination.total);
  }
  return things;
}
const once_each = (things, key = "id") => assert.equal(new Set(things.map((thing) => thing[key])).size, things.length);

// ---- orders (v2) ----

await grow("orders", 40, (order, i) => ({ ...order, id: 9000 + i }));
await calls("orders.list", "page by page, each once, money as texts of four digits", async () => {
  const orders = await pages_v2("/orders?sort=date_modified:asc", 20);
  once_each(orders);
  assert.equal(orders.length, (await standin.things("orders")).length);
  for (const order of orders) {
    assert.equal(typeof order.id, "number");
    assert.match(order.total_inc_tax, four);
    assert.match(order.date_modified, /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} [\d:]{8} \+0000$/);
    assert.ok(Object.keys(order).every((key) => !key.startsWith("_")));
  }
  assert.equal(await v2.get("/orders?min_date_modified=2099-01-01T00:00:00Z"), "");
});
await calls("orders.get", "with where its parts are", async () => {
  const order = await v2.get("/orders/107");
  assert.equal(order.id, 107);
  assert.match(order.products.resource, /^\/orders\/107\/products$/);
});
await calls(["orders.products", "orders.product"], "its lines", async () => {
  const lines = await v2.get("/orders/101/products");
  assert.ok(lines.length > 0);
  for (const line of lines) {
    assert.equal(line.order_id, 101);
    assert.match(line.price_inc_tax, four);
    assert.equal(typeof line.quantity, "number");
  }
  assert.equal((await v2.get(`/orders/101/products/${lines[0].id}`)).id, lines[0].id);
});
await calls("orders.addresses", "where it goes", async () => {
  const [address] = await v2.get("/orders/101/shipping_addresses");
  assert.deepEqual([address.order_id, address.country_iso2], [101, "US"]);
});
await calls("orders.coupons", "what was cut", async () => {
  const [coupon] = await v2.get("/orders/108/coupons");
  assert.equal(coupon.code, "GRÜN5");
});
await calls("orders.fees", "what was put on", async () => {
  const { fees: [fee] } = await v2.get("/orders/107/fees");
  assert.match(fee.cost_inc_tax, four);
});
await calls("orders.consignments", "how it goes", async () => {
  const { shipping, pickups } = await v2.get("/orders/102/consignments");
  assert.ok(Array.isArray(pickups) && shipping[0].line_items.length > 0);
});
await calls("orders.statuses", "of which there are fifteen", async () => {
  const statuses = await v2.get("/order_statuses");
  assert.equal(statuses.length, 15);
  assert.equal(statuses.find((s) => s.id === 11).name, "Awaiting Fulfillment");
});
let made;
await calls("orders.create", "with goods of the shop and without, and the sums that are reckoned", async () => {
  made = await v2.post("/orders", {
    external_order_id: "A-77", status_id: 11, customer_message: "Für Zoë ☕", default_currency_code: "USD",
    billing_address: { first_name: "Zoë", last_name: "Ångström", street_1: "Straße 1", city: "Köln", zip: "50667", country_iso2: "DE", email: "zoe@example.com" },
    products: [{ product_id: 103, quantity: 2, price_ex_tax: 17.5, price_inc_tax: 18.9 }, { name: "Eigenes ☕", quantity: 1, price_ex_tax: 5, price_inc_tax: 5.4 }],
  });
  assert.deepEqual([made.status_id, made.customer_message, made.external_order_id], [11, "Für Zoë ☕", "A-77"]);
  assert.match(made.total_inc_tax, four);
  assert.equal(made.items_total, 3);
  assert.equal(made.subtotal_inc_tax, "43.2000");
  const found = await v2.get("/orders?external_order_id=A-77");
  assert.deepEqual(found.map((order) => order.id), [made.id]);
  assert.equal((await v2.get(`/orders/${made.id}/products`)).length, 2);
});
await calls("orders.state", "another state", async () => {
  const order = await v2.put("/orders/111", { status_id: 9 });
  assert.deepEqual([order.status_id, order.status], [9, "Awaiting Shipment"]);
});
await calls("orders.acknowledge", "a note", async () => {
  assert.equal((await v2.put("/orders/112", { status_id: 11, staff_notes: "SO-№112" })).staff_notes, "SO-№112");
});
await calls("orders.cancel", "state 5", async () => {
  assert.equal((await v2.put("/orders/113", { status_id: 5 })).status, "Cancelled");
});
await test("an order that is none, and what is wrong in one", async () => {
  const said = await refused(404, () => v2.get("/orders/7"));
  assert.deepEqual([said[0].status, typeof said[0].message], [404, "string"]);
  await refused(400, () => v2.put("/orders/111", { status_id: 99 }));
});

// ---- shipments (v2) ----

await calls(["shipments.list", "shipments.get"], "of an order", async () => {
  const shipments = await v2.get("/orders/109/shipments");
  assert.deepEqual([shipments[0].id, shipments[0].tracking_number], [11, "EJ958083578US"]);
  assert.equal((await v2.get("/orders/109/shipments/11")).id, 11);
  assert.equal(await v2.get("/orders/111/shipments"), "");
  await refused(404, () => v2.get("/orders/109/shipments/7"));
});
await calls("shipments.create", "and the order tells it", async () => {
  const shipment = await v2.post("/orders/103/shipments", { order_address_id: 9103, tracking_number: "9400110200881234567890", shipping_provider: "usps", items: [{ order_product_id: 1031, quantity: 1 }] });
  assert.deepEqual([shipment.order_id, shipment.tracking_number, shipment.items[0].order_product_id], [103, "9400110200881234567890", 1031]);
  assert.ok([2, 3].includes((await v2.get("/orders/103")).status_id));
  await refused(400, () => v2.post("/orders/103/shipments", { order_address_id: 7, items: [{ order_product_id: 1031, quantity: 1 }] }));
});
await calls("shipments.update", "another number", async () => {
  assert.equal((await v2.put("/orders/109/shipments/11", { tracking_number: "00340434161094" })).tracking_number, "00340434161094");
});

// ---- refunds, payments (v3) ----

await calls(["refunds.list", "refunds.get", "refunds.changed"], "of an order, of all, one", async () => {
  const { data } = await v3.get("/orders/110/payment_actions/refunds");
  assert.deepEqual([data[0].id, data[0].total_amount], [12, 2]);
  assert.equal((await v3.get("/orders/payment_actions/refunds/12")).data.order_id, 110);
  const all = await v3.get("/orders/payment_actions/refunds?created:min=2020-01-01T00:00:00Z&page=1&limit=50");
  assert.ok(all.data.some((refund) => refund.id === 12));
  await refused(404, () => v3.get("/orders/payment_actions/refunds/7"));
});
await calls(["refunds.quote", "refunds.create"], "as much as the quote says", async () => {
  const items = [{ item_type: "PRODUCT", item_id: 1041, quantity: 1 }];
  const { data: quote } = await v3.post("/orders/104/payment_actions/refund_quotes", { items });
  const [way] = quote.refund_methods.flat();
  assert.equal(way.amount, quote.total_refund_amount);
  const { data } = await v3.post("/orders/104/payment_actions/refunds", { items: [{ ...items[0], reason: "zu klein ☕" }], payments: [{ provider_id: way.provider_id, amount: way.amount, offline: way.offline }] });
  assert.deepEqual([data.order_id, data.total_amount, data.reason], [104, way.amount, "zu klein ☕"]);
  await refused(422, () => v3.post("/orders/104/payment_actions/refunds", { items, payments: [{ provider_id: "braintree", amount: 99999, offline: false }] }));
  await refused(404, () => v3.post("/orders/7/payment_actions/refund_quotes", { items }));
});
await calls("payments.list", "what was paid", async () => {
  const { data } = await v3.get("/orders/101/transactions");
  assert.deepEqual([data[0].event, typeof data[0].amount, data[0].order_id], ["purchase", "number", "101"]);
});
await calls("payments.capture", "what was held, and not twice", async () => {
  await v3.post("/orders/105/payment_actions/capture");
  assert.ok((await v3.get("/orders/105/transactions")).data.some((t) => t.event === "capture"));
  await refused(422, () => v3.post("/orders/105/payment_actions/capture"));
});
await calls("payments.void", "what was held", async () => {
  await v3.post("/orders/106/payment_actions/void");
  assert.ok((await v3.get("/orders/106/transactions")).data.some((t) => t.event === "void"));
});

// ---- customers, catalogue, stock (v3) ----

await grow("customers", 25, (customer, i) => ({ ...customer, id: 9000 + i }));
await calls("customers.list", "page by page", async () => {
  const customers = await pages_v3("/customers?include=addresses,storecredit&sort=last_modified:asc", 10);
  once_each(customers);
  assert.ok(customers.every((customer) => Array.isArray(customer.addresses) && customer.email));
});
await calls("customers.get", "one by its id, or none", async () => {
  assert.deepEqual((await v3.get("/customers?id:in=3&include=addresses,storecredit")).data.map((c) => c.id), [3]);
  assert.deepEqual((await v3.get("/customers?id:in=777")).data, []);
});
await grow("products", 30, (product, i) => ({ ...product, id: 9000 + i, name: `Grown ${i}`, sku: `GROWN-${i}` }));
await calls("products.list", "page by page", async () => {
  const products = await pages_v3("/catalog/products?include=images,options&sort=date_modified&direction=asc", 20);
  once_each(products);
  assert.ok(products.every((product) => typeof product.price === "number" && Array.isArray(product.images)));
});
await calls("products.get", "one", async () => {
  assert.equal((await v3.get("/catalog/products/101?include=images,options")).data.id, 101);
  const said = await refused(404, () => v3.get("/catalog/products/7"));
  assert.equal(said.status, 404);
});
await calls(["products.create", "products.find"], "and it is found, and its name is given once", async () => {
  const asked = { name: "Tasse „Zoë“ ☕", type: "physical", sku: "NEW-1", price: 12, weight: 0.4, categories: [23], is_visible: true };
  const { data } = await v3.post("/catalog/products", asked);
  assert.deepEqual([data.name, data.price, data.sku], ["Tasse „Zoë“ ☕", 12, "NEW-1"]);
  assert.deepEqual((await v3.get("/catalog/products?sku=NEW-1")).data.map((p) => p.id), [data.id]);
  assert.deepEqual((await v3.get(`/catalog/products?name=${encodeURIComponent(asked.name)}`)).data.map((p) => p.id), [data.id]);
  const said = await refused(409, () => v3.post("/catalog/products", asked));
  assert.ok(said.errors.name);
  await refused(422, () => v3.post("/catalog/products", { type: "physical" }), /error\.path\.missing/);
});
await calls("products.update", "a list of them", async () => {
  const { data } = await v3.put("/catalog/products", [{ id: 102, name: "Größe XL", price: 13.25, is_visible: false }]);
  assert.deepEqual([data[0].id, data[0].name, data[0].price, data[0].is_visible], [102, "Größe XL", 13.25, false]);
});
await calls("skus.list", "page by page", async () => {
  const variants = await pages_v3("/catalog/variants", 6);
  once_each(variants);
});
await calls("skus.get", "one", async () => {
  assert.equal((await v3.get("/catalog/products/101/variants/1010")).data.product_id, 101);
  await refused(404, () => v3.get("/catalog/products/101/variants/7"));
});
await calls("skus.update", "prices", async () => {
  const { data } = await v3.put("/catalog/variants", [{ id: 1020, price: 21, retail_price: 29 }]);
  assert.deepEqual([data[0].id, data[0].price, data[0].retail_price], [1020, 21, 29]);
});
await calls("locations.list", "places", async () => {
  const places = await pages_v3("/inventory/locations", 50);
  assert.deepEqual(places.map((place) => [place.id, place.code]), [[1, "MAIN"], [2, "STORE"]]);
});
const at = async (sku, place) => {
  const { data } = await v3.get(`/inventory/items?sku:in=${sku}`);
  return data[0].locations.find((one) => one.location_id === place);
};
await calls("stock.list", "everywhere, page by page", async () => {
  const items = await pages_v3("/inventory/items", 7);
  assert.equal(new Set(items.map((item) => item.identity.sku)).size, items.length);
});
await calls("stock.at", "in one place", async () => {
  const { data } = await v3.get("/inventory/locations/1/items");
  assert.ok(data.length > 0 && typeof data[0].available_to_sell === "number" || typeof data[0].locations?.[0].available_to_sell === "number");
  await refused(404, () => v3.get("/inventory/locations/7/items"));
});
await calls("stock.set", "numbers in two places", async () => {
  const answer = await v3.put("/inventory/adjustments/absolute", { reason: "Zählung ☕", items: [{ location_id: 1, variant_id: 1030, quantity: 3 }, { location_id: 2, sku: "SKU-0004", quantity: 0 }] });
  assert.equal(typeof answer.transaction_id, "string");
  assert.deepEqual([(await at("SKU-0003", 1)).total_inventory_onhand, (await at("SKU-0004", 2)).total_inventory_onhand], [3, 0]);
  await refused(422, () => v3.put("/inventory/adjustments/absolute", { reason: "x", items: [{ location_id: 7, variant_id: 1030, quantity: 1 }] }));
});
await calls("stock.adjust", "by a difference", async () => {
  const before = (await at("SKU-0005", 2)).total_inventory_onhand;
  await v3.post("/inventory/adjustments/relative", { reason: "Bruch", items: [{ location_id: 2, product_id: 105, quantity: -3 }] });
  assert.equal((await at("SKU-0005", 2)).total_inventory_onhand, before - 3);
});
await calls("stock.settings", "what is kept back", async () => {
  await v3.put("/inventory/locations/1/items", { settings: [{ identity: { variant_id: 1060 }, safety_stock: 4 }] });
  assert.equal((await at("SKU-0006", 1)).settings.safety_stock, 4);
});

// ---- webhooks ----

await calls(["webhooks.list", "webhooks.get", "webhooks.create", "webhooks.update", "webhooks.delete"], "one from its making to its end", async () => {
  const { data } = await v3.post("/hooks", { scope: "store/shipment/*", destination: "https://hooks.example/ü", is_active: true });
  assert.deepEqual([data.scope, data.is_active], ["store/shipment/*", true]);
  assert.ok((await pages_v3("/hooks", 50)).some((hook) => hook.id === data.id));
  assert.deepEqual((await v3.get("/hooks?scope=store/shipment/*")).data.map((hook) => hook.id), [data.id]);
  assert.equal((await v3.put(`/hooks/${data.id}`, { destination: "https://hooks.example/neu" })).data.destination, "https://hooks.example/neu");
  assert.equal((await v3.get(`/hooks/${data.id}`)).data.destination, "https://hooks.example/neu");
  assert.equal((await v3.delete(`/hooks/${data.id}`)).data.id, data.id);
  await refused(404, () => v3.get(`/hooks/${data.id}`));
  await refused(400, () => v3.post("/hooks", { scope: "store/order/*", destination: "http://hooks.example" }));
});
await calls("webhooks.notices", "who is told", async () => {
  assert.equal(await v3.put("/hooks/admin", { emails: ["zoe@example.com"] }), "");
  await refused(422, () => v3.put("/hooks/admin", { emails: ["nobody"] }));
});
await test("what it sends passes Standard Webhooks, a changed body, another secret and an old time do not", async () => {
  await standin.sent();
  await v2.put("/orders/114", { status_id: 9 });
  const sent = await standin.deliveries(secret);
  assert.deepEqual(sent.map((one) => one.topic).toSorted(), ["store/order/statusUpdated", "store/order/updated"]);
  assert.equal(new Set(sent.map((one) => one.headers["webhook-id"])).size, sent.length);
  for (const { topic, headers, body } of sent) {
    const judge = new Webhook(secret, { format: "raw" });
    assert.equal(judge.verify(body, headers).scope, topic);
    assert.throws(() => judge.verify(body.replace("114", "115"), headers), /No matching signature/);
    assert.throws(() => new Webhook("another secret", { format: "raw" }).verify(body, headers), /No matching signature/);
    assert.throws(() => judge.verify(body, { ...headers, "webhook-timestamp": "1700000000" }), /too old/);
    assert.throws(() => judge.verify(body, { ...headers, "webhook-id": "msg_other" }), /No matching signature/);
  }
});
await test("what a shop's page signs is checked with the same secret", async () => {
  const data = Buffer.from(JSON.stringify({ user: { id: 1 }, store_hash: "a1b2c3" }));
  const mac = createHmac("sha256", secret).update(data).digest("hex");
  const signed = `${data.toString("base64")}.${Buffer.from(mac).toString("base64")}`;
  assert.equal(v2.verify(signed).store_hash, "a1b2c3");
  assert.throws(() => v2.verify(signed.replace(/^../, "eX")), /invalid|JSON/);
});

// ---- what goes wrong ----

await test("a wrong token is an error 401", async () => {
  await refused(401, () => store("v3", { accessToken: "wrong" }).get("/catalog/products"));
});
await test("too many calls are waited for, as long as the answer says", async () => {
  await standin.fault({ route: "products.get", kind: "status", status: 429, headers: { "x-retry-after": "1" } });
  await standin.forget();
  const began = Date.now();
  assert.equal((await v3.get("/catalog/products/101")).data.id, 101);
  assert.ok(Date.now() - began >= 1000);
  assert.deepEqual((await standin.log()).map((r) => r.status), [429, 200]);
});
await test("or are an error that says how long", async () => {
  await standin.fault({ route: "products.get", kind: "status", status: 429, headers: { "x-retry-after": "7" } });
  const e = await refusal(() => store("v3", { failOnLimitReached: true }).get("/catalog/products/101"));
  assert.equal(e.retryAfter, 7);
});
await test("an outage is an error with its status", async () => {
  await standin.fault({ route: "orders.get", kind: "status", status: 503 });
  await refused(503, () => v2.get("/orders/107"));
});
await test("an answer that is lost on the way has been done all the same", async () => {
  await standin.fault({ route: "orders.update", kind: "drop" });
  const e = await refusal(() => v2.put("/orders/115", { status_id: 9 }));
  assert.equal(e.code, "ECONNRESET");
  assert.equal((await v2.get("/orders/115")).status_id, 9);
});

await end();
