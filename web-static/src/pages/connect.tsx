import { useState } from "preact/hooks";
import { call, customer, use } from "../lib/api.ts";
import type { Connector, ConnectorBrief } from "../lib/api-types.ts";
import { t } from "../lib/i18n.ts";
import { type Manifest, type Secret, type Setting, settingValue } from "../lib/manifest.ts";
import { Problem } from "../lib/problem.ts";
import { ask, go, link, query } from "../lib/router.ts";
import { Empty } from "../ui/empty.tsx";
import { Field, faultAt, Form } from "../ui/form.tsx";
import { Head } from "../ui/head.tsx";
import { Icon } from "../ui/icon.tsx";
import { Shown } from "../ui/shown.tsx";

/** A new connection: first which system, then what it needs, as the system's own document says. */
export default function Connect() {
  const chosen = query.value.get("system") ?? "";
  return chosen ? <Give name={chosen} key={chosen} /> : <Catalogue />;
}

const KINDS = (): Record<string, string> => ({
  storefront: t("Shops"),
  marketplace: t("Marketplaces"),
  pos: t("Tills"),
  erp: t("ERP and accounting"),
  "3pl": t("Warehouses and shipping"),
  payments: t("Payments"),
  tax: t("Tax"),
  returns: t("Returns"),
  feed: t("Files and messages"),
  other: t("Anything else"),
});

function Catalogue() {
  const all = use("GET /v1/connectors", {});
  const [words, setWords] = useState("");
  return (
    <>
      <Head title={t("Connect a system")} crumb={<a href={link("/connections")}>{t("Connections")}</a>} about={t("What is it that you want to keep in step?")}>
        <div class="search">
          <Icon name="search" />
          <input type="search" aria-label={t("Find a system")} placeholder={t("Find a system")} value={words} onInput={(event) => setWords(event.currentTarget.value)} />
        </div>
      </Head>
      {customer.value ? null : <p class="note">{t("Open a customer first: a connection belongs to one.")}</p>}
      <Shown of={all} rows={8}>
        {(page) => <Groups of={page.data.filter((one) => `${one.title} ${one.about}`.toLowerCase().includes(words.toLowerCase()))} />}
      </Shown>
    </>
  );
}

function Groups({ of }: { of: ConnectorBrief[] }) {
  const kinds = KINDS();
  if (!of.length) return <Empty title={t("No system is called so")}>{t("“Any other system” takes whatever speaks JSON, and files take the rest.")}</Empty>;
  return (
    <>
      {Object.keys(kinds).map((kind) => {
        const some = of.filter((one) => (one.kind && one.kind in kinds ? one.kind : "other") === kind);
        return some.length ? (
          <section key={kind} class="group">
            <h2>{kinds[kind]}</h2>
            <ul class="catalogue">
              {some.map((one) => (
                <li key={one.name}>
                  <button type="button" onClick={() => ask("system", one.name ?? "")}>
                    <span class="strong">{one.title}</span>
                    <span class="muted small">{(one.about ?? "").split(". ")[0]}</span>
                  </button>
                </li>
              ))}
            </ul>
          </section>
        ) : null;
      })}
    </>
  );
}

function Give({ name }: { name: string }) {
  const connector = use("GET /v1/connectors/{connector}", { path: { connector: name } });
  return (
    <>
      <Head
        title={connector.data.value?.title ? t("Connect {system}", { system: connector.data.value.title }) : t("Connect a system")}
        crumb={
          <>
            <a href={link("/connections")}>{t("Connections")}</a> · <a href={link("/connections/new")}>{t("All systems")}</a>
          </>
        }
        about={connector.data.value?.about}
      />
      <Shown of={connector} rows={8}>
        {(one) => <Asked of={one} />}
      </Shown>
    </>
  );
}

const needed = (of: Secret): boolean => !of.optional;

