import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { call, use } from "../lib/api.ts";
import type { Exception, ExceptionJob, ExceptionRetried, Exceptions } from "../lib/api-types.ts";
import { money, number } from "../lib/format.ts";
import { t } from "../lib/i18n.ts";
import { onKey } from "../lib/keys.ts";
import { sentence } from "../lib/problem.ts";
import { ask, go, link, query } from "../lib/router.ts";
import { can } from "../lib/session.ts";
import { jobState, trend } from "../lib/states.ts";
import { Drawer } from "../ui/drawer.tsx";
import { Empty } from "../ui/empty.tsx";
import { Head } from "../ui/head.tsx";
import { Listing } from "../ui/listing.tsx";
import { Shown } from "../ui/shown.tsx";
import { Fresh, useSteady } from "../ui/steady.tsx";
import { type Column, Table } from "../ui/table.tsx";
import { Tabs } from "../ui/tabs.tsx";
import { Tag } from "../ui/tag.tsx";
import { toast } from "../ui/toast.tsx";
import { When } from "../ui/when.tsx";

const TABS = ["open", "retrying", "archived"] as const;
type Tab = (typeof TABS)[number];

const RETRY_MOST = 100;

/** What stops work, grouped by cause: one mended cause lets all of its records go on. */
export default function ExceptionsPage({ params }: { params: Record<string, string> }) {
  const all = use("GET /v1/exceptions", {});
  const tab = TABS.find((one) => one === query.value.get("tab")) ?? "open";
  const opened = params["id"];
  return (
    <>
      <Head title={t("Exceptions")} about={t("What stopped and waits for a person, grouped by its cause")} />
      <Tabs
        label={t("Exceptions")}
        all={[
          ["open", t("Open")],
          ["retrying", t("Retrying")],
          ["archived", t("Archived")],
        ]}
        chosen={tab}
        onChoose={(name) => ask("tab", name === "open" ? "" : name)}
      />
      <section class="card">
        <Shown of={all} rows={8}>
          {(found) => <List of={found} tab={tab} opened={opened} />}
        </Shown>
      </section>
    </>
  );
}

function within(one: Exception, tab: Tab): boolean {
  if (one.handling?.archived) return tab === "archived";
  return tab === (one.stopped > 0 ? "open" : "retrying");
}

function title(one: Exception): string {
  return one.sample ?? one.verdict_words ?? one.code ?? "";
}

const columns = (): Column<Exception>[] => [
  { name: t("Cause"), always: true, cell: (one) => <a class="strong" href={link(`/exceptions/${one.id}`)}>{title(one)}</a> },
  { name: t("Records"), always: true, end: true, cell: (one) => number(one.jobs) },
  { name: t("At stake"), end: true, cell: (one) => one.at_stake.map((worth) => money(worth.amount)).join(" + ") },
  { name: t("System"), cell: (one) => one.system ?? one.connector },
  { name: t("Trend"), cell: (one) => <Trend of={one} /> },
  { name: t("Handled by"), cell: (one) => one.handling?.assignee },
  { name: t("Last seen"), end: true, cell: (one) => <When at={one.last_seen_at} /> },
];

function Trend({ of }: { of: Exception }) {
  const [kind, words] = trend(of.trend);
  return <Tag kind={kind}>{words}</Tag>;
}

/** j and k move, o opens; Escape closes what is open. */
function List({ of, tab, opened }: { of: Exceptions; tab: Tab; opened: string | undefined }) {
  const { rows, fresh, take } = useSteady(of.exceptions.filter((one) => within(one, tab)), (one) => one.id ?? "", true);
  const [at, setAt] = useState("");
  const [picked, setPicked] = useState<ReadonlySet<string>>(new Set());
  const chosen = rows.filter((one) => picked.has(one.id ?? ""));
  const pick = (id: string | null, far = false) => {
    if (!id) return;
    const next = new Set(picked);
    const on = !picked.has(id);
    const ids = rows.map((one) => one.id ?? "");
    const [from, to] = far && at ? [ids.indexOf(at), ids.indexOf(id)].sort((a, b) => a - b) : [ids.indexOf(id), ids.indexOf(id)];
    for (const one of ids.slice(from, (to ?? 0) + 1)) {
      if (on) next.add(one);
      else next.delete(one);
    }
    setAt(id);
    setPicked(next);
  };
  const may = can("flows:run");
  const where = rows.findIndex((one) => one.id === at);
  const step = (by: number) => {
    const next = rows[Math.min(rows.length - 1, Math.max(0, where + by))];
    if (!next?.id) return;
    setAt(next.id);
    document.querySelector(`tr[data-id="${CSS.escape(next.id)}"]`)?.scrollIntoView({ block: "nearest" });
  };
  const keep = location.search;
  const open = (id: string | null) => id && go(link(`/exceptions/${id}`) + keep);
  /* Before the next key comes, which may be sooner than the next picture. */
  useLayoutEffect(() => {
    const ends = [onKey("j", () => step(1)), onKey("k", () => step(-1)), onKey("o", () => open(at)), onKey("Enter", () => open(at)), onKey("x", () => may && pick(at))];
    return () => ends.forEach((end) => end());
  });
  const shown = of.exceptions.find((one) => one.id === opened);
  return (
    <>
      <Fresh n={fresh} take={take} />
      {chosen.length ? <Bulk of={chosen} all={rows} onAll={() => setPicked(new Set(rows.map((one) => one.id ?? "")))} onNone={() => setPicked(new Set())} /> : null}
      {rows.length ? (
        <Table label={t("Causes")} columns={may ? [picking(picked, pick), ...columns()] : columns()} rows={rows} id={(one) => one.id ?? ""} current={at} onOpen={(one) => open(one.id)} />
      ) : (
        <None tab={tab} />
      )}
      {rows.length ? (
        <p class="keys muted small">
          <kbd>j</kbd> <kbd>k</kbd> {t("move")} <kbd>o</kbd> {t("open")} {may ? <><kbd>x</kbd> {t("select")}</> : null}
        </p>
      ) : null}
      {shown ? <One of={shown} onClose={() => go(link("/exceptions") + keep)} /> : null}
    </>
  );
}

