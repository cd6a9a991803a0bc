import type { Flow } from "../lib/api-types.ts";
import { number } from "../lib/format.ts";
import { t } from "../lib/i18n.ts";
import { go, link } from "../lib/router.ts";
import { flowState } from "../lib/states.ts";
import { Empty } from "../ui/empty.tsx";
import { Head } from "../ui/head.tsx";
import { Listing } from "../ui/listing.tsx";
import type { Column } from "../ui/table.tsx";
import { Tag } from "../ui/tag.tsx";
import { When } from "../ui/when.tsx";

const columns = (): Column<Flow>[] => [
  { name: t("Flow"), always: true, cell: (one) => <a class="strong" href={link(`/flows/${one.id}`)}>{one.name}</a> },
  { name: t("Status"), always: true, cell: (one) => <State of={one} /> },
  { name: t("Version"), end: true, cell: (one) => (one.current_version ? number(one.current_version) : t("none")) },
  { name: t("Customer"), cell: (one) => one.customer?.name },
  { name: t("Changed"), end: true, cell: (one) => <When at={one.changed_at} /> },
];

function State({ of }: { of: Flow }) {
  const [kind, words] = flowState(of);
  return <Tag kind={kind}>{words}</Tag>;
}

export default function Flows() {
  return (
    <>
      <Head title={t("Flows")} about={t("What happens with each order, stock level and payment, step by step")} />
      <section class="card">
        <Listing
          op="GET /v1/flows"
          asking={{ query: { expand: "customer" } }}
          label={t("Flows")}
          columns={columns()}
          id={(one) => one.id}
          onOpen={(one) => go(link(`/flows/${one.id}`))}
          empty={<Empty title={t("There is no flow yet")}>{t("Orders go from a shop to its ERP without one; a flow does whatever else is to be done.")}</Empty>}
        />
      </section>
    </>
  );
}
