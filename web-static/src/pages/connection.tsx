import { useEffect, useState } from "preact/hooks";
import { call, use } from "../lib/api.ts";
import type { ConnectionCheck, ConnectionChecks, ConnectionRequest, ConnectionWhole } from "../lib/api-types.ts";
import { date, lasting, number } from "../lib/format.ts";
import { t } from "../lib/i18n.ts";
import { Problem, sentence } from "../lib/problem.ts";
import { link } from "../lib/router.ts";
import { can } from "../lib/session.ts";
import { connectionState } from "../lib/states.ts";
import { Empty } from "../ui/empty.tsx";
import { Field, Form } from "../ui/form.tsx";
import { Head } from "../ui/head.tsx";
import { Shown } from "../ui/shown.tsx";
import { Table } from "../ui/table.tsx";
import { Tag } from "../ui/tag.tsx";
import { toast } from "../ui/toast.tsx";
import { When } from "../ui/when.tsx";

/** One system: whether it is well, what it is asked, and what to do when it is not. */
export default function ConnectionPage({ params }: { params: Record<string, string> }) {
  const path = { connection_id: params["id"] ?? "" };
  const whole = use("GET /v1/connections/{connection_id}", { path, query: { expand: "destination" } });
  const one = whole.data.value;
  return (
    <>
      <Head title={one?.name ?? t("Connection")} crumb={<a href={link("/connections")}>{t("Connections")}</a>} about={one ? <About of={one} /> : null}>
        {one && can("connections:write") ? <Pause of={one} /> : null}
      </Head>
      <Shown of={whole} rows={8}>
        {(found) => (
          <>
            {found.alerts.map((alert) => (
              <p class="fault" role="alert" key={alert.kind}>
                {alert.reason}
              </p>
            ))}
            <div class="two halves">
              <Checks id={found.id} />
              <Facts of={found} />
            </div>
            {can("connections:write") ? <Roll of={found} /> : null}
            <Requests id={found.id} />
          </>
        )}
      </Shown>
    </>
  );
}

function About({ of }: { of: ConnectionWhole }) {
  const [kind, words] = connectionState(of.reconnect_since ? "broken" : of.status);
  return (
    <>
      <Tag kind={kind}>{words}</Tag> {of.connector} {of.status_reason ? `· ${of.status_reason}` : ""}
    </>
  );
}

function Pause({ of }: { of: ConnectionWhole }) {
  const path = { connection_id: of.id };
  const paused = of.status === "paused";
  const [asking, setAsking] = useState(false);
  const [reason, setReason] = useState("");
  const [problem, setProblem] = useState<Problem | null>(null);
  const act = async () => {
    try {
      if (paused) await call("POST /v1/connections/{connection_id}/resume", { path });
      else await call("POST /v1/connections/{connection_id}/pause", { path, body: { reason } });
      toast(paused ? t("It goes on") : t("It is paused"));
      setAsking(false);
    } catch (fault) {
      if (paused) toast(sentence(fault));
      else setProblem(fault instanceof Problem ? fault : new Problem(0));
    }
  };
  if (paused)
    return (
      <button type="button" class="button main" onClick={() => void act()}>
        {t("Resume")}
      </button>
    );
  if (!asking)
    return (
      <button type="button" class="button" onClick={() => setAsking(true)}>
        {t("Pause")}
      </button>
    );
  return (
    <Form button={t("Pause")} problem={problem} onSend={act}>
      <Field label={t("Why is it paused?")} help={t("Whoever finds it paused reads this.")} needed>
        {(attributes) => <input {...attributes} value={reason} onInput={(event) => setReason(event.currentTarget.value)} />}
      </Field>
    </Form>
  );
}

const CHECK_WORDS = (): Record<string, string> => ({
  reachable: t("Can be reached"),
  credentials: t("Lets us in"),
  scopes: t("Allows what is needed"),
  sample: t("Shows a sample"),
  webhooks: t("Tells us of changes"),
  clock: t("Has the right time"),
});

/** Named checks, asked for and then watched until they are there. */
function Checks({ id }: { id: string }) {
  const path = { connection_id: id };
  const checks = use("GET /v1/connections/{connection_id}/checks", { path });
  const waiting = checks.data.value?.state === "asked";
  useEffect(() => {
    if (!waiting) return;
    const timer = setInterval(() => void checks.again(), 1000);
    return () => clearInterval(timer);
  }, [waiting]);
  const test = async () => {
    try {
      await call("POST /v1/connections/{connection_id}/checks", { path });
      await checks.again();
    } catch (fault) {
      toast(sentence(fault));
    }
  };
  return (
    <section class="card">
      <header class="card-head">
        <h2>{t("Checks")}</h2>
        {can("connections:write") ? (
          <button type="button" class="button" aria-busy={waiting} onClick={() => void test()}>
            {waiting ? t("One moment…") : t("Test")}
          </button>
        ) : null}
      </header>
      <Shown of={checks} rows={4}>
        {(found) => (found.checks.length ? <Verdicts of={found} /> : <Empty title={t("It was never tested")}>{t("A test asks the system whether it lets us in and shows what is needed.")}</Empty>)}
      </Shown>
    </section>
  );
}

function Verdicts({ of }: { of: ConnectionChecks }) {
  return (
    <>
      <ul class="checks" aria-live="polite">
        {of.checks.map((one) => (
          <li key={one.name}>
            <Verdict of={one} />
            <div class="grow">
              <p class="strong">{CHECK_WORDS()[one.name ?? ""] ?? one.name}</p>
              {one.reason ? <p>{one.reason}</p> : null}
              {one.todo ? <p class="muted">{one.todo}</p> : null}
            </div>
            <span class="muted small">{one.ms ? lasting(one.ms) : ""}</span>
          </li>
        ))}
      </ul>
      <p class="keys muted small">
        {t("tested")} <When at={of.checked_at} />
      </p>
    </>
  );
}

