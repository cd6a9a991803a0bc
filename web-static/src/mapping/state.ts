import { batch, computed, signal } from "@preact/signals";
import type { CrossReference, Mapping, MappingFault, MappingTried, MappingVersion, SchemaField } from "../lib/api-types.ts";
import { call } from "../lib/api.ts";
import { Problem, sentence } from "../lib/problem.ts";
import { toast } from "../ui/toast.tsx";
import { type Document, leaves, put, type Rule, rows, scopeOf, spelt, PLAIN, textOf, ruleWith, wayOf } from "./document.ts";

/** What the editor holds of one mapping while it is open. The server alone judges: every change is tried there. */
export const mapping = signal<Mapping | null>(null);
export const version = signal<MappingVersion | null>(null);
export const draft = signal<Document | null>(null);
export const fields = signal<SchemaField[]>([]);
export const tables = signal<CrossReference[]>([]);
/** What it is tried on: a delivery that was received, or a record by hand. */
export const sample = signal<{ message_id: string } | { record: unknown } | null>(null);
export const creating = signal(false);
export const tried = signal<MappingTried | null>(null);
export const took = signal(0);
export const failed = signal<Problem | null>(null);
export const trying = signal(false);
export const refused = signal<MappingFault[]>([]);
/** The row that what is taken from the source goes into. */
export const focused = signal("");
let etag = "";

export const dirty = computed(() => draft.value !== null && draft.value !== version.value?.document);
export const table = computed(() => (draft.value ? rows(draft.value, fields.value) : []));
/** What rules read of the record: everything but what the server says that none does. */
export const source = computed(() => {
  const unused = new Set(tried.value?.unused ?? []);
  const ignored = (path: string) => [...unused].some((one) => path === one || path.startsWith(`${one}.`));
  const all = leaves(tried.value?.record);
  const used = all.filter((one) => !one.whole && !ignored(one.path)).map((one) => one.path);
  return all.map((one) => ({ ...one, used: one.whole ? used.some((path) => path.startsWith(`${one.path}.`)) : used.includes(one.path) }));
});

/** Faults of the document by the field whose rule they are about, and of the record by the rule that made them. */
export const faultsOf = computed(() => {
  const all = new Map<string, MappingFault>();
  const told = [...(tried.value?.document_faults ?? []), ...refused.value, ...(tried.value?.faults ?? [])];
  for (const one of told) {
    const at = /^(?:\/document)?\/rules\/(\d+)/.exec(one.pointer ?? "");
    const to = at ? draft.value?.rules[Number(at[1])]?.to : (one.rule ?? (one.pointer ?? "").replace(/\/\d+(?=\/|$)/g, "/*"));
    if (to && !all.has(to)) all.set(to, one);
  }
  return all;
});

export async function open(id: string): Promise<void> {
  const found = (await call("GET /v1/mappings/{mapping_id}", { path: { mapping_id: id } })).body;
  const schema = (found.target ?? "").split("/")[0] ?? "";
  const [of, all] = await Promise.all([
    call("GET /v1/schemas/{schema}", { path: { schema } }),
    call("GET /v1/cross-references", { query: { limit: 200 } }),
  ]);
  batch(() => {
    mapping.value = found;
    fields.value = of.body.fields;
    tables.value = all.body.data.filter((one) => one.customer_id === found.customer_id);
    failed.value = null;
  });
}

/** One version, or what is there of none. */
export async function show(number: number): Promise<void> {
  const of = mapping.value;
  if (!of) return;
  if (!number) {
    const document = { format: "mapping/1", source: { system: of.source_system, object: of.source_object }, target: of.target, rules: [] };
    draft.value = document as unknown as Document;
    return again();
  }
  const answer = await call("GET /v1/mappings/{mapping_id}/versions/{number}", { path: { mapping_id: of.id, number: String(number) } });
  etag = answer.etag;
  batch(() => {
    const before = unsaved.get(`${of.id} ${number}`);
    unsaved.delete(`${of.id} ${number}`);
    version.value = answer.body;
    draft.value = before ?? (answer.body.document as Document);
    refused.value = answer.body.faults;
    tried.value = tried.value ? { ...tried.value, values: [] } : null;
  });
  return again();
}

/** What was written and not saved stays for this tab, should somebody only have looked elsewhere. */
const unsaved = new Map<string, Document>();
export function keepUnsaved(): void {
  if (dirty.value && draft.value && version.value) unsaved.set(`${mapping.value?.id} ${version.value.number}`, draft.value);
}

