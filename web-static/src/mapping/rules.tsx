import { useEffect, useId, useRef, useState } from "preact/hooks";
import type { MappingFault } from "../lib/api-types.ts";
import { t } from "../lib/i18n.ts";
import { Icon } from "../ui/icon.tsx";
import { type Document, named, PLAIN, type Row, ruleWith, scopeOf, spelt, textOf, type Way, WAYS, wayOf } from "./document.ts";
import { functions } from "./functions.ts";
import { change, creating, draft, faultsOf, focused, source, table, tables, tried, write } from "./state.ts";

/** One row a field of the target. Fields without a rule that need none are shown when they are asked for. */
export function Rules({ fixed }: { fixed: boolean }) {
  const [whole, setWhole] = useState(false);
  const [find, setFind] = useState("");
  const all = table.value;
  const searched = all.filter((row) => !find || `${named(row.to)} ${textOf(row.rule)}`.toLowerCase().includes(find.toLowerCase()));
  const shown = searched.filter((row) => whole || find || row.rule || row.needed);
  const more = all.filter((row) => !row.rule && !row.needed).length;
  const missing = all.filter((row) => row.needed && !row.rule).length;
  return (
    <section class="pane rules" aria-labelledby="pane-rules">
      <header>
        <h2 id="pane-rules">{t("Rules")}</h2>
        {missing ? <span class="tag act"><i class="mark" aria-hidden="true" />{t("{n} required fields are missing", { n: missing })}</span> : null}
      </header>
      <p class="pane-find">
        <input type="search" value={find} placeholder={t("Find a field or a rule")} aria-label={t("Find a field or a rule")} onInput={(event) => setFind(event.currentTarget.value)} />
      </p>
      <ul>
        {shown.map((row) => (
          <RuleRow key={row.to} row={row} fixed={fixed} />
        ))}
      </ul>
      {more && !find ? (
        <p class="more">
          <button type="button" class="button plain" aria-expanded={whole} onClick={() => setWhole(!whole)}>
            {whole ? t("Hide fields without a rule") : t("Show {n} optional fields", { n: more })}
          </button>
        </p>
      ) : null}
    </section>
  );
}

function given(row: Row): string {
  const all = (tried.value?.values ?? []).filter((one) => one.rule === row.to);
  const first = all[0];
  if (!first || first.value === null) return "";
  const value = first.value;
  const text = typeof value === "string" ? value : Array.isArray(value) ? `[${value.length}]` : typeof value === "object" ? "{…}" : JSON.stringify(value);
  return all.length > 1 ? `${text} +${all.length - 1}` : text;
}

/** Up and down go from row to row while nothing is offered. */
function step(from: HTMLElement, by: number): void {
  const all = [...document.querySelectorAll<HTMLElement>(".rules input.rule")];
  all[all.indexOf(from) + by]?.focus();
}

function RuleRow({ row, fixed }: { row: Row; fixed: boolean }) {
  const [opened, setOpened] = useState(false);
  const fault = faultsOf.value.get(row.to);
  const misses = (tried.value?.misses ?? []).find((one) => one.rule === row.to);
  const lacks = row.needed && !row.rule;
  const id = useId();
  const name = named(row.to);
  const way = wayOf(row.rule, row.kind);
  const said = wordsOf(way);
  return (
    <li class={lacks || fault ? "at-fault" : focused.value === row.to ? "at" : ""}>
      <div class="row">
        <label for={`rule-${row.to}`} title={row.meaning}>
          {name}
          {row.needed ? <b class="need" title={t("required")}> *</b> : null}
          {way === "expr" ? null : <span class="muted small"> {said}</span>}
        </label>
        <Writing row={row} fixed={fixed} about={fault || lacks ? `${id}-fault` : undefined} />
        <output for={`rule-${row.to}`} class={lacks ? "lacks" : ""} title={given(row)}>
          <bdi>{lacks ? t("empty") : misses ? t("waits") : given(row)}</bdi>
        </output>
        <button type="button" class="button icon-only" aria-expanded={opened} aria-label={t("More of {name}", { name })} onClick={() => setOpened(!opened)}>
          <Icon name="more" />
        </button>
      </div>
      {fault || lacks ? <p class="error" id={`${id}-fault`}>{fault ? told(fault) : t("This field is required: choose what fills it.")}</p> : null}
      {misses ? <p class="muted small">{t("{table} has no entry for {key}", { table: misses.table ?? "", key: misses.key ?? "" })}</p> : null}
      {opened ? <More row={row} fixed={fixed} /> : null}
    </li>
  );
}

export function told(fault: MappingFault): string {
  const text = fault.detail ?? fault.code ?? "";
  return text.charAt(0).toUpperCase() + text.slice(1) + (fault.line ? ` (${t("line {line}, column {column}", { line: fault.line, column: fault.column })})` : "");
}

