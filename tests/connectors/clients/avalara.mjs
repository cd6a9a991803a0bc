// avatax: the address is an option, as is that every answer has to fit its models, which is on here.
import Avatax from "avatax";
import * as enums from "avatax/lib/enums/index.js";
import * as models from "avatax/lib/models/index.js";
import json from "json2typescript";
import { assert, calls, end, grow, ours, refusal, standin, test, url } from "./kit.mjs";

const client = (licenseKey, more) =>
  new (Avatax.default ?? Avatax)({ appName: "Order integration", appVersion: "1.0", machineName: "server", environment: url, enableStrictTypeConversion: true, timeout: 20000, ...more }).withSecurity({ accountId: "2000002513", licenseKey });
const avatax = client("good");
const { DocumentStatus, DocumentType, ResolutionQuality } = enums.default ?? enums;
const cents = (n) => Math.round(n * 100);

const HOME = { line1: "123 Main Street", city: "Irvine", region: "CA", country: "US", postalCode: "92615" };
const document_of = (code, more) => ({
  type: "SalesInvoice", code, companyCode: "DEFAULT", date: "2026-11-30", customerCode: "CUST-9", currencyCode: "USD", commit: false,
  addresses: { singleLocation: HOME },
  lines: [
    { number: "1", quantity: 2, amount: 38, itemCode: "SKU-0001", taxCode: "PF050144", description: "Crème brûlée ☕" },
    { number: "2", quantity: 1, amount: 45, itemCode: "SKU-0002", description: "Gestrickter Schal" },
    { number: "3", quantity: 1, amount: 7.5, itemCode: "Ground", taxCode: "FR" },
  ],
  ...more,
});
/** What has to add up in every document. */
function adds_up(document, amount) {
  assert.equal(typeof document.id, "number");
  assert.equal(cents(document.totalAmount), cents(amount));
  assert.equal(cents(document.lines.reduce((sum, line) => sum + line.lineAmount, 0)), cents(amount));
  assert.equal(cents(document.lines.reduce((sum, line) => sum + line.tax, 0)), cents(document.totalTax));
  for (const line of document.lines)
    assert.equal(cents(line.details.reduce((sum, detail) => sum + detail.tax, 0)), cents(line.tax), `line ${line.lineNumber}`);
}
async function refused(code, run) {
  const e = await refusal(run);
  assert.ok(e instanceof Error);
  assert.equal(e.code, code, e.message);
  assert.ok(e.message && Array.isArray(e.details) && e.details[0].code === code);
  return e;
}
const include = "Details,Addresses";
const of = (transactionCode, more) => ({ companyCode: "DEFAULT", transactionCode, documentType: "SalesInvoice", ...more });

await calls("ping", "whom it knows", async () => {
  const said = await avatax.ping();
  assert.deepEqual([said.authenticated, typeof said.version], [true, "string"]);
  assert.equal((await client("wrong").ping()).authenticated, false);
});
await calls("companies.list", "by top and skip", async () => {
  await grow("companies", 5, (company, i) => ({ ...company, id: 900000 + i, companyCode: `C${i}` }));
  const seen = [];
  for (let skip = 0; ; skip += 2) {
    const some = await avatax.queryCompanies({ top: 2, skip });
    assert.ok(some.value.length <= 2);
    seen.push(...some.value.map((company) => company.id));
    if (some.value.length === 0) {
      assert.equal(some["@recordsetCount"] ?? some.recordsetCount, seen.length);
      break;
    }
  }
  assert.equal(new Set(seen).size, (await standin.things("companies")).length);
});
await calls("companies.get", "one, or an error", async () => {
  const company = await avatax.getCompany({ id: 265543 });
  assert.deepEqual([company.id, company.companyCode], [265543, "DEFAULT"]);
  await refused("EntityNotFoundError", () => avatax.getCompany({ id: 7 }));
});

// ---- taxes ----

