// amazon-sp-api: it knows only Amazon's addresses, and takes an agent. What it has no function for, it asks by its api_path.
import SellingPartner from "amazon-sp-api";
import { agent, assert, calls, end, grow, refusal, standin, test, without } from "./kit.mjs";

const SELLER = "A3TH9S8BH6GOGM";
const SHOP = "ATVPDKIKX0DER";
const FROM = "2025-10-15T00:00:00Z";
const UNTIL = "2025-12-31T00:00:00Z";
const ALL = "BUYER,RECIPIENT,PROCEEDS,PROMOTION,CANCELLATION,FULFILLMENT,PACKAGES,PAYMENT,TAX";

function client(secret = "s1", options = {}, more = {}) {
  return new SellingPartner({
    region: "na",
    refresh_token: "Atzr|IwEB1",
    credentials: { SELLING_PARTNER_APP_CLIENT_ID: "amzn1.application-oa2-client.1", SELLING_PARTNER_APP_CLIENT_SECRET: secret },
    endpoints_versions: { orders: "2026-01-01", listingsItems: "2021-08-01", finances: "2024-06-19" },
    options: { https_proxy_agent: agent, retry_remote_timeout: false, ...options },
    ...more,
  });
}
const amazon = client();
const ask = (operation, more = {}) => amazon.callAPI({ operation, ...more });
const v0 = { options: { version: "v0" } };
const order = (i) => `902-${1000000 + i}-${5400000 + i}`;
const line = (i, k) => String(50158511540000 + i * 10 + k);

async function refused(code, run) {
  const e = await refusal(run);
  assert.equal(e.code, code, `${e.code}: ${e.message} ${e.details ?? ""}`);
  assert.equal(typeof e.message, "string");
  return e;
}
/** By its token to the end; member: where the things are. */
async function pages(operation, member, query, token, told, more = {}) {
  const seen = [];
  let rounds = 0;
  for (let next = {}; next; rounds++) {
    const answer = await ask(operation, { query: next.alone ?? { ...query, ...next }, ...more });
    assert.ok(Array.isArray(answer[member]), JSON.stringify(answer).slice(0, 200));
    seen.push(...answer[member]);
    const value = told(answer);
    next = value && (token.alone ? { alone: { [token.alone]: value } } : { [token]: value });
  }
  return { seen, rounds };
}
async function once_each(things, member, collection, of = member) {
  const there = (await standin.things(collection)).map((thing) => thing[of]);
  assert.deepEqual(things.map((thing) => thing[member]).toSorted(), there.toSorted());
}
function money(m) {
  assert.match(m.amount, /^-?[0-9]+\.[0-9]{2}$/);
  assert.equal(m.currencyCode, "USD");
}

// ---- who it is ----

await test("a token is made of the refresh token, and kept", async () => {
  const one = client();
  await one.refreshAccessToken();
  assert.match(one.access_token, /^Atza\|/);
  await standin.forget();
  await one.callAPI({ operation: "orders.getOrder", path: { orderId: order(1) } });
  assert.deepEqual((await standin.log()).map((r) => r.route), ["orders.get"]);
});
await test("a wrong secret is invalid_client, and no call is made", async () => {
  await standin.forget();
  await refused("invalid_client", () => client("wrong").callAPI({ operation: "orders.getOrder", path: { orderId: order(1) } }));
  assert.deepEqual((await standin.log()).map((r) => r.status), [401]);
});
await test("a token that is none is refused, one that has ended is renewed by itself", async () => {
  await refused("Unauthorized", () => client("s1", {}, { access_token: "Atza|bad" }).callAPI({ operation: "orders.getOrder", path: { orderId: order(1) } }));
  await standin.forget();
  const old = client("s1", {}, { access_token: "Atza|IwEB1000000000" });
  assert.equal((await old.callAPI({ operation: "orders.getOrder", path: { orderId: order(1) } })).order.orderId, order(1));
  assert.deepEqual((await standin.log()).map((r) => [r.route, r.status]), [["orders.get", 403], ["token", 200], ["orders.get", 200]]);
});