function Verdict({ of }: { of: ConnectionCheck }) {
  if (of.verdict === "ok" || of.verdict === "good") return <Tag kind="ok">{t("Good")}</Tag>;
  if (of.verdict === "failed" || of.verdict === "bad") return <Tag kind="act">{t("Not good")}</Tag>;
  return <Tag kind="quiet">{t("Not asked")}</Tag>;
}

function Facts({ of }: { of: ConnectionWhole }) {
  const day = of.health?.day;
  return (
    <section class="card">
      <h2>{t("Health")}</h2>
      <dl class="facts inside">
        <dt>{t("Calls in a day")}</dt>
        <dd>{day ? t("{ok} well, {failed} not", { ok: number(day.ok), failed: number(day.failed + day.refused) }) : t("none")}</dd>
        <dt>{t("An answer takes")}</dt>
        <dd>{of.health && of.health.median_ms >= 0 ? lasting(of.health.median_ms) : "–"}</dd>
        <dt>{t("Last well")}</dt>
        <dd>
          <When at={of.health?.ok_at} />
        </dd>
        {of.health?.failure ? (
          <>
            <dt>{t("Last failure")}</dt>
            <dd>
              {of.health.failure} · <When at={of.health.failed_at} />
            </dd>
          </>
        ) : null}
        {of.credentials_end ? (
          <>
            <dt>{t("Credentials end")}</dt>
            <dd>{date(of.credentials_end)}</dd>
          </>
        ) : null}
        {of.api_version ? (
          <>
            <dt>{t("Version")}</dt>
            <dd>
              {of.api_version} {of.api_sunset ? t("until {day}", { day: date(of.api_sunset) }) : ""}
            </dd>
          </>
        ) : null}
        {of.destination ? (
          <>
            <dt>{t("Orders go to")}</dt>
            <dd>
              <a href={link(`/connections/${of.destination.id}`)}>{of.destination.name}</a>
            </dd>
          </>
        ) : null}
      </dl>
    </section>
  );
}

/** A new secret beside the old one, which stays good for the overlap; neither is ever shown. */
function Roll({ of }: { of: ConnectionWhole }) {
  const [open, setOpen] = useState(Boolean(of.reconnect_since));
  return (
    <section class="card">
      <header class="card-head">
        <h2>{t("Credentials")}</h2>
        <button type="button" class="button" aria-expanded={open} onClick={() => setOpen(!open)}>
          {t("Give new ones")}
        </button>
      </header>
      {open ? <NewSecrets of={of} onDone={() => setOpen(false)} /> : <p class="inside muted">{t("They are sealed and never shown again.")}</p>}
    </section>
  );
}

function NewSecrets({ of, onDone }: { of: ConnectionWhole; onDone: () => void }) {
  const connector = use("GET /v1/connectors/{connector}", { path: { connector: of.connector ?? "" } });
  const [kept, setKept] = useState<Record<string, string>>({});
  const [problem, setProblem] = useState<Problem | null>(null);
  const send = async () => {
    setProblem(null);
    try {
      const secrets = Object.fromEntries(Object.entries(kept).filter(([, value]) => value !== ""));
      await call("POST /v1/connections/{connection_id}/secrets", { path: { connection_id: of.id }, body: { secrets } });
      toast(t("The new ones are used from now on"));
      onDone();
    } catch (fault) {
      setProblem(fault instanceof Problem ? fault : new Problem(0));
    }
  };
  return (
    <div class="inside">
      <Shown of={connector} rows={2}>
        {(one) => (
          <Form button={t("Use these")} problem={problem} onSend={send}>
            {Object.entries((one.manifest as { secrets?: Record<string, { title: string; why?: string }> }).secrets ?? {}).map(([name, secret]) => (
              <Field key={name} label={secret.title} help={secret.why}>
                {(attributes) => <input {...attributes} type="password" autocomplete="off" value={kept[name] ?? ""} onInput={(event) => setKept({ ...kept, [name]: event.currentTarget.value })} />}
              </Field>
            ))}
          </Form>
        )}
      </Shown>
    </div>
  );
}

function Requests({ id }: { id: string }) {
  const all = use("GET /v1/connections/{connection_id}/requests", { path: { connection_id: id }, query: { limit: 50 } });
  return (
    <section class="card">
      <h2>{t("What it was asked")}</h2>
      <Shown of={all} rows={4}>
        {(page) =>
          page.data.length ? (
            <Table
              label={t("What it was asked")}
              rows={page.data}
              id={(one) => `${one.at} ${one.url}`}
              columns={[
                { name: t("When"), cell: (one: ConnectionRequest) => <When at={one.at} /> },
                { name: t("What"), always: true, cell: (one) => <code>{one.operation ?? `${one.method} ${one.url}`}</code> },
                { name: t("Answer"), always: true, cell: (one) => <Tag kind={one.outcome === "ok" ? "ok" : "watch"}>{one.status ? String(one.status) : (one.failure ?? one.outcome ?? "")}</Tag> },
                { name: t("Took"), end: true, cell: (one) => lasting(one.ms) },
              ]}
            />
          ) : (
            <Empty title={t("It was asked nothing yet")} />
          )
        }
      </Shown>
    </section>
  );
}