function picking(picked: ReadonlySet<string>, pick: (id: string | null, far: boolean) => void): Column<Exception> {
  return {
    name: t("Select"),
    always: true,
    cell: (one) => (
      <input
        type="checkbox"
        class="pick"
        aria-label={t("Select {what}", { what: title(one) })}
        checked={picked.has(one.id ?? "")}
        onClick={(event) => {
          event.preventDefault();
          pick(one.id, event.shiftKey);
        }}
      />
    ),
  };
}

/** A hundred are let go on with one request; more go one hundred after the other, until it is stopped or none is left. */
async function retryAll(of: Exception[], go: () => boolean, told: (done: number) => void): Promise<{ done: number; skipped: number }> {
  let done = 0;
  let skipped = 0;
  for (const one of of) {
    let answer: ExceptionRetried;
    let here = 0;
    do {
      answer = (await call("POST /v1/exceptions/{exception_id}/retry", { path: { exception_id: one.id ?? "" }, body: { most: RETRY_MOST, reason: null, dry_run: false } })).body;
      done += answer.retried;
      here += answer.retried;
      told(done);
    } while (answer.left > 0 && answer.retried > 0 && here < one.stopped && go()); // what is held again at once is not tried twice
    skipped += answer.skipped;
    if (!go()) break;
  }
  return { done, skipped };
}

/** What is done with several causes at once. More than a hundred records ask first. */
function Bulk({ of, all, onAll, onNone }: { of: Exception[]; all: Exception[]; onAll: () => void; onNone: () => void }) {
  const [under, setUnder] = useState<number | null>(null);
  const [asks, setAsks] = useState(false);
  const going = useRef(true);
  const records = of.reduce((sum, one) => sum + one.stopped, 0);
  const start = async () => {
    setAsks(false);
    going.current = true;
    setUnder(0);
    try {
      const { done, skipped } = await retryAll(of, () => going.current, setUnder);
      toast(skipped ? t("{n} records go on, {skipped} come back by themselves", { n: done, skipped: number(skipped) }) : t("{n} records go on", { n: done }));
      onNone();
    } catch (fault) {
      toast(sentence(fault));
    } finally {
      setUnder(null);
    }
  };
  return (
    <div class="bulk" role="region" aria-label={t("What is selected")}>
      <span class="strong" role="status">
        {under === null ? t("{n} causes selected, {records} records", { n: of.length, records: number(records) }) : t("{done} of {all} records", { done: number(under), all: number(records) })}
      </span>
      {of.length < all.length ? (
        <button type="button" class="button plain" onClick={onAll}>
          {t("Select all {n} that match", { n: all.length })}
        </button>
      ) : null}
      <span class="grow" />
      {under !== null ? (
        <button type="button" class="button" onClick={() => (going.current = false)}>
          {t("Stop")}
        </button>
      ) : asks ? (
        <>
          <span>{t("Retry {n} records?", { n: records })}</span>
          <button type="button" class="button main" onClick={() => void start()}>
            {t("Yes, retry")}
          </button>
          <button type="button" class="button" onClick={() => setAsks(false)}>
            {t("No")}
          </button>
        </>
      ) : (
        <>
          <button type="button" class="button main" disabled={!records} onClick={() => (records > RETRY_MOST ? setAsks(true) : void start())}>
            {t("Retry")}
          </button>
          <button type="button" class="button" onClick={onNone}>
            {t("Clear")}
          </button>
        </>
      )}
    </div>
  );
}

