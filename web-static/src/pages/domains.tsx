import { useState } from "preact/hooks";
import { call, use } from "../lib/api.ts";
import type { Brand, Host, Mail } from "../lib/api-types.ts";
import { date, number } from "../lib/format.ts";
import { language, t } from "../lib/i18n.ts";
import { asProblem, type Problem } from "../lib/problem.ts";
import { can, me } from "../lib/session.ts";
import type { Said } from "../lib/states.ts";
import { Act } from "../ui/act.tsx";
import { Copied } from "../ui/copied.tsx";
import { Drawer } from "../ui/drawer.tsx";
import { Empty } from "../ui/empty.tsx";
import { Form } from "../ui/form.tsx";
import { Head } from "../ui/head.tsx";
import { Listing } from "../ui/listing.tsx";
import { Shown } from "../ui/shown.tsx";
import { Tag } from "../ui/tag.tsx";
import { Text } from "../ui/text.tsx";
import { toast } from "../ui/toast.tsx";
import { When } from "../ui/when.tsx";

const MOST = 200;
const SOON_MS = 21 * 86400000;

/** Under which names the portal is found, what proves them, and in whose name mail is sent. */
export default function Domains() {
  const hosts = use("GET /v1/hosts", { query: { limit: MOST } });
  const [claiming, setClaiming] = useState(false);
  return (
    <>
      <Head title={t("Domains and mail")} about={t("The names your customers open, and the sender they read")}>
        {can("hosts:write") ? (
          <button type="button" class="button main" onClick={() => setClaiming(true)}>
            {t("Add a domain")}
          </button>
        ) : null}
      </Head>
      <Shown of={hosts} rows={6}>
        {(page) => (
          <>
            {page.data.map((one) => (
              <HostCard key={one.id} of={one} last={page.data.filter((each) => each.state === "verified").length === 1 && one.state === "verified"} />
            ))}
            {can("mail:read") ? <Sender hosts={page.data} /> : null}
          </>
        )}
      </Shown>
      {can("mail:read") ? <Sent /> : null}
      {claiming ? <Claim onClose={() => setClaiming(false)} /> : null}
    </>
  );
}

function certificate(of: Host): Said {
  if (!of.certificate) return ["quiet", t("Common certificate")];
  const left = Date.parse(of.certificate.not_after ?? "") - Date.now();
  if (left < 0) return ["act", t("Certificate has ended")];
  return left < SOON_MS ? ["watch", t("Certificate ends soon")] : ["ok", t("Certificate good")];
}

function HostCard({ of, last }: { of: Host; last: boolean }) {
  const [giving, setGiving] = useState(false);
  const path = { host_id: of.id };
  const proven = of.state === "verified";
  const [kind, words] = certificate(of);
  return (
    <section class="card">
      <header class="card-head">
        <h2>
          <bdi>{of.host}</bdi>
        </h2>
        {proven ? <Tag kind="ok">{t("Verified")}</Tag> : <Tag kind="watch">{t("Waits for its record")}</Tag>}
      </header>
      <div class="inside">
        {proven ? (
          <dl class="facts">
            <dt>{t("Verified")}</dt>
            <dd>
              <When at={of.verified_at} />
            </dd>
            <dt>{t("Certificate")}</dt>
            <dd>
              <Tag kind={kind}>{words}</Tag> {of.certificate?.not_after ? t("good until {date}", { date: date(of.certificate.not_after) }) : ""}
            </dd>
          </dl>
        ) : (
          <Record of={of} />
        )}
        {can("hosts:write") ? (
          <div class="buttons">
            {proven ? (
              <button type="button" class="button" onClick={() => setGiving(true)}>
                {t("Give a certificate")}
              </button>
            ) : (
              <Act words={t("Look for the record")} main run={() => look(path)} />
            )}
            {last ? null : <Act words={t("Release")} sure={t("Nobody finds you there any more: release")} done={t("The domain is released")} plain run={() => call("DELETE /v1/hosts/{host_id}", { path })} />}
          </div>
        ) : null}
      </div>
      {giving ? <Certificate of={of} onClose={() => setGiving(false)} /> : null}
    </section>
  );
}

async function look(path: { host_id: string }): Promise<void> {
  const { body } = await call("POST /v1/hosts/{host_id}/verify", { path });
  toast(body.state === "verified" ? t("The record is there; the domain is yours") : t("The record is not there yet. A change at your provider can take an hour."));
}

/** What has to stand at the domain's provider, and whether it does. */
function Record({ of }: { of: Host }) {
  return (
    <>
      <p>{t("Add this record where you keep the domain. It proves that it is yours.")}</p>
      <dl class="facts records">
        <dt>{t("Kind")}</dt>
        <dd>
          <code>TXT</code>
        </dd>
        <dt>{t("Name")}</dt>
        <dd>
          <Copied name={t("Name")} text={of.record_name ?? ""} />
        </dd>
        <dt>{t("Value")}</dt>
        <dd>
          <Copied name={t("Value")} text={of.record_value ?? ""} />
        </dd>
        <dt>{t("Found")}</dt>
        <dd>
          {of.checked_at ? (
            <>
              {t("not yet; looked for")} <When at={of.checked_at} />
            </>
          ) : (
            t("not looked for yet")
          )}
        </dd>
      </dl>
      <p class="muted small">{t("And a CNAME from {host} to {here}, so that the name leads to the portal.", { host: of.host ?? "", here: location.hostname })}</p>
    </>
  );
}