const wordsOf = (way: Way): string =>
  ({ expr: t("expression"), constant: t("always the same"), lookup: t("looked up"), each: t("for each of"), from: t("read from") })[way];

/* ---- the rule itself, with what could stand there ---- */

interface Offer {
  text: string;
  help: string;
}

const OFFERS_MAX = 40;
const WORD = /[$`A-Za-z_][\w.$`]*$/;

function offers(of: Document, row: Row, before: string): Offer[] {
  const word = WORD.exec(before)?.[0] ?? "";
  if (word.startsWith("$") && !word.startsWith("$$"))
    return [
      ...(of.let ?? []).map((one) => ({ text: `$${one.name}`, help: one.expr })),
      ...functions().map(([text, help]) => ({ text, help })),
    ].filter((one) => one.text.toLowerCase().startsWith(word.toLowerCase()));
  const scope = scopeOf(of, row.to);
  return source.value
    .filter((one) => !one.whole || wayOf(row.rule, row.kind) === "each" || wayOf(row.rule, row.kind) === "from")
    .map((one) => ({ text: spelt(one.path, scope), help: one.value }))
    .filter((one) => one.text !== word && one.text.toLowerCase().includes(word.toLowerCase()))
    .sort((a, b) => Number(a.text.startsWith("$$")) - Number(b.text.startsWith("$$")))
    .slice(0, OFFERS_MAX);
}

