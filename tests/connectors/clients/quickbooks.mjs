// node-quickbooks: where it calls are its own settings. It pages by itself (fetchAll), asks in QuickBooks' query language, and
// gives back what the service's names unwrap to.
import { randomUUID } from "node:crypto";
import { promisify } from "node:util";
import QuickBooks from "node-quickbooks";
import { assert, calls, end, grow, ours, refusal, standin, test, url, without } from "./kit.mjs";

const REALM = "4620816365";
QuickBooks.V3_ENDPOINT_BASE_URL = `${url}/v3/company/`;
QuickBooks.TOKEN_URL = `${url}/_token`;

const client = (token, refresh = "RT1-1", secret = "client-secret") => new QuickBooks("client-id", secret, token, false, REALM, true, false, 75, "2.0", refresh);
const qb = client("none yet");
const ask = (method, ...given) => promisify(qb[method]).call(qb, ...given);
const money = (n) => assert.equal(Math.round(n * 100) / 100, n);

async function refused(status, code, run) {
  const e = await refusal(run);
  const said = e.Fault ?? e.response?.data?.Fault;
  assert.equal(e.response?.status ?? 200, status, `${e.message} ${JSON.stringify(said)}`);
  assert.equal(said.Error[0].code, code);
  assert.equal(typeof said.Error[0].Detail, "string");
  return said;
}
/** The request is about this kind of thing: they all share one address. */
const asks_for = (entity) => (request) => request.path.endsWith("/query") ? new RegExp(`from ${entity}( |$)`, "i").test(request.query.query) : true;

await test("a token by the refresh token, which is another then", async () => {
  const said = await ask("refreshAccessToken");
  assert.equal(said.token_type, "bearer");
  assert.match(qb.token, /^eyJ/);
  assert.notEqual(qb.refreshToken, "RT1-1");
});

// ---- what is listed and looked at ----

