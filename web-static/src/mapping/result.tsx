import { t } from "../lib/i18n.ts";
import { sentence } from "../lib/problem.ts";
import { lineOf, lines } from "./document.ts";
import { told } from "./rules.tsx";
import { failed, sample, took, tried, trying } from "./state.ts";

/** What the rules make of the record, with what is wrong beside its line. */
export function Result() {
  const one = tried.value;
  const older = Boolean(one?.document_faults.length);
  return (
    <section class="pane result" aria-labelledby="pane-result">
      <header>
        <h2 id="pane-result">{t("Result")}</h2>
        <span class="muted small" role="status">
          {trying.value ? t("trying…") : one ? `${verdict()} · ${t("{n} ms", { n: took.value })}` : ""}
        </span>
      </header>
      {failed.value ? <p class="fault" role="alert">{sentence(failed.value)}</p> : null}
      {older ? <p class="pane-note">{t("A rule has a fault. What is shown is of before.")}</p> : null}
      {one?.result ? <Lines of={one.result} older={older} /> : <p class="inside muted">{sample.value ? t("Nothing came out yet.") : t("Choose a record to see what becomes of it.")}</p>}
    </section>
  );
}

function verdict(): string {
  const one = tried.value;
  if (!one) return "";
  if (one.document_faults.length) return t("not run");
  if (one.faults.length) return t("{n} faults", { n: one.faults.length });
  return one.held ? t("it would wait") : t("it would pass");
}

function Lines({ of, older }: { of: unknown; older: boolean }) {
  const all = lines(of);
  const beside = new Map<number, string[]>();
  const put = (pointer: string, words: string) => {
    const at = lineOf(all, pointer);
    beside.set(at, [...(beside.get(at) ?? []), words]);
  };
  for (const one of tried.value?.faults ?? []) put(one.pointer ?? "", told(one));
  for (const one of tried.value?.misses ?? [])
    put(one.pointer ?? "", t("{table} has no entry for {key}", { table: one.table ?? "", key: one.key ?? "" }));
  return (
    <pre class={older ? "lines older" : "lines"} tabIndex={0} aria-label={t("Result, {n} lines", { n: all.length })} dir="ltr">
      {all.map((one, i) => (
        <span key={i} class={`${beside.has(i) ? "bad" : ""} d${Math.min(one.depth, 9)}`}>
          {one.text}
          {beside.get(i)?.map((words) => (
            <em key={words}>{words}</em>
          ))}
        </span>
      ))}
    </pre>
  );
}
