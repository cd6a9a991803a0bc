// Words of the portal and their translations: node tools/messages.mjs [--write]
// Every t("…") in src must stand in each language, and nothing else. --write adds what is missing, as "", takes out what is
// no longer said.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";

const SRC = new URL("../src/", import.meta.url);
const LANGUAGES = ["de", "fr", "es", "ar"];
const write = process.argv.includes("--write");

function files(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((one) => {
    const at = new URL(one.isDirectory() ? `${one.name}/` : one.name, folder);
    return one.isDirectory() ? files(at) : /\.tsx?$/.test(one.name) ? [at] : [];
  });
}

/** The texts of t("…") and t('…'); one that is put together of parts cannot be translated and is a fault. */
function said() {
  const found = new Set();
  const faults = [];
  for (const at of files(SRC)) {
    const text = readFileSync(at, "utf8");
    for (const match of text.matchAll(/(?<![\w.])t\(\s*(?:"((?:[^"\\]|\\.)*)"|([^)"]))/g)) {
      if (match[1] !== undefined) found.add(JSON.parse(`"${match[1]}"`));
      else if (!/i18n\.ts$/.test(at.pathname)) faults.push(`${at.pathname.slice(SRC.pathname.length)}: t() of something that is no text`);
    }
  }
  return { found, faults };
}

const read = (language) => JSON.parse(readFileSync(new URL(`locales/${language}.json`, SRC), "utf8"));
const put = (language, words) => writeFileSync(new URL(`locales/${language}.json`, SRC), `${JSON.stringify(words, Object.keys(words).sort().concat(["zero", "one", "two", "few", "many", "other"]), 1)}\n`);

const { found, faults } = said();
const english = read("en");
for (const key of Object.keys(english)) if (!found.has(key)) faults.push(`en: "${key}" is not said any more`);
for (const language of LANGUAGES) {
  const words = read(language);
  const missing = [...found].filter((key) => !words[key]);
  const stale = Object.keys(words).filter((key) => !found.has(key));
  if (write) put(language, Object.fromEntries([...found].map((key) => [key, words[key] ?? ""])));
  else faults.push(...missing.map((key) => `${language}: "${key}" is missing`), ...stale.map((key) => `${language}: "${key}" is not said any more`));
}
if (faults.length) {
  console.error(faults.join("\n"));
  process.exit(1);
}
console.log(`${found.size} texts, ${LANGUAGES.length} languages`);
