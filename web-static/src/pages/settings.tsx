import { useState } from "preact/hooks";
import { call, customer, use } from "../lib/api.ts";
import type { LegalEntity, SignInProvider, SignInSettings, StoreBrand } from "../lib/api-types.ts";
import { t } from "../lib/i18n.ts";
import { asProblem, Problem } from "../lib/problem.ts";
import { ask, query } from "../lib/router.ts";
import { can, me, ofPartner } from "../lib/session.ts";
import { Act } from "../ui/act.tsx";
import { Copied } from "../ui/copied.tsx";
import { Drawer } from "../ui/drawer.tsx";
import { Empty } from "../ui/empty.tsx";
import { Form } from "../ui/form.tsx";
import { Head } from "../ui/head.tsx";
import { Listing } from "../ui/listing.tsx";
import { Shown } from "../ui/shown.tsx";
import { Tabs } from "../ui/tabs.tsx";
import { Tag } from "../ui/tag.tsx";
import { Pick, Text } from "../ui/text.tsx";
import { toast } from "../ui/toast.tsx";
import { When } from "../ui/when.tsx";

type Part = "sign-in" | "provider" | "brands" | "entities" | "environments";

/** What is set once: of the partner how people sign in, of a customer what it is made of. */
export default function Settings() {
  const within = Boolean(customer.value || me.value?.customer_id);
  const parts: Array<[Part, string]> = [];
  if (ofPartner.value && !customer.value && can("signin:read")) parts.push(["sign-in", t("Sign-in")], ["provider", t("Single sign-on")]);
  if (can("stores:read")) parts.push(["brands", t("Brands")], ["entities", t("Legal entities")], ["environments", t("Environments")]);
  const asked = query.value.get("part");
  const chosen = parts.find(([name]) => name === asked)?.[0] ?? parts[0]?.[0];
  return (
    <>
      <Head title={t("Settings")} about={within ? t("What this customer is made of") : t("How people come in, and what customers are made of")} />
      {chosen ? <Tabs label={t("Settings")} all={parts} chosen={chosen} onChoose={(name) => ask("part", name)} /> : <Empty title={t("There is nothing here that you may see")} />}
      {chosen === "sign-in" ? <SignIn /> : null}
      {chosen === "provider" ? <Provider /> : null}
      {chosen === "brands" ? <Brands within={within} /> : null}
      {chosen === "entities" ? <Entities within={within} /> : null}
      {chosen === "environments" ? <Environments /> : null}
    </>
  );
}

function SignIn() {
  const policy = use("GET /v1/sign-in-settings", {});
  return (
    <section class="card">
      <Shown of={policy} rows={4}>
        {(of) => <Policy of={of} key={JSON.stringify(of)} />}
      </Shown>
    </section>
  );
}

function Policy({ of }: { of: SignInSettings }) {
  const [next, setNext] = useState(of);
  const [problem, setProblem] = useState<Problem | null>(null);
  const send = async () => {
    setProblem(null);
    try {
      const { etag } = await call("GET /v1/sign-in-settings", {});
      await call("PUT /v1/sign-in-settings", { body: next, etag });
      toast(t("Kept"));
    } catch (fault) {
      setProblem(asProblem(fault));
    }
  };
  return (
    <div class="inside">
      <Form button={t("Save")} problem={problem} onSend={send}>
        <Tick label={t("Everybody needs a second factor")} value={next.second_factor_required} onValue={(second_factor_required) => setNext({ ...next, second_factor_required })} />
        <Tick label={t("A password is allowed")} value={next.password_allowed} onValue={(password_allowed) => setNext({ ...next, password_allowed })} />
        <Text label={t("Signed out after so many minutes without use")} type="number" value={String(next.idle_minutes)} onValue={(value) => setNext({ ...next, idle_minutes: Number(value) })} needed problem={problem} at="/idle_minutes" />
        <Text label={t("Signed out after so many minutes in any case")} type="number" value={String(next.absolute_minutes)} onValue={(value) => setNext({ ...next, absolute_minutes: Number(value) })} needed problem={problem} at="/absolute_minutes" />
      </Form>
    </div>
  );
}

