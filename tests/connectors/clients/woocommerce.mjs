// @woocommerce/woocommerce-rest-api: it signs by OAuth 1.0a over http, and by Basic over https. It gives what axios gives.
import { createHmac } from "node:crypto";
import woocommerce from "@woocommerce/woocommerce-rest-api";
import { agent, assert, calls, end, grow, refusal, standin, test, url } from "./kit.mjs";

const WooCommerce = woocommerce.default ?? woocommerce;
const key = { consumerKey: "ck_1", consumerSecret: "cs_1", version: "wc/v3" };
const shop = new WooCommerce({ url, ...key });
const secure = (secret) =>
  new WooCommerce({ url: "https://shop.example", ...key, consumerSecret: secret, axiosConfig: { httpsAgent: agent, proxy: false } });
const money = /^\d+\.\d{2}$/;

/** Every page, by the totals in the head of the first, as the client's documentation has it. */
async function all(path, params) {
  const first = await shop.get(path, { ...params, per_page: 10, page: 1 });
  const things = [...first.data];
  for (let page = 2; page <= Number(first.headers["x-wp-totalpages"]); page++)
    things.push(...(await shop.get(path, { ...params, per_page: 10, page })).data);
  assert.equal(things.length, Number(first.headers["x-wp-total"]));
  assert.equal(new Set(things.map((thing) => thing.id)).size, things.length);
  return things;
}

async function refused(status, code, run) {
  const e = await refusal(run);
  assert.equal(e.name, "AxiosError");
  assert.equal(e.response.status, status);
  assert.equal(e.response.data.code, code);
  assert.equal(typeof e.response.data.message, "string");
  return e.response.data;
}

// ---- orders ----

await grow("orders", 25, (order, i) => ({ ...order, id: 9000 + i, number: String(9000 + i) }));
await calls("orders.list", "pages by the totals in the head, each order once", async () => {
  const orders = await all("orders", { status: "any", orderby: "modified", order: "asc", dates_are_gmt: true });
  assert.ok(orders.length > 30);
  for (const order of orders) {
    assert.equal(typeof order.id, "number");
    assert.match(order.currency, /^[A-Z]{3}$/);
    assert.match(order.total, money);
    assert.ok(Array.isArray(order.line_items));
  }
});
await calls("orders.list", "between two times", async () => {
  const none = await shop.get("orders", { modified_after: "2019-01-01T00:00:00Z", modified_before: "2019-02-01T00:00:00Z" });
  assert.deepEqual(none.data, []);
  assert.equal(none.headers["x-wp-total"], "0");
});
await calls("orders.get", "with lines, addresses and money as texts", async () => {
  const { data, status } = await shop.get("orders/1001");
  assert.equal(status, 200);
  assert.equal(data.id, 1001);
  assert.ok(data.line_items.length > 0);
  for (const line of data.line_items) {
    assert.equal(typeof line.quantity, "number");
    assert.match(line.total, money);
  }
  assert.equal(typeof data.billing.first_name, "string");
  assert.equal(data.parent_id, 0);
});
let made;
await calls("orders.create", "201, with the totals that the shop reckons", async () => {
  const before = (await shop.get("products/103")).data.stock_quantity;
  const { data, status } = await shop.post("orders", {
    status: "processing",
    set_paid: true,
    currency: "EUR",
    payment_method: "bacs",
    customer_note: "Für Zoë ☕",
    billing: { first_name: "Zoë", last_name: "Ångström", address_1: "Straße 1", city: "Köln", postcode: "50667", country: "DE", email: "zoe@example.com" },
    line_items: [{ product_id: 103, quantity: 2, subtotal: "39.80", total: "39.80" }],
    meta_data: [{ key: "_source_key", value: "A-77" }],
  });
  assert.equal(status, 201);
  made = data;
  assert.equal(data.total, (Number(data.line_items[0].total) + Number(data.total_tax)).toFixed(2));
  assert.equal(data.line_items[0].quantity, 2);
  assert.equal(data.customer_note, "Für Zoë ☕");
  assert.deepEqual(data.meta_data.map((m) => [m.key, m.value]), [["_source_key", "A-77"]]);
  assert.equal((await shop.get("products/103")).data.stock_quantity, before - 2);
});
await calls("orders.update", "what is sent is changed, the rest stays", async () => {
  const { data } = await shop.put(`orders/${made.id}`, { customer_note: "später" });
  assert.deepEqual([data.customer_note, data.status, data.total], ["später", made.status, made.total]);
});
await calls("orders.acknowledge", "a state and a note of its own", async () => {
  const { data } = await shop.put(`orders/${made.id}`, { status: "processing", meta_data: [{ key: "_taken_on_as", value: "SO-№1" }] });
  assert.equal(data.status, "processing");
  assert.deepEqual(data.meta_data.map((m) => m.key).sort(), ["_source_key", "_taken_on_as"]);
});
await calls("shipments.create", "completes the order", async () => {
  const { data } = await shop.put("orders/1010", { status: "completed", meta_data: [{ key: "_wc_shipment_tracking_items", value: [{ tracking_number: "00340434161094" }] }] });
  assert.equal(data.status, "completed");
  assert.notEqual(data.date_completed, null);
});
await calls("orders.cancel", "puts the goods back", async () => {
  const before = (await shop.get("products/103")).data.stock_quantity;
  assert.equal((await shop.put(`orders/${made.id}`, { status: "cancelled" })).data.status, "cancelled");
  assert.equal((await shop.get("products/103")).data.stock_quantity, before + 2);
});