const kinds = [
  // [operation, the service's name, find, get, collection, check]
  ["items", "Item", "findItems", "getItem", "items", (i) => money(i.UnitPrice ?? 0)],
  ["products", "Item", "findItems", "getItem", "items", (i) => assert.equal(typeof i.Name, "string")],
  ["locations", "Department", "findDepartments", "getDepartment", "departments", (d) => assert.equal(typeof d.Name, "string")],
  ["customers", "Customer", "findCustomers", "getCustomer", "customers", (c) => assert.equal(typeof c.DisplayName, "string")],
  ["sales_receipts", "SalesReceipt", "findSalesReceipts", "getSalesReceipt", "sales_receipts", (t) => money(t.TotalAmt)],
  ["invoices", "Invoice", "findInvoices", "getInvoice", "invoices", (t) => [t.TotalAmt, t.Balance].forEach(money)],
  ["credit_memos", "CreditMemo", "findCreditMemos", "getCreditMemo", "credit_memos", (t) => money(t.TotalAmt)],
  ["refund_receipts", "RefundReceipt", "findRefundReceipts", "getRefundReceipt", "refund_receipts", (t) => money(t.TotalAmt)],
  ["payments", "Payment", "findPayments", "getPayment", "payments", (t) => money(t.TotalAmt)],
  ["deposits", "Deposit", "findDeposits", "getDeposit", "deposits", (t) => money(t.TotalAmt)],
  ["journal_entries", "JournalEntry", "findJournalEntries", "getJournalEntry", "journal_entries", (t) => {
    const of = (side) => t.Line.filter((l) => l.JournalEntryLineDetail?.PostingType === side).reduce((sum, l) => sum + Math.round(l.Amount * 100), 0);
    assert.equal(of("Debit"), of("Credit"));
  }],
  ["accounts", "Account", "findAccounts", "getAccount", "accounts", (a) => assert.equal(typeof a.AccountType, "string")],
  ["tax_codes", "TaxCode", "findTaxCodes", null, "tax_codes", (t) => assert.equal(typeof t.Name, "string")],
  ["payment_methods", "PaymentMethod", "findPaymentMethods", null, "payment_methods", (t) => assert.equal(typeof t.Name, "string")],
  ["classes", "Class", "findClasses", null, "classes", (t) => assert.equal(typeof t.Name, "string")],
  ["terms", "Term", "findTerms", null, "terms", (t) => assert.equal(typeof t.Name, "string")],
  ["customer_types", "CustomerType", "findCustomerTypes", "getCustomerType", "customer_types", (t) => assert.equal(typeof t.Name, "string")],
];
const grown = new Set();
for (const [operation, entity, find, get, collection, check] of kinds) {
  if (!grown.has(collection)) await grow(collection, 23, (thing, i) => ({ ...thing, Id: String(90000 + i), Active: thing.Active, ...(thing.DocNumber ? { DocNumber: `GROWN-${i}` } : {}), ...(thing.DisplayName ? { DisplayName: `Grown ${i}` } : {}) }));
  grown.add(collection);
  await calls(`${operation}.list`, "its own paging meets each thing once", async () => {
    const more = ["items", "products", "customers", "accounts"].includes(operation) ? [{ field: "Active", value: [true, false], operator: "in" }] : [];
    const criteria = [{ field: "fetchAll", value: true }, { field: "limit", value: 10 }, { field: "asc", value: "MetaData.LastUpdatedTime" }];
    const answer = await ask(find, [...(operation === "customers" ? more : []), ...criteria]);
    const things = answer.QueryResponse[entity];
    const there = (await standin.things(collection)).filter((thing) => operation === "customers" || thing.Active !== false).map((thing) => thing.Id);
    assert.deepEqual(things.map((thing) => thing.Id).toSorted(), there.toSorted());
    assert.equal(answer.QueryResponse.maxResults, things.length);
    for (const thing of things) {
      assert.equal(typeof thing.SyncToken, "string");
      assert.match(thing.MetaData.LastUpdatedTime, /^\d{4}-\d\d-\d\dT[\d:]{8}[-+]\d\d:\d\d$/);
      check(thing);
    }
  }, asks_for(entity));
  await calls(`${operation}.list`, "since a time, and what is not there is no list", async () => {
    const since = (time) => ask(find, [{ field: "MetaData.LastUpdatedTime", operator: ">=", value: time }]);
    assert.ok((await since("2020-01-01T00:00:00Z")).QueryResponse[entity].length > 0);
    assert.equal((await since("2099-01-01T00:00:00Z")).QueryResponse[entity], undefined);
  }, asks_for(entity));
  if (get)
    await calls(`${operation}.get`, "one, and an error where there is none", async () => {
      const [{ Id }] = (await ask(find, { limit: 1 })).QueryResponse[entity];
      const thing = await ask(get, Id);
      assert.equal(thing.Id, Id);
      check(thing);
      await refused(400, "610", () => ask(get, "999999"));
    });
}
await calls("stock.list", "what is counted", async () => {
  const { Item } = (await ask("findItems", [{ field: "Type", value: "Inventory" }, { field: "asc", value: "MetaData.LastUpdatedTime" }])).QueryResponse;
  assert.ok(Item.length > 0 && Item.every((item) => item.TrackQtyOnHand === true && typeof item.QtyOnHand === "number"));
}, asks_for("Item"));
without("stock.adjust", "the client has no method for inventory adjustments");
await calls("company.get", "the company", async () => {
  assert.equal((await ask("getCompanyInfo", REALM)).CompanyName, "Café Brûlé & Söhne");
});
await calls("changes.list", "what changed since, of each kind", async () => {
  const { CDCResponse } = await ask("changeDataCapture", ["Invoice", "Customer", "Item"], "2026-11-01T00:00:00Z");
  const kinds_of = CDCResponse[0].QueryResponse.flatMap((one) => Object.keys(one)).filter((key) => /^[A-Z]/.test(key));
  assert.ok(kinds_of.length > 0 && kinds_of.every((kind) => ["Invoice", "Customer", "Item"].includes(kind)), kinds_of.join());
});

// ---- finding by number and name: an apostrophe is escaped by the client ----

await calls("customers.find", "a name with an apostrophe", async () => {
  const [known] = (await standin.things("customers")).filter((c) => c.DisplayName.includes("'"));
  const { Customer } = (await ask("findCustomers", [{ field: "DisplayName", value: known.DisplayName }])).QueryResponse;
  assert.deepEqual(Customer.map((c) => c.Id), [known.Id]);
}, asks_for("Customer"));
for (const [operation, entity, find, collection, number] of [
  ["sales_receipts.find", "SalesReceipt", "findSalesReceipts", "sales_receipts", "DocNumber"],
  ["invoices.find", "Invoice", "findInvoices", "invoices", "DocNumber"],
  ["credit_memos.find", "CreditMemo", "findCreditMemos", "credit_memos", "DocNumber"],
  ["refund_receipts.find", "RefundReceipt", "findRefundReceipts", "refund_receipts", "DocNumber"],
  ["payments.find", "Payment", "findPayments", "payments", "PaymentRefNum"],
  ["journal_entries.find", "JournalEntry", "findJournalEntries", "journal_entries", "DocNumber"],
])
  await calls(operation, "by its number", async () => {
    const known = (await standin.things(collection))[3];
    const found = (await ask(find, [{ field: number, value: known[number] }])).QueryResponse[entity];
    assert.deepEqual(found.map((thing) => thing.Id), [known.Id]);
    assert.equal((await ask(find, [{ field: number, value: "nothing" }])).QueryResponse[entity], undefined);
  }, asks_for(entity));

