import { useEffect, useState } from "preact/hooks";
import { call, use } from "../lib/api.ts";
import type { Exception, Exceptions } from "../lib/api-types.ts";
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
import { Shown } from "../ui/shown.tsx";
import { type Column, Table } from "../ui/table.tsx";
import { Tabs } from "../ui/tabs.tsx";
import { Tag } from "../ui/tag.tsx";
import { toast } from "../ui/toast.tsx";
import { When } from "../ui/when.tsx";

const TABS = ["open", "retrying", "archived"] as const;
type Tab = (typeof TABS)[number];

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
  const rows = of.exceptions.filter((one) => within(one, tab));
  const [at, setAt] = useState("");
  const where = rows.findIndex((one) => one.id === at);
  const step = (by: number) => {
    const next = rows[Math.min(rows.length - 1, Math.max(0, where + by))];
    if (!next?.id) return;
    setAt(next.id);
    document.querySelector(`tr[data-id="${CSS.escape(next.id)}"]`)?.scrollIntoView({ block: "nearest" });
  };
  const keep = location.search;
  const open = (id: string | null) => id && go(link(`/exceptions/${id}`) + keep);
  useEffect(() => {
    const ends = [onKey("j", () => step(1)), onKey("k", () => step(-1)), onKey("o", () => open(at)), onKey("Enter", () => open(at))];
    return () => ends.forEach((end) => end());
  });
  const shown = of.exceptions.find((one) => one.id === opened);
  return (
    <>
      {rows.length ? (
        <Table label={t("Causes")} columns={columns()} rows={rows} id={(one) => one.id ?? ""} current={at} onOpen={(one) => open(one.id)} />
      ) : (
        <None tab={tab} />
      )}
      {rows.length ? (
        <p class="keys muted small">
          <kbd>j</kbd> <kbd>k</kbd> {t("move")} <kbd>o</kbd> {t("open")}
        </p>
      ) : null}
      {shown ? <One of={shown} onClose={() => go(link("/exceptions") + keep)} /> : null}
    </>
  );
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
      await call("POST /v1/jobs/{job_id}/retry", { path: { job_id: of.sample_job_id } });
      toast(t("It is tried again"));
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
            <button type="button" class="button main" onClick={() => void retry()}>
              {t("Retry the last record")}
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