// ---- refunds ----

await calls("refunds.list", "of one order", async () => {
  const { data, headers } = await shop.get("orders/1004/refunds");
  assert.ok(data.length > 0 && Number(headers["x-wp-total"]) === data.length);
  for (const refund of data) assert.match(refund.amount, money);
});
await calls("refunds.get", "one of them", async () => {
  const { data } = await shop.get("orders/1004/refunds/5001");
  assert.equal(data.id, 5001);
});
await calls(["refunds.create", "orders.get"], "is in the order then", async () => {
  const { data, status } = await shop.post("orders/1003/refunds", {
    amount: "1.50", reason: "crème brûlée ☕", api_refund: true, line_items: [{ id: 31, quantity: 1, refund_total: 1.5 }],
  });
  assert.equal(status, 201);
  assert.deepEqual([data.amount, data.reason], ["1.50", "crème brûlée ☕"]);
  const order = (await shop.get("orders/1003")).data;
  assert.deepEqual(order.refunds.find((r) => r.id === data.id), { id: data.id, reason: "crème brûlée ☕", total: "-1.50" });
});
await test("more than was paid is not given back", async () => {
  await refused(500, "woocommerce_rest_cannot_create_order_refund", () => shop.post("orders/1003/refunds", { amount: "99999.00" }));
});

// ---- products, variations, stock ----

await grow("products", 15, (product, i) => ({ ...product, id: 9000 + i, sku: `GROWN-${i}` }));
await calls("products.list", "page by page", async () => {
  for (const product of await all("products", {})) assert.equal(typeof product.name, "string");
});
await calls("products.get", "with prices as texts and numbers in stock", async () => {
  const { data } = await shop.get("products/101");
  assert.match(data.price, money);
  assert.equal(typeof data.stock_quantity, "number");
  assert.equal(data.type, "simple");
});
await calls(["products.create", "products.list"], "and it is found by its SKU, which is given once", async () => {
  const { data, status } = await shop.post("products", { name: "Tasse „Zoë“ ☕", type: "simple", regular_price: "12.00", sku: "NEW-1", status: "publish" });
  assert.equal(status, 201);
  assert.deepEqual([data.name, data.regular_price, data.sku], ["Tasse „Zoë“ ☕", "12.00", "NEW-1"]);
  assert.deepEqual((await shop.get("products", { sku: "NEW-1" })).data.map((p) => p.id), [data.id]);
  const said = await refused(400, "product_invalid_sku", () => shop.post("products", { name: "again", sku: "NEW-1" }));
  assert.equal(said.data.resource_id, data.id);
});
await calls("products.update", "a title", async () => {
  assert.equal((await shop.put("products/102", { name: "Größe XL" })).data.name, "Größe XL");
});
await calls("skus.list", "simple products alone", async () => {
  const { data } = await shop.get("products", { type: "simple", per_page: 100 });
  assert.ok(data.length > 0 && data.every((p) => p.type === "simple"));
});
await calls(["skus.variations", "stock.variations"], "of a product", async () => {
  const { data } = await shop.get("products/121/variations");
  assert.ok(data.length > 1);
  for (const one of data) assert.ok(Array.isArray(one.attributes) && "manage_stock" in one);
});
await calls("skus.get", "one", async () => {
  assert.equal((await shop.get("products/121/variations/201")).data.id, 201);
});
await calls("skus.update", "prices", async () => {
  const { data } = await shop.put("products/121/variations/202", { sku: "VAR-21-2", regular_price: "29.00", sale_price: "21.00" });
  assert.deepEqual([data.sku, data.regular_price, data.sale_price, data.price], ["VAR-21-2", "29.00", "21.00", "21.00"]);
});
await calls("stock.list", "what is in stock", async () => {
  assert.ok((await shop.get("products")).data.some((p) => p.manage_stock === true));
});
await calls("stock.set", "a number", async () => {
  const { data } = await shop.put("products/105", { manage_stock: true, stock_quantity: 3 });
  assert.deepEqual([data.stock_quantity, data.stock_status], [3, "instock"]);
});
await calls("stock.set_variation", "none left", async () => {
  const { data } = await shop.put("products/121/variations/201", { manage_stock: true, stock_quantity: 0 });
  assert.deepEqual([data.stock_quantity, data.stock_status], [0, "outofstock"]);
});
await calls("stock.set_many", "and what is not there is told in its place", async () => {
  const { data, status } = await shop.post("products/batch", { update: [{ id: 106, stock_quantity: 4 }, { id: 7, stock_quantity: 1 }] });
  assert.equal(status, 200);
  assert.deepEqual([data.update[0].id, data.update[0].stock_quantity], [106, 4]);
  assert.equal(data.update[1].error.code, "woocommerce_rest_product_invalid_id");
});

