import { useEffect, useState } from "preact/hooks";
import { call, use } from "../lib/api.ts";
import type { Connection, Customer, Feed, UsageSum } from "../lib/api-types.ts";
import { number } from "../lib/format.ts";
import { t } from "../lib/i18n.ts";
import { ask, go, link, query } from "../lib/router.ts";
import { can } from "../lib/session.ts";
import { type Said, trend } from "../lib/states.ts";
import { Empty } from "../ui/empty.tsx";
import { Head } from "../ui/head.tsx";
import { Shown } from "../ui/shown.tsx";
import { Table } from "../ui/table.tsx";
import { Tag } from "../ui/tag.tsx";

const MOST = 200;
/** Causes are asked for a customer at a time: so many at once, and for so many at most. */
const AT_ONCE = 4;
const ASKED_MOST = 50;

interface Causes {
  open: number;
  held: number;
  trend: string;
}

interface Row {
  customer: Customer;
  reconnect: number;
  late: number;
  paused: number;
  causes: Causes | null;
  metered: number;
}

/** Which of my customers needs me? One row each, those that need somebody first. */
export default function Fleet() {
  const customers = use("GET /v1/customers", { query: { limit: MOST } });
  const connections = use("GET /v1/connections", { query: { limit: MOST } });
  const feeds = use("GET /v1/feeds", { query: { limit: MOST } });
  const month = new Date().toISOString().slice(0, 7);
  const usage = use("GET /v1/usage", { query: { from: `${month}-01`, to: next(month), group: "customer" } });
  const all = (customers.data.value?.data ?? []).filter((one) => one.status !== "closed");
  const causes = useCauses(all);
  const order = query.value.get("sort") ?? "need";
  return (
    <>
      <Head title={t("Fleet")} about={t("Which customer needs you")}>
        <select aria-label={t("Order of rows")} value={order} onChange={(event) => ask("sort", event.currentTarget.value === "need" ? "" : event.currentTarget.value)}>
          <option value="need">{t("Who needs me first")}</option>
          <option value="name">{t("By name")}</option>
          {can("billing:read") ? <option value="usage">{t("By usage")}</option> : null}
        </select>
      </Head>
      <section class="card">
        <Shown of={customers} rows={6}>
          {() => <Rows rows={sorted(all.map((one) => row(one, connections.data.value?.data ?? [], feeds.data.value?.data ?? [], usage.data.value?.sums ?? [], causes)), order)} />}
        </Shown>
        {all.length > ASKED_MOST ? <p class="keys muted small">{t("Causes are counted for the first {most} customers.", { most: ASKED_MOST })}</p> : null}
      </section>
    </>
  );
}

function next(month: string): string {
  const [year, at] = month.split("-").map(Number) as [number, number];
  return new Date(Date.UTC(year, at, 1)).toISOString().slice(0, 10);
}

/** What is open at each customer, a few at a time. */
function useCauses(all: Customer[]): Map<string, Causes> {
  const [found, setFound] = useState(new Map<string, Causes>());
  const ids = all.slice(0, ASKED_MOST).map((one) => one.id);
  useEffect(() => {
    let stopped = false;
    const left = [...ids];
    const known = new Map<string, Causes>();
    const ask = async (): Promise<void> => {
      for (let id = left.shift(); id && !stopped; id = left.shift()) {
        const answer = await call("GET /v1/exceptions", { customer: id }).catch(() => null); // of this one it stays unknown
        if (!answer) continue;
        const { body } = answer;
        const open = body.exceptions.filter((one) => !one.handling?.archived);
        const worst = open.some((one) => one.trend === "rising") ? "rising" : open.length && open.every((one) => one.trend === "falling") ? "falling" : "steady";
        known.set(id, { open: open.length, held: open.reduce((sum, one) => sum + one.stopped, 0), trend: worst });
        if (!stopped) setFound(new Map(known));
      }
    };
    for (let i = 0; i < AT_ONCE; i++) void ask();
    return () => {
      stopped = true;
    };
  }, [ids.join()]);
  return found;
}

function row(customer: Customer, connections: Connection[], feeds: Feed[], sums: UsageSum[], causes: Map<string, Causes>): Row {
  const of = connections.filter((one) => one.customer_id === customer.id);
  return {
    customer,
    reconnect: of.filter((one) => one.reconnect_since || one.status === "broken").length,
    paused: of.filter((one) => one.status === "paused").length,
    late: feeds.filter((one) => one.customer_id === customer.id && one.late).length,
    causes: causes.get(customer.id) ?? null,
    metered: sums.filter((one) => one.customer_id === customer.id).reduce((sum, one) => sum + one.quantity, 0),
  };
}

/** The more it holds up, the higher: what cannot go on before what is late before what grows. */
function need(of: Row): number {
  return of.reconnect * 1e6 + (of.causes?.held ?? 0) * 1e3 + of.late * 1e2 + (of.causes?.trend === "rising" ? 10 : 0) + (of.causes?.open ?? 0);
}

function sorted(rows: Row[], order: string): Row[] {
  const by: Record<string, (a: Row, b: Row) => number> = {
    need: (a, b) => need(b) - need(a),
    name: (a, b) => (a.customer.name ?? "").localeCompare(b.customer.name ?? ""),
    usage: (a, b) => b.metered - a.metered,
  };
  return rows.sort(by[order] ?? by["need"]);
}

function worst(of: Row): Said {
  if (of.customer.status === "suspended") return ["quiet", t("Suspended")];
  if (of.reconnect) return ["act", t("Action required")];
  if (of.causes?.held) return ["act", t("Held")];
  if (of.late) return ["watch", t("Late")];
  if (of.causes?.open) return ["watch", t("Watch")];
  return of.causes ? ["ok", t("Fine")] : ["quiet", t("One moment…")];
}

function Rows({ rows }: { rows: Row[] }) {
  if (!rows.length) return <Empty title={t("There is no customer yet")} action={<a class="button main" href={link("/customers")}>{t("Customers")}</a>} />;
  return (
    <Table
      label={t("Fleet")}
      rows={rows}
      id={(one) => one.customer.id}
      onOpen={(one) => go(link("/", one.customer.id))}
      columns={[
        { name: t("Customer"), always: true, cell: (one) => <a class="strong" href={link("/", one.customer.id)}>{one.customer.name}</a> },
        {
          name: t("Worst"),
          always: true,
          cell: (one) => {
            const [kind, words] = worst(one);
            return <Tag kind={kind}>{words}</Tag>;
          },
        },
        { name: t("Open causes"), always: true, cell: (one) => <Open of={one} /> },
        { name: t("Records held"), end: true, cell: (one) => (one.causes ? number(one.causes.held) : "") },
        { name: t("To reconnect"), end: true, cell: (one) => number(one.reconnect) },
        { name: t("Late feeds"), end: true, cell: (one) => number(one.late) },
        ...(can("billing:read") ? [{ name: t("Metered this month"), end: true, cell: (one: Row) => number(one.metered) }] : []),
      ]}
    />
  );
}

function Open({ of }: { of: Row }) {
  if (!of.causes) return null;
  if (!of.causes.open) return <span class="muted">{t("none")}</span>;
  const [kind, words] = trend(of.causes.trend);
  return (
    <a href={link("/exceptions", of.customer.id)}>
      {number(of.causes.open)} <Tag kind={kind}>{words}</Tag>
    </a>
  );
}
