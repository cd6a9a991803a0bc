// Journeys by keyboard alone: a retailer changes a mapping safely (J4), and the partner's morning with its exceptions (J5, what
// concerns words that nobody has). node journeys-mapping.mjs ORIGIN RETAILER APPROVER PICTURES, the two being invitations. A
// line of TAP for each thing that is judged.
import { browser, joinAs, watch } from "./kit.mjs";

const [origin, retailer, approver, pictures] = process.argv.slice(2);
const WAIT_MS = 60000; // for what only has to come true

function judge(what, fault) {
  console.log(fault ? `not ok ${what} # ${String(fault).replace(/\s+/g, " ").slice(0, 400)}` : `ok ${what}`);
}

/** What a step shows, or what it showed in its place. */
async function sees(page, what, selector, text) {
  try {
    await page.locator(selector, text ? { hasText: text } : {}).first().waitFor({ timeout: WAIT_MS });
    judge(what, "");
  } catch {
    const said = await page.locator("main").innerText().catch(() => "no page");
    judge(what, `${text ?? selector} is not there; the page says: ${said}`);
    await page.screenshot({ path: `${pictures}/journey-fault-${what.replace(/\W+/g, "_").slice(0, 60)}.png`, fullPage: true });
  }
}

const TABS_MAX = 400;
/** Goes on with Tab until what has the focus is called so; as somebody without a mouse comes to it. */
async function tabTo(page, name) {
  for (let i = 0; i < TABS_MAX; i++) {
    const here = await page.evaluate(() => {
      const at = document.activeElement;
      const label = at?.getAttribute("aria-label") ?? at?.labels?.[0]?.textContent ?? at?.textContent ?? "";
      return label.trim();
    });
    if (typeof name === "string" ? here === name : name.test(here)) return true;
    await page.keyboard.press("Tab");
  }
  judge(`${name} is reached with the Tab key`, `not within ${TABS_MAX} steps`);
  return false;
}
async function press(page, name) {
  if (await tabTo(page, name)) await page.keyboard.press("Enter");
}

/** Somebody who came with an invitation, on a page of their own; the mouse is never used. */
async function person(chrome, invitation) {
  const context = await chrome.newContext({ ignoreHTTPSErrors: true, viewport: { width: 1360, height: 860 } });
  await joinAs(context, origin, invitation, "a long enough passphrase 7");
  const page = await context.newPage();
  return { page, said: watch(page) };
}

const picture = (page, name) => page.screenshot({ path: `${pictures}/journey-${name}.png`, fullPage: true });

/** The rule of a field, written over with the keyboard. */
async function writeRule(page, field, rule) {
  await tabTo(page, "Find a field or a rule");
  await page.keyboard.press("ControlOrMeta+A");
  await page.keyboard.type(field);
  await tabTo(page, new RegExp(`^${field.replace(/[[\].]/g, "\\$&")}`));
  await page.keyboard.press("ControlOrMeta+A");
  await page.keyboard.type(rule);
  await page.keyboard.press("Escape");
}

/* ---- J4 ---- */

async function opened(mia) {
  const { page } = mia;
  await page.goto(`${origin}/`, { waitUntil: "networkidle" });
  await page.keyboard.press("g");
  await page.keyboard.press("m");
  await sees(page, "J4: g and m lead to the mappings", "h1", "Mappings");
  await press(page, "Order to ERP sales order");
  await sees(page, "J4: the mapping opens with source, rules and result", ".pane.result h2", "Result");
  await page.locator(".tree li").first().waitFor({ timeout: WAIT_MS });
  await tabTo(page, "Record");
  await page.keyboard.type("#907");
  await sees(page, "J4: last night's order comes in", ".tree li", "#907");
  await sees(page, "J4: and goes out, side by side", ".lines", '"number": "#907"');
  await sees(page, "J4: each rule tells what it gives", ".rules output", "#907");
}

async function changed(mia) {
  const { page } = mia;
  await writeRule(page, "shipping[].title", '$lookup({"std": "STANDARD"}, title) ?: title');
  await sees(page, "J4: a changed rule shows at once what it makes of that order", ".lines", '"title": "STANDARD"');
  await writeRule(page, "note", "discount_codes");
  await sees(page, "J4: a value of another type is told at the field", ".rules li.at-fault .error");
  await sees(page, "J4: and beside the line of the result", ".lines em");
  await picture(page, "wrong-type");
  await writeRule(page, "note", "$string($number(discount_codes[0].code))");
  await sees(page, "J4: the rule for promo codes gives the code", ".lines", '"note": "2026"');
  await page.keyboard.press("ControlOrMeta+A");
  await page.keyboard.type("$string(");
  await page.keyboard.press("ControlOrMeta+A");
  await page.keyboard.type("$upp");
  await sees(page, "J4: functions are offered with a line of help", ".writing [role=option]", "In capitals");
  await writeRule(page, "note", "$string($number(discount_codes[0].code))");
  await sees(page, "J4: what was typed last counts", ".lines", '"note": "2026"');
}

async function filledFromTheSource(mia) {
  const { page } = mia;
  await tabTo(page, "Find a field or a rule");
  await page.keyboard.press("ControlOrMeta+A");
  await page.keyboard.type("channel");
  await tabTo(page, /^channel/);
  await page.keyboard.press("ControlOrMeta+A");
  await page.keyboard.press("Delete");
  await page.keyboard.press("Enter");
  await sees(page, "J4: Enter lists the fields of the source", ".writing [role=option]");
  await page.keyboard.type("curr");
  await page.keyboard.press("Enter");
  await sees(page, "J4: and takes the one that is marked", ".lines", '"channel": "USD"');
  await page.keyboard.press("ControlOrMeta+A");
  await page.keyboard.press("Delete");
}