await calls("tax.quote", "which is kept nowhere", async () => {
  const before = (await standin.things("transactions")).length;
  const quote = await avatax.createTransaction({ include, model: document_of("Q-1", { type: "SalesOrder" }) });
  assert.deepEqual([quote.type, quote.status, quote.lines.length], [DocumentType.SalesOrder, DocumentStatus.Temporary, 3]);
  assert.ok(quote.lines.every((line) => Array.isArray(line.details)));
  assert.equal((await standin.things("transactions")).length, before);
});
await calls(["tax.create", "transactions.get"], "and again with other lines", async () => {
  const made = await avatax.createOrAdjustTransaction({ include, model: { createTransactionModel: document_of("ORDER-77") } });
  assert.deepEqual([made.code, made.type, made.status, made.customerCode], ["ORDER-77", DocumentType.SalesInvoice, DocumentStatus.Saved, "CUST-9"]);
  adds_up(made, 90.5);
  assert.equal(made.lines[0].description, "Crème brûlée ☕");
  const read = await avatax.getTransactionByCode(of("ORDER-77", { include }));
  assert.deepEqual([read.id, read.totalTax, read.lines.length], [made.id, made.totalTax, 3]);
  assert.equal((await avatax.getTransactionByCode(of("ORDER-77"))).lines ?? null, null);
  const again = await avatax.createOrAdjustTransaction({ include, model: { createTransactionModel: document_of("ORDER-77", { lines: [{ number: "1", quantity: 1, amount: 10 }] }) } });
  adds_up(again, 10);
  assert.equal((await avatax.getTransactionByCode(of("ORDER-77"))).id, again.id);
});
await calls("tax.commit", "for reporting", async () => {
  const committed = await avatax.commitTransaction(of("ORDER-77", { model: { commit: true } }));
  assert.equal(committed.status, DocumentStatus.Committed);
});
await calls("tax.adjust", "what was committed is another version", async () => {
  const { version } = await avatax.getTransactionByCode(of("ORDER-77"));
  const adjusted = await avatax.adjustTransaction(of("ORDER-77", { include, model: { adjustmentReason: "Other", adjustmentDescription: "The order has changed", newTransaction: document_of("ORDER-77", { commit: true }) } }));
  adds_up(adjusted, 90.5);
  assert.equal(adjusted.version, version + 1);
  assert.equal((await avatax.getTransactionByCode(of("ORDER-77"))).status, DocumentStatus.Committed);
});
await calls("tax.refund", "lines of it, below zero", async () => {
  const sold = await avatax.getTransactionByCode(of("ORDER-77", { include }));
  const back = await avatax.refundTransaction(of("ORDER-77", { include, model: { refundTransactionCode: "REFUND-5", refundDate: "2026-11-30", refundType: "Partial", refundLines: ["1"], referenceCode: "ORDER-77" } }));
  assert.deepEqual([back.type, back.code], [DocumentType.ReturnInvoice, "REFUND-5"]);
  assert.equal(cents(back.totalAmount), -3800);
  assert.equal(cents(back.totalTax), -cents(sold.lines[0].tax));
  await refused("EntityNotFoundError", () => avatax.refundTransaction(of("ORDER-0", { model: { refundTransactionCode: "REFUND-6", refundDate: "2026-11-30", refundType: "Full" } })));
});
await calls("tax.return", "a document of its own", async () => {
  const back = await avatax.createOrAdjustTransaction({ include, model: { createTransactionModel: document_of("REFUND-7", { type: "ReturnInvoice", commit: true, lines: [{ number: "1", quantity: 1, amount: -19.9, itemCode: "SKU-0001" }] }) } });
  assert.deepEqual([back.type, back.status], [DocumentType.ReturnInvoice, DocumentStatus.Committed]);
  adds_up(back, -19.9);
  assert.equal((await avatax.getTransactionByCode(of("REFUND-7", { documentType: "ReturnInvoice" }))).id, back.id);
});
await calls("tax.void", "and it says so", async () => {
  await avatax.createOrAdjustTransaction({ model: { createTransactionModel: document_of("ORDER-78") } });
  assert.equal((await avatax.voidTransaction(of("ORDER-78", { model: { code: "DocVoided" } }))).status, DocumentStatus.Cancelled);
  assert.equal((await avatax.getTransactionByCode(of("ORDER-78"))).status, DocumentStatus.Cancelled);
  await refused("InvalidDocumentStatus", () => avatax.commitTransaction(of("ORDER-78", { model: { commit: true } })));
});
await test("a code with characters that addresses have no room for is spelled as the client's documentation says, or percent-encoded", async () => {
  const made = await avatax.createOrAdjustTransaction({ model: { createTransactionModel: document_of("#1/2+3?4%5 6") } });
  assert.equal((await avatax.getTransactionByCode(of("_-ava23-_1_-ava2f-_2_-ava2b-_3_-ava3f-_4_-ava25-_5%206"))).id, made.id);
  const plain = await avatax.createOrAdjustTransaction({ model: { createTransactionModel: document_of("#INV 0900") } });
  assert.equal((await avatax.getTransactionByCode(of(encodeURIComponent("#INV 0900")))).id, plain.id);
});
await calls("transactions.list", "since a time, by top and skip, each once", async () => {
  const filter = "modifiedDate ge '2020-01-01T00:00:00'";
  const seen = [];
  for (let skip = 0; ; skip += 10) {
    const some = await avatax.listTransactionsByCompany({ companyCode: "DEFAULT", filter, orderBy: "modifiedDate ASC", top: 10, skip });
    assert.ok(some.value.length <= 10);
    if (some.value.length === 0) break;
    seen.push(...some.value);
  }
  assert.equal(new Set(seen.map((document) => document.id)).size, seen.length);
  assert.equal(seen.length, (await standin.things("transactions")).length);
  assert.ok(seen.every((document) => document.modifiedDate instanceof Date || typeof document.modifiedDate === "string"));
  assert.deepEqual((await avatax.listTransactionsByCompany({ companyCode: "DEFAULT", filter: "modifiedDate ge '2099-01-01T00:00:00'" })).value, []);
});
await calls("addresses.resolve", "one that is known, and what is said of one that is not", async () => {
  const found = await avatax.resolveAddressPost({ model: { line1: "2000 Main Street", city: "Irvine", region: "CA", country: "US", postalCode: "92614", textCase: "Mixed" } });
  assert.deepEqual([found.validatedAddresses[0].line1, found.resolutionQuality], ["2000 Main Street", ResolutionQuality.Intersection]);
  assert.equal(typeof found.coordinates.latitude, "number");
  const abroad = await avatax.resolveAddressPost({ model: { line1: "Straße 1", city: "Köln", country: "DE" } });
  assert.ok(abroad.messages.length > 0);
  await refused("InvalidAddress", () => avatax.resolveAddressPost({ model: { country: "US" } }));
});