function Tick({ label, value, onValue }: { label: string; value: boolean; onValue: (value: boolean) => void }) {
  return (
    <label class="tick">
      <input type="checkbox" checked={value} onChange={(event) => onValue(event.currentTarget.checked)} />
      {label}
    </label>
  );
}

/** What is set up, when the sign-in page offers it. One that is there and not in use is found when somebody sets up another. */
function Provider() {
  const ways = use("GET /v1/session/ways", {});
  const [hidden, setHidden] = useState(false);
  return <Shown of={ways}>{(of) => (of.provider || hidden ? <Kept /> : <Given of={null} onThere={() => setHidden(true)} />)}</Shown>;
}

function Kept() {
  const found = use("GET /v1/sign-in-provider", {});
  return <Shown of={found}>{(of) => <Given of={of} key={JSON.stringify(of)} />}</Shown>;
}

function Given({ of, onThere }: { of: SignInProvider | null; onThere?: () => void }) {
  const [name, setName] = useState(of?.name ?? "");
  const [issuer, setIssuer] = useState(of?.issuer ?? "");
  const [client, setClient] = useState(of?.client_id ?? "");
  const [secret, setSecret] = useState("");
  const [domains, setDomains] = useState((of?.domains ?? []).join(", "));
  const [enabled, setEnabled] = useState(of?.enabled ?? true);
  const [problem, setProblem] = useState<Problem | null>(null);
  const version = async () => (of ? (await call("GET /v1/sign-in-provider", {})).etag : "");
  const send = async () => {
    setProblem(null);
    const all = domains.split(/[\s,]+/).filter(Boolean);
    try {
      await call("PUT /v1/sign-in-provider", { body: { name, issuer, client_id: client, domains: all, enabled, ...(secret ? { client_secret: secret } : {}) }, etag: await version() });
      toast(t("Kept"));
    } catch (fault) {
      const found = asProblem(fault);
      if (!of && (found.status === 428 || found.status === 412)) {
        toast(t("One is set up already, and not in use. Here it is."));
        onThere?.();
      } else setProblem(found);
    }
  };
  const remove = async () => {
    await call("DELETE /v1/sign-in-provider", { etag: await version() });
    location.reload();
  };
  return (
    <section class="card">
      <div class="inside">
        <p class="muted">{t("People whose address is at one of the domains sign in where they sign in to everything else. Who may do what is still said here.")}</p>
        {of?.redirect_uri ? (
          <>
            <p>{t("Give your provider this address to come back to:")}</p>
            <Copied name={t("Address")} text={of.redirect_uri} />
          </>
        ) : null}
        <Form button={of ? t("Save") : t("Set up single sign-on")} problem={problem} onSend={send}>
          <Text label={t("Name")} help={t("What stands on the button of the sign-in page.")} value={name} onValue={setName} needed problem={problem} at="/name" />
          <Text label={t("Address of the provider")} type="url" value={issuer} onValue={setIssuer} placeholder="https://" help={t("The issuer of OpenID Connect.")} needed problem={problem} at="/issuer" />
          <Text label={t("Client ID")} value={client} onValue={setClient} needed problem={problem} at="/client_id" />
          <Text label={t("Client secret")} type="password" value={secret} onValue={setSecret} help={of ? t("Empty: the one that is kept.") : t("It is sealed at once and never shown again.")} needed={!of} problem={problem} at="/client_secret" />
          <Text label={t("Domains of addresses")} value={domains} onValue={setDomains} placeholder="example.com" needed problem={problem} at="/domains" />
          <Tick label={t("In use")} value={enabled} onValue={setEnabled} />
        </Form>
        {of ? (
          <p class="buttons">
            <Act words={t("Take it away")} sure={t("People sign in with passwords again: take it away")} plain run={remove} />
          </p>
        ) : null}
      </div>
    </section>
  );
}

