import { signal } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import { call } from "../lib/api.ts";
import { t } from "../lib/i18n.ts";
import { Problem, sentence } from "../lib/problem.ts";
import { ask, link, query } from "../lib/router.ts";
import { can } from "../lib/session.ts";
import { Head } from "../ui/head.tsx";
import { Fault, Waiting } from "../ui/shown.tsx";
import { Tabs } from "../ui/tabs.tsx";
import { Tag } from "../ui/tag.tsx";
import { toast } from "../ui/toast.tsx";
import { Result } from "../mapping/result.tsx";
import { Creating, Rules } from "../mapping/rules.tsx";
import { Source } from "../mapping/source.tsx";
import { again, dirty, draft, keepUnsaved, leave, mapping, open, refresh, refused, save, show, tried, version } from "../mapping/state.ts";
import { statusOf } from "../mapping/status.ts";

type Part = "rules" | "tests" | "versions";

/** What only the other tabs and the decisions need. */
const parts = signal<typeof import("../mapping/parts.tsx") | null>(null);
async function needParts(): Promise<void> {
  parts.value ??= await import("../mapping/parts.tsx");
}

/** The mapping editor: what comes in, the rules, and what comes out, tried at the server as they are written. */
export default function MappingPage({ params }: { params: Record<string, string> }) {
  const [problem, setProblem] = useState<Problem | null>(null);
  const id = params["id"] ?? "";
  const part = (query.value.get("part") ?? "rules") as Part;
  const of = mapping.value;
  const wanted = Number(query.value.get("version")) || of?.newest_version || 0;
  const load = async () => {
    try {
      setProblem(null);
      if (mapping.value?.id !== id) await open(id);
    } catch (fault) {
      setProblem(fault instanceof Problem ? fault : new Problem(0));
    }
  };
  useEffect(() => {
    void load();
    return leave;
  }, [id]);
  useEffect(() => {
    if (!of || version.value?.number === wanted) return;
    keepUnsaved();
    show(wanted).catch((fault: unknown) => toast(sentence(fault)));
  }, [of?.id, wanted]);
  useEffect(() => {
    if (part !== "rules") void needParts();
  }, [part]);
  useEffect(() => {
    const keep = (event: BeforeUnloadEvent) => dirty.value && event.preventDefault();
    addEventListener("beforeunload", keep);
    return () => removeEventListener("beforeunload", keep);
  }, []);
  if (problem) return <Missing problem={problem} again={load} />;
  const one = version.value;
  const fixed = one !== null && !can("mappings:write");
  return (
    <>
      <Head title={of?.name ?? t("Mapping")} crumb={<a href={link("/mappings")}>{t("Mappings")}</a>} about={of ? <About /> : null}>
        {draft.value ? <Actions /> : null}
      </Head>
      <Tabs
        label={t("Parts of the mapping")}
        all={[
          ["rules", t("Rules")],
          ["tests", t("Test on records")],
          ["versions", t("Versions")],
        ]}
        chosen={part}
        onChoose={(name) => ask("part", name === "rules" ? "" : name)}
      />
      {draft.value ? null : <Waiting rows={10} />}
      {draft.value && part === "rules" ? (
        <>
          <div class="editor">
            <Source />
            <Rules fixed={fixed} />
            <Result />
          </div>
          <p class="keys-of muted small">
            <kbd>↑</kbd> <kbd>↓</kbd> {t("move")} <kbd>Enter</kbd> {t("fields, or take one")} <Creating again={() => void again()} />
          </p>
        </>
      ) : null}
      {one && part === "tests" && parts.value ? (
        <section class="card">
          <parts.value.Backtests number={one.number} unsaved={dirty.value} />
        </section>
      ) : null}
      {of && part === "versions" && parts.value ? (
        <section class="card">
          <parts.value.Versions
            onOpen={(n) => {
              ask("version", n === of.newest_version ? "" : String(n));
              ask("part", "");
            }}
          />
        </section>
      ) : null}
    </>
  );
}

function Missing({ problem, again }: { problem: Problem; again: () => Promise<void> }) {
  return (
    <>
      <Head title={t("Mapping")} crumb={<a href={link("/mappings")}>{t("Mappings")}</a>} />
      <Fault problem={problem} again={again} />
    </>
  );
}

