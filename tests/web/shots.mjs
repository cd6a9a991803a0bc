// Pictures of every page: node shots.mjs ORIGIN STATE FOLDER [PATH…]. STATE is a file of a session that was kept.
import { mkdir } from "node:fs/promises";
import { browser, visit, watch } from "./kit.mjs";

const [origin, state, folder, ...paths] = process.argv.slice(2);
const SIZES = { wide: { width: 1360, height: 860 }, phone: { width: 390, height: 844 } };

await mkdir(folder, { recursive: true });
const chrome = await browser();
for (const [size, viewport] of Object.entries(SIZES))
  for (const colorScheme of ["light", "dark"]) {
    const context = await chrome.newContext({ storageState: state, ignoreHTTPSErrors: true, viewport, colorScheme });
    const page = await context.newPage();
    const said = watch(page);
    for (const path of paths) {
      await visit(page, origin + path);
      await page.screenshot({ path: `${folder}/${path.replace(/\W+/g, "_") || "_"}-${size}-${colorScheme}.png` });
    }
    for (const one of said) console.log(`${size} ${colorScheme}: ${one}`);
    await context.close();
  }
await chrome.close();
