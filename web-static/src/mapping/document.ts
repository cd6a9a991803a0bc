import type { SchemaField } from "../lib/api-types.ts";

/** A mapping's document as far as the editor knows it; what it does not know it keeps. See the mapping guide for its meaning. */
export interface Lookup {
  table: string;
  key: string;
  miss: "hold" | "fail" | { default: unknown };
}
export interface Rule {
  to: string;
  expr?: string;
  constant?: unknown;
  lookup?: Lookup;
  each?: string;
  from?: string;
  when?: string;
  comment?: string;
}
export interface Document {
  target: string;
  source: { system: string; object: string };
  let?: Array<{ name: string; expr: string }>;
  rules: Rule[];
}

export const WAYS = ["expr", "constant", "lookup", "each", "from"] as const;
export type Way = (typeof WAYS)[number];

export function wayOf(rule: Rule | undefined, kind: string | null): Way {
  return WAYS.find((way) => rule && way in rule) ?? (kind === "list" ? "each" : kind === "object" ? "from" : "expr");
}

/** What stands in the row: of a look-up its key, of a constant its JSON, of everything else the expression. */
export function textOf(rule: Rule | undefined): string {
  if (!rule) return "";
  if (rule.lookup) return rule.lookup.key;
  if ("constant" in rule) return typeof rule.constant === "string" ? rule.constant : JSON.stringify(rule.constant);
  return rule.expr ?? rule.each ?? rule.from ?? "";
}

/** A text that is no JSON is itself the constant, as is one for a field that holds texts. */
function constant(text: string, kind: string | null): unknown {
  if (kind !== "truth" && kind !== "count" && kind !== "list" && kind !== "object" && kind !== "texts") return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

export function ruleWith(before: Rule | undefined, to: string, way: Way, text: string, kind: string | null): Rule {
  const rule: Rule = { to };
  if (way === "constant") rule.constant = constant(text, kind);
  else if (way === "lookup") rule.lookup = { table: before?.lookup?.table ?? "", key: text, miss: before?.lookup?.miss ?? "hold" };
  else rule[way] = text;
  if (before?.when) rule.when = before.when;
  if (before?.comment) rule.comment = before.comment;
  return rule;
}

/** The document with one rule in place of what there was; undefined takes it out. */
export function put(of: Document, to: string, rule: Rule | undefined): Document {
  const at = of.rules.findIndex((one) => one.to === to);
  const rules = [...of.rules];
  if (at >= 0) rules.splice(at, 1, ...(rule ? [rule] : []));
  else if (rule) rules.push(rule);
  return { ...of, rules };
}

/** A path as people write it: lines[].sku. */
export const named = (to: string): string => to.slice(1).replace(/\/\*/g, "[]").replaceAll("/", ".");

export interface Row {
  to: string;
  kind: string | null;
  meaning: string;
  choices: string[];
  needed: boolean;
  rule: Rule | undefined;
}

const parent = (to: string): string => to.replace(/(\/\*)?\/[^/]+$/, "");

/** Whether what a field stands in is made field by field, so that the field itself has to be filled. */
function made(of: Document, at: string): boolean {
  if (!at) return true;
  const own = of.rules.find((one) => one.to === at);
  if (own) return "each" in own || "from" in own;
  return of.rules.some((one) => one.to.startsWith(`${at}/`));
}

/** One row a field of the target, and one a rule for what it does not have. What is needed and has no rule stands first. */
export function rows(of: Document, fields: SchemaField[]): Row[] {
  const known = new Set(fields.map((one) => one.path));
  const strange = of.rules.filter((one) => !known.has(one.to)).map((rule): Row => ({ to: rule.to, kind: null, meaning: "", choices: [], needed: false, rule }));
  const all = fields
    .filter((one) => one.kind !== "schema")
    .map((one): Row => {
      const to = one.path ?? "";
      const rule = of.rules.find((each) => each.to === to);
      const below = of.rules.some((each) => each.to.startsWith(`${to}/`));
      return { to, kind: one.kind, meaning: one.meaning ?? "", choices: one.choices ?? [], rule, needed: one.needed && !below && made(of, parent(to)) };
    });
  const open = (row: Row) => row.needed && !row.rule;
  return [...strange, ...all.filter(open), ...all.filter((row) => !open(row))];
}

/** What a rule is read on: the path in the source of the nearest list or object around it; null when that is no plain path. */
export function scopeOf(of: Document, to: string): string | null {
  const around: string[] = [];
  for (let at = parent(to); at; at = parent(at)) {
    const rule = of.rules.find((one) => one.to === at);
    const text = rule?.each ?? rule?.from;
    if (text === undefined) continue;
    if (!PLAIN.test(text)) return null;
    around.unshift(text);
  }
  return around.join(".");
}

export const PLAIN = /^(?:[A-Za-z_]\w*|`[^`]+`)(?:\.(?:[A-Za-z_]\w*|`[^`]+`))*$/;