// ---- customers, taxes, webhooks ----

await calls("customers.list", "all", async () => {
  for (const customer of await all("customers", { role: "all", orderby: "id", order: "asc" })) assert.match(customer.email, /@/);
});
await calls("customers.get", "one", async () => {
  assert.equal((await shop.get("customers/25")).data.id, 25);
});
await calls("taxes.list", "all", async () => {
  assert.ok((await all("taxes", {})).every((tax) => typeof tax.rate === "string"));
});
await calls("taxes.get", "one", async () => {
  assert.equal((await shop.get("taxes/75")).data.id, 75);
});
await calls(["webhooks.create", "webhooks.get", "webhooks.list", "webhooks.update", "webhooks.delete"], "one from its making to its end", async () => {
  const { data, status } = await shop.post("webhooks", { name: "p", topic: "product.updated", delivery_url: "https://hooks.example/p", secret: "w" });
  assert.equal(status, 201);
  assert.equal(data.status, "active");
  assert.equal((await shop.get(`webhooks/${data.id}`)).data.topic, "product.updated");
  assert.ok((await shop.get("webhooks")).data.some((hook) => hook.id === data.id));
  assert.equal((await shop.put(`webhooks/${data.id}`, { status: "paused" })).data.status, "paused");
  await refused(501, "woocommerce_rest_trash_not_supported", () => shop.delete(`webhooks/${data.id}`));
  assert.equal((await shop.delete(`webhooks/${data.id}`, { force: true })).data.id, data.id);
  await refused(404, "woocommerce_rest_shop_webhook_invalid_id", () => shop.get(`webhooks/${data.id}`));
});

// ---- what goes wrong ----

await test("over https with Basic it is the same shop", async () => {
  assert.equal((await secure("cs_1").get("orders/1001")).data.id, 1001);
  assert.equal((await secure("cs_1").get("orders", { per_page: 3 })).data.length, 3);
});
await test("a wrong secret is an error 401", async () => {
  await refused(401, "woocommerce_rest_authentication_error", () => secure("wrong").get("orders"));
});
await test("what is not there is an error 404 in the shop's words", async () => {
  await refused(404, "woocommerce_rest_shop_order_invalid_id", () => shop.get("orders/7"));
  await refused(404, "woocommerce_rest_product_invalid_id", () => shop.get("products/7"));
  await refused(404, "woocommerce_rest_shop_order_refund_invalid_id", () => shop.get("orders/1004/refunds/7"));
  await refused(404, "rest_no_route", () => shop.get("nothing"));
});
await test("a value that is none is an error 400 that names it", async () => {
  const said = await refused(400, "rest_invalid_param", () => shop.put("orders/1002", { status: "nonsense" }));
  assert.ok(said.data.params.status);
});
await test("too many calls are an error 429 with how long to wait", async () => {
  await standin.fault({ route: "orders.get", kind: "status", status: 429, headers: { "retry-after": "3" }, body: { code: "too_many", message: "wait", data: { status: 429 } } });
  const e = await refusal(() => shop.get("orders/1001"));
  assert.deepEqual([e.response.status, e.response.headers["retry-after"], e.response.data.code], [429, "3", "too_many"]);
  assert.equal((await shop.get("orders/1001")).status, 200);
});
await test("an answer that is lost on the way has been done all the same", async () => {
  await standin.fault({ route: "orders.update", kind: "lose" });
  const e = await refusal(() => shop.put("orders/1002", { customer_note: "verloren" }));
  assert.equal(e.name, "AxiosError");
  assert.ok(["ECONNRESET", "ECONNABORTED", "ERR_BAD_RESPONSE"].includes(e.code), e.code);
  assert.equal((await shop.get("orders/1002")).data.customer_note, "verloren");
});
await test("what it sends is signed as documented, and a changed body does not fit", async () => {
  await standin.sent();
  await shop.put("products/102", { name: "Größe „XXL“" });
  const [sent] = await standin.deliveries("w", "https://hooks.example/p");
  const mac = (body) => createHmac("sha256", "w").update(body, "utf8").digest("base64");
  assert.equal(sent.headers["x-wc-webhook-topic"], "product.updated");
  assert.equal(sent.headers["x-wc-webhook-signature"], mac(sent.body));
  assert.notEqual(sent.headers["x-wc-webhook-signature"], mac(sent.body.replace("XXL", "XL")));
  assert.equal(JSON.parse(sent.body).name, "Größe „XXL“");
});

await end();
