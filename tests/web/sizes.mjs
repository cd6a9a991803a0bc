// What the portal's files weigh as brotli, against their budgets: node sizes.mjs [--over]
import { readdirSync, readFileSync, statSync } from "node:fs";

const DIST = new URL("../../web-static/dist/", import.meta.url);
const names = JSON.parse(readFileSync(new URL("names.json", DIST), "utf8"));
const kb = (name) => {
  const at = new URL(`assets/${name}`, DIST);
  try {
    return statSync(new URL(`${at}.br`)).size / 1000;
  } catch {
    return statSync(at).size / 1000;
  }
};

const scripts = readdirSync(new URL("assets/", DIST)).filter((name) => name.endsWith(".js"));
const shared = kb(names["src/kit.ts"]) + kb(names["src/main.tsx"]) + kb(scripts.find((name) => name.startsWith("en-")));
const measured = [
  ["scripts of the first page", shared + kb(names["src/pages/overview.tsx"]), 30],
  ["styles", kb(names["src/styles/main.css"]), 8],
  ["all scripts", scripts.reduce((sum, name) => sum + kb(name), 0), 120],
  ...Object.entries(names)
    .filter(([from]) => from.startsWith("src/pages/"))
    .map(([from, name]) => [from.slice("src/pages/".length), kb(name), 8]),
];
for (const [what, size, budget] of measured) {
  const line = `${what}: ${size.toFixed(1)} kB of ${budget}`;
  if (!process.argv.includes("--over") || size > budget) console.log(line);
}