/** A field of the source as a rule of that row names it. */
export function spelt(path: string, scope: string | null): string {
  if (scope === "") return path;
  return scope && path.startsWith(`${scope}.`) ? path.slice(scope.length + 1) : `$$.${path}`;
}

/* ---- the source ---- */

export interface Leaf {
  path: string;
  name: string;
  depth: number;
  value: string;
  whole: boolean; // an object or a list of them
}

const LEAVES_MAX = 600;
const ITEMS_MAX = 20;

function shown(value: unknown): string {
  return value === null ? "null" : typeof value === "string" ? value : JSON.stringify(value);
}

/** The fields of a record, lists as one of their items: what any of the first has. */
export function leaves(record: unknown): Leaf[] {
  const all: Leaf[] = [];
  const into = (value: unknown, path: string, depth: number) => {
    const items = (Array.isArray(value) ? value.slice(0, ITEMS_MAX) : [value]).filter((one) => one && typeof one === "object" && !Array.isArray(one)) as Record<string, unknown>[];
    const names = new Map<string, unknown>();
    for (const one of items) for (const [name, of] of Object.entries(one)) if (!names.has(name) || empty(names.get(name))) names.set(name, of);
    for (const [name, of] of names) {
      if (all.length >= LEAVES_MAX) return;
      const spelling = /^[A-Za-z_]\w*$/.test(name) ? name : `\`${name}\``;
      const at = path ? `${path}.${spelling}` : spelling;
      const whole = Boolean(of) && typeof of === "object" && !(Array.isArray(of) && of.every((one) => typeof one !== "object"));
      all.push({ path: at, name, depth, value: whole ? (Array.isArray(of) ? `[${of.length}]` : "") : shown(of), whole });
      if (whole) into(of, at, depth + 1);
    }
  };
  into(record, "", 0);
  return all;
}

function empty(value: unknown): boolean {
  return value === null || value === undefined || value === "" || (Array.isArray(value) && !value.length);
}

/* ---- the result ---- */

export interface Line {
  text: string;
  pointer: string;
  depth: number;
}

const escaped = (name: string): string => name.replaceAll("~", "~0").replaceAll("/", "~1");

/** A result as lines of JSON, each with what it is of. */
export function lines(value: unknown): Line[] {
  const all: Line[] = [];
  const walk = (of: unknown, pointer: string, depth: number, before: string, comma: string) => {
    if (!of || typeof of !== "object" || !Object.keys(of).length) {
      all.push({ text: `${before}${JSON.stringify(of) ?? "null"}${comma}`, pointer, depth });
      return;
    }
    const list = Array.isArray(of);
    const members = Object.entries(of);
    all.push({ text: `${before}${list ? "[" : "{"}`, pointer, depth });
    members.forEach(([name, each], i) => walk(each, `${pointer}/${escaped(name)}`, depth + 1, list ? "" : `${JSON.stringify(name)}: `, i + 1 < members.length ? "," : ""));
    all.push({ text: `${list ? "]" : "}"}${comma}`, pointer: `${pointer}/`, depth });
  };
  walk(value, "", 0, "", "");
  return all;
}

/** The line that something is told at: its own, or that of what it should stand in. */
export function lineOf(all: Line[], pointer: string): number {
  for (let at = pointer; ; at = at.slice(0, at.lastIndexOf("/"))) {
    const found = all.findIndex((one) => one.pointer === at);
    if (found >= 0 || !at) return Math.max(0, found);
  }
}
