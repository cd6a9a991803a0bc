import { useEffect, useState } from "preact/hooks";
import { call, use } from "../lib/api.ts";
import type { Customer } from "../lib/api-types.ts";
import { date, number } from "../lib/format.ts";
import { t } from "../lib/i18n.ts";
import { asProblem, type Problem } from "../lib/problem.ts";
import { go, link } from "../lib/router.ts";
import { can } from "../lib/session.ts";
import type { Said } from "../lib/states.ts";
import { Act } from "../ui/act.tsx";
import { Drawer } from "../ui/drawer.tsx";
import { Empty } from "../ui/empty.tsx";
import { Form } from "../ui/form.tsx";
import { Head } from "../ui/head.tsx";
import { Listing } from "../ui/listing.tsx";
import { Shown } from "../ui/shown.tsx";
import type { Column } from "../ui/table.tsx";
import { Tag } from "../ui/tag.tsx";
import { Text } from "../ui/text.tsx";
import { toast } from "../ui/toast.tsx";
import { When } from "../ui/when.tsx";

function customerState(of: Customer): Said {
  switch (of.status) {
    case "active":
      return ["ok", t("Active")];
    case "suspended":
      return ["watch", t("Suspended")];
    case "closed":
      return ["quiet", t("Erased")];
    default:
      return ["quiet", of.status ?? ""];
  }
}

function State({ of }: { of: Customer }) {
  const [kind, words] = customerState(of);
  return <Tag kind={kind}>{words}</Tag>;
}

const columns = (manage: (of: Customer) => void): Column<Customer>[] => [
  { name: t("Customer"), always: true, cell: (one) => (one.status === "closed" ? <b class="strong">{one.name ?? t("Erased")}</b> : <a class="strong" href={link("/", one.id)}>{one.name}</a>) },
  { name: t("Status"), always: true, cell: (one) => <State of={one} /> },
  { name: t("Your reference"), cell: (one) => <bdi>{one.external_id}</bdi> },
  { name: t("Since"), end: true, cell: (one) => <When at={one.created_at} /> },
  {
    name: t("Actions"),
    acts: true,
    end: true,
    cell: (one) => (
      <button type="button" class="button plain" onClick={() => manage(one)}>
        {t("Manage")}
        <span class="hidden"> {one.name}</span>
      </button>
    ),
  },
];

export default function Customers() {
  const [making, setMaking] = useState(false);
  const [managed, setManaged] = useState<string | null>(null);
  return (
    <>
      <Head title={t("Customers")} about={t("Whom you work for; open one to work inside it")}>
        {can("customers:write") ? (
          <button type="button" class="button main" onClick={() => setMaking(true)}>
            {t("New customer")}
          </button>
        ) : null}
      </Head>
      <section class="card">
        <Listing
          op="GET /v1/customers"
          label={t("Customers")}
          columns={columns((one) => setManaged(one.id))}
          id={(one) => one.id}
          onOpen={(one) => (one.status === "closed" ? setManaged(one.id) : go(link("/", one.id)))}
          empty={<Empty title={t("There is no customer yet")}>{t("A customer is a retailer whose systems you connect.")}</Empty>}
        />
      </section>
      {making ? <Make onClose={() => setMaking(false)} /> : null}
      {managed ? <Manage id={managed} onClose={() => setManaged(null)} /> : null}
    </>
  );
}

