// What a partner's owner does with the partner itself: node admin.mjs ORIGIN STATE. STATE is a session that was kept. A line
// of TAP for each thing that is judged: the colour that cannot be read, published and taken back; a customer made, stopped
// and let go on; a domain claimed; another language.
import { browser, watch } from "./kit.mjs";

const [origin, state] = process.argv.slice(2);
const WAIT_MS = 60_000;

function judge(what, holds) {
  console.log(holds ? `ok ${what}` : `not ok ${what} # it does not hold`);
}

const chrome = await browser();
const context = await chrome.newContext({ storageState: state, ignoreHTTPSErrors: true, viewport: { width: 1360, height: 860 } });
const page = await context.newPage();
page.setDefaultTimeout(WAIT_MS);
const said = watch(page);
const open = (path) => page.goto(origin + path, { waitUntil: "networkidle" });
const press = (name) => page.getByRole("button", { name, exact: true }).first().click();
const shown = (text) => page.getByText(text, { exact: false }).first().waitFor().then(() => true, () => false);
const accent = () => page.evaluate(async () => /--accent:(#[0-9a-f]{6})/.exec(await (await fetch("/brand/theme.css", { cache: "no-store" })).text())?.[1]);

/** A press that asks once more before it acts. */
async function pressTwice(name, sure) {
  await press(name);
  await press(sure);
}

async function becomes(wanted) {
  for (let i = 0; i < 60; i++) {
    if ((await accent()) === wanted) return true;
    await new Promise((done) => setTimeout(done, 500));
  }
  return false;
}

async function brand() {
  await open("/branding");
  const before = await accent();
  await page.getByLabel("Colour", { exact: true }).fill("#ffff00");
  judge("a colour that cannot be read is shown as what it becomes", await shown("So that it can be read"));
  const made = /#[0-9a-f]{6}/.exec(await page.locator("p.becomes").first().textContent())?.[0];
  judge("and nothing in the table is red", (await shown("All can be read")) && (await page.getByText("Not all can be read").count()) === 0);
  judge("the sample has it already", (await page.locator(".sample .button.main").first().evaluate((one) => getComputedStyle(one).backgroundColor)) === (await page.evaluate((colour) => {
    const one = document.createElement("i");
    one.style.color = colour;
    document.body.append(one);
    const value = getComputedStyle(one).color;
    one.remove();
    return value;
  }, made)));
  await press("Keep the draft");
  judge("the draft is kept", await shown("The draft is kept"));
  judge("and nobody sees it yet", (await accent()) === before);
  await pressTwice("Publish", "Show it to everybody");
  judge("it is published", await shown("The brand is published"));
  judge("and everybody sees what it becomes", await becomes(made));
  await page.getByLabel("Colour", { exact: true }).fill(before);
  await press("Keep the draft");
  await shown("The draft is kept");
  await pressTwice("Publish", "Show it to everybody");
  judge("another version follows it", await becomes(before));
  await page.getByRole("row", { name: /^1/ }).first().waitFor();
  await page.getByRole("row", { name: /^1/ }).first().getByRole("button", { name: "Bring back" }).click();
  await press("Show it to everybody");
  judge("the first is brought back", await becomes(made));
}

async function customers() {
  await open("/customers");
  await press("New customer");
  await page.getByLabel("Name", { exact: true }).fill("Elm & Oak");
  await press("Make it and connect a system");
  await page.waitForURL(/\/c\/cus_[0-9a-z]+\/connections\/new/);
  judge("a new customer leads to its first system", await shown("You work for"));
  await open("/customers");
  const manage = () => page.getByRole("row", { name: /Elm & Oak/ }).getByRole("button", { name: /Manage/ }).first().click();
  await manage();
  judge("it has a sandbox from the beginning", await shown("Live · Sandbox"));
  await page.getByText("Suspend or part").click();
  await page.getByLabel("Why is it suspended?").fill("unpaid");
  await press("Suspend");
  judge("it is suspended, with the reason", await page.locator("dialog dd", { hasText: "Suspended" }).first().waitFor().then(() => true, () => false));
  await press("Resume");
  judge("and goes on", await page.locator("dialog dd", { hasText: "Active" }).first().waitFor().then(() => true, () => false));
  await press("Make an export");
  judge("an export is made of it", await page.getByRole("link", { name: /Download|Part/ }).first().waitFor().then(() => true, () => false));
}

async function domains() {
  await open("/domains");
  await press("Add a domain");
  await page.getByLabel("Domain", { exact: true }).fill("portal.elm.test");
  await press("Add the domain");
  judge("a domain is claimed and says its record", await shown("_portal-challenge.portal.elm.test"));
}

async function settings() {
  await open("/settings");
  await page.getByLabel("Signed out after so many minutes without use").fill("45");
  await press("Save");
  judge("how long a session lasts is kept", await shown("Kept"));
}

async function languages() {
  await open("/profile");
  await page.getByLabel("Language").selectOption("de");
  await press("Save");
  judge("the portal speaks German", await page.getByRole("heading", { level: 1, name: "Profil" }).waitFor().then(() => true, () => false));
  await page.getByLabel("Sprache").selectOption("ar");
  await press("Speichern");
  judge("and Arabic, from right to left", await page.waitForFunction(() => document.documentElement.dir === "rtl" && document.querySelector("h1")).then(() => true, () => false));
}

for (const part of [brand, customers, domains, settings, languages])
  await part().catch((fault) => judge(`${part.name}: ${fault.message.split("\n")[0]}`, false));
judge("the browser finds nothing against any of it", said.length === 0);
for (const one of said) console.log(`# ${one}`);
await chrome.close();
console.log("done");