// ---- orders ----

await grow("orders", 110, (one, i) => ({ ...one, orderId: `903-${String(i).padStart(7, "0")}-0000000` }));
await calls("orders.list", "by its token, each once, with what was asked for", async () => {
  const { seen, rounds } = await pages("orders.searchOrders", "orders", { lastUpdatedAfter: FROM, lastUpdatedBefore: UNTIL, marketplaceIds: [SHOP], includedData: ALL.split(","), maxResultsPerPage: 50 }, "paginationToken", (a) => a.pagination?.nextToken);
  assert.equal(rounds, 3);
  await once_each(seen, "orderId", "orders");
  for (const one of seen) {
    money(one.proceeds.grandTotal);
    assert.ok(one.orderItems.every((item) => typeof item.orderItemId === "string" && Number.isInteger(item.quantityOrdered)));
  }
  const bare = await ask("orders.searchOrders", { query: { lastUpdatedAfter: FROM, maxResultsPerPage: 2 } });
  assert.deepEqual([bare.orders.length, bare.orders[0].buyer, bare.orders[0].proceeds], [2, undefined, undefined]);
  await refused("InvalidInput", () => ask("orders.searchOrders", { query: { marketplaceIds: SHOP } }));
  await refused("InvalidInput", () => ask("orders.searchOrders", { query: { lastUpdatedAfter: FROM, lastUpdatedBefore: "2099-01-01T00:00:00Z" } }));
});
await calls("orders.get", "one whose lines make its total, or an error", async () => {
  const { order: one } = await ask("orders.getOrder", { path: { orderId: order(1) }, query: { includedData: ALL } });
  const cents = (m) => Math.round(Number(m.amount) * 100);
  assert.equal(cents(one.proceeds.grandTotal), one.orderItems.reduce((sum, item) => sum + cents(item.proceeds.proceedsTotal), 0));
  assert.equal(one.recipient.deliveryAddress.countryCode, "US");
  await refused("NotFound", () => ask("orders.getOrder", { path: { orderId: "902-0000000-0000000" } }));
});
await calls(["shipments.confirm", "shipments.list"], "in part, whole, and edited", async () => {
  const confirm = (reference, number, quantity, i = 3) =>
    ask("orders.confirmShipment", {
      path: { orderId: order(i) },
      body: { marketplaceId: SHOP, packageDetail: { packageReferenceId: reference, carrierCode: "UPS", carrierName: "UPS", shippingMethod: "Ground", trackingNumber: number, shipDate: "2025-11-20T10:00:00Z", orderItems: [{ orderItemId: line(i, 1), quantity }] } },
    });
  const now = async () => (await ask("orders.getOrder", { path: { orderId: order(3) }, query: { includedData: "FULFILLMENT,PACKAGES" } })).order;
  assert.deepEqual(await confirm("1", "1Z1", 1), { success: true });
  assert.deepEqual([(await now()).fulfillment.fulfillmentStatus, (await now()).packages[0].trackingNumber], ["PARTIALLY_SHIPPED", "1Z1"]);
  await confirm("1", "1Z2", 1);
  assert.deepEqual((await now()).packages.map((p) => p.trackingNumber), ["1Z2"]);
  await refused("InvalidInput", () => confirm("2", "1Z3", 99));
  await refused("InvalidInput", () => confirm("1", "1Z3", 1, 25));
});
await calls("orders.set_pickup", "only of what is picked up", async () => {
  const set = (i, status = "PickedUp") => ask("orders.updateShipmentStatus", { path: { orderId: order(i) }, body: { marketplaceId: SHOP, shipmentStatus: status } });
  assert.deepEqual(await set(7), { success: true });
  await refused("InvalidInput", () => set(8));
  await refused("InvalidInput", () => set(7, "Gone"));
});
await calls(["orders_v0.list", "orders_v0.get", "orders_v0.items", "orders_v0.address", "orders_v0.buyer", "orders_v0.items_buyer", "tokens.restricted"], "with a token for buyers' data", async () => {
  const { seen, rounds } = await pages("orders.getOrders", "Orders", { LastUpdatedAfter: FROM, MarketplaceIds: [SHOP], MaxResultsPerPage: 100 }, "NextToken", (a) => a.NextToken, v0);
  assert.equal(rounds, 2);
  await once_each(seen, "AmazonOrderId", "orders", "orderId");
  const { restrictedDataToken, expiresIn } = await ask("tokens.createRestrictedDataToken", { body: { restrictedResources: [{ method: "GET", path: "/orders/v0/orders/{orderId}/address" }] } });
  assert.equal(expiresIn, 3600);
  const of = (operation) => ask(operation, { path: { orderId: order(1) }, restricted_data_token: restrictedDataToken, ...v0 });
  assert.equal((await of("orders.getOrder")).OrderStatus, "Unshipped");
  assert.equal((await of("orders.getOrderItems")).OrderItems.length, 2);
  assert.equal((await of("orders.getOrderAddress")).ShippingAddress.CountryCode, "US");
  assert.match((await of("orders.getOrderBuyerInfo")).BuyerEmail, /@/);
  assert.equal((await of("orders.getOrderItemsBuyerInfo")).OrderItems[0].GiftWrapPrice.CurrencyCode, "USD");
  await refused("InvalidInput", () => ask("tokens.createRestrictedDataToken", { body: { restrictedResources: [] } }));
});

