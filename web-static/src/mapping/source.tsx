import { useEffect, useId, useState } from "preact/hooks";
import { call, use } from "../lib/api.ts";
import type { Order } from "../lib/api-types.ts";
import { t } from "../lib/i18n.ts";
import { sentence } from "../lib/problem.ts";
import { ask, query } from "../lib/router.ts";
import { can } from "../lib/session.ts";
import { toast } from "../ui/toast.tsx";
import { again, fill, mapping, sample, source, tried } from "./state.ts";

/** What comes in, with the values of one record. Whatever is chosen goes into the row that was written in last. */
export function Source() {
  const [find, setFind] = useState("");
  const [at, setAt] = useState("");
  const all = source.value;
  const shown = all.filter((one) => !find || `${one.path} ${one.value}`.toLowerCase().includes(find.toLowerCase()));
  const current = shown.some((one) => one.path === at) ? at : shown[0]?.path;
  const ignored = tried.value?.unused ?? [];
  const move = (event: KeyboardEvent) => {
    const i = shown.findIndex((one) => one.path === current);
    const next = { ArrowDown: i + 1, ArrowUp: i - 1, Home: 0, End: shown.length - 1 }[event.key];
    if (next !== undefined) {
      const one = shown[Math.min(shown.length - 1, Math.max(0, next))];
      if (one) {
        setAt(one.path);
        document.getElementById(`source-${one.path}`)?.focus();
      }
    } else if (event.key === "Enter" && current) fill(current);
    else return;
    event.preventDefault();
  };
  return (
    <section class="pane source" aria-labelledby="pane-source">
      <header>
        <h2 id="pane-source">{t("Source")}</h2>
        <span class="muted small">{mapping.value?.source_system} {mapping.value?.source_object}</span>
      </header>
      <Picker />
      <p class="pane-find">
        <input type="search" value={find} placeholder={t("Find a field or a value")} aria-label={t("Find a field or a value")} onInput={(event) => setFind(event.currentTarget.value)} />
      </p>
      {shown.length ? (
        <ul class="tree" role="tree" aria-label={t("Fields of the source")} onKeyDown={move}>
          {shown.map((one) => (
            <li
              key={one.path}
              id={`source-${one.path}`}
              role="treeitem"
              aria-level={one.depth + 1}
              aria-selected={false}
              tabIndex={one.path === current ? 0 : -1}
              class={`${one.used ? "used" : ""} d${Math.min(one.depth, 5)}`}
              title={one.value}
              onFocus={() => setAt(one.path)}
              onClick={() => fill(one.path)}
            >
              <span dir="ltr">{one.name}</span> <code><bdi>{one.value}</bdi></code>
            </li>
          ))}
        </ul>
      ) : (
        <p class="inside muted">{all.length ? t("Nothing has that name or value.") : t("Choose a record, or write one, to see its fields.")}</p>
      )}
      {ignored.length ? (
        <details class="ignored">
          <summary>{t("{n} fields are ignored", { n: ignored.length })}</summary>
          <ul>
            {ignored.map((one) => (
              <li key={one}>
                <code dir="ltr">{one}</code>
              </li>
            ))}
          </ul>
        </details>
      ) : null}
    </section>
  );
}

/* ---- on which record ---- */

const OWN = "own";

async function choose(order: string): Promise<void> {
  try {
    const found = (await call("GET /v1/orders/{order_id}", { path: { order_id: order } })).body;
    sample.value = { message_id: found.message_id };
    await again();
  } catch (fault) {
    toast(sentence(fault));
  }
}

function Picker() {
  const may = can("orders:read") && mapping.value?.source_object === "order";
  return may ? <Orders /> : <Own />;
}

function Orders() {
  const found = use("GET /v1/orders", { query: { limit: 100 } });
  const all = (found.data.value?.data ?? []).filter((one) => one.customer_id === mapping.value?.customer_id);
  const wanted = query.value.get("order") ?? "";
  const chosen = wanted || all[0]?.id || "";
  const id = useId();
  useEffect(() => {
    if (chosen && chosen !== OWN) void choose(chosen);
  }, [chosen, mapping.value?.id]);
  const options = (of: Order[]) =>
    of.map((one) => (
      <option key={one.id} value={one.id}>
        {one.number ?? one.source_id}
      </option>
    ));
  const waiting = all.filter((one) => one.state === "held");
  return (
    <>
      <p class="pane-find">
        <label class="hidden" for={id}>
          {t("Record")}
        </label>
        <select id={id} value={chosen} onChange={(event) => ask("order", event.currentTarget.value)}>
          {all.some((one) => one.id === chosen) || !wanted || wanted === OWN ? null : <option value={wanted}>{t("The order that was opened")}</option>}
          {waiting.length ? <optgroup label={t("Held")}>{options(waiting)}</optgroup> : null}
          <optgroup label={t("Recent")}>{options(all.filter((one) => one.state !== "held"))}</optgroup>
          <option value={OWN}>{t("One of your own…")}</option>
        </select>
      </p>
      {chosen === OWN || (found.data.value && !all.length && !wanted) ? <Own /> : null}
    </>
  );
}

/** A record by hand, begun with what is shown. */
function Own() {
  const [text, setText] = useState(() => (tried.value?.record ? JSON.stringify(tried.value.record, null, 2) : "{}"));
  const [wrong, setWrong] = useState(false);
  const id = useId();
  const write = (next: string) => {
    setText(next);
    try {
      sample.value = { record: JSON.parse(next) as unknown };
      setWrong(false);
      void again();
    } catch {
      setWrong(true);
    }
  };
  return (
    <div class="pane-find">
      <label for={id} class="small muted">
        {t("A record as JSON")}
      </label>
      <textarea id={id} rows={8} spellcheck={false} dir="ltr" value={text} aria-invalid={wrong ? "true" : undefined} onInput={(event) => write(event.currentTarget.value)} />
      {wrong ? <p class="error">{t("This is no JSON yet.")}</p> : null}
    </div>
  );
}