// ---- changes ----

const ref = (value) => ({ value });
const line = (amount, item = "3") => ({ Amount: amount, DetailType: "SalesItemLineDetail", Description: "Crème brûlée", SalesItemLineDetail: { ItemRef: ref(item), Qty: 1, UnitPrice: amount } });
const once = async (create, entity) => {
  const requestId = randomUUID();
  const made = await ask(create, { ...structuredClone(entity), requestId });
  assert.equal((await ask(create, { ...structuredClone(entity), requestId })).Id, made.Id, "the same request twice is one thing");
  return made;
};

await calls("customers.create", "once for a request, and a name is given once", async () => {
  const asked = { DisplayName: "Søren O'Neil ☕", GivenName: "Søren", FamilyName: "O'Neil", PrimaryEmailAddr: { Address: "soren@example.com" }, CurrencyRef: ref("USD") };
  const made = await once("createCustomer", asked);
  assert.deepEqual([made.DisplayName, made.SyncToken, made.Active], [asked.DisplayName, "0", true]);
  await refused(400, "6240", () => ask("createCustomer", structuredClone(asked)));
});
await calls("customers.update", "by the token that is there", async () => {
  const made = await ask("updateCustomer", { Id: "2", SyncToken: "0", Notes: "crème" });
  assert.deepEqual([made.Notes, made.SyncToken], ["crème", "1"]);
  await refused(400, "5010", () => ask("updateCustomer", { Id: "2", SyncToken: "0", Notes: "again" }));
});
await calls("items.update", "a price", async () => {
  const made = await ask("updateItem", { Id: "5", SyncToken: "0", UnitPrice: 21.5, Description: "Jalapeño ☕" });
  assert.deepEqual([made.UnitPrice, made.Description, made.SyncToken], [21.5, "Jalapeño ☕", "1"]);
});
await calls(["sales_receipts.create", "sales_receipts.void"], "with the sum of its lines", async () => {
  const made = await once("createSalesReceipt", { DocNumber: "W-1001", TxnDate: "2026-11-23", CustomerRef: ref("2"), CurrencyRef: ref("USD"), DepositToAccountRef: ref("4"), Line: [line(59.97), line(4.95)] });
  assert.deepEqual([made.TotalAmt, made.DocNumber], [64.92, "W-1001"]);
  await refused(400, "2500", () => ask("createSalesReceipt", { DocNumber: "W-1002", CustomerRef: ref("999999"), Line: [line(1)] }));
  const gone = await ask("updateSalesReceipt", { Id: made.Id, SyncToken: made.SyncToken, void: true });
  assert.deepEqual([gone.TotalAmt, gone.PrivateNote], [0, "Voided"]);
});
await calls(["invoices.create", "invoices.update", "invoices.ship", "invoices.void"], "from its making to its end", async () => {
  const made = await once("createInvoice", { DocNumber: "W-2001", TxnDate: "2026-11-23", CustomerRef: ref("2"), CurrencyRef: ref("USD"), Line: [line(59.97)] });
  assert.deepEqual([made.TotalAmt, made.Balance, made.SyncToken], [59.97, 59.97, "0"]);
  const due = await ask("updateInvoice", { Id: made.Id, SyncToken: "0", DueDate: "2027-01-31" });
  assert.deepEqual([due.DueDate, due.SyncToken], ["2027-01-31", "1"]);
  const shipped = await ask("updateInvoice", { Id: made.Id, SyncToken: "1", ShipDate: "2026-11-24", TrackingNum: "1Z999", ShipMethodRef: ref("Post") });
  assert.deepEqual([shipped.TrackingNum, shipped.SyncToken], ["1Z999", "2"]);
  const { Invoice } = await ask("voidInvoice", { Id: made.Id, SyncToken: "2" });
  assert.deepEqual([Invoice.TotalAmt, Invoice.Balance, Invoice.PrivateNote], [0, 0, "Voided"]);
});
await calls("credit_memos.create", "once for a request", async () => {
  const made = await once("createCreditMemo", { DocNumber: "R-1", TxnDate: "2026-12-01", CustomerRef: ref("2"), CurrencyRef: ref("USD"), Line: [line(19.99)] });
  assert.equal(made.TotalAmt, 19.99);
});
await calls("refund_receipts.create", "once for a request", async () => {
  const made = await once("createRefundReceipt", { DocNumber: "R-2", TxnDate: "2026-12-01", CustomerRef: ref("2"), CurrencyRef: ref("USD"), DepositToAccountRef: ref("4"), Line: [line(19.99)] });
  assert.equal(made.TotalAmt, 19.99);
});
await calls(["payments.create", "payments.void"], "which an invoice is paid by", async () => {
  const before = (await ask("getInvoice", "3002")).Balance;
  const made = await once("createPayment", { CustomerRef: ref("3"), TotalAmt: 20, TxnDate: "2026-11-23", CurrencyRef: ref("USD"), PaymentRefNum: "p-1", Line: [{ Amount: 20, LinkedTxn: [{ TxnId: "3002", TxnType: "Invoice" }] }] });
  assert.equal(made.TotalAmt, 20);
  assert.equal(Math.round(((await ask("getInvoice", "3002")).Balance + 20) * 100), Math.round(before * 100));
  const gone = await ask("voidPayment", { Id: made.Id, SyncToken: made.SyncToken });
  assert.equal(gone.TotalAmt, 0);
});
await calls("deposits.create", "less the fee", async () => {
  const made = await once("createDeposit", { TxnDate: "2026-11-25", DepositToAccountRef: ref("1"), CurrencyRef: ref("USD"), Line: [{ Amount: 100, DetailType: "DepositLineDetail", DepositLineDetail: { AccountRef: ref("4") } }, { Amount: -4.8, DetailType: "DepositLineDetail", DepositLineDetail: { AccountRef: ref("5") } }] });
  assert.equal(made.TotalAmt, 95.2);
});
await calls("journal_entries.create", "that is in balance", async () => {
  const side = (PostingType, account, Amount) => ({ Amount, DetailType: "JournalEntryLineDetail", JournalEntryLineDetail: { PostingType, AccountRef: ref(account) } });
  const made = await once("createJournalEntry", { DocNumber: "web-2026-11-23", TxnDate: "2026-11-23", PrivateNote: "Web sales — Zürich ☕", CurrencyRef: ref("USD"), Line: [side("Debit", "4", 88.9), side("Credit", "3", 88.9)] });
  assert.deepEqual([made.DocNumber, made.Line.length], ["web-2026-11-23", 2]);
  await refused(400, "6000", () => ask("createJournalEntry", { DocNumber: "odd", TxnDate: "2026-11-23", Line: [side("Debit", "4", 88.9), side("Credit", "3", 88.8)] }));
});