// ---- listings and stock ----

const listing = (operation, sku, more = {}) => ask(`listingsItems.${operation}`, { path: { sellerId: SELLER, sku }, ...more, query: { marketplaceIds: [SHOP], ...more.query } });
const patch = (sku, patches, query) => listing("patchListingsItem", sku, { query, body: { productType: "KITCHEN", patches } });
const stock = (quantity) => [{ op: "replace", path: "/attributes/fulfillment_availability", value: [{ fulfillment_channel_code: "DEFAULT", quantity }] }];
await grow("listings", 25, (one, i) => ({ ...one, sku: `GROWN-${i}` }));
await calls(["products.list", "skus.list"], "by its token, each once", async () => {
  const { seen, rounds } = await pages("listingsItems.searchListingsItems", "items", { marketplaceIds: [SHOP], includedData: ["summaries", "attributes", "offers", "fulfillmentAvailability"], pageSize: 20 }, "pageToken", (a) => a.pagination?.nextToken, { path: { sellerId: SELLER } });
  assert.equal(rounds, 3);
  await once_each(seen, "sku", "listings");
  const some = await ask("listingsItems.searchListingsItems", { path: { sellerId: SELLER }, query: { marketplaceIds: SHOP, identifiers: ["SKU-0001", "SKU-0003"], identifiersType: "SKU" } });
  assert.deepEqual([some.numberOfResults, some.items[0].attributes], [2, undefined]);
  await refused("BAD_REQUEST", () => ask("listingsItems.searchListingsItems", { path: { sellerId: SELLER }, query: { marketplaceIds: "invalid" } }));
});
await calls(["stock.set", "stock.get", "skus.get", "prices.set", "skus.change"], "what is set is there; what is invalid is told by issues", async () => {
  assert.deepEqual(((a) => [a.status, a.sku, a.issues])(await patch("SKU-0007", stock(77))), ["ACCEPTED", "SKU-0007", []]);
  await patch("SKU-0007", [{ op: "merge", path: "/attributes/purchasable_offer", value: [{ marketplace_id: SHOP, currency: "USD", our_price: [{ schedule: [{ value_with_tax: 17.25 }] }] }] }]);
  const one = await listing("getListingsItem", "SKU-0007", { query: { includedData: ["summaries", "offers", "fulfillmentAvailability"] } });
  assert.deepEqual([one.fulfillmentAvailability[0].quantity, one.offers[0].price], [77, { currencyCode: "USD", amount: "17.25" }]);
  assert.equal(one.summaries[0].productType, "KITCHEN");
  const bad = await patch("SKU-0007", stock(-1));
  assert.deepEqual([bad.status, bad.issues[0].severity], ["INVALID", "ERROR"]);
  assert.equal((await patch("SKU-0007", stock(5), { mode: "VALIDATION_PREVIEW" })).status, "VALID");
  assert.equal((await listing("getListingsItem", "SKU-0007", { query: { includedData: "fulfillmentAvailability" } })).fulfillmentAvailability[0].quantity, 77);
  await refused("NotFound", () => listing("getListingsItem", "SKU-0"));
});
await calls(["skus.set", "skus.delete"], "a new one, under a name with what has to be escaped", async () => {
  const sku = "CB 1+ü%";
  const put = (attributes) => listing("putListingsItem", sku, { body: { productType: "KITCHEN", requirements: "LISTING", attributes } });
  const made = await put({ item_name: [{ value: "Crème brûlée ☕", marketplace_id: SHOP }], condition_type: [{ value: "new_new", marketplace_id: SHOP }] });
  assert.deepEqual([made.status, made.sku], ["ACCEPTED", sku]);
  assert.equal((await listing("getListingsItem", sku, { query: { includedData: "attributes" } })).attributes.item_name[0].value, "Crème brûlée ☕");
  assert.deepEqual((await put({})).issues.map((issue) => issue.categories[0]), ["MISSING_ATTRIBUTE"]);
  assert.equal((await listing("deleteListingsItem", sku)).status, "ACCEPTED");
  await refused("NotFound", () => listing("getListingsItem", sku));
});
await grow("fba", 60, (one, i) => ({ ...one, sellerSku: `GROWN-${i}` }));
await calls("stock.list", "of Amazon's warehouses, by its token, each once", async () => {
  const { seen, rounds } = await pages("fbaInventory.getInventorySummaries", "inventorySummaries", { details: true, granularityType: "Marketplace", granularityId: SHOP, marketplaceIds: [SHOP] }, "nextToken", (a) => a.nextToken);
  assert.equal(rounds, 2);
  await once_each(seen, "sellerSku", "fba");
  assert.ok(seen.every((one) => Number.isInteger(one.inventoryDetails.fulfillableQuantity)));
});