function Asked({ of }: { of: Connector }) {
  const manifest = of.manifest as Manifest;
  const settings = Object.entries(manifest.settings ?? {});
  const secrets = Object.entries(manifest.secrets ?? {});
  const [called, setCalled] = useState(of.title ?? "");
  const [typed, setTyped] = useState<Record<string, string>>({});
  const [kept, setKept] = useState<Record<string, string>>({});
  const [problem, setProblem] = useState<Problem | null>(null);
  const must = settings.filter(([, one]) => one.needed);
  const may = settings.filter(([, one]) => !one.needed);
  const send = async () => {
    setProblem(null);
    const values = settings.map(([name, one]) => [name, settingValue(one, typed[name] ?? "")] as const).filter(([, value]) => value !== undefined);
    const given = Object.entries(kept).filter(([, value]) => value !== "");
    try {
      const { body } = await call("POST /v1/connections", {
        body: { connector: of.name ?? "", name: called, settings: Object.fromEntries(values), ...(given.length ? { secrets: Object.fromEntries(given) } : {}) },
      });
      go(link(`/connections/${body.id}`));
    } catch (fault) {
      setProblem(fault instanceof Problem ? fault : new Problem(0));
    }
  };
  const setting = ([name, one]: [string, Setting]) => (
    <SettingField key={name} of={one} value={typed[name] ?? ""} error={faultAt(problem, `/settings/${name}`)} onValue={(value) => setTyped({ ...typed, [name]: value })} />
  );
  return (
    <div class="two wide-start">
      <section class="card">
        <div class="inside">
          <Form button={t("Connect")} problem={problem} onSend={send}>
            <Field label={t("Name")} help={t("What people here call it.")} error={faultAt(problem, "/name")} needed>
              {(attributes) => <input {...attributes} value={called} onInput={(event) => setCalled(event.currentTarget.value)} />}
            </Field>
            {must.map(setting)}
            {secrets.map(([name, one]) => (
              <Field key={name} label={one.title} help={one.why} error={faultAt(problem, `/secrets/${name}`)} needed={needed(one)}>
                {(attributes) => (
                  <input {...attributes} type="password" autocomplete="off" value={kept[name] ?? ""} onInput={(event) => setKept({ ...kept, [name]: event.currentTarget.value })} />
                )}
              </Field>
            ))}
            {may.length ? (
              <details open={may.some(([name]) => faultAt(problem, `/settings/${name}`))}>
                <summary>{t("More settings")}</summary>
                {may.map(setting)}
              </details>
            ) : null}
          </Form>
        </div>
      </section>
      <Reach of={of} />
    </div>
  );
}

function SettingField({ of, value, error, onValue }: { of: Setting; value: string; error: string | undefined; onValue: (value: string) => void }) {
  const given = of.default === undefined || of.default === "" ? "" : String(of.default);
  return (
    <Field label={of.title} help={of.help} error={error} needed={of.needed}>
      {(attributes) => {
        if (of.kind === "choice" || of.kind === "boolean") {
          const all = of.kind === "boolean" ? [["true", t("Yes")] as const, ["false", t("No")] as const] : (of.choices ?? []).map((one) => [one, one] as const);
          const none = all.find(([name]) => name === given)?.[1];
          return (
            <select {...attributes} value={value} onChange={(event) => onValue(event.currentTarget.value)}>
              <option value="">{none ?? t("Choose")}</option>
              {all.map(([name, words]) =>
                words === none ? null : (
                  <option key={name} value={name}>
                    {words}
                  </option>
                ),
              )}
            </select>
          );
        }
        if (of.kind === "list" || of.kind === "map" || of.kind === "object")
          return <textarea {...attributes} rows={3} spellcheck={false} value={value} placeholder={of.kind === "list" ? "[]" : "{}"} onInput={(event) => onValue(event.currentTarget.value)} />;
        return (
          <input
            {...attributes}
            inputMode={of.kind === "integer" ? "numeric" : of.kind === "address" || of.kind === "host" ? "url" : undefined}
            spellcheck={false}
            value={value}
            placeholder={given}
            onInput={(event) => onValue(event.currentTarget.value)}
          />
        );
      }}
    </Field>
  );
}

/** What it reads and writes, and which permissions it asks for and why: before anybody gives a key. */
function Reach({ of }: { of: Connector }) {
  const permissions = (of.manifest as Manifest).permissions ?? [];
  const of_way = (way: string) => [...new Set(of.covers.filter((one) => one.direction === way).map((one) => (one.object ?? "").replace(/_/g, " ")))];
  return (
    <div>
      <section class="card">
        <h2>{t("What it reads and writes")}</h2>
        <dl class="facts inside">
          <dt>{t("Reads")}</dt>
          <dd>{of_way("in").join(", ")}</dd>
          <dt>{t("Writes")}</dt>
          <dd>{of_way("out").join(", ") || t("nothing")}</dd>
          {of.api_version ? (
            <>
              <dt>{t("Version")}</dt>
              <dd>{of.api_version}</dd>
            </>
          ) : null}
        </dl>
      </section>
      {permissions.length ? (
        <section class="card">
          <h2>{t("What it must be allowed, and why")}</h2>
          <ul class="reasons">
            {permissions.map((one) => (
              <li key={one.name}>
                <code>{one.name}</code>
                <p class="muted">{one.why}</p>
              </li>
            ))}
          </ul>
        </section>
      ) : null}
    </div>
  );
}
