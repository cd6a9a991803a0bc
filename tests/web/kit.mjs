// What the tests of pages share: a browser, somebody who is signed in, and what a page must never do.
import { createHmac } from "node:crypto";
import { createRequire } from "node:module";

const require = createRequire(new URL("../../web-static/package.json", import.meta.url));
export const { chromium } = require("playwright-core");
export const AXE = require.resolve("axe-core/axe.min.js");

export async function browser() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--host-resolver-rules=MAP * 127.0.0.1"],
  });
}

/** RFC 6238 with the defaults of every authenticator: SHA-1, 30 seconds, six digits. */
export function totp(uri, at = Date.now()) {
  const secret = new URL(uri).searchParams.get("secret");
  const bits = [...secret].map((c) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(c).toString(2).padStart(5, "0")).join("");
  const key = Buffer.from(bits.match(/.{8}/g).map((one) => parseInt(one, 2)));
  const count = Buffer.alloc(8);
  count.writeBigUInt64BE(BigInt(Math.floor(at / 30000)));
  const hash = createHmac("sha1", key).update(count).digest();
  const from = hash[19] & 15;
  return String((hash.readUInt32BE(from) & 0x7fffffff) % 1000000).padStart(6, "0");
}

/** Accepts the invitation, sets up a second factor, and leaves the context signed in. */
export async function joinAs(context, origin, invitation, password) {
  const token = invitation.slice(invitation.indexOf("#") + 1);
  const page = await context.newPage();
  await page.goto(`${origin}/login`);
  const post = (path, data) =>
    page.evaluate(
      async ([path, data]) => {
        const headers = { "content-type": "application/json", "idempotency-key": crypto.randomUUID() };
        const answer = await fetch(path, { method: "POST", headers, body: JSON.stringify(data) });
        const text = await answer.text();
        if (!answer.ok) throw new Error(`${path}: ${answer.status} ${text}`);
        return text ? JSON.parse(text) : null;
      },
      [path, data],
    );
  await post("/v1/invitations/accept", { token, password });
  const { uri } = await post("/v1/me/totp", { password });
  await post("/v1/me/totp/confirm", { code: totp(uri) });
  await page.close();
  return uri;
}

/** What the browser said against the page: errors, refused contents, failed loads. */
export function watch(page) {
  const said = [];
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && said.push(`${message.type()}: ${message.text()}`));
  page.on("pageerror", (fault) => said.push(`error: ${fault.message}`));
  return said;
}

const QUIET_MS = 400;
const asking = new WeakMap();

/** Opens an address and waits until the page asks for nothing any more; its stream of hints, which always waits, aside. */
export async function visit(page, url, most = 30000) {
  if (!asking.has(page)) {
    const open = new Set();
    asking.set(page, open);
    page.on("request", (one) => one.resourceType() !== "eventsource" && open.add(one));
    for (const end of ["requestfinished", "requestfailed"]) page.on(end, (one) => open.delete(one));
  }
  const open = asking.get(page);
  open.clear();
  await page.goto(url, { waitUntil: "load" });
  for (let quiet = 0, spent = 0; quiet < QUIET_MS; spent += 50) {
    if (spent > most) throw new Error(`${url}: still asks for ${[...open].map((one) => one.url()).join(", ")}`);
    await page.waitForTimeout(50);
    quiet = open.size ? 0 : quiet + 50;
  }
}