// ---- feeds and reports ----

const clock = (now) => fetch(`${process.env.STANDIN_URL}/_standin/clock`, { method: "PUT", body: JSON.stringify({ now: now.toISOString() }) });
await calls(["feeds.document", "feeds.create", "feeds.get", "feeds.result", "feeds.list", "feeds.cancel"], "one uploaded, carried out, and its report downloaded", async () => {
  const contentType = "application/json; charset=UTF-8";
  const document = await ask("feeds.createFeedDocument", { body: { contentType } });
  const second = await ask("feeds.createFeedDocument", { body: { contentType } });
  assert.notEqual(document.feedDocumentId, second.feedDocumentId);
  const content = JSON.stringify({ header: { sellerId: SELLER, version: "2.0", issueLocale: "en_US" }, messages: [{ messageId: 1, sku: "SKU-0001", operationType: "PATCH", productType: "KITCHEN", patches: [{ op: "replace", path: "/attributes/item_name", value: [{ value: "Ü 1", marketplace_id: SHOP }] }] }] });
  assert.deepEqual(await amazon.upload(document, { content, contentType }), { success: true });
  const kept = (await standin.things("documents")).find((d) => d.id === document.feedDocumentId);
  assert.deepEqual(JSON.parse(kept.content), JSON.parse(content));
  const { feedId } = await ask("feeds.createFeed", { body: { feedType: "JSON_LISTINGS_FEED", marketplaceIds: [SHOP], inputFeedDocumentId: document.feedDocumentId } });
  assert.equal((await ask("feeds.getFeed", { path: { feedId } })).processingStatus, "IN_QUEUE");
  const { feedId: other } = await ask("feeds.createFeed", { body: { feedType: "JSON_LISTINGS_FEED", marketplaceIds: [SHOP], inputFeedDocumentId: second.feedDocumentId } });
  await ask("feeds.cancelFeed", { path: { feedId: other } });
  assert.equal((await ask("feeds.getFeed", { path: { feedId: other } })).processingStatus, "CANCELLED");
  await clock(new Date(Date.now() + 60000));
  const done = await ask("feeds.getFeed", { path: { feedId } });
  assert.equal(done.processingStatus, "DONE");
  const result = await amazon.download(await ask("feeds.getFeedDocument", { path: { feedDocumentId: done.resultFeedDocumentId } }), { json: true });
  assert.deepEqual([result.header.feedId, result.summary.messagesInvalid], [feedId, 0]);
  const list = await ask("feeds.getFeeds", { query: { feedTypes: ["JSON_LISTINGS_FEED"], processingStatuses: ["DONE"], pageSize: 100 } });
  assert.ok(list.feeds.some((feed) => feed.feedId === feedId) && list.feeds.every((feed) => feed.processingStatus === "DONE"));
  await refused("400", () => ask("feeds.createFeed", { body: { feedType: "JSON_LISTINGS_FEED", marketplaceIds: [SHOP], inputFeedDocumentId: "badDocumentId" } }));
});
without(["stock.feed", "prices.feed"], "a document, its upload and a feed in one, which the client is asked for one by one: feeds.document, feeds.create");
without(["feeds.finished", "feeds.results"], "a feed's state and the document that it names, which the client is asked for as feeds.get and feeds.result");
without(["reports.finished", "reports.rows", "settlements.payout", "settlements.lines", "returns.list"], "a report's state, or what stands in its document, which the client is asked for as reports.get and reports.document");
await grow("reports", 30, (one, i) => ({ ...one, reportId: String(90000 + i) }));
await calls(["reports.list", "settlements.list", "reports.document"], "by its token, which comes alone; a settlement adds up", async () => {
  const types = { reportTypes: ["GET_V2_SETTLEMENT_REPORT_DATA_FLAT_FILE_V2"], processingStatuses: ["DONE"], pageSize: 25 };
  const seen = [];
  let answer = await ask("reports.getReports", { query: types });
  assert.equal(answer.reports.length, 25);
  await refused("InvalidInput", () => ask("reports.getReports", { query: { ...types, nextToken: answer.nextToken } }));
  for (; ; answer = await ask("reports.getReports", { query: { nextToken: answer.nextToken } })) {
    seen.push(...answer.reports);
    if (!answer.nextToken) break;
  }
  assert.equal(new Set(seen.map((report) => report.reportId)).size, 33);
  assert.ok(seen.every((report) => report.reportType === types.reportTypes[0]));
  const rows = await amazon.download(await ask("reports.getReportDocument", { path: { reportDocumentId: "amzn1.spdoc.1.4.settlement-2" } }), { json: true });
  assert.equal(Object.keys(rows[0]).length, 23);
  const cents = (text) => Math.round(Number(text) * 100);
  assert.equal(cents(rows[0]["total-amount"]), rows.slice(1).reduce((sum, row) => sum + cents(row.amount), 0));
});
await calls(["reports.create", "reports.get", "reports.cancel"], "one asked for, waited for and downloaded by itself; one called off", async () => {
  const body = { reportType: "GET_MERCHANT_LISTINGS_ALL_DATA", marketplaceIds: [SHOP] };
  let ahead = 120000;
  const turning = setInterval(() => clock(new Date(Date.now() + (ahead += 60000))), 100);
  const rows = await amazon.downloadReport({ body, interval: 150, cancel_after: 50, download: { json: true } }).finally(() => clearInterval(turning));
  assert.ok(rows.length > 1);
  const { reportId } = await ask("reports.createReport", { body });
  await ask("reports.cancelReport", { path: { reportId } });
  assert.equal((await ask("reports.getReport", { path: { reportId } })).processingStatus, "CANCELLED");
  await refused("400", () => ask("reports.createReport", { body: { ...body, reportType: "BAD_FEE_DISCOUNTS_REPORT" } }));
});
await calls(["schedules.create", "schedules.list", "schedules.get", "schedules.cancel"], "one from its making to its end", async () => {
  const reportType = "GET_FLAT_FILE_RETURNS_DATA_BY_RETURN_DATE";
  const { reportScheduleId } = await ask("reports.createReportSchedule", { body: { reportType, marketplaceIds: [SHOP], period: "P7D" } });
  assert.deepEqual((await ask("reports.getReportSchedules", { query: { reportTypes: [reportType] } })).reportSchedules.map((s) => s.reportScheduleId), [reportScheduleId]);
  assert.equal((await ask("reports.getReportSchedule", { path: { reportScheduleId } })).period, "P7D");
  await ask("reports.cancelReportSchedule", { path: { reportScheduleId } });
  await refused("NotFound", () => ask("reports.getReportSchedule", { path: { reportScheduleId } }));
});

