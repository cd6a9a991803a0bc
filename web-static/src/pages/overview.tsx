import { use } from "../lib/api.ts";
import type { Exception } from "../lib/api-types.ts";
import { number } from "../lib/format.ts";
import { t } from "../lib/i18n.ts";
import { link } from "../lib/router.ts";
import { can } from "../lib/session.ts";
import { connectionState } from "../lib/states.ts";
import { Empty } from "../ui/empty.tsx";
import { Head } from "../ui/head.tsx";
import { Shown } from "../ui/shown.tsx";
import { Table } from "../ui/table.tsx";
import { Tag } from "../ui/tag.tsx";
import { When } from "../ui/when.tsx";
import { byConnection } from "./connections.tsx";

const ATTENTION = 6;

/** Is my business in order, and what must I do now? */
export default function Overview() {
  return (
    <>
      <Head title={t("Overview")} about={t("All channels, now")}>
        {can("orders:read") ? (
          <a class="button" href={link("/orders")}>
            {t("Find an order")}
          </a>
        ) : null}
        <a class="button main" href={link("/exceptions")}>
          {t("Review exceptions")}
        </a>
      </Head>
      <div class="two">
        <Attention />
      </div>
      {can("connections:read") ? <Systems /> : null}
    </>
  );
}

function Attention() {
  const all = use("GET /v1/exceptions", {});
  return (
    <section class="card">
      <header class="card-head">
        <h2>{t("Needs attention")}</h2>
        <a href={link("/exceptions")}>{t("All exceptions")}</a>
      </header>
      <Shown of={all} rows={4}>
        {(found) => {
          const open = found.exceptions.filter((one) => !one.handling?.archived).slice(0, ATTENTION);
          return open.length ? (
            <ul class="attention">
              {open.map((one) => (
                <Cause key={one.id} of={one} />
              ))}
            </ul>
          ) : (
            <Empty title={t("Nothing waits for you")}>{t("When something stops, its cause is listed here with what to do about it.")}</Empty>
          );
        }}
      </Shown>
    </section>
  );
}

function Cause({ of }: { of: Exception }) {
  return (
    <li>
      {of.stopped ? <Tag kind="act">{t("Act")}</Tag> : <Tag kind="watch">{t("Watch")}</Tag>}
      <div class="grow">
        <p class="strong">{of.sample ?? of.verdict_words}</p>
        <p class="muted">{of.stopped ? t("{n} records held", { n: of.stopped }) : t("{n} records are tried again", { n: of.jobs })}</p>
      </div>
      <a href={link(`/exceptions/${of.id}`)}>{t("View")}</a>
    </li>
  );
}

function Systems() {
  const all = use("GET /v1/connections", { query: { limit: 50, expand: "customer" } });
  const feeds = use("GET /v1/feeds", {});
  return (
    <section class="card">
      <Shown of={all} rows={4}>
        {(page) => {
          const by = byConnection(feeds.data.value?.data ?? []);
          const late = (id: string) => (by.get(id) ?? []).some((feed) => feed.late);
          const fine = page.data.filter((one) => one.status === "active" && !one.reconnect_since && !late(one.id)).length;
          return (
            <>
              <header class="card-head">
                <h2>{t("Connections")}</h2>
                <span class="muted small">{t("{fine} of {all} on time", { fine: number(fine), all: number(page.data.length) })}</span>
              </header>
              <Table
                label={t("Connections")}
                rows={page.data}
                id={(one) => one.id}
                columns={[
                  { name: t("System"), always: true, cell: (one) => <><b class="strong">{one.name}</b> <span class="muted">{one.connector}</span></> },
                  {
                    name: t("Status"),
                    always: true,
                    cell: (one) => {
                      const [kind, words] = connectionState(one.reconnect_since ? "broken" : one.status, late(one.id));
                      return <Tag kind={kind}>{words}</Tag>;
                    },
                  },
                  { name: t("Last data"), cell: (one) => <When at={(by.get(one.id) ?? []).map((feed) => feed.last_at).sort().at(-1)} /> },
                ]}
              />
            </>
          );
        }}
      </Shown>
    </section>
  );
}
