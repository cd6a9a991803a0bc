// Somebody who belongs to two customers is asked for whom: node choose.mjs ORIGIN STATE. A line of TAP for each thing judged.
import { browser } from "./kit.mjs";

const [origin, state] = process.argv.slice(2);
const judge = (what, fault) => console.log(fault ? `not ok ${what} # ${String(fault).replace(/\s+/g, " ").slice(0, 400)}` : `ok ${what}`);

const chrome = await browser();
const context = await chrome.newContext({ ignoreHTTPSErrors: true, storageState: state });
const page = await context.newPage();
await page.goto(origin, { waitUntil: "load" });
const names = page.locator(".choose li button");
await names.first().waitFor({ timeout: 60000 });
const asked = await names.allInnerTexts();
judge("who works for two customers is asked for which", asked.sort().join(", ") === "Alder & Pine, Birch" ? "" : asked.join(", "));
await names.filter({ hasText: "Birch" }).click();
await page.waitForURL(/\/c\/cus_/, { timeout: 60000 });
await page.locator("main h1", { hasText: "Overview" }).waitFor({ timeout: 60000 });
const menu = await page.locator(".side").innerText();
judge("and is there then, with its pages", /Birch/.test(menu) && /Orders/.test(menu) ? "" : menu);
console.log("done");
await chrome.close();