function Make({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState("");
  const [reference, setReference] = useState("");
  const [problem, setProblem] = useState<Problem | null>(null);
  const send = async () => {
    setProblem(null);
    try {
      const { body } = await call("POST /v1/customers", { body: { name, ...(reference ? { external_id: reference } : {}) } });
      go(link("/connections/new", body.id));
    } catch (fault) {
      setProblem(asProblem(fault));
    }
  };
  return (
    <Drawer title={t("New customer")} onClose={onClose}>
      <Form button={t("Make it and connect a system")} problem={problem} onSend={send}>
        <Text label={t("Name")} value={name} onValue={setName} needed problem={problem} at="/name" />
        <Text label={t("Your reference")} help={t("What you call it in your own books; programs find it by this.")} value={reference} onValue={setReference} problem={problem} at="/external_id" />
      </Form>
      <p class="muted">{t("It gets a live environment and a sandbox, apart from all others.")}</p>
    </Drawer>
  );
}

/** What can be done with a customer as a whole: its name, its sandbox, stopping it, taking its data along, and parting. */
function Manage({ id, onClose }: { id: string; onClose: () => void }) {
  const path = { customer_id: id };
  const one = use("GET /v1/customers/{customer_id}", { path });
  return (
    <Drawer title={one.data.value?.name ?? t("Customer")} onClose={onClose}>
      <Shown of={one} rows={4}>
        {(of) => (
          <>
            <dl class="facts">
              <dt>{t("Status")}</dt>
              <dd>
                <State of={of} /> {of.status_reason}
              </dd>
              <dt>{t("Since")}</dt>
              <dd>{of.created_at ? date(of.created_at) : ""}</dd>
              {of.closed_at ? (
                <>
                  <dt>{t("Erased")}</dt>
                  <dd>{date(of.closed_at)}</dd>
                </>
              ) : null}
            </dl>
            {of.status === "closed" ? (
              <p class="muted">{t("What was deleted stands in its certificate, which the audit log keeps.")}</p>
            ) : (
              <>
                {of.status === "active" && can("customers:write") ? <Rename of={of} /> : null}
                {can("stores:read") ? <Environments id={id} /> : null}
                {can("customers:export") ? <Take id={id} /> : null}
                {can("customers:write") ? <Stop of={of} /> : null}
                {of.status === "suspended" && can("customers:erase") ? <Erase of={of} /> : null}
              </>
            )}
          </>
        )}
      </Shown>
    </Drawer>
  );
}

function Rename({ of }: { of: Customer }) {
  const path = { customer_id: of.id };
  const [name, setName] = useState(of.name ?? "");
  const [reference, setReference] = useState(of.external_id ?? "");
  const [problem, setProblem] = useState<Problem | null>(null);
  const send = async () => {
    setProblem(null);
    try {
      const { etag } = await call("GET /v1/customers/{customer_id}", { path });
      await call("PATCH /v1/customers/{customer_id}", { path, body: { name, external_id: reference || null }, etag });
      toast(t("Kept"));
    } catch (fault) {
      setProblem(asProblem(fault));
    }
  };
  return (
    <Form button={t("Save")} problem={problem} onSend={send}>
      <Text label={t("Name")} value={name} onValue={setName} needed problem={problem} at="/name" />
      <Text label={t("Your reference")} value={reference} onValue={setReference} problem={problem} at="/external_id" />
    </Form>
  );
}

function Environments({ id }: { id: string }) {
  const all = use("GET /v1/environments", { customer: id });
  const make = () => call("POST /v1/environments", { body: { kind: "sandbox" }, customer: id });
  return (
    <section>
      <h3>{t("Environments")}</h3>
      <Shown of={all} rows={2}>
        {(page) => (
          <>
            <p>{page.data.map((one) => (one.kind === "sandbox" ? t("Sandbox") : t("Live"))).join(" · ")}</p>
            {page.data.some((one) => one.kind === "sandbox") ? (
              <p class="muted small">{t("Connections that are made in the sandbox never touch what is live.")}</p>
            ) : can("stores:write") ? (
              <p class="buttons">
                <Act words={t("Make a sandbox")} done={t("The sandbox is there")} run={make} />
              </p>
            ) : null}
          </>
        )}
      </Shown>
    </section>
  );
}

const LOOK_MS = 2000;

/** A signed bundle of all that the customer has, page by page. */
function Take({ id }: { id: string }) {
  const [made, setMade] = useState<string | null>(null);
  const ask = async () => {
    const { body } = await call("POST /v1/customers/{customer_id}/exports", { path: { customer_id: id } });
    setMade(body.id);
  };
  return (
    <section>
      <h3>{t("Export")}</h3>
      <p class="muted">{t("All that is kept of this customer, signed, so that anybody can check that nothing was changed.")}</p>
      {made ? (
        <Bundle id={made} />
      ) : (
        <p class="buttons">
          <Act words={t("Make an export")} run={ask} />
        </p>
      )}
    </section>
  );
}

function Bundle({ id }: { id: string }) {
  const one = use("GET /v1/exports/{export_id}", { path: { export_id: id } });
  const state = one.data.value?.state;
  const waits = state === "waiting" || state === "running";
  useEffect(() => {
    if (!waits) return;
    const timer = setInterval(() => void one.again(), LOOK_MS);
    return () => clearInterval(timer);
  }, [waits]);
  return (
    <Shown of={one} rows={1}>
      {(of) =>
        of.state === "ready" ? (
          <p class="buttons">
            {Array.from({ length: of.pages || 1 }, (_, i) => (
              <a key={i} class="button" href={`/v1/exports/${of.id}/bundle?page=${i + 1}`} download>
                {of.pages > 1 ? t("Part {part} of {all}", { part: i + 1, all: of.pages }) : t("Download")}
              </a>
            ))}
          </p>
        ) : waits ? (
          <p role="status">{t("It is being made; you may close this and come back.")}</p>
        ) : (
          <p class="error">{of.reason ?? t("It could not be made. Ask for another.")}</p>
        )
      }
    </Shown>
  );
}

function Stop({ of }: { of: Customer }) {
  const path = { customer_id: of.id };
  const [reason, setReason] = useState("");
  const [problem, setProblem] = useState<Problem | null>(null);
  if (of.status === "suspended")
    return (
      <section>
        <h3>{t("Suspended")}</h3>
        <p class="muted">{t("What comes in is kept, and nothing goes out.")}</p>
        <p class="buttons">
          <Act words={t("Resume")} done={t("It goes on")} main run={() => call("POST /v1/customers/{customer_id}/resume", { path })} />
        </p>
      </section>
    );
  const send = async () => {
    setProblem(null);
    try {
      await call("POST /v1/customers/{customer_id}/suspend", { path, body: { reason } });
      toast(t("It is suspended; what comes in is kept"));
    } catch (fault) {
      setProblem(asProblem(fault));
    }
  };
  return (
    <details>
      <summary>{t("Suspend or part")}</summary>
      <Form button={t("Suspend")} problem={problem} onSend={send}>
        <Text label={t("Why is it suspended?")} help={t("The customer's people read it. Once it is suspended it can be erased.")} value={reason} onValue={setReason} needed problem={problem} at="/reason" />
      </Form>
    </details>
  );
}

/** For good: the name has to be typed, and what is left is the certificate of what was deleted. */
function Erase({ of }: { of: Customer }) {
  const [confirm, setConfirm] = useState("");
  const [reason, setReason] = useState("");
  const [problem, setProblem] = useState<Problem | null>(null);
  const send = async () => {
    setProblem(null);
    try {
      const { body } = await call("POST /v1/customers/{customer_id}/erase", { path: { customer_id: of.id }, body: { confirm, reason } });
      const deleted = Object.values((body.certificate as { deleted?: Record<string, number> } | null)?.deleted ?? {}).reduce((a, b) => a + b, 0);
      toast(t("Erased: {rows} rows, and the keys that could read them", { rows: number(deleted) }));
    } catch (fault) {
      setProblem(asProblem(fault));
    }
  };
  return (
    <details>
      <summary>{t("Erase for good")}</summary>
      <p class="note">{t("Make an export first. Nothing of this can be brought back, by nobody.")}</p>
      <Form button={t("Erase for good")} problem={problem} onSend={send}>
        <Text label={t("Type the customer's name")} value={confirm} onValue={setConfirm} needed problem={problem} at="/confirm" />
        <Text label={t("Why")} value={reason} onValue={setReason} needed problem={problem} at="/reason" />
      </Form>
    </details>
  );
}
