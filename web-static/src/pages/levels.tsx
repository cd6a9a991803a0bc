import { useState } from "preact/hooks";
import { call, use } from "../lib/api.ts";
import type { Feed } from "../lib/api-types.ts";
import { number, span, spanOf } from "../lib/format.ts";
import { t } from "../lib/i18n.ts";
import { asProblem, type Problem } from "../lib/problem.ts";
import { link } from "../lib/router.ts";
import { can } from "../lib/session.ts";
import { Act } from "../ui/act.tsx";
import { Drawer } from "../ui/drawer.tsx";
import { Empty } from "../ui/empty.tsx";
import { Form } from "../ui/form.tsx";
import { Head } from "../ui/head.tsx";
import { Listing } from "../ui/listing.tsx";
import { Tag } from "../ui/tag.tsx";
import { Text } from "../ui/text.tsx";
import { toast } from "../ui/toast.tsx";
import { When } from "../ui/when.tsx";

/** Does what should come still come? Each kind of record of each system: when it last came, and when silence is a fault. */
export default function Levels() {
  const [chosen, setChosen] = useState<Feed | null>(null);
  return (
    <>
      <Head title={t("Service levels")} about={t("How fresh what comes in is, and whether all of it came")} />
      <Late />
      <section class="card">
        <Listing
          op="GET /v1/feeds"
          asking={{ query: { expand: "customer" } }}
          label={t("Freshness")}
          id={(one) => `${one.connection_id} ${one.object}`}
          columns={[
            { name: t("Comes from"), always: true, cell: (one) => <><a class="strong" href={link(`/connections/${one.connection_id}`, one.customer_id)}>{one.name}</a> <span class="muted">{words(one.object)}</span></> },
            { name: t("Status"), always: true, cell: (one) => <State of={one} /> },
            { name: t("Last data"), always: true, cell: (one) => <When at={one.last_at} /> },
            { name: t("In an hour"), end: true, cell: (one) => (one.expected_per_hour ? number(Math.round(Number(one.expected_per_hour) * 10) / 10) : <span class="muted">{t("not known yet")}</span>) },
            { name: t("Complete until"), cell: (one) => <When at={one.complete_to} /> },
            { name: t("Fetched after"), end: true, cell: (one) => number(one.recovered) },
            { name: t("Limit"), cell: (one) => (one.silence ? span(one.silence) : <span class="muted">{t("learned")}</span>) },
            {
              name: t("Actions"),
              acts: true,
              end: true,
              cell: (one) =>
                can("connections:write") ? (
                  <button type="button" class="button plain" onClick={() => setChosen(one)}>
                    {t("Change")}
                    <span class="hidden">
                      {" "}
                      {one.name} {words(one.object)}
                    </span>
                  </button>
                ) : null,
            },
          ]}
          empty={<Empty title={t("Nothing comes in yet")} action={<a class="button main" href={link("/connections/new")}>{t("Connect a system")}</a>} />}
        />
      </section>
      {chosen ? <Limits of={chosen} onClose={() => setChosen(null)} /> : null}
    </>
  );
}

const words = (object: string | null): string => (object ?? "").replace(/_/g, " ");

/** What has gone quiet, in sentences and on top. */
function Late() {
  const all = use("GET /v1/feeds", { query: { limit: 200 } });
  return (
    <>
      {(all.data.value?.data ?? []).map((one) =>
        one.alert ? (
          <p class="note" key={`${one.connection_id} ${one.object}`}>
            <b>{one.name}</b> · {one.alert.reason}
          </p>
        ) : null,
      )}
    </>
  );
}

function State({ of }: { of: Feed }) {
  if (of.late) return <Tag kind="act">{t("Quiet for too long")}</Tag>;
  if (of.sweep_fault) return <Tag kind="watch">{t("Not all is sure")}</Tag>;
  return of.last_at ? <Tag kind="ok">{t("On time")}</Tag> : <Tag kind="quiet">{t("Nothing yet")}</Tag>;
}

function Limits({ of, onClose }: { of: Feed; onClose: () => void }) {
  const path = { connection_id: of.connection_id, source_object: of.object ?? "" };
  const [silence, setSilence] = useState(of.silence ? String(minutes(of.silence)) : "");
  const [every, setEvery] = useState(of.sweep_every ? String(minutes(of.sweep_every)) : "");
  const [problem, setProblem] = useState<Problem | null>(null);
  const send = async () => {
    setProblem(null);
    try {
      await call("PUT /v1/feeds/{connection_id}/{source_object}", { path, customer: of.customer_id, body: { ...(silence ? { silence: spanOf(silence) } : {}), ...(every ? { sweep_every: spanOf(every) } : {}) } });
      toast(t("Kept"));
      onClose();
    } catch (fault) {
      setProblem(asProblem(fault));
    }
  };
  const sweep = () => call("POST /v1/feeds/{connection_id}/{source_object}/sweep", { path, customer: of.customer_id });
  return (
    <Drawer title={`${of.name} · ${words(of.object)}`} onClose={onClose}>
      {of.sweep_fault ? <p class="note">{of.sweep_fault}</p> : null}
      <Form button={t("Save")} problem={problem} onSend={send}>
        <Text label={t("Longest silence, in minutes")} help={t("Empty: what is usual at this hour is learned from the weeks before.")} value={silence} onValue={setSilence} problem={problem} at="/silence" />
        <Text label={t("Look for what did not come, every so many minutes")} help={t("Empty: as the system's document says.")} value={every} onValue={setEvery} problem={problem} at="/sweep_every" />
      </Form>
      <section>
        <h3>{t("Is all of it here?")}</h3>
        <p class="muted">
          {t("Last looked:")} <When at={of.swept_at} />
        </p>
        <p class="buttons">
          <Act words={t("Look now")} done={t("It is asked for what did not come")} run={sweep} />
        </p>
      </section>
    </Drawer>
  );
}

const UNITS = { D: 1440, H: 60, M: 1 } as const;
function minutes(of: string): number {
  let sum = 0;
  for (const [, n, unit] of of.matchAll(/(\d+)([DHM])/g)) sum += Number(n) * UNITS[unit as keyof typeof UNITS];
  return sum;
}