function Brands({ within }: { within: boolean }) {
  const [edited, setEdited] = useState<StoreBrand | "new" | null>(null);
  const remove = (one: StoreBrand) => async () => {
    const path = { brand_id: one.id };
    const { etag } = await call("GET /v1/store-brands/{brand_id}", { path });
    await call("DELETE /v1/store-brands/{brand_id}", { path, etag });
  };
  return (
    <section class="card">
      <CardHead title={t("Brands")} add={within && can("stores:write") ? () => setEdited("new") : undefined} words={t("Add a brand")} />
      <Listing
        op="GET /v1/store-brands"
        asking={{ query: { expand: "customer" } }}
        label={t("Brands")}
        id={(one) => one.id}
        columns={[
          { name: t("Name"), always: true, cell: (one) => <b class="strong">{one.name}</b> },
          { name: t("Code"), always: true, cell: (one) => <code>{one.code}</code> },
          { name: t("Customer"), cell: (one) => one.customer?.name },
          { name: t("Since"), cell: (one) => <When at={one.created_at} /> },
          { name: t("Actions"), acts: true, end: true, cell: (one) => <Both name={one.name} edit={() => setEdited(one)} remove={remove(one)} /> },
        ]}
        empty={<Empty title={t("There is no brand yet")}>{t("A retailer with several shop names tells them apart by brands: people and connections can belong to one.")}</Empty>}
      />
      {edited ? <BrandForm of={edited === "new" ? null : edited} onClose={() => setEdited(null)} /> : null}
    </section>
  );
}

function CardHead({ title, add, words }: { title: string; add?: (() => void) | undefined; words: string }) {
  return (
    <header class="card-head">
      <h2>{title}</h2>
      {add ? (
        <button type="button" class="button" onClick={add}>
          {words}
        </button>
      ) : null}
    </header>
  );
}

function Both({ name, edit, remove }: { name: string | null; edit: () => void; remove: () => Promise<void> }) {
  if (!can("stores:write")) return null;
  return (
    <>
      <button type="button" class="button plain" onClick={edit}>
        {t("Change")}
        <span class="hidden"> {name}</span>
      </button>
      <Act words={t("Delete")} sure={t("Delete it")} done={t("Deleted")} plain run={remove} />
    </>
  );
}

function BrandForm({ of, onClose }: { of: StoreBrand | null; onClose: () => void }) {
  const entities = use("GET /v1/legal-entities", of ? { customer: of.customer_id } : {});
  const [name, setName] = useState(of?.name ?? "");
  const [code, setCode] = useState(of?.code ?? "");
  const [entity, setEntity] = useState(of?.entity_id ?? "");
  const [problem, setProblem] = useState<Problem | null>(null);
  const send = async () => {
    setProblem(null);
    const body = { name, code, ...(entity ? { entity_id: entity } : {}) };
    try {
      if (of) {
        const path = { brand_id: of.id };
        const { etag } = await call("GET /v1/store-brands/{brand_id}", { path });
        await call("PATCH /v1/store-brands/{brand_id}", { path, body, etag });
      } else await call("POST /v1/store-brands", { body });
      onClose();
    } catch (fault) {
      setProblem(asProblem(fault));
    }
  };
  return (
    <Drawer title={of?.name ?? t("Add a brand")} onClose={onClose}>
      <Form button={t("Save")} problem={problem} onSend={send}>
        <Text label={t("Name")} value={name} onValue={setName} needed problem={problem} at="/name" />
        <Text label={t("Code")} help={t("Short, and the same for ever: it stands in files and keys.")} value={code} onValue={setCode} needed problem={problem} at="/code" />
        <Pick label={t("Legal entity")} value={entity} onValue={setEntity} problem={problem} at="/entity_id" all={[["", t("none")], ...(entities.data.value?.data ?? []).map((one) => [one.id, one.name ?? ""] as const)]} />
      </Form>
    </Drawer>
  );
}