async function savedDraft(mia) {
  const { page } = mia;
  await tabTo(page, "What this changes");
  await page.keyboard.type("promo codes");
  await press(page, /^Save as version \d+$/);
  await sees(page, "J4: the draft is the next version", ".about", "version 3");
  await tabTo(page, "Rules");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowRight");
  await press(page, /^Compare version 3/);
  await sees(page, "J4: with what differs from the live one", ".drawer .diffs li", "shipping[].title");
  await page.keyboard.press("Escape");
}

async function tested(mia) {
  const { page } = mia;
  await tabTo(page, "Versions");
  await page.keyboard.press("ArrowLeft");
  await press(page, "Test version 3");
  await sees(page, "J4: over recorded orders three newly fail", ".backtest", "3 newly fail");
  await sees(page, "J4: where, and why", ".backtest .diffs li", "note");
  await sees(page, "J4: and money stays", ".backtest", "0.00");
  await picture(page, "backtest");
}

async function mended(mia) {
  const { page } = mia;
  await tabTo(page, "Test on records");
  await page.keyboard.press("ArrowLeft");
  await page.locator(".lines").waitFor({ timeout: WAIT_MS });
  await writeRule(page, "note", "discount_codes[0].code");
  await press(page, "Save draft");
  await sees(page, "J4: the draft is saved again", ".toast", "Version 3 is saved");
  await tabTo(page, "Rules");
  await page.keyboard.press("ArrowRight");
  await press(page, "Test version 3");
  await sees(page, "J4: nothing newly fails any more", ".backtest", "Nothing newly fails");
  await press(page, "Ask for approval");
  await sees(page, "J4: approval is asked for", ".about", "In review");
  await press(page, "Review…");
  await press(page, "Approve");
  await sees(page, "J4: who wrote it cannot approve it", ".drawer [role=alert]");
  await page.keyboard.press("Escape");
}

async function approved(lee, address) {
  const { page } = lee;
  await page.goto(address, { waitUntil: "networkidle" });
  await press(page, "Review…");
  await sees(page, "J4: the approver has the difference", ".drawer .diffs li", "shipping[].title");
  await sees(page, "J4: and the test, not just a button", ".drawer .counts dt", "Newly failing");
  await sees(page, "J4: by name", ".drawer", "Mia Stone");
  await picture(page, "review");
  await press(page, "Approve");
  await sees(page, "J4: and approves", ".about", "Approved");
}

async function published(mia) {
  const { page } = mia;
  await page.reload({ waitUntil: "networkidle" });
  await press(page, "Publish…");
  await press(page, "Publish");
  await sees(page, "J4: it is published for a tenth", ".about", "Live for 10 %");
  await press(page, "Publish…");
  await press(page, "Publish");
  await sees(page, "J4: then for all", ".about .tag.ok", "Live");
  await press(page, "Roll back");
  await sees(page, "J4: one key goes back", ".about", "version 2 is live");
  await picture(page, "rolled-back");
}

/* ---- J5 ---- */

async function morning(lee) {
  const { page } = lee;
  await page.goto(`${origin}/exceptions`, { waitUntil: "networkidle" });
  await page.keyboard.press("g");
  await page.keyboard.press("x");
  await sees(page, "J5: words that nobody has are counted", ".tag.act", "2 words wait");
  await press(page, "shop_sku");
  await sees(page, "J5: each with what waits for it", "tr", "NL-2231");
  await picture(page, "unmatched");
  await tabTo(page, "What NL-2231 becomes");
  await page.keyboard.type("SKU-0002");
  await page.keyboard.press("Enter");
  await sees(page, "J5: one entry lets all three go on, once each", ".toast", "3 records go on");
  await press(page, /^Take SKU-0001/);
  await sees(page, "J5: a suggestion is accepted by itself", ".toast", "1 record goes on");
  await sees(page, "J5: and none is left", ".empty", "Every word has an entry");
}

async function delivered(lee) {
  const { page } = lee;
  const until = Date.now() + WAIT_MS;
  let states = [];
  while (Date.now() < until) {
    const all = await page.evaluate(async () => (await (await fetch("/v1/orders?limit=100")).json()).data);
    states = all.filter((one) => ["#931", "#932", "#933", "#934"].includes(one.number)).map((one) => one.state);
    if (states.length === 4 && states.every((one) => one === "delivered")) break;
    await page.waitForTimeout(300);
  }
  judge("J5: what waited is delivered, each order once", states.length === 4 && states.every((one) => one === "delivered") ? "" : states.join(" "));
}

const chrome = await browser();
try {
  const mia = await person(chrome, retailer);
  const lee = await person(chrome, approver);
  for (const step of [opened, changed, filledFromTheSource, savedDraft, tested, mended]) await step(mia);
  await approved(lee, mia.page.url());
  await published(mia);
  await morning(lee);
  await delivered(lee);
  for (const [who, { said }] of Object.entries({ "the retailer": mia, "the approver": lee }))
    judge(`J4, J5: the browser of ${who} finds nothing against it`, said.filter((one) => !/status of (403|409|422)/.test(one)).join("; "));
} catch (fault) {
  judge("the journeys come to their end", fault.message);
}
await chrome.close();
console.log("done");