// ---- money ----

await grow("transactions", 100, (one, i) => ({ ...one, transactionId: `amzn1:crow:g${i}` }));
await calls("settlement_lines.list", "by its token, each once; numbers, whose breakdowns make the whole", async () => {
  const { seen, rounds } = await pages("finances.listTransactions", "transactions", { postedAfter: FROM, postedBefore: UNTIL, marketplaceId: SHOP }, "nextToken", (a) => a.nextToken);
  assert.equal(rounds, 2);
  await once_each(seen, "transactionId", "transactions");
  const cents = (m) => Math.round(m.currencyAmount * 100);
  for (const one of seen) {
    assert.equal(typeof one.totalAmount.currencyAmount, "number");
    assert.equal(cents(one.totalAmount), one.breakdowns.reduce((sum, b) => sum + cents(b.breakdownAmount), 0));
  }
  assert.deepEqual((await ask("finances.listTransactions", { query: { postedAfter: "2025-01-01T00:00:00Z", postedBefore: UNTIL } })).transactions, []);
  await refused("InvalidInput", () => ask("finances.listTransactions", { query: { postedBefore: UNTIL } }));
});
await calls(["balances.list", "summaries.list"], "asked for by its api_path", async () => {
  const by = (what, query) => amazon.callAPI({ api_path: `/finances/2024-06-19/${what}`, method: "GET", query });
  assert.equal((await by("balances", { marketplaceIds: SHOP })).balances[0].balances[0].balanceType, "AVAILABLE");
  assert.equal(typeof (await by("summary", { marketplaceIds: SHOP })).summaries[0].netProceeds.currencyAmount, "number");
  await refused("InvalidInput", () => by("summary", { marketplaceIds: "INVALID_MARKETPLACE_ID" }));
});
await calls(["payouts.list", "events.list", "events.of_payout", "events.of_order", "refunds.list"], "groups and their events", async () => {
  const { FinancialEventGroupList: groups } = await ask("finances.listFinancialEventGroups", { query: { MaxResultsPerPage: 100 }, ...v0 });
  assert.equal(groups.length, 3);
  const count = (events) => Object.values(events).reduce((sum, list) => sum + list.length, 0);
  let all = 0;
  for (let next = {}; next; ) {
    const answer = await ask("finances.listFinancialEvents", { query: { PostedAfter: FROM, PostedBefore: UNTIL, MaxResultsPerPage: 10, ...next }, ...v0 });
    all += count(answer.FinancialEvents);
    next = answer.NextToken && { NextToken: answer.NextToken };
  }
  assert.equal(all, (await standin.things("events")).length);
  const of = await ask("finances.listFinancialEventsByGroupId", { path: { eventGroupId: groups[0].FinancialEventGroupId }, ...v0 });
  const cents = of.FinancialEvents.ShipmentEventList.flatMap((e) => e.ShipmentItemList).map((item) => item.ItemChargeList[0].ChargeAmount.CurrencyAmount + item.ItemFeeList[0].FeeAmount.CurrencyAmount).reduce((a, b) => a + Math.round(b * 100), 0);
  assert.equal(cents, Math.round(groups[0].OriginalTotal.CurrencyAmount * 100));
  assert.equal((await ask("finances.listFinancialEventsByOrderId", { path: { orderId: order(3) }, ...v0 })).FinancialEvents.RefundEventList.length, 1);
  await refused("InvalidInput", () => ask("finances.listFinancialEventsByGroupId", { path: { eventGroupId: "BADID" }, ...v0 }));
});

