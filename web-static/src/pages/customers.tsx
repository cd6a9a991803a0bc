import { use } from "../lib/api.ts";
import type { Customer } from "../lib/api-types.ts";
import { t } from "../lib/i18n.ts";
import { go, link } from "../lib/router.ts";
import { Empty } from "../ui/empty.tsx";
import { Head } from "../ui/head.tsx";
import { Shown } from "../ui/shown.tsx";
import { type Column, Table } from "../ui/table.tsx";
import { Tag } from "../ui/tag.tsx";
import { When } from "../ui/when.tsx";

const columns = (): Column<Customer>[] => [
  { name: t("Customer"), always: true, cell: (one) => <a class="strong" href={link("/", one.id)}>{one.name}</a> },
  { name: t("Status"), always: true, cell: (one) => <Tag kind={one.status === "active" ? "ok" : "quiet"}>{one.status === "active" ? t("Active") : t("Suspended")}</Tag> },
  { name: t("Your reference"), cell: (one) => <bdi>{one.external_id}</bdi> },
  { name: t("Since"), end: true, cell: (one) => <When at={one.created_at} /> },
];

export default function Customers() {
  const all = use("GET /v1/customers", { query: { limit: 200 } });
  return (
    <>
      <Head title={t("Customers")} about={t("Whom you work for; open one to work inside it")} />
      <section class="card">
        <Shown of={all} rows={6}>
          {(page) =>
            page.data.length ? (
              <Table label={t("Customers")} columns={columns()} rows={page.data} id={(one) => one.id} onOpen={(one) => go(link("/", one.id))} />
            ) : (
              <Empty title={t("There is no customer yet")}>{t("A customer is a retailer whose systems you connect.")}</Empty>
            )
          }
        </Shown>
      </section>
    </>
  );
}