const jobColumns = (): Column<ExceptionJob>[] => [
  { name: t("Record"), always: true, cell: (one) => (one.order_id ? <a href={link(`/orders/${one.order_id}`)}><bdi>{one.number || t("Order")}</bdi></a> : <code>{one.id.slice(0, 14)}…</code>) },
  { name: t("Status"), always: true, cell: (one) => <JobState of={one} /> },
  { name: t("Tries"), end: true, cell: (one) => number(one.attempts) },
  { name: t("Last try"), always: true, end: true, cell: (one) => <When at={one.failed_at} /> },
];

function JobState({ of }: { of: ExceptionJob }) {
  const [kind, words] = jobState(of.state);
  return <Tag kind={kind}>{words}</Tag>;
}

function None({ tab }: { tab: Tab }) {
  if (tab === "archived") return <Empty title={t("Nothing is archived")}>{t("A cause that is archived stays away until it grows.")}</Empty>;
  if (tab === "retrying") return <Empty title={t("Nothing is retrying")}>{t("What fails for a moment is tried again by itself, and is listed here meanwhile.")}</Empty>;
  return <Empty title={t("Nothing waits for you")}>{t("When something stops, its cause is listed here with what to do about it.")}</Empty>;
}

function One({ of, onClose }: { of: Exception; onClose: () => void }) {
  const job = use("GET /v1/jobs/{job_id}", { path: { job_id: of.sample_job_id } });
  const archive = async (archived: boolean) => {
    const before = of.handling;
    const put = (to: boolean) =>
      call("PUT /v1/exceptions/{exception_id}/handling", {
        path: { exception_id: of.id ?? "" },
        body: { archived: to, assignee: before?.assignee ?? null, note: before?.note ?? null },
      });
    try {
      await put(archived);
      toast(archived ? t("Archived until it grows") : t("Back among the open ones"), () => void put(!archived).catch((fault: unknown) => toast(sentence(fault))));
      onClose();
    } catch (fault) {
      toast(sentence(fault));
    }
  };
  const retry = async () => {
    try {
      const { done, skipped } = await retryAll([of], () => false, () => undefined);
      toast(skipped ? t("{n} records go on, {skipped} come back by themselves", { n: done, skipped: number(skipped) }) : t("{n} records go on", { n: done }));
    } catch (fault) {
      toast(sentence(fault));
    }
  };
  const may = can("flows:run");
  return (
    <Drawer
      title={title(of)}
      onClose={onClose}
      foot={
        may ? (
          <>
            <button type="button" class="button" onClick={() => void archive(!of.handling?.archived)}>
              {of.handling?.archived ? t("Put back") : t("Archive until it grows")}
            </button>
            <button type="button" class="button main" disabled={!of.stopped} onClick={() => void retry()}>
              {t("Retry {n} records", { n: of.stopped })}
            </button>
          </>
        ) : null
      }
    >
      {of.action ? <p>{of.action}</p> : null}
      <dl class="facts">
        <dt>{t("Verdict")}</dt>
        <dd>{of.verdict_words}</dd>
        <dt>{t("Records")}</dt>
        <dd>
          {t("{n} records", { n: of.jobs })} · {t("{n} wait for a person", { n: of.stopped })}
        </dd>
        {of.at_stake.length ? (
          <>
            <dt>{t("At stake")}</dt>
            <dd>
              <bdi>{of.at_stake.map((worth) => money(worth.amount)).join(" + ")}</bdi>
            </dd>
          </>
        ) : null}
        {of.system ? (
          <>
            <dt>{t("System")}</dt>
            <dd>{of.system}</dd>
          </>
        ) : null}
        {of.path ? (
          <>
            <dt>{t("About")}</dt>
            <dd>
              <code>{of.path}</code>
            </dd>
          </>
        ) : null}
        <dt>{t("First seen")}</dt>
        <dd>
          <When at={of.first_seen_at} />
        </dd>
      </dl>
      <h3>{t("Records")}</h3>
      <div class="card">
        <Listing op="GET /v1/exceptions/{exception_id}/jobs" asking={{ path: { exception_id: of.id ?? "" } }} label={t("Records")} columns={jobColumns()} id={(one) => one.id} empty={<p class="inside muted">{t("None waits any more.")}</p>} />
      </div>
      <h3>{t("The last record")}</h3>
      <Shown of={job} rows={3}>
        {(one) => {
          const [kind, words] = jobState(one.state);
          return (
            <>
              <p>
                <Tag kind={kind}>{words}</Tag> <code>{one.id}</code>
              </p>
              <ol class="tries">
                {one.tries.map((each) => (
                  <li key={each.n}>
                    <span class="muted">{t("Try {n}", { n: each.n })}</span> <When at={each.started_at} /> <span>{each.reason ?? each.outcome}</span>
                  </li>
                ))}
              </ol>
            </>
          );
        }}
      </Shown>
    </Drawer>
  );
}