function Writing({ row, fixed, about }: { row: Row; fixed: boolean; about: string | undefined }) {
  const [listed, setListed] = useState<Offer[]>([]);
  const [at, setAt] = useState(0);
  const input = useRef<HTMLInputElement>(null);
  const id = useId();
  const way = wayOf(row.rule, row.kind);
  const list = (value: string) => {
    const upto = value.slice(0, input.current?.selectionStart ?? value.length);
    setListed(draft.value && way !== "constant" ? offers(draft.value, row, upto) : []);
    setAt(WORD.test(upto) ? 0 : -1); // before anything is typed nothing is chosen, so that Enter takes nothing unseen
  };
  const take = (offer: Offer) => {
    const box = input.current;
    if (!box) return;
    const caret = box.selectionStart ?? box.value.length;
    const before = box.value.slice(0, caret);
    const word = PLAIN.test(box.value) ? box.value.slice(0, caret) : (WORD.exec(before)?.[0] ?? "");
    const call = /^(\$\w+\()/.exec(offer.text)?.[1];
    const put = call ?? offer.text;
    const rest = PLAIN.test(box.value) ? "" : box.value.slice(caret);
    const next = before.slice(0, before.length - word.length) + put + rest;
    write(row.to, next);
    setListed([]);
    const where = next.length - rest.length;
    requestAnimationFrame(() => box.setSelectionRange(where, where));
  };
  useEffect(() => {
    if (listed.length) document.getElementById(`${id}-${at}`)?.scrollIntoView({ block: "nearest" });
  }, [at, listed]);
  const key = (event: KeyboardEvent) => {
    const offer = listed[at];
    if (event.key === "Escape" && listed.length) setListed([]);
    else if (event.key === "ArrowDown" && listed.length) setAt((at + 1) % listed.length);
    else if (event.key === "ArrowUp" && listed.length) setAt(at > 0 ? at - 1 : listed.length - 1);
    else if (event.key === "ArrowDown" || event.key === "ArrowUp") step(event.currentTarget as HTMLElement, event.key === "ArrowDown" ? 1 : -1);
    else if (event.key === "Enter" && offer) take(offer);
    else if (event.key === "Enter" && !fixed) list("");
    else return;
    event.preventDefault();
  };
  return (
    <span class="writing">
      <input
        ref={input}
        id={`rule-${row.to}`}
        class="rule"
        value={textOf(row.rule)}
        readOnly={fixed}
        placeholder={row.needed ? t("Choose a source field") : ""}
        autocomplete="off"
        spellcheck={false}
        dir="ltr"
        role="combobox"
        aria-expanded={listed.length > 0}
        aria-controls={`${id}-list`}
        aria-autocomplete="list"
        aria-activedescendant={listed[at] ? `${id}-${at}` : undefined}
        aria-describedby={about}
        aria-invalid={about ? "true" : undefined}
        onFocus={() => {
          focused.value = row.to;
        }}
        onBlur={() => setListed([])}
        onInput={(event) => {
          write(row.to, event.currentTarget.value);
          list(event.currentTarget.value);
        }}
        onKeyDown={key}
      />
      <ul id={`${id}-list`} role="listbox" aria-label={t("Fields and functions")} hidden={!listed.length}>
        {listed.map((one, i) => (
          <li
            key={one.text}
            id={`${id}-${i}`}
            role="option"
            aria-selected={i === at}
            onMouseDown={(event) => {
              event.preventDefault();
              take(one);
            }}
          >
            <code dir="ltr">{one.text}</code> <span class="muted small">{one.help}</span>
          </li>
        ))}
      </ul>
    </span>
  );
}

/* ---- what a row opens to ---- */

function More({ row, fixed }: { row: Row; fixed: boolean }) {
  const id = useId();
  const rule = row.rule;
  const way = wayOf(rule, row.kind);
  const put = (part: Partial<NonNullable<Row["rule"]>>) => change(row.to, { ...(rule ?? ruleWith(undefined, row.to, way, "", row.kind)), ...part });
  const when = (value: string) => {
    const { when: _, ...rest } = rule ?? ruleWith(undefined, row.to, way, "", row.kind);
    change(row.to, value ? { ...rest, when: value } : rest);
  };
  const note = (value: string) => {
    const { comment: _, ...rest } = rule ?? ruleWith(undefined, row.to, way, "", row.kind);
    change(row.to, value ? { ...rest, comment: value } : rest);
  };
  return (
    <div class="opened">
      <p class="muted small">
        {row.meaning} {row.kind ? <code>{row.kind}</code> : null} {row.choices.length ? row.choices.join(", ") : null}
      </p>
      <fieldset disabled={fixed}>
        <legend class="hidden">{t("More of {name}", { name: named(row.to) })}</legend>
        <p>
          <label for={`${id}-way`}>{t("How")}</label>
          <select id={`${id}-way`} value={way} onChange={(event) => change(row.to, ruleWith(rule, row.to, event.currentTarget.value as Way, textOf(rule), row.kind))}>
            {WAYS.filter((one) => (one === "each" ? row.kind === "list" : one === "from" ? row.kind === "object" : true)).map((one) => (
              <option key={one} value={one}>
                {wordsOf(one)}
              </option>
            ))}
          </select>
        </p>
        <p>
          <label for={`${id}-when`}>{t("When")}</label>
          <select id={`${id}-when`} value={rule?.when ?? ""} onChange={(event) => when(event.currentTarget.value)}>
            <option value="">{t("always")}</option>
            <option value="creating">{t("only when it is new")}</option>
            <option value="if_not_empty">{t("only if it gives something")}</option>
          </select>
        </p>
        {rule?.lookup ? <LookupParts lookup={rule.lookup} put={(lookup) => put({ lookup })} id={id} /> : null}
        <p>
          <label for={`${id}-note`}>{t("Note")}</label>
          <input id={`${id}-note`} value={rule?.comment ?? ""} maxLength={1000} onInput={(event) => note(event.currentTarget.value)} />
        </p>
        {rule ? (
          <button type="button" class="button plain" onClick={() => change(row.to, undefined)}>
            {t("Remove the rule")}
          </button>
        ) : null}
      </fieldset>
    </div>
  );
}

type Lookup = NonNullable<NonNullable<Row["rule"]>["lookup"]>;

function LookupParts({ lookup, put, id }: { lookup: Lookup; put: (next: Lookup) => void; id: string }) {
  const miss = typeof lookup.miss === "string" ? lookup.miss : "default";
  const known = tables.value.map((one) => one.name ?? "");
  return (
    <>
      <p>
        <label for={`${id}-table`}>{t("Cross reference")}</label>
        <select id={`${id}-table`} value={lookup.table} onChange={(event) => put({ ...lookup, table: event.currentTarget.value })}>
          {known.includes(lookup.table) ? null : <option value={lookup.table}>{lookup.table || t("Choose one")}</option>}
          {known.map((one) => (
            <option key={one} value={one}>
              {one}
            </option>
          ))}
        </select>
      </p>
      <p>
        <label for={`${id}-miss`}>{t("Without an entry")}</label>
        <select
          id={`${id}-miss`}
          value={miss}
          onChange={(event) => {
            const next = event.currentTarget.value;
            put({ ...lookup, miss: next === "default" ? { default: "" } : (next as "hold" | "fail") });
          }}
        >
          <option value="hold">{t("it waits for one")}</option>
          <option value="fail">{t("it fails")}</option>
          <option value="default">{t("it takes a default")}</option>
        </select>
      </p>
      {typeof lookup.miss === "string" ? null : (
        <p>
          <label for={`${id}-default`}>{t("Default")}</label>
          <input id={`${id}-default`} value={String(lookup.miss.default ?? "")} onInput={(event) => put({ ...lookup, miss: { default: event.currentTarget.value } })} />
        </p>
      )}
    </>
  );
}

/** Rules for new records count when the record is taken for one. */
export function Creating({ again }: { again: () => void }) {
  return (
    <label class="tick small">
      <input
        type="checkbox"
        checked={creating.value}
        onChange={(event) => {
          creating.value = event.currentTarget.checked;
          again();
        }}
      />
      {t("as a new record")}
    </label>
  );
}