function Entities({ within }: { within: boolean }) {
  const [edited, setEdited] = useState<LegalEntity | "new" | null>(null);
  const remove = (one: LegalEntity) => async () => {
    const path = { entity_id: one.id };
    const { etag } = await call("GET /v1/legal-entities/{entity_id}", { path });
    await call("DELETE /v1/legal-entities/{entity_id}", { path, etag });
  };
  return (
    <section class="card">
      <CardHead title={t("Legal entities")} add={within && can("stores:write") ? () => setEdited("new") : undefined} words={t("Add a legal entity")} />
      <Listing
        op="GET /v1/legal-entities"
        asking={{ query: { expand: "customer" } }}
        label={t("Legal entities")}
        id={(one) => one.id}
        columns={[
          { name: t("Name"), always: true, cell: (one) => <b class="strong">{one.name}</b> },
          { name: t("Code"), always: true, cell: (one) => <code>{one.code}</code> },
          { name: t("Currency"), cell: (one) => one.base_currency },
          { name: t("Time zone"), cell: (one) => one.time_zone },
          { name: t("Customer"), cell: (one) => one.customer?.name },
          { name: t("Actions"), acts: true, end: true, cell: (one) => <Both name={one.name} edit={() => setEdited(one)} remove={remove(one)} /> },
        ]}
        empty={<Empty title={t("There is no legal entity yet")}>{t("A company of the retailer's with books of its own: its currency and the time zone in which its days end.")}</Empty>}
      />
      {edited ? <EntityForm of={edited === "new" ? null : edited} onClose={() => setEdited(null)} /> : null}
    </section>
  );
}

function EntityForm({ of, onClose }: { of: LegalEntity | null; onClose: () => void }) {
  const [name, setName] = useState(of?.name ?? "");
  const [code, setCode] = useState(of?.code ?? "");
  const [currency, setCurrency] = useState(of?.base_currency ?? "");
  const [zone, setZone] = useState(of?.time_zone ?? Intl.DateTimeFormat().resolvedOptions().timeZone);
  const [problem, setProblem] = useState<Problem | null>(null);
  const send = async () => {
    setProblem(null);
    try {
      if (of) {
        const path = { entity_id: of.id };
        const { etag } = await call("GET /v1/legal-entities/{entity_id}", { path });
        await call("PATCH /v1/legal-entities/{entity_id}", { path, body: { name, code, time_zone: zone }, etag });
      } else await call("POST /v1/legal-entities", { body: { name, code, base_currency: currency.toUpperCase(), time_zone: zone } });
      onClose();
    } catch (fault) {
      setProblem(asProblem(fault));
    }
  };
  return (
    <Drawer title={of?.name ?? t("Add a legal entity")} onClose={onClose}>
      <Form button={t("Save")} problem={problem} onSend={send}>
        <Text label={t("Name")} value={name} onValue={setName} needed problem={problem} at="/name" />
        <Text label={t("Code")} help={t("Short, and the same for ever: it stands in files and keys.")} value={code} onValue={setCode} needed problem={problem} at="/code" />
        {of ? null : <Text label={t("Currency")} help={t("Its books are kept in it; it cannot be changed later.")} value={currency} onValue={setCurrency} placeholder="EUR" needed problem={problem} at="/base_currency" />}
        <Text label={t("Time zone")} value={zone} onValue={setZone} placeholder="Europe/Berlin" needed problem={problem} at="/time_zone" />
      </Form>
    </Drawer>
  );
}

function Environments() {
  return (
    <section class="card">
      <h2>{t("Environments")}</h2>
      <Listing
        op="GET /v1/environments"
        asking={{ query: { expand: "customer" } }}
        label={t("Environments")}
        id={(one) => one.id}
        columns={[
          { name: t("Kind"), always: true, cell: (one) => (one.kind === "sandbox" ? <Tag kind="quiet">{t("Sandbox")}</Tag> : <Tag kind="ok">{t("Live")}</Tag>) },
          { name: t("Customer"), always: true, cell: (one) => one.customer?.name },
          { name: t("Since"), end: true, cell: (one) => <When at={one.created_at} /> },
        ]}
        empty={<Empty title={t("There is no environment yet")} />}
      />
    </section>
  );
}