// ---- what goes wrong ----

await test("a token that is none is an error 401", async () => {
  const e = await refusal(() => promisify(QuickBooks.prototype.getCompanyInfo).call(client("wrong"), REALM));
  assert.equal(e.response.status, 401);
  assert.equal(e.response.data.fault.type, "AUTHENTICATION");
});
await test("a refresh token that is none, and a wrong secret, are refused", async () => {
  const e = await refusal(() => promisify(QuickBooks.prototype.refreshAccessToken).call(client("x", "RT1-none")));
  assert.deepEqual([e.response.status, e.response.data.error], [400, "invalid_grant"]);
  const f = await refusal(() => promisify(QuickBooks.prototype.refreshAccessToken).call(client("x", "RT1-1", "wrong")));
  assert.deepEqual([f.response.status, f.response.data.error], [401, "invalid_client"]);
});
await test("too many calls are an error 429 in the service's words", async () => {
  await standin.fault({ route: "invoices.get", kind: "status", status: 429, body: { Fault: { Error: [{ Message: "message=ThrottleExceeded; errorCode=003001; statusCode=429", code: "3001", Detail: "The request limit was reached." }], type: "THROTTLE" } } });
  await refused(429, "3001", () => ask("getInvoice", "3002"));
});
await test("a fault in an answer with status 200 is an error, too", async () => {
  await standin.fault({ route: "invoices.get", kind: "status", status: 200, body: { Fault: { Error: [{ Message: "odd", Detail: "odd", code: "10000" }], type: "SystemFault" } } });
  await refused(200, "10000", () => ask("getInvoice", "3002"));
});
await test("a lost answer, asked for again with its request's id, is one receipt", async () => {
  const asked = { DocNumber: "W-3001", TxnDate: "2026-11-23", CustomerRef: ref("2"), CurrencyRef: ref("USD"), Line: [line(5)], requestId: randomUUID() };
  await standin.fault({ route: "sales_receipts.create", kind: "lose" });
  assert.ok((await refusal(() => ask("createSalesReceipt", structuredClone(asked)))) instanceof Error);
  const made = await ask("createSalesReceipt", structuredClone(asked));
  const there = (await standin.things("sales_receipts")).filter((one) => one.DocNumber === "W-3001");
  assert.deepEqual(there.map((one) => one.Id), [made.Id]);
});
await test("both speak the same version, and change things at the same places", async () => {
  const said = ours();
  assert.equal(new URL(said["company.get"].url).searchParams.get("minorversion"), String(qb.minorversion));
  for (const [operation, request] of Object.entries(said)) {
    const { searchParams } = new URL(request.url);
    if (searchParams.get("include") === "void") assert.equal(searchParams.get("operation"), "update", operation);
  }
});

await end();