// ---- notifications ----

await calls(["destinations.create", "destinations.list", "destinations.get", "destinations.delete", "subscriptions.create", "subscriptions.get", "subscriptions.get_by_id", "subscriptions.list", "subscriptions.test", "subscriptions.delete"], "one from its making to its end", async () => {
  const { destinationId } = await ask("notifications.createDestination", { body: { name: "Bestellungen", resourceSpecification: { sqs: { arn: "arn:aws:sqs:eu-central-1:444455556666:neue" } } } });
  assert.equal((await ask("notifications.getDestination", { path: { destinationId } })).name, "Bestellungen");
  assert.equal((await ask("notifications.getDestinations")).length, 3);
  const path = { notificationType: "REPORT_PROCESSING_FINISHED" };
  const made = await ask("notifications.createSubscription", { path, body: { payloadVersion: "1.0", destinationId } });
  await refused("Conflict", () => ask("notifications.createSubscription", { path, body: { payloadVersion: "1.0", destinationId } }));
  assert.deepEqual(await ask("notifications.getSubscription", { path }), made);
  assert.deepEqual(await ask("notifications.getSubscriptionById", { path: { ...path, subscriptionId: made.subscriptionId } }), made);
  const by = (rest, method, more) => amazon.callAPI({ api_path: `/notifications/v1/subscriptions${rest}`, method, ...more });
  assert.equal((await by("", "GET", { query: { notificationTypes: "ORDER_CHANGE,REPORT_PROCESSING_FINISHED" } })).subscriptions.length, 2);
  await by("/REPORT_PROCESSING_FINISHED/testNotification", "POST", { body: { destinationId, testNotification: { payloadVersion: "1.0" } } });
  await ask("notifications.deleteSubscriptionById", { path: { ...path, subscriptionId: made.subscriptionId } });
  await refused("NotFound", () => ask("notifications.getSubscription", { path }));
  await ask("notifications.deleteDestination", { path: { destinationId } });
  await refused("NotFound", () => ask("notifications.getDestination", { path: { destinationId } }));
});

