import type { AuditEntry } from "../lib/api-types.ts";
import { exact } from "../lib/format.ts";
import { t } from "../lib/i18n.ts";
import { ask, query } from "../lib/router.ts";
import { Empty } from "../ui/empty.tsx";
import { Head } from "../ui/head.tsx";
import { Listing } from "../ui/listing.tsx";
import type { Column } from "../ui/table.tsx";
import { Tag } from "../ui/tag.tsx";

const columns = (): Column<AuditEntry>[] => [
  { name: t("When"), always: true, cell: (one) => <time dateTime={one.at ?? ""}>{one.at ? exact(one.at) : ""}</time> },
  { name: t("Who"), always: true, cell: (one) => <Who of={one} /> },
  { name: t("What"), always: true, cell: (one) => <><code>{one.action}</code> <span class="muted">{one.detail}</span></> },
  { name: t("On"), cell: (one) => <code>{one.object_id}</code> },
  { name: t("Why"), cell: (one) => one.reason },
];

/** Operators' staff stand out: they are let in, and do not belong here. */
function Who({ of }: { of: AuditEntry }) {
  if (of.actor_kind === "operator") return <Tag kind="watch">{of.actor_name ?? t("Operator")}</Tag>;
  return <>{of.actor_name ?? (of.actor_kind ?? "").replace(/_/g, " ")}</>;
}

export default function Audit() {
  const at = query.value;
  const filters = { action: at.get("action") ?? "", object: at.get("object") ?? "", actor: at.get("actor") ?? "" };
  return (
    <>
      <Head title={t("Audit log")} about={t("Who did what, when and why; each entry is sealed to the one before")}>
        <a class="button" href={`/v1/audit/export`} download>
          {t("Export")}
        </a>
      </Head>
      <form class="filters" role="search" onSubmit={(event) => event.preventDefault()}>
        <input type="search" aria-label={t("What was done")} placeholder={t("What was done, as connection.pause")} value={filters.action} onChange={(event) => ask("action", event.currentTarget.value.trim())} />
        <input type="search" aria-label={t("On what")} placeholder={t("On what, by its id")} value={filters.object} onChange={(event) => ask("object", event.currentTarget.value.trim())} />
      </form>
      <section class="card">
        <Listing
          op="GET /v1/audit"
          asking={{ query: Object.fromEntries(Object.entries(filters).filter(([, value]) => value)) }}
          label={t("Audit log")}
          columns={columns()}
          id={(one) => one.id}
          empty={<Empty title={t("Nothing was done that fits")}>{t("Take a filter away to see more.")}</Empty>}
        />
      </section>
    </>
  );
}
