import type { Customer } from "../lib/api-types.ts";
import { t } from "../lib/i18n.ts";
import { go, link } from "../lib/router.ts";
import { Empty } from "../ui/empty.tsx";
import { Head } from "../ui/head.tsx";
import { Listing } from "../ui/listing.tsx";
import type { Column } from "../ui/table.tsx";
import { Tag } from "../ui/tag.tsx";
import { When } from "../ui/when.tsx";

const columns = (): Column<Customer>[] => [
  { name: t("Customer"), always: true, cell: (one) => <a class="strong" href={link("/", one.id)}>{one.name}</a> },
  { name: t("Status"), always: true, cell: (one) => <Tag kind={one.status === "active" ? "ok" : "quiet"}>{one.status === "active" ? t("Active") : t("Suspended")}</Tag> },
  { name: t("Your reference"), cell: (one) => <bdi>{one.external_id}</bdi> },
  { name: t("Since"), end: true, cell: (one) => <When at={one.created_at} /> },
];

export default function Customers() {
  return (
    <>
      <Head title={t("Customers")} about={t("Whom you work for; open one to work inside it")} />
      <section class="card">
        <Listing
          op="GET /v1/customers"
          label={t("Customers")}
          columns={columns()}
          id={(one) => one.id}
          onOpen={(one) => go(link("/", one.id))}
          empty={<Empty title={t("There is no customer yet")}>{t("A customer is a retailer whose systems you connect.")}</Empty>}
        />
      </section>
    </>
  );
}