// ---- what goes wrong ----

const throttled = { kind: "status", status: 429, headers: { "x-amzn-RateLimit-Limit": "50" }, body: { errors: [{ code: "QuotaExceeded", message: "You exceeded your quota for the requested resource.", details: "" }] } };
await test("too many calls are tried again by itself, or told", async () => {
  await standin.fault({ route: "orders.get", ...throttled });
  await standin.forget();
  assert.equal((await ask("orders.getOrder", { path: { orderId: order(1) } })).order.orderId, order(1));
  assert.deepEqual((await standin.log()).map((r) => r.status), [429, 200]);
  await standin.fault({ route: "orders.get", ...throttled });
  await refused("QuotaExceeded", () => client("s1", { auto_request_throttled: false }).callAPI({ operation: "orders.getOrder", path: { orderId: order(1) } }));
});
await test("an outage is the vendor's own error", async () => {
  await standin.fault({ route: "orders.get", kind: "status", status: 503, body: { errors: [{ code: "ServiceUnavailable", message: "Service is temporarily unavailable. Please try again.", details: "" }] } });
  await refused("ServiceUnavailable", () => ask("orders.getOrder", { path: { orderId: order(1) } }));
});
await test("a lost answer, confirmed again, is one package", async () => {
  const confirm = () =>
    ask("orders.confirmShipment", { path: { orderId: order(5) }, body: { marketplaceId: SHOP, packageDetail: { packageReferenceId: "1", carrierCode: "UPS", trackingNumber: "1Z5", shipDate: "2025-11-20T10:00:00Z", orderItems: [{ orderItemId: line(5, 1), quantity: 1 }] } } });
  await standin.fault({ route: "orders.confirm_shipment", kind: "drop" });
  assert.equal((await refusal(confirm)).code, "ECONNRESET");
  await confirm();
  const { order: one } = await ask("orders.getOrder", { path: { orderId: order(5) }, query: { includedData: "PACKAGES" } });
  assert.deepEqual(one.packages.map((p) => p.trackingNumber), ["1Z5"]);
});

await end();