function About() {
  const of = mapping.value;
  const one = version.value;
  if (!of) return null;
  const [kind, words] = one ? statusOf(one) : (["quiet", t("Draft")] as const);
  return (
    <>
      {of.source_system} {of.source_object} → {of.target} · {one ? t("version {n}", { n: one.number }) : t("nothing is saved yet")} <Tag kind={kind}>{words}</Tag>{" "}
      {dirty.value ? <Tag kind="watch">{t("Not saved")}</Tag> : null}
      {of.current_version && one?.number !== of.current_version ? <> {t("version {n} is live", { n: of.current_version })}</> : null}
    </>
  );
}

/** What can be done now: while something is not saved, to save it; then what the version's state allows. */
function Actions() {
  const [note, setNote] = useState("");
  const [decides, setDecides] = useState<"approve" | "publish" | "">("");
  const of = mapping.value;
  const one = version.value;
  if (!of) return null;
  const path = { mapping_id: of.id, number: String(one?.number ?? 0) };
  const decide = async (what: "approve" | "publish") => {
    await needParts();
    setDecides(what);
  };
  const act = async (work: () => Promise<unknown>, words: string) => {
    try {
      await work();
      toast(words);
      await refresh(one?.number ?? 0);
    } catch (fault) {
      toast(sentence(fault));
    }
  };
  const keep = async (faults: boolean) => {
    const number = await save(note, faults);
    if (!number) return;
    setNote("");
    ask("version", "");
    toast(t("Version {n} is saved", { n: number }));
  };
  if (dirty.value)
    return (
      <>
        <input value={note} maxLength={500} placeholder={t("What this changes")} aria-label={t("What this changes")} onInput={(event) => setNote(event.currentTarget.value)} />
        <button type="button" class="button" onClick={() => void show(one?.number ?? 0)}>
          {t("Discard")}
        </button>
        {refused.value.length || tried.value?.document_faults.length ? (
          <button type="button" class="button" onClick={() => void keep(true)}>
            {t("Save with its faults")}
          </button>
        ) : null}
        <button type="button" class="button main" onClick={() => void keep(false)}>
          {one?.status === "draft" ? t("Save draft") : t("Save as version {n}", { n: of.newest_version + 1 })}
        </button>
      </>
    );
  if (!one) return null;
  const published = can("mappings:publish");
  const back = published && of.current_version > 0 && (of.rolling_version > 0 || of.current_version === one.number);
  const ready = published && one.number !== of.current_version && ((one.status === "in_review" && one.reviewer) || (one.status === "draft" && of.review !== "required") || of.rolling_version === one.number);
  return (
    <>
      {back ? (
        <button type="button" class="button" onClick={() => void act(() => call("POST /v1/mappings/{mapping_id}/rollback", { path }), t("It is as it was before"))}>
          {of.rolling_version ? t("End the share") : t("Roll back")}
        </button>
      ) : null}
      {one.status === "in_review" && of.rolling_version !== one.number && can("mappings:write") ? (
        <button type="button" class="button" onClick={() => void act(() => call("POST /v1/mappings/{mapping_id}/versions/{number}/withdraw", { path }), t("It is a draft again"))}>
          {t("Take back")}
        </button>
      ) : null}
      {one.status === "draft" && of.review === "required" && can("mappings:write") ? (
        <button type="button" class="button main" onClick={() => void act(() => call("POST /v1/mappings/{mapping_id}/versions/{number}/submit", { path }), t("Approval is asked for"))}>
          {t("Ask for approval")}
        </button>
      ) : null}
      {one.status === "in_review" && !one.reviewer && published ? (
        <button type="button" class="button main" onClick={() => void decide("approve")}>
          {t("Review…")}
        </button>
      ) : null}
      {ready ? (
        <button type="button" class="button main" onClick={() => void decide("publish")}>
          {t("Publish…")}
        </button>
      ) : null}
      {decides && parts.value ? <parts.value.Decide act={decides} onClose={() => setDecides("")} /> : null}
    </>
  );
}