function Claim({ onClose }: { onClose: () => void }) {
  const [host, setHost] = useState("");
  const [problem, setProblem] = useState<Problem | null>(null);
  const send = async () => {
    setProblem(null);
    try {
      await call("POST /v1/hosts", { body: { host: host.trim().toLowerCase() } });
      onClose();
    } catch (fault) {
      setProblem(asProblem(fault));
    }
  };
  return (
    <Drawer title={t("Add a domain")} onClose={onClose}>
      <Form button={t("Add the domain")} problem={problem} onSend={send}>
        <Text label={t("Domain")} value={host} onValue={setHost} placeholder="portal.example.com" help={t("As your customers type it, without https.")} needed problem={problem} at="/host" />
      </Form>
    </Drawer>
  );
}

function Certificate({ of, onClose }: { of: Host; onClose: () => void }) {
  const [chain, setChain] = useState("");
  const [key, setKey] = useState("");
  const [problem, setProblem] = useState<Problem | null>(null);
  const send = async () => {
    setProblem(null);
    try {
      await call("PUT /v1/hosts/{host_id}/certificate", { path: { host_id: of.id }, body: { chain, key } });
      toast(t("The certificate is served within a minute"));
      onClose();
    } catch (fault) {
      setProblem(asProblem(fault));
    }
  };
  return (
    <Drawer title={t("Certificate of {host}", { host: of.host ?? "" })} onClose={onClose}>
      <Form button={t("Use this certificate")} problem={problem} onSend={send}>
        <Text label={t("Certificate and those above it")} lines={8} value={chain} onValue={setChain} placeholder="-----BEGIN CERTIFICATE-----" needed problem={problem} at="/chain" />
        <Text label={t("Private key")} lines={6} value={key} onValue={setKey} placeholder="-----BEGIN PRIVATE KEY-----" help={t("It is sealed at once and never shown again.")} needed problem={problem} at="/key" />
      </Form>
    </Drawer>
  );
}

/** An address serves as the sender when its domain, or one above it, is proven. */
function Sender({ hosts }: { hosts: Host[] }) {
  const brand = use("GET /v1/brand", {});
  const document = brand.data.value?.document as Brand | undefined;
  const address = document?.mail_from_address ?? "";
  const domain = address.slice(address.indexOf("@") + 1);
  const proven = hosts.some((one) => one.state === "verified" && one.host && (domain === one.host || domain.endsWith(`.${one.host}`)));
  const test = () => call("POST /v1/mail/test", { body: { to: me.value?.email ?? "", ...(["de", "fr", "es", "en"].includes(language) ? { locale: language } : {}) } });
  return (
    <section class="card">
      <header class="card-head">
        <h2>{t("Sender of mail")}</h2>
        {can("mail:write") ? <Act words={t("Send me a test mail")} done={t("A test mail is under way to {address}", { address: me.value?.email ?? "" })} run={test} /> : null}
      </header>
      <dl class="facts inside">
        <dt>{t("Name")}</dt>
        <dd>{document?.mail_from_name || document?.name}</dd>
        <dt>{t("Address")}</dt>
        <dd>{address ? <bdi>{address}</bdi> : <span class="muted">{t("none chosen; Branding has it")}</span>}</dd>
        <dt>{t("Status")}</dt>
        <dd>
          {proven ? (
            <Tag kind="ok">{t("Sent from your address")}</Tag>
          ) : (
            <>
              <Tag kind="watch">{t("Sent from a neutral address")}</Tag>{" "}
              <span class="muted">{address ? t("until {domain} is verified above; answers reach you all the same", { domain }) : ""}</span>
            </>
          )}
        </dd>
      </dl>
    </section>
  );
}

function mailState(of: Mail): Said {
  switch (of.state) {
    case "sent":
      return ["ok", t("Sent")];
    case "failed":
    case "dead":
      return ["act", t("Not taken")];
    default:
      return ["quiet", t("Under way")];
  }
}

function Sent() {
  return (
    <section class="card">
      <h2>{t("Mail of late")}</h2>
      <Listing
        op="GET /v1/mail"
        label={t("Mail of late")}
        id={(one) => one.id}
        columns={[
          { name: t("Kind"), always: true, cell: (one) => (one.kind ?? "").replace(/[_-]/g, " ") },
          {
            name: t("Status"),
            always: true,
            cell: (one) => {
              const [kind, words] = mailState(one);
              return <Tag kind={kind}>{words}</Tag>;
            },
          },
          { name: t("Why"), cell: (one) => one.reason },
          { name: t("Tries"), cell: (one) => number(one.attempts) },
          { name: t("When"), always: true, end: true, cell: (one) => <When at={one.sent_at ?? one.created_at} /> },
        ]}
        empty={<Empty title={t("No mail was sent yet")} />}
      />
    </section>
  );
}
