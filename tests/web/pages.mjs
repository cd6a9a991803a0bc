// Pages as somebody sees them: node pages.mjs ORIGIN INVITATION PICTURES. A line of TAP for each thing that is judged.
// TENON_WEB_PAGES=PATTERN: those alone whose path matches, while one is being written.
import { readFileSync } from "node:fs";
import { AXE, browser, joinAs, visit, watch } from "./kit.mjs";

const [origin, invitation, pictures] = process.argv.slice(2);
const SIZES = { wide: { width: 1360, height: 860 }, phone: { width: 390, height: 844 } };
const axe = readFileSync(AXE, "utf8");

function judge(what, fault) {
  console.log(fault ? `not ok ${what} # ${fault}` : `ok ${what}`);
}

/** Rules of WCAG 2.2 AA and best practice; what they find, in a line. */
async function barriers(page) {
  const client = await page.context().newCDPSession(page);
  await client.send("Runtime.evaluate", { expression: axe });
  const { result } = await client.send("Runtime.evaluate", {
    expression: `axe.run({ runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }).then((r) => r.violations.map((v) => v.id + ": " + v.nodes.map((n) => n.target.join(" ")).join(", ")).join("; "))`,
    awaitPromise: true,
    returnByValue: true,
  });
  return result.value;
}

async function paths(page) {
  const ask = (path) => page.evaluate(async (path) => (await fetch(path)).json(), path);
  const customer = (await ask("/v1/customers")).data[0].id;
  const order = (await ask("/v1/orders")).data[0].id;
  const connection = (await ask("/v1/connections")).data[0].id;
  const mapping = (await ask("/v1/mappings")).data[0].id;
  const words = (await ask("/v1/cross-references")).data[0].id;
  const drift = (await ask("/v1/drift-cases")).data[0].id;
  const within = `/c/${customer}`;
  return ["/", "/exceptions", "/orders", `/orders/${order}`, "/customers", "/connections", "/flows", "/audit", "/team", "/api-keys", "/usage",
    "/fleet", "/service-levels", "/files", "/grants", "/branding", "/domains", "/settings", "/settings?part=provider", "/settings?part=brands", "/profile",
    `${within}/settings?part=entities`,
    "/mappings", `/mappings/${mapping}`, `/mappings/${mapping}?part=tests`, `/mappings/${mapping}?part=versions`,
    "/cross-references", ...["entries", "unmatched", "import", "uses", "history"].map((part) => `/cross-references/${words}?part=${part}`),
    "/drifts", `/drifts/${drift}`,
    within, `${within}/connections/new`, `${within}/connections/new?system=bigcommerce`, `${within}/connections/${connection}`];
}

const name_of = (path) => path.replace(/_[0-9a-z]{26}/g, "").replace(/\W+/g, "_") || "_";

const chrome = await browser();
const first = await chrome.newContext({ ignoreHTTPSErrors: true });
await joinAs(first, origin, invitation, "a long enough passphrase 7");
const state = await first.storageState();
const probe = await first.newPage();
await probe.goto(`${origin}/account`);
const all = (await paths(probe)).filter((path) => new RegExp(process.env.TENON_WEB_PAGES ?? "").test(path));
await first.close();

for (const [size, viewport] of Object.entries(SIZES))
  for (const colorScheme of ["light", "dark"]) {
    const context = await chrome.newContext({ storageState: state, ignoreHTTPSErrors: true, viewport, colorScheme });
    const page = await context.newPage();
    const said = watch(page);
    for (const path of all) {
      const what = `${path.replace(/_[0-9a-z]{26}/g, "_…")}, ${size}, ${colorScheme}`;
      said.length = 0;
      await visit(page, origin + path);
      judge(`${what}: has its heading`, (await page.locator("main h1").count()) === 1 ? "" : "no heading");
      judge(`${what}: the browser finds nothing against it`, said.join("; "));
      judge(`${what}: no barrier`, await barriers(page));
      judge(`${what}: nothing sticks out`, (await page.evaluate(() => document.documentElement.scrollWidth > innerWidth)) ? "wider than the window" : "");
      judge(`${what}: names nobody else`, (await page.content()).match(/tenon/i) ? "the platform's name" : "");
      await page.screenshot({ path: `${pictures}/${name_of(path)}-${size}-${colorScheme}.png`, fullPage: true });
    }
    await context.close();
  }
/** What happens elsewhere is told to whoever looks: a connection is paused by another page, and this one says so. */
async function followed() {
  const context = await chrome.newContext({ storageState: state, ignoreHTTPSErrors: true, viewport: SIZES.wide });
  const [looks, acts] = [await context.newPage(), await context.newPage()];
  let streams = 0;
  looks.on("request", (one) => one.resourceType() === "eventsource" && streams++);
  await visit(looks, `${origin}/connections`);
  await acts.goto(`${origin}/account`);
  await looks.bringToFront();
  const press = (what, body) =>
    acts.evaluate(
      async ([what, body]) => {
        const connection = (await (await fetch("/v1/connections")).json()).data.at(-1).id;
        const headers = { "content-type": "application/json", "idempotency-key": crypto.randomUUID() };
        return (await fetch(`/v1/connections/${connection}/${what}`, { method: "POST", headers, body: body && JSON.stringify(body) })).status;
      },
      [what, body],
    );
  await looks.waitForTimeout(2500);
  const paused = looks.getByText("Paused");
  judge("hints: nothing is paused at first", (await paused.count()) ? "something is" : "");
  judge("hints: another page pauses a connection", (await press("pause", { reason: "of the test" })) === 200 ? "" : "it was refused");
  judge("hints: this one says so by itself", await paused.first().waitFor({ timeout: 30000 }).then(() => "", (fault) => fault.message));
  judge("hints: by one stream at a time that comes again", streams > 1 && streams < 40 ? "" : `${streams} streams`);
  await press("resume");
  await context.close();
}

await followed();
await chrome.close();
console.log("done");
