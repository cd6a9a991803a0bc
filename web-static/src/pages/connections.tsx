import { use } from "../lib/api.ts";
import type { Connection, Feed } from "../lib/api-types.ts";
import { t } from "../lib/i18n.ts";
import { go, link } from "../lib/router.ts";
import { can } from "../lib/session.ts";
import { connectionState } from "../lib/states.ts";
import { Empty } from "../ui/empty.tsx";
import { Head } from "../ui/head.tsx";
import { Shown } from "../ui/shown.tsx";
import { type Column, Table } from "../ui/table.tsx";
import { Tag } from "../ui/tag.tsx";
import { When } from "../ui/when.tsx";

const columns = (feeds: Map<string, Feed[]>): Column<Connection>[] => [
  { name: t("System"), always: true, cell: (one) => <><a class="strong" href={link(`/connections/${one.id}`)}>{one.name}</a> <span class="muted">{one.connector}</span></> },
  { name: t("Status"), always: true, cell: (one) => <State of={one} late={(feeds.get(one.id) ?? []).some((feed) => feed.late)} /> },
  { name: t("Last data"), cell: (one) => <When at={one.last_data_at} /> },
  { name: t("Customer"), cell: (one) => one.customer?.name },
  { name: t("Why"), cell: (one) => <span class="muted">{one.status_reason}</span> },
];

function State({ of, late }: { of: Connection; late: boolean }) {
  const [kind, words] = connectionState(of.reconnect_since ? "broken" : of.status, late);
  return <Tag kind={kind}>{words}</Tag>;
}

export function byConnection(feeds: Feed[]): Map<string, Feed[]> {
  return Map.groupBy(feeds, (one) => one.connection_id);
}

export default function Connections() {
  const all = use("GET /v1/connections", { query: { limit: 200, expand: "customer" } });
  const feeds = use("GET /v1/feeds", {});
  return (
    <>
      <Head title={t("Connections")} about={t("The systems that are kept in step")}>
        {can("connections:write") ? (
          <a class="button main" href={link("/connections/new")}>
            {t("Connect a system")}
          </a>
        ) : null}
      </Head>
      <section class="card">
        <Shown of={all} rows={6}>
          {(page) =>
            page.data.length ? (
              <Table label={t("Connections")} columns={columns(byConnection(feeds.data.value?.data ?? []))} rows={page.data} id={(one) => one.id} onOpen={(one) => go(link(`/connections/${one.id}`))} />
            ) : (
              <Empty title={t("No system is connected yet")} action={<a class="button main" href={link("/connections/new")}>{t("Connect a system")}</a>}>
                {t("Connect a shop and an ERP, and orders begin to flow.")}
              </Empty>
            )
          }
        </Shown>
      </section>
    </>
  );
}
