import { useState } from "preact/hooks";
import { call, use } from "../lib/api.ts";
import type { Flow, FlowSchedule, Job } from "../lib/api-types.ts";
import { exact, number } from "../lib/format.ts";
import { t } from "../lib/i18n.ts";
import { sentence } from "../lib/problem.ts";
import { link } from "../lib/router.ts";
import { can } from "../lib/session.ts";
import { flowState, jobState } from "../lib/states.ts";
import { Empty } from "../ui/empty.tsx";
import { Head } from "../ui/head.tsx";
import { Json } from "../ui/json.tsx";
import { Listing } from "../ui/listing.tsx";
import { Shown } from "../ui/shown.tsx";
import { Tabs } from "../ui/tabs.tsx";
import { Tag } from "../ui/tag.tsx";
import { toast } from "../ui/toast.tsx";
import { When } from "../ui/when.tsx";

type Part = "steps" | "runs" | "versions";

/** One flow: its steps in a straight line, when it runs next, its runs and its versions. */
export default function FlowPage({ params }: { params: Record<string, string> }) {
  const path = { flow_id: params["id"] ?? "" };
  const flow = use("GET /v1/flows/{flow_id}", { path });
  const [part, setPart] = useState<Part>("steps");
  const one = flow.data.value;
  return (
    <>
      <Head title={one?.name ?? t("Flow")} crumb={<a href={link("/flows")}>{t("Flows")}</a>} about={one ? <About of={one} /> : null}>
        {one && can("flows:publish") ? <Stop of={one} /> : null}
      </Head>
      <Shown of={flow} rows={8}>
        {(found) => (
          <section class="card">
            <Tabs
              label={t("Parts of the flow")}
              all={[
                ["steps", t("Steps")],
                ["runs", t("Runs")],
                ["versions", t("Versions")],
              ]}
              chosen={part}
              onChoose={setPart}
            />
            {part === "steps" ? <Steps of={found} /> : null}
            {part === "runs" ? <Runs id={found.id} /> : null}
            {part === "versions" ? <Versions of={found} /> : null}
          </section>
        )}
      </Shown>
    </>
  );
}

function About({ of }: { of: Flow }) {
  const [kind, words] = flowState(of);
  return (
    <>
      <Tag kind={kind}>{words}</Tag> {of.current_version ? t("version {n}", { n: of.current_version }) : t("nothing is published yet")}
    </>
  );
}

function Stop({ of }: { of: Flow }) {
  const path = { flow_id: of.id };
  const act = async (what: "pause" | "drain" | "resume") => {
    try {
      if (what === "pause") await call("POST /v1/flows/{flow_id}/pause", { path });
      else if (what === "drain") await call("POST /v1/flows/{flow_id}/drain", { path });
      else await call("POST /v1/flows/{flow_id}/resume", { path });
      toast(what === "resume" ? t("It goes on") : what === "pause" ? t("It is paused; what comes in waits") : t("What is there is worked off, and nothing new begins"));
    } catch (fault) {
      toast(sentence(fault));
    }
  };
  if (of.state === "paused" || of.state === "draining")
    return (
      <button type="button" class="button main" onClick={() => void act("resume")}>
        {t("Resume")}
      </button>
    );
  return (
    <>
      <button type="button" class="button" onClick={() => void act("drain")}>
        {t("Work off and stop")}
      </button>
      <button type="button" class="button" onClick={() => void act("pause")}>
        {t("Pause")}
      </button>
    </>
  );
}

interface Step {
  [kind: string]: unknown;
}

function Steps({ of }: { of: Flow }) {
  if (!of.current_version) return <Empty title={t("Nothing is published yet")}>{t("A version is published when its draft has no fault.")}</Empty>;
  return <Published id={of.id} number={of.current_version} />;
}

function Published({ id, number: version }: { id: string; number: number }) {
  const found = use("GET /v1/flows/{flow_id}/versions/{number}", { path: { flow_id: id, number: version as unknown as never } });
  return (
    <Shown of={found} rows={4}>
      {(one) => {
        const document = one.document as { trigger?: Record<string, unknown>; steps?: Step[] };
        return (
          <>
            <ol class="steps">
              <li>
                <span class="muted small">{t("Begins")}</span>
                <p class="strong">{triggerWords(document.trigger)}</p>
                {document.trigger?.["schedule"] ? <Schedule id={id} /> : null}
              </li>
              {(document.steps ?? []).map((step, i) => (
                <li key={i}>
                  <span class="muted small">{stepKind(step)}</span>
                  <p class="strong">{stepWords(step)}</p>
                </li>
              ))}
            </ol>
            <details class="inside">
              <summary>{t("The document")}</summary>
              <Json value={one.document} label={t("The document")} />
            </details>
          </>
        );
      }}
    </Shown>
  );
}

