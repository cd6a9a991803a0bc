import { call, use } from "../lib/api.ts";
import type { DriftCase, DriftCaseFull } from "../lib/api-types.ts";
import { number } from "../lib/format.ts";
import { t } from "../lib/i18n.ts";
import { sentence } from "../lib/problem.ts";
import { ask, go, link, query } from "../lib/router.ts";
import { can } from "../lib/session.ts";
import type { Said } from "../lib/states.ts";
import { Drawer } from "../ui/drawer.tsx";
import { Empty } from "../ui/empty.tsx";
import { Head } from "../ui/head.tsx";
import { Listing } from "../ui/listing.tsx";
import { Shown } from "../ui/shown.tsx";
import type { Column } from "../ui/table.tsx";
import { Tabs } from "../ui/tabs.tsx";
import { Tag } from "../ui/tag.tsx";
import { toast } from "../ui/toast.tsx";
import { When } from "../ui/when.tsx";

const TABS = ["open", "accepted", "closed"] as const;
type Tab = (typeof TABS)[number];

const whats = (what: string | null): string =>
  ({
    type_changed: t("Another type"),
    missing: t("Missing"),
    new_field: t("New field"),
    renamed: t("Renamed"),
    new_value: t("New value"),
    unit_changed: t("Another unit"),
    format_changed: t("Another form"),
  })[what ?? ""] ??
  what ??
  "";

function stateOf(one: DriftCase | DriftCaseFull): Said {
  if (one.state === "accepted") return ["ok", t("Accepted")];
  if (one.state === "closed") return ["quiet", t("Closed")];
  return one.waiting ? ["act", t("{n} orders wait", { n: one.waiting })] : ["watch", t("Open")];
}

function State({ of }: { of: DriftCase | DriftCaseFull }) {
  const [kind, words] = stateOf(of);
  return <Tag kind={kind}>{words}</Tag>;
}

const columns = (keep: string): Column<DriftCase>[] => [
  {
    name: t("Field"),
    always: true,
    cell: (one) => (
      <a class="strong" href={link(`/drifts/${one.id}`) + keep}>
        <code>{one.path}</code>
      </a>
    ),
  },
  { name: t("What changed"), always: true, cell: (one) => whats(one.what) },
  { name: t("Was"), cell: (one) => one.expected },
  { name: t("Is"), cell: (one) => one.got },
  { name: t("Status"), always: true, cell: (one) => <State of={one} /> },
  { name: t("Seen"), end: true, cell: (one) => number(one.affected) },
  { name: t("Connection"), cell: (one) => one.connection?.name },
  { name: t("Customer"), cell: (one) => one.customer?.name },
  { name: t("Last seen"), end: true, cell: (one) => <When at={one.last_seen_at} /> },
];

/** What systems send otherwise than they did: found at the door, before it is written anywhere. */
export default function Drifts({ params }: { params: Record<string, string> }) {
  const tab: Tab = TABS.find((one) => one === query.value.get("state")) ?? "open";
  const keep = location.search;
  const opened = params["id"];
  return (
    <>
      <Head title={t("Drift")} about={t("What systems send otherwise than they did, found before it is written anywhere")} />
      <Tabs
        label={t("Drift")}
        all={[
          ["open", t("Open")],
          ["accepted", t("Accepted")],
          ["closed", t("Closed")],
        ]}
        chosen={tab}
        onChoose={(name) => ask("state", name === "open" ? "" : name)}
      />
      <section class="card">
        <Listing
          op="GET /v1/drift-cases"
          asking={{ query: { state: tab, expand: "connection,customer" } }}
          label={t("Drift")}
          columns={columns(keep)}
          id={(one) => one.id}
          onOpen={(one) => go(link(`/drifts/${one.id}`) + keep)}
          empty={
            tab === "open" ? (
              <Empty title={t("Everything comes as it did")}>{t("When a field changes its type, goes away or gets a new name, a case is opened here with the first record that showed it.")}</Empty>
            ) : (
              <Empty title={t("There is none")} />
            )
          }
        />
      </section>
      {opened ? <One key={opened} id={opened} onClose={() => go(link("/drifts") + keep)} /> : null}
    </>
  );
}