export function leave(): void {
  keepUnsaved();
  clearTimeout(due);
  asked++;
  batch(() => {
    for (const one of [mapping, version, draft, tried, sample, failed]) one.value = null;
    refused.value = [];
    focused.value = "";
  });
}

/* ---- tried at the server, 150 ms after the last change; an answer to what is not there any more is dropped ---- */

const PAUSE_MS = 150;
let due: ReturnType<typeof setTimeout> | undefined;
let asked = 0;

export function soon(): void {
  clearTimeout(due);
  asked++;
  due = setTimeout(() => void again(), PAUSE_MS);
}

export async function again(): Promise<void> {
  clearTimeout(due);
  const mine = ++asked;
  const of = mapping.value;
  if (!of || !draft.value) return;
  const began = performance.now();
  trying.value = true;
  try {
    const on = sample.value ?? { record: {} };
    const body = { document: draft.value, ...on, ...(creating.value ? { creating: true } : {}) };
    const answer = (await call("POST /v1/mappings/{mapping_id}/dry-run", { path: { mapping_id: of.id }, body })).body;
    if (mine !== asked) return;
    batch(() => {
      took.value = Math.round(performance.now() - began);
      // A document with a fault is not run: what the last one gave stays in sight, and is told to be older.
      const before = tried.value;
      tried.value = answer.document_faults.length && before ? { ...before, document_faults: answer.document_faults, record: answer.record ?? before.record } : answer;
      refused.value = [];
      failed.value = null;
      trying.value = false;
    });
  } catch (fault) {
    if (mine !== asked) return;
    trying.value = false;
    failed.value = fault instanceof Problem ? fault : new Problem(0);
  }
}

/* ---- changes ---- */

export function change(to: string, rule: Rule | undefined): void {
  if (!draft.value) return;
  draft.value = put(draft.value, to, rule);
  soon();
}

export function write(to: string, text: string): void {
  const row = table.value.find((one) => one.to === to);
  if (!row) return;
  const way = wayOf(row.rule, row.kind);
  change(to, text || row.rule?.comment || way === "lookup" ? ruleWith(row.rule, to, way, text, row.kind) : undefined);
}

/** A field of the source for a row: in place of a plain path, and behind anything else. Its way may be one for expressions alone. */
export function fill(path: string): void {
  const to = focused.value;
  const of = draft.value;
  const row = table.value.find((one) => one.to === to);
  if (!of || !row) return;
  const words = spelt(path, scopeOf(of, to));
  const constant = wayOf(row.rule, row.kind) === "constant";
  const before = constant ? "" : textOf(row.rule);
  const way = constant ? "expr" : wayOf(row.rule, row.kind);
  change(to, ruleWith(row.rule, to, way, !before || PLAIN.test(before) ? words : `${before.trimEnd()} ${words}`, row.kind));
  const input = document.getElementById(`rule-${to}`);
  input?.focus();
}

/** Saved as the draft that is open, or as a new one. Answers with its number; 0: it was refused, and why is told at its rules. */
export async function save(note: string, allow_faults: boolean): Promise<number> {
  const of = mapping.value;
  const now = version.value;
  if (!of || !draft.value) return 0;
  const body = { document: draft.value, ...(note ? { note } : {}), ...(allow_faults ? { allow_faults } : {}) };
  try {
    const saved =
      now?.status === "draft"
        ? await call("PUT /v1/mappings/{mapping_id}/versions/{number}", { path: { mapping_id: of.id, number: String(now.number) }, body, etag })
        : await call("POST /v1/mappings/{mapping_id}/versions", { path: { mapping_id: of.id }, body });
    await refresh(saved.body.number);
    unsaved.delete(`${of.id} ${now?.number ?? 0}`);
    return saved.body.number;
  } catch (fault) {
    if (fault instanceof Problem && fault.code === "validation")
      refused.value = fault.errors.map((one) => ({ pointer: one.pointer, code: one.code, detail: one.detail, rule: null, line: 0, column: 0 }));
    toast(sentence(fault));
    return 0;
  }
}

/** What the server has now, of the mapping and of one version. */
export async function refresh(number: number): Promise<void> {
  const of = mapping.value;
  if (!of) return;
  mapping.value = (await call("GET /v1/mappings/{mapping_id}", { path: { mapping_id: of.id } })).body;
  await show(number);
}
