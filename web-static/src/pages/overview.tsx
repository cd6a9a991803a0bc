import { use } from "../lib/api.ts";
import type { OverviewCause, OverviewConnection, OverviewOrders, OverviewSystems } from "../lib/api-types.ts";
import { change, clock, lasting, money, number, share } from "../lib/format.ts";
import { t } from "../lib/i18n.ts";
import { go, link } from "../lib/router.ts";
import { can } from "../lib/session.ts";
import { connectionState } from "../lib/states.ts";
import { Bars, Spark } from "../ui/chart.tsx";
import { Empty } from "../ui/empty.tsx";
import { Head } from "../ui/head.tsx";
import { Shown } from "../ui/shown.tsx";
import { type Column, Table } from "../ui/table.tsx";
import { Tag } from "../ui/tag.tsx";
import { When } from "../ui/when.tsx";

const HOURS = 24;

/** Is my business in order, and what must I do now? One request says it. */
export default function Overview() {
  const all = use("GET /v1/overview", {});
  return (
    <>
      <Head title={t("Overview")} about={t("All channels, last 24 hours")}>
        {can("orders:read") ? (
          <a class="button" href={link("/orders")}>
            {t("Find an order")}
          </a>
        ) : null}
        <a class="button main" href={link("/exceptions")}>
          {t("Review exceptions")}
        </a>
      </Head>
      <Shown of={all} rows={8}>
        {(now) => (
          <>
            {now.orders ? <Figures of={now.orders} stopped={now.attention?.stopped ?? 0} /> : null}
            <div class={now.orders ? "two wide-start" : ""}>
              {now.orders ? <Throughput of={now.orders} /> : null}
              <Attention causes={now.attention?.causes ?? []} />
            </div>
            {now.systems ? <Systems of={now.systems} /> : null}
          </>
        )}
      </Shown>
    </>
  );
}

/* ---- figures ---- */

function Figures({ of, stopped }: { of: OverviewOrders; stopped: number }) {
  const { day, day_before: before } = of;
  if (!day || !before) return null;
  const hours = of.hours.slice(-HOURS);
  const alone = (one: typeof day) => (one.arrived + one.held ? (one.arrived - one.helped) / (one.arrived + one.held) : null);
  const now = alone(day);
  const then = alone(before);
  return (
    <section class="card figures" aria-label={t("Figures of the last 24 hours")}>
      <Figure name={t("Orders")} value={number(day.orders)} beside={before.orders ? <bdi>{change(day.orders, before.orders)}</bdi> : t("none the day before")} spark={hours.map((one) => one.orders)} />
      <Figure
        name={t("Time to the ERP, 95 of 100")}
        value={day.p95_ms < 0 ? "–" : lasting(day.p95_ms)}
        beside={before.p95_ms < 0 ? t("target {time}", { time: lasting(of.promise_s * 1000) }) : t("{time} the day before", { time: lasting(before.p95_ms) })}
        spark={hours.map((one) => Math.max(0, one.p95_ms))}
      />
      <Figure
        name={t("Without a person")}
        value={now === null ? "–" : share(now)}
        beside={then === null ? t("of all that ended") : t("{share} the day before", { share: share(then) })}
        spark={hours.map((one) => one.arrived - one.helped)}
      />
      <Figure
        name={t("Waiting for a person")}
        value={number(stopped)}
        beside={t("{n} orders of today held", { n: day.held })}
        spark={hours.map((one) => one.held)}
      />
    </section>
  );
}

function Figure({ name, value, beside, spark }: { name: string; value: string; beside: preact.ComponentChildren; spark: number[] }) {
  return (
    <div class="figure">
      <p class="muted small">{name}</p>
      <p>
        <b class="big">
          <bdi>{value}</bdi>
        </b>{" "}
        <span class="muted small">{beside}</span>
      </p>
      <Spark values={spark} label={t("{name}, hour by hour", { name })} />
    </div>
  );
}

/* ---- throughput ---- */