// ---- what the connector asks ----

const MODELS = {
  "tax.quote": "CreateTransactionModel", "tax.create": "CreateOrAdjustTransactionModel", "tax.return": "CreateOrAdjustTransactionModel",
  "tax.commit": "CommitTransactionModel", "tax.void": "VoidTransactionModel", "tax.adjust": "AdjustTransactionModel",
  "tax.refund": "RefundTransactionModel", "addresses.resolve": "AddressValidationInfo",
};
/** Where a document says something: what a model does not know, or takes for none of its choices, it has not afterwards. */
const places = (value, at = "") =>
  value !== null && typeof value === "object"
    ? Object.entries(value).flatMap(([key, member]) => (member == null ? [] : places(member, `${at}/${key.toLowerCase()}`)))
    : [at];
function not_known(body, model) {
  const read = new json.JsonConvert(null, null, null, json.PropertyMatchingRule.CASE_INSENSITIVE).deserialize(structuredClone(body), (models.default ?? models)[model]);
  const known = new Set(places(JSON.parse(JSON.stringify(read))));
  return places(body).filter((place) => !known.has(place));
}
await test("every body that the connector sends fits the client's models, without a member that they do not know", async () => {
  const all = Object.entries(ours()).filter(([, request]) => request.body != null);
  assert.deepEqual(all.map(([operation]) => operation).toSorted(), Object.keys(MODELS).toSorted());
  for (const [operation, request] of all) assert.deepEqual(not_known(request.body, MODELS[operation]), [], operation);
  assert.deepEqual(not_known({ ...all[0][1].body, nonsense: 1, type: "Nonsense" }, MODELS[all[0][0]]), ["/type", "/nonsense"]);
});

// ---- what goes wrong ----

await test("a wrong key is an error in the service's words", async () => {
  await refused("AuthenticationIncomplete", () => client("wrong").queryCompanies({}));
});
await test("what is not there, and the wrong kind of it", async () => {
  await refused("EntityNotFoundError", () => avatax.getTransactionByCode(of("NOTHING")));
  await refused("EntityNotFoundError", () => avatax.getTransactionByCode(of("REFUND-7")));
});
await test("what is wrong in a document is named", async () => {
  await refused("MissingLine", () => avatax.createTransaction({ model: document_of("BAD-1", { lines: [] }) }));
  await refused("ValueRequiredError", () => avatax.createTransaction({ model: document_of("BAD-2", { customerCode: undefined }) }));
  await refused("CompanyInvalidException", () => avatax.createTransaction({ model: document_of("BAD-3", { companyCode: "NONE" }) }));
});
await test("too many calls are an error in the service's words", async () => {
  await standin.fault({ route: "transactions.get", kind: "status", status: 429, headers: { "retry-after": "1" }, body: { error: { code: "RateLimitExceeded", message: "Too many requests", target: "HttpRequest", details: [{ code: "RateLimitExceeded" }] } } });
  await refused("RateLimitExceeded", () => avatax.getTransactionByCode(of("ORDER-77")));
});
await test("an outage that answers with a page is an error of its format", async () => {
  await standin.fault({ route: "transactions.get", kind: "status", status: 502, body: "<html>Bad gateway</html>" });
  const e = await refusal(() => avatax.getTransactionByCode(of("ORDER-77")));
  assert.equal(e.code, "FormatException");
});
await test("an answer that is lost on the way has been given all the same, and the same again is one document", async () => {
  const model = { createTransactionModel: document_of("ORDER-79") };
  await standin.fault({ route: "transactions.createoradjust", kind: "lose" });
  const e = await refusal(() => avatax.createOrAdjustTransaction({ model }));
  assert.ok(e instanceof Error);
  const there = await avatax.getTransactionByCode(of("ORDER-79"));
  const again = await avatax.createOrAdjustTransaction({ model });
  assert.equal(again.code, there.code);
  assert.equal((await standin.things("transactions")).filter((d) => d.code === "ORDER-79" && d.status !== "Adjusted").length, 1);
});

await end();
