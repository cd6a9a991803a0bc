import type { Mapping } from "../lib/api-types.ts";
import { number } from "../lib/format.ts";
import { t } from "../lib/i18n.ts";
import { go, link } from "../lib/router.ts";
import { Empty } from "../ui/empty.tsx";
import { Head } from "../ui/head.tsx";
import { Listing } from "../ui/listing.tsx";
import type { Column } from "../ui/table.tsx";
import { Tag } from "../ui/tag.tsx";
import { When } from "../ui/when.tsx";

const columns = (): Column<Mapping>[] => [
  { name: t("Mapping"), always: true, cell: (one) => <a class="strong" href={link(`/mappings/${one.id}`)}>{one.name}</a> },
  { name: t("From"), cell: (one) => `${one.source_system} ${one.source_object}` },
  { name: t("To"), cell: (one) => <code>{one.target}</code> },
  { name: t("Status"), always: true, cell: (one) => <State of={one} /> },
  { name: t("Live version"), end: true, cell: (one) => (one.current_version ? number(one.current_version) : t("none")) },
  { name: t("Newest"), end: true, cell: (one) => (one.newest_version ? number(one.newest_version) : t("none")) },
  { name: t("Customer"), cell: (one) => one.customer?.name },
  { name: t("Changed"), end: true, cell: (one) => <When at={one.changed_at} /> },
];

function State({ of }: { of: Mapping }) {
  if (of.rolling_version) return <Tag kind="watch">{t("Version {n} live for {share} %", { n: of.rolling_version, share: of.share })}</Tag>;
  if (!of.current_version) return <Tag kind="quiet">{t("Draft")}</Tag>;
  return of.newest_version > of.current_version ? <Tag kind="watch">{t("Live, with a draft")}</Tag> : <Tag kind="ok">{t("Live")}</Tag>;
}

export default function Mappings() {
  return (
    <>
      <Head title={t("Mappings")} about={t("How what a system sends becomes what the others understand, rule by rule")} />
      <section class="card">
        <Listing
          op="GET /v1/mappings"
          asking={{ query: { expand: "customer" } }}
          label={t("Mappings")}
          columns={columns()}
          id={(one) => one.id}
          onOpen={(one) => go(link(`/mappings/${one.id}`))}
          empty={<Empty title={t("There is no mapping of your own yet")}>{t("Records go through the mappings that come with each connector until you make one of your own.")}</Empty>}
        />
      </section>
    </>
  );
}