function Throughput({ of }: { of: OverviewOrders }) {
  const hours = of.hours.slice(-HOURS);
  const bars = hours.map((one) => ({
    at: one.from ?? "",
    title: t("{from}: {ok} delivered, {late} late, {held} held", { from: clock(one.from ?? ""), ok: number(one.delivered), late: number(one.late), held: number(one.held) }),
    ok: one.delivered,
    watch: one.late,
    act: one.held,
  }));
  const any = hours.some((one) => one.orders);
  return (
    <section class="card">
      <header class="card-head">
        <h2>{t("Throughput, last 24 hours")}</h2>
        <p class="legend">
          <Tag kind="ok">{t("Delivered")}</Tag> <Tag kind="watch">{t("Late")}</Tag> <Tag kind="act">{t("Held")}</Tag>
        </p>
      </header>
      {any ? (
        <div class="inside">
          <Bars bars={bars} label={t("Orders by hour: {ok} delivered, {late} late, {held} held", { ok: number(of.day?.delivered ?? 0), late: number(of.day?.late ?? 0), held: number(of.day?.held ?? 0) })} />
          <p class="axis muted small" dir="ltr" aria-hidden="true">
            {[0, 6, 12, 18].map((at) => (
              <span key={at}>{clock(hours[at]?.from ?? "")}</span>
            ))}
            <span>{t("now")}</span>
          </p>
          {of.counted === "some" ? <p class="muted small">{t("More came than are counted here: these are the newest.")}</p> : null}
        </div>
      ) : (
        <Empty title={t("No order has come in for 24 hours")}>{t("Orders appear here as soon as a connected shop sends one.")}</Empty>
      )}
    </section>
  );
}

/* ---- what to do ---- */

function Attention({ causes }: { causes: OverviewCause[] }) {
  return (
    <section class="card">
      <header class="card-head">
        <h2>{t("Needs attention")}</h2>
        <a href={link("/exceptions")}>{t("All exceptions")}</a>
      </header>
      {causes.length ? (
        <ul class="attention">
          {causes.map((one) => (
            <Cause key={one.id} of={one} />
          ))}
        </ul>
      ) : (
        <Empty title={t("Nothing waits for you")}>{t("When something stops, its cause is listed here with what to do about it.")}</Empty>
      )}
    </section>
  );
}

function Cause({ of }: { of: OverviewCause }) {
  const worth = of.at_stake.map((one) => money(one.amount)).join(" + ");
  return (
    <li>
      {of.stopped ? <Tag kind="act">{t("Act")}</Tag> : <Tag kind="watch">{t("Watch")}</Tag>}
      <div class="grow">
        <p class="strong">
          <a href={link(`/exceptions/${of.id}`)}>{of.words ?? of.code}</a>
        </p>
        <p class="muted small">
          {of.stopped ? t("{n} records held", { n: of.stopped }) : t("{n} records are tried again", { n: of.jobs })}
          {worth ? <bdi> · {worth}</bdi> : null}
          {of.system ? ` · ${of.system}` : ""}
        </p>
        {of.action ? <p class="small">{of.action}</p> : null}
      </div>
    </li>
  );
}

/* ---- connections ---- */

const systems = (): Column<OverviewConnection>[] => [
  { name: t("System"), always: true, cell: (one) => <><a class="strong" href={link(`/connections/${one.id}`)}>{one.name}</a> <span class="muted">{one.connector}</span></> },
  { name: t("Status"), always: true, cell: (one) => <State of={one} /> },
  { name: t("Last data"), always: true, end: true, cell: (one) => <When at={one.last_data_at} /> },
];

function State({ of }: { of: OverviewConnection }) {
  const [kind, words] = connectionState(of.reconnect_since ? "broken" : of.status, Boolean(of.late_reason));
  return (
    <>
      <Tag kind={kind}>{words}</Tag> {of.late_reason ? <span class="muted small spare">{of.late_reason}</span> : null}
    </>
  );
}

function Systems({ of }: { of: OverviewSystems }) {
  const fine = of.connections.filter((one) => one.status === "active" && !one.reconnect_since && !one.late_reason).length;
  const beyond = of.count - of.connections.length;
  return (
    <section class="card">
      <header class="card-head">
        <h2>{t("Connections")}</h2>
        <span class="muted small">{beyond ? <a href={link("/connections")}>{t("All {n} connections", { n: of.count })}</a> : t("{fine} of {all} on time", { fine: number(fine), all: number(of.count) })}</span>
      </header>
      {of.connections.length ? (
        <Table label={t("Connections")} rows={of.connections} id={(one) => one.id} columns={systems()} onOpen={(one) => go(link(`/connections/${one.id}`))} />
      ) : (
        <Empty title={t("No system is connected yet")} action={can("connections:write") ? <a class="button main" href={link("/connections/new")}>{t("Connect a system")}</a> : null}>
          {t("Connect a shop and an ERP, and orders begin to flow.")}
        </Empty>
      )}
    </section>
  );
}