function triggerWords(trigger: Record<string, unknown> | undefined): string {
  const kind = Object.keys(trigger ?? {})[0];
  switch (kind) {
    case "schedule":
      return t("by the clock");
    case "api":
      return t("when it is asked to");
    case "message":
      return t("when something comes in");
    default:
      return kind ?? "";
  }
}

function stepKind(step: Step): string {
  const kind = Object.keys(step)[0] ?? "";
  return { effect: t("Changes"), lookup: t("Asks"), map: t("Maps"), branch: t("Decides"), each: t("For each"), approval: t("Asks a person"), wait: t("Waits") }[kind] ?? kind;
}

function stepWords(step: Step): string {
  const inner = Object.values(step)[0];
  if (inner && typeof inner === "object" && !Array.isArray(inner)) {
    const of = inner as Record<string, unknown>;
    return [of["operation"], of["connection"], of["name"], of["question"]].filter((one) => typeof one === "string").join(" · ") || JSON.stringify(inner).slice(0, 80);
  }
  return String(inner ?? "");
}

function Schedule({ id }: { id: string }) {
  const found = use("GET /v1/flows/{flow_id}/schedule", { path: { flow_id: id } });
  return (
    <Shown of={found} rows={1}>
      {(one: FlowSchedule) => (
        <>
          <p>{one.words}</p>
          <p class="muted small">
            {t("Next")}: {one.next.map((time) => (time.at ? exact(time.at) : "")).join(" · ")}
          </p>
          {one.change ? <p class="muted small">{one.change}</p> : null}
        </>
      )}
    </Shown>
  );
}

function Runs({ id }: { id: string }) {
  return (
    <Listing
      op="GET /v1/flows/{flow_id}/runs"
      asking={{ path: { flow_id: id } }}
      label={t("Runs")}
      id={(one) => one.id}
      columns={[
        { name: t("Run"), always: true, cell: (one: Job) => <code>{one.key ?? one.id}</code> },
        {
          name: t("Status"),
          always: true,
          cell: (one) => {
            const [kind, words] = jobState(one.state);
            return <Tag kind={kind}>{words}</Tag>;
          },
        },
        { name: t("Why"), cell: (one) => <span class="muted">{one.reason}</span> },
        { name: t("Tries"), end: true, cell: (one) => number(one.attempts) },
        { name: t("Began"), end: true, cell: (one) => <When at={one.created_at} /> },
      ]}
      empty={<Empty title={t("It has not run yet")} />}
    />
  );
}

function Versions({ of }: { of: Flow }) {
  const back = async (version: number) => {
    try {
      await call("POST /v1/flows/{flow_id}/versions/{number}/publish", { path: { flow_id: of.id, number: version as unknown as never } });
      toast(t("Version {n} is live", { n: version }));
    } catch (fault) {
      toast(sentence(fault));
    }
  };
  return (
    <Listing
      op="GET /v1/flows/{flow_id}/versions"
      asking={{ path: { flow_id: of.id } }}
      label={t("Versions")}
      id={(one) => String(one.number)}
      columns={[
        { name: t("Version"), always: true, cell: (one) => number(one.number) },
        { name: t("Status"), always: true, cell: (one) => (one.number === of.current_version ? <Tag kind="ok">{t("Live")}</Tag> : <Tag kind="quiet">{one.status}</Tag>) },
        { name: t("By"), cell: (one) => one.author },
        { name: t("Note"), cell: (one) => one.note },
        { name: t("Changed"), cell: (one) => <When at={one.changed_at} /> },
        {
          name: t("Actions"),
          end: true,
          always: true,
          cell: (one) =>
            one.number !== of.current_version && can("flows:publish") ? (
              <button type="button" class="button plain" onClick={() => void back(one.number)}>
                {t("Publish")}
              </button>
            ) : null,
        },
      ]}
      empty={<Empty title={t("There is no version yet")} />}
    />
  );
}
