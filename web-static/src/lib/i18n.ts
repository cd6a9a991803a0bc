import { short } from "./short.mjs";

/** Words. The English text is the key; {n} takes a value. A key whose words depend on n has its forms in en.json. */
type Forms = string | Partial<Record<Intl.LDMLPluralRule, string>>;
type Words = Record<string, Forms>;

export const LANGUAGES = { en: "English", de: "Deutsch", fr: "Français", es: "Español", ar: "العربية" } as const;
export type Language = keyof typeof LANGUAGES | "pseudo";

/** What the build makes of a catalogue: by short forms of the texts, or a list in the order of all texts. */
type Catalogue = Words | Forms[];

const load = {
  en: () => import("../locales/en.json"),
  de: () => import("../locales/de.json"),
  fr: () => import("../locales/fr.json"),
  es: () => import("../locales/es.json"),
  ar: () => import("../locales/ar.json"),
} as Record<string, () => Promise<{ default: Catalogue }>>;

async function wordsOf(tag: Language): Promise<Words> {
  const [list, order] = await Promise.all([(load[tag] ?? load["en"]!)(), tag in load && tag !== "en" ? import("words:order") : null]);
  const all = list.default;
  if (!order || !Array.isArray(all)) return all as Words;
  return Object.fromEntries(all.map((said, i) => [order.default.slice(4 * i, 4 * i + 4), said]));
}

const ACCENTS: Record<string, string> = { a: "á", e: "é", i: "í", o: "ó", u: "ú", c: "ç", n: "ñ", A: "Á", E: "É", O: "Ó", S: "Š" };

/** Longer, and with accents: what is cut off is seen, and what does not come from here. For tests. */
function pseudo(text: string): string {
  const changed = text.replace(/\{\w+\}|[a-zA-Z]/g, (one) => ACCENTS[one] ?? one);
  return `[${changed}${"·".repeat(Math.ceil(text.length * 0.35))}]`;
}

let words: Words = {};
let own: Record<string, string> = {};
let plural = new Intl.PluralRules("en");

/** Of the person, or else the first of the browser's that there is. */
export let language: Language = "en";
/** What Intl is asked with: the browser's own variant of the language where it has one ("de-AT"). */
export let locale = "en";

function known(tag: string): Language | undefined {
  const short = tag.slice(0, 2).toLowerCase();
  return tag === "pseudo" ? "pseudo" : short in LANGUAGES ? (short as Language) : undefined;
}

function kept(): string {
  try {
    return localStorage.getItem("language") ?? "";
  } catch {
    return "";
  }
}

export function keepLanguage(tag: Language): void {
  try {
    localStorage.setItem("language", tag);
  } catch {
    // a browser that keeps nothing shows its own language
  }
}

export async function startLanguage(): Promise<void> {
  const asked = [kept(), ...navigator.languages];
  language = asked.map(known).find((one) => one) ?? "en";
  locale = language === "pseudo" ? "en" : (navigator.languages.find((tag) => known(tag) === language) ?? language);
  words = await wordsOf(language);
  plural = new Intl.PluralRules(locale);
  document.documentElement.lang = language === "pseudo" ? "en" : language;
  document.documentElement.dir = language === "ar" ? "rtl" : "ltr";
}

/** The partner's own words for ours, which stand before all others. */
export function overrule(phrases: Record<string, string>): void {
  own = phrases;
}

export function t(text: string, values: Record<string, string | number> = {}): string {
  const found = own[text] || words[short(text)] || text; // "": not translated yet
  const said = typeof found === "string" ? found : (found[plural.select(Number(values["n"] ?? 0))] ?? found.other ?? text);
  return (language === "pseudo" ? pseudo(said) : said).replace(/\{(\w+)\}/g, (hole, name: string) => {
    const value = values[name];
    return value === undefined ? hole : typeof value === "number" ? value.toLocaleString(locale) : value;
  });
}
