import { useEffect, useState } from "preact/hooks";
import { call, stale, use } from "../lib/api.ts";
import type { Backtest, BacktestBrief } from "../lib/api-types.ts";
import { number } from "../lib/format.ts";
import { t } from "../lib/i18n.ts";
import { sentence } from "../lib/problem.ts";
import { can } from "../lib/session.ts";
import { Empty } from "../ui/empty.tsx";
import { Shown } from "../ui/shown.tsx";
import { Tag } from "../ui/tag.tsx";
import { toast } from "../ui/toast.tsx";
import { When } from "../ui/when.tsx";
import { named } from "./document.ts";
import { mapping, refresh } from "./state.ts";

interface Changed {
  path: string;
  records: number;
  examples?: Array<{ pointer: string; before: unknown; after: unknown }>;
}
interface Reason {
  code: string;
  path: string;
  records: number;
  detail?: string;
}
interface Summary {
  changes?: Changed[];
  money?: Array<{ currency: string; before: string | null; after: string | null; difference: string | null }>;
  newly_failing_by?: Reason[] | { reasons: Reason[] };
}

const RANGES = [
  ["m50", 50, 0],
  ["m200", 200, 0],
  ["m1000", 1000, 0],
  ["d30", 0, 30],
] as const;
const POLL_MS = 700;

/** A version run over what was recorded, beside the one that is live. Nothing is sent anywhere. */
export function Backtests({ number: of, unsaved }: { number: number; unsaved: boolean }) {
  const path = { mapping_id: mapping.value?.id ?? "", number: String(of) };
  const all = use("GET /v1/mappings/{mapping_id}/versions/{number}/backtests", { path, query: { limit: 10 } });
  const [range, setRange] = useState("m50");
  const begin = async () => {
    const [, messages, days] = RANGES.find(([name]) => name === range) ?? RANGES[0];
    try {
      await call("POST /v1/mappings/{mapping_id}/versions/{number}/backtests", { path, body: days ? { last_days: days } : { last_messages: messages } });
    } catch (fault) {
      toast(sentence(fault));
    }
  };
  return (
    <>
      <div class="filters inside">
        <select value={range} aria-label={t("Which records")} onChange={(event) => setRange(event.currentTarget.value)}>
          {RANGES.map(([name, messages, days]) => (
            <option key={name} value={name}>
              {days ? t("The last {n} days", { n: days }) : t("The last {n} records", { n: messages })}
            </option>
          ))}
        </select>
        {can("mappings:write") ? (
          <button type="button" class="button main" onClick={() => void begin()}>
            {t("Test version {n}", { n: of })}
          </button>
        ) : null}
        {unsaved ? <p class="muted small">{t("What is not saved is not tested.")}</p> : null}
      </div>
      <Shown of={all} rows={4}>
        {(page) => {
          const last = page.data[0];
          return last ? (
            <Whole key={last.id} brief={last} path={path} />
          ) : (
            <Empty title={t("This version was not tested yet")}>{t("A test makes recent records anew, and tells which come out the same, which change, and which fail.")}</Empty>
          );
        }}
      </Shown>
    </>
  );
}

const ended = (state: string | null) => state !== "queued" && state !== "running";

export function Whole({ brief, path }: { brief: BacktestBrief; path: { mapping_id: string; number: string } }) {
  const at = { ...path, backtest_id: brief.id };
  const one = use("GET /v1/mappings/{mapping_id}/versions/{number}/backtests/{backtest_id}", { path: at });
  const state = one.data.value?.state ?? brief.state;
  const over = ended(state);
  useEffect(() => {
    if (over) return;
    const timer = setInterval(() => void one.again(), POLL_MS);
    return () => {
      clearInterval(timer);
      stale();
      void refresh(Number(path.number));
    };
  }, [over]);
  const cancel = async () => {
    try {
      await call("POST /v1/mappings/{mapping_id}/versions/{number}/backtests/{backtest_id}/cancel", { path: at });
    } catch (fault) {
      toast(sentence(fault));
    }
  };
  return (
    <Shown of={one} rows={4}>
      {(found) => (
        <div class="inside backtest">
          <p role="status">
            <State of={found} /> <span class="muted">{found.against_version ? t("against version {n}", { n: found.against_version }) : t("against what ships")}</span>{" "}
            <When at={found.created_at} />{" "}
            {over ? null : (
              <button type="button" class="button plain" onClick={() => void cancel()}>
                {t("Cancel")}
              </button>
            )}
          </p>
          <Counts of={found} />
          {found.state === "done" ? <Differences of={found} at={at} /> : null}
          {found.reason ? <p class="error">{found.reason}</p> : null}
        </div>
      )}
    </Shown>
  );
}

