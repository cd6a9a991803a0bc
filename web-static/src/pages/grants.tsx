import { call } from "../lib/api.ts";
import type { AccessGrant } from "../lib/api-types.ts";
import { exact } from "../lib/format.ts";
import { t } from "../lib/i18n.ts";
import { can } from "../lib/session.ts";
import { Act } from "../ui/act.tsx";
import { Empty } from "../ui/empty.tsx";
import { Head } from "../ui/head.tsx";
import { Listing } from "../ui/listing.tsx";
import { Tag } from "../ui/tag.tsx";
import { When } from "../ui/when.tsx";

/** Who of those that run the platform was let in to help, why, and until when; each can be ended here. */
export default function Grants() {
  return (
    <>
      <Head title={t("Support access")} about={t("When staff of the platform were let in, by whom and why")} />
      <section class="card">
        <Listing
          op="GET /v1/access-grants"
          asking={{ query: { expand: "customer" } }}
          label={t("Support access")}
          id={(one) => one.id}
          columns={[
            { name: t("Person"), always: true, cell: (one) => <b class="strong">{one.operator_name}</b> },
            { name: t("Status"), always: true, cell: (one) => <State of={one} /> },
            { name: t("Why"), cell: (one) => one.reason },
            { name: t("Customer"), cell: (one) => one.customer?.name ?? t("all") },
            { name: t("Since"), cell: (one) => <When at={one.granted_at} /> },
            { name: t("Until"), end: true, cell: (one) => (one.expires_at ? exact(one.expires_at) : "") },
            { name: t("Actions"), acts: true, end: true, cell: (one) => <End of={one} /> },
          ]}
          empty={<Empty title={t("Nobody was let in")}>{t("Staff of the platform see nothing of yours unless somebody lets them in for a time; then it is listed here and in the audit log.")}</Empty>}
        />
      </section>
    </>
  );
}

function State({ of }: { of: AccessGrant }) {
  if (of.revoked_at) return <Tag kind="quiet">{t("Ended by {name}", { name: of.revoked_by?.startsWith("usr_") ? t("your team") : (of.revoked_by ?? "") })}</Tag>;
  if (of.expires_at && Date.parse(of.expires_at) < Date.now()) return <Tag kind="quiet">{t("Over")}</Tag>;
  return <Tag kind="watch">{t("May see now")}</Tag>;
}

function End({ of }: { of: AccessGrant }) {
  if (of.revoked_at || !can("grants:write") || (of.expires_at && Date.parse(of.expires_at) < Date.now())) return null;
  return <Act words={t("End it")} sure={t("End it now")} done={t("It is ended")} plain run={() => call("POST /v1/access-grants/{grant_id}/revoke", { path: { grant_id: of.id } })} />;
}