function One({ id, onClose }: { id: string; onClose: () => void }) {
  const path = { drift_case_id: id };
  const found = use("GET /v1/drift-cases/{drift_case_id}", { path, query: { expand: "connection,customer" } });
  const one = found.data.value;
  const accept = async () => {
    try {
      const done = await call("POST /v1/drift-cases/{drift_case_id}/accept", { path });
      toast(done.body.released ? t("It is so from now on; {n} orders go on", { n: done.body.released }) : t("It is so from now on"));
      onClose();
    } catch (fault) {
      toast(sentence(fault));
    }
  };
  const close = async () => {
    try {
      await call("POST /v1/drift-cases/{drift_case_id}/close", { path });
      toast(t("Closed; when it comes again it is a new case"));
      onClose();
    } catch (fault) {
      toast(sentence(fault));
    }
  };
  return (
    <Drawer
      title={one ? `${one.path}: ${whats(one.what)}` : t("Drift")}
      onClose={onClose}
      foot={
        one?.state === "open" && can("mappings:write") ? (
          <>
            <button type="button" class="button" onClick={() => void close()}>
              {t("The source has mended it")}
            </button>
            <button type="button" class="button main" onClick={() => void accept()}>
              {t("Accept: it is so from now on")}
            </button>
          </>
        ) : null
      }
    >
      <Shown of={found} rows={6}>
        {(of) => (
          <>
            <p>
              <State of={of} />{" "}
              {of.importance === "load_bearing" ? t("A mapping reads this field.") : t("No mapping reads this field.")} {doneWords(of.action)}
            </p>
            <dl class="facts">
              <dt>{t("Was")}</dt>
              <dd>{of.expected}</dd>
              <dt>{t("Is")}</dt>
              <dd>{of.got}</dd>
              {of.renamed_to ? (
                <>
                  <dt>{t("Its new name")}</dt>
                  <dd>
                    <code>{of.renamed_to}</code>
                  </dd>
                </>
              ) : null}
              <dt>{t("First sample")}</dt>
              <dd>
                <code>{of.sample}</code>
              </dd>
              <dt>{t("Seen")}</dt>
              <dd>{t("{n} records", { n: of.affected })}</dd>
              <dt>{t("First seen")}</dt>
              <dd>
                <When at={of.first_seen_at} />
              </dd>
              <dt>{t("Connection")}</dt>
              <dd>
                <a href={link(`/connections/${of.connection_id}`)}>{of.connection?.name ?? of.connection_id}</a>
              </dd>
              {of.settled_at ? (
                <>
                  <dt>{t("Decided by")}</dt>
                  <dd>
                    {of.settled_by} <When at={of.settled_at} />
                  </dd>
                </>
              ) : null}
            </dl>
            <h3>{t("Mappings that read it")}</h3>
            {of.dependents.length ? (
              <ul class="diffs">
                {of.dependents.map((each) => (
                  <li key={`${each.mapping_id} ${each.name}`}>
                    {each.mapping_id ? <a href={link(`/mappings/${each.mapping_id}`)}>{each.name}</a> : each.name} <span class="muted small">{(each.reads ?? []).join(", ")}</span>
                  </li>
                ))}
              </ul>
            ) : (
              <p class="muted">{t("none")}</p>
            )}
            {of.waits.length ? (
              <>
                <h3>{t("Orders that wait")}</h3>
                <ul class="plain">
                  {of.waits.map((each) => (
                    <li key={each.order_id}>
                      <a href={link(`/orders/${each.order_id}`)}>
                        <code>{each.order_id}</code>
                      </a>
                    </li>
                  ))}
                </ul>
              </>
            ) : null}
          </>
        )}
      </Shown>
    </Drawer>
  );
}

const doneWords = (action: string | null): string =>
  action === "hold" ? t("Orders that have it wait for your decision.") : action === "fail" ? t("Orders that have it fail.") : t("Orders that have it go on.");