function State({ of }: { of: Backtest }) {
  switch (of.state) {
    case "done":
      return of.newly_failing ? <Tag kind="act">{t("{n} newly fail", { n: of.newly_failing })}</Tag> : <Tag kind="ok">{t("Nothing newly fails")}</Tag>;
    case "failed":
      return <Tag kind="act">{t("Failed")}</Tag>;
    case "cancelled":
      return <Tag kind="quiet">{t("Cancelled")}</Tag>;
    default:
      return <Tag kind="quiet">{t("Under way")}</Tag>;
  }
}

export function Counts({ of }: { of: BacktestBrief }) {
  const all: Array<[string, number]> = [
    [t("Records"), of.records],
    [t("Same"), of.same],
    [t("Changed"), of.changed],
    [t("Newly failing"), of.newly_failing],
    [t("Newly passing"), of.newly_passing],
    [t("Still failing"), of.still_failing],
  ];
  return (
    <dl class="counts">
      {all.map(([words, n]) => (
        <div key={words}>
          <dt>{words}</dt>
          <dd>{number(n)}</dd>
        </div>
      ))}
    </dl>
  );
}

const reasons = (of: Summary["newly_failing_by"]): Reason[] => (Array.isArray(of) ? of : (of?.reasons ?? []));

function Differences({ of, at }: { of: Backtest; at: { mapping_id: string; number: string; backtest_id: string } }) {
  const [whole, setWhole] = useState<Summary | null>(null);
  const short = (of.summary ?? {}) as Summary;
  const shown = whole ?? short;
  const may = can("orders:read");
  const load = async () => {
    try {
      setWhole((await call("GET /v1/mappings/{mapping_id}/versions/{number}/backtests/{backtest_id}/result", { path: at })).body as unknown as Summary);
    } catch (fault) {
      toast(sentence(fault));
    }
  };
  return (
    <>
      {(shown.money ?? []).map((one) => (
        <p key={one.currency}>
          {t("Money, in all:")} <bdi>{one.difference ?? t("too much to add up")} {one.currency}</bdi>
        </p>
      ))}
      {reasons(shown.newly_failing_by).length ? <h2>{t("Newly failing")}</h2> : null}
      <ul class="diffs">
        {reasons(shown.newly_failing_by).map((one) => (
          <li key={`${one.path} ${one.code}`}>
            <code>{named(one.path)}</code> {t("{n} records", { n: one.records })} <span class="error">{one.detail ?? one.code}</span>
          </li>
        ))}
      </ul>
      {shown.changes?.length ? <h2>{t("Changed")}</h2> : null}
      <ul class="diffs">
        {(shown.changes ?? []).map((one) => (
          <li key={one.path}>
            <code>{named(one.path)}</code> {t("{n} records", { n: one.records })}
            {one.examples?.map((each) => (
              <p key={each.pointer}>
                <del>{plain(each.before)}</del> <ins>{plain(each.after)}</ins>
              </p>
            ))}
          </li>
        ))}
      </ul>
      {!whole && may && (short.changes?.length || reasons(short.newly_failing_by).length) ? (
        <button type="button" class="button" onClick={() => void load()}>
          {t("Show examples")}
        </button>
      ) : null}
    </>
  );
}

export const plain = (value: unknown): string => (value === null || value === undefined ? "–" : typeof value === "string" ? value : JSON.stringify(value));
