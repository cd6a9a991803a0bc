import { useState } from "preact/hooks";
import { call, use } from "../lib/api.ts";
import type { File as Came } from "../lib/api-types.ts";
import { number } from "../lib/format.ts";
import { t } from "../lib/i18n.ts";
import { sentence } from "../lib/problem.ts";
import { ask, link, query } from "../lib/router.ts";
import { can } from "../lib/session.ts";
import type { Said } from "../lib/states.ts";
import { Drawer } from "../ui/drawer.tsx";
import { Empty } from "../ui/empty.tsx";
import { Head } from "../ui/head.tsx";
import { Listing } from "../ui/listing.tsx";
import { Shown } from "../ui/shown.tsx";
import { Tag } from "../ui/tag.tsx";
import { toast } from "../ui/toast.tsx";
import { When } from "../ui/when.tsx";

/** Files that systems drop: what came, how many rows became messages, and which could not be read. */
export default function Files() {
  const connections = use("GET /v1/connections", { query: { limit: 200 } });
  const connectors = use("GET /v1/connectors", {});
  const feeds = new Set((connectors.data.value?.data ?? []).filter((one) => one.kind === "feed" && one.name !== "webhook").map((one) => one.name));
  const some = (connections.data.value?.data ?? []).filter((one) => feeds.has(one.connector));
  const chosen = some.find((one) => one.id === query.value.get("connection")) ?? some[0];
  const [opened, setOpened] = useState<Came | null>(null);
  return (
    <>
      <Head title={t("Files")} about={t("What came as files, and which rows could not be read")}>
        {some.length > 1 ? (
          <select aria-label={t("Connection")} value={chosen?.id} onChange={(event) => ask("connection", event.currentTarget.value)}>
            {some.map((one) => (
              <option key={one.id} value={one.id}>
                {one.name}
              </option>
            ))}
          </select>
        ) : null}
        {chosen && can("connections:write") ? <Upload id={chosen.id} of={chosen.customer_id} /> : null}
      </Head>
      <section class="card">
        <Shown of={connectors}>
          {() => (
            <Shown of={connections}>
              {() =>
                chosen ? (
                  <Listing
                    op="GET /v1/connections/{connection_id}/files"
                    asking={{ path: { connection_id: chosen.id } }}
                    label={t("Files")}
                    id={(one) => one.id}
                    onOpen={setOpened}
                    columns={[
                      { name: t("File"), always: true, cell: (one) => <button type="button" class="link" onClick={() => setOpened(one)}>{one.name}</button> },
                      { name: t("Status"), always: true, cell: (one) => <State of={one} /> },
                      { name: t("Rows taken"), end: true, cell: (one) => number(one.taken) },
                      { name: t("Repeated"), end: true, cell: (one) => number(one.repeated) },
                      { name: t("Refused"), end: true, always: true, cell: (one) => number(one.refused) },
                      { name: t("Came"), end: true, cell: (one) => <When at={one.received_at} /> },
                    ]}
                    empty={<Empty title={t("No file came yet")}>{t("Send one here, or put it where the connection looks.")}</Empty>}
                  />
                ) : (
                  <Empty title={t("No connection takes files")} action={<a class="button main" href={link("/connections/new")}>{t("Connect a system")}</a>}>
                    {t("Connect “Files” to take rows from CSV and other files.")}
                  </Empty>
                )
              }
            </Shown>
          )}
        </Shown>
      </section>
      {opened ? <One of={opened} onClose={() => setOpened(null)} /> : null}
    </>
  );
}

function fileState(of: Came): Said {
  if (of.state === "failed") return ["act", t("Not read")];
  if (of.state === "waiting") return ["quiet", t("Waiting")];
  return of.refused ? ["watch", t("Read, not all of it")] : ["ok", t("Read")];
}

function State({ of }: { of: Came }) {
  const [kind, words] = fileState(of);
  return <Tag kind={kind}>{words}</Tag>;
}

const TYPES: Record<string, string> = { csv: "text/csv", txt: "text/plain", jsonl: "application/jsonl" };

function Upload({ id, of }: { id: string; of: string }) {
  const send = async (file: File | undefined) => {
    if (!file) return;
    const type = TYPES[file.name.slice(file.name.lastIndexOf(".") + 1).toLowerCase()] ?? "application/octet-stream";
    try {
      await call("POST /v1/connections/{connection_id}/files", { path: { connection_id: id }, query: { name: file.name }, file: new Blob([file], { type }), customer: of });
      toast(t("It was taken and is being read"));
    } catch (fault) {
      toast(sentence(fault));
    }
  };
  return (
    <label class="button main">
      {t("Send a file")}
      <input class="hidden" type="file" onChange={(event) => void send(event.currentTarget.files?.[0])} />
    </label>
  );
}

function One({ of, onClose }: { of: Came; onClose: () => void }) {
  return (
    <Drawer title={of.name ?? t("File")} onClose={onClose}>
      <dl class="facts">
        <dt>{t("Status")}</dt>
        <dd>
          <State of={of} /> {of.reason}
        </dd>
        <dt>{t("Rows taken")}</dt>
        <dd>{number(of.taken)}</dd>
        <dt>{t("Repeated")}</dt>
        <dd>{number(of.repeated)}</dd>
        <dt>{t("Refused")}</dt>
        <dd>{number(of.refused)}</dd>
        <dt>{t("Came")}</dt>
        <dd>
          <When at={of.received_at} />
        </dd>
      </dl>
      {of.refused ? (
        <Listing
          op="GET /v1/connections/{connection_id}/files/{file_id}/refused-rows"
          asking={{ path: { connection_id: of.connection_id, file_id: of.id } }}
          label={t("Rows that could not be read")}
          id={(one) => String(one.number)}
          columns={[
            { name: t("Line"), always: true, cell: (one) => number(one.line) },
            { name: t("Column"), always: true, cell: (one) => <code>{one.field}</code> },
            { name: t("What is wrong"), always: true, cell: (one) => one.reason },
          ]}
          empty={null}
        />
      ) : null}
    </Drawer>
  );
}
