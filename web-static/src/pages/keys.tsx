import { useState } from "preact/hooks";
import { call } from "../lib/api.ts";
import type { ApiKey, ApiKeyCreated } from "../lib/api-types.ts";
import { date } from "../lib/format.ts";
import { t } from "../lib/i18n.ts";
import { Problem, sentence } from "../lib/problem.ts";
import { can, me } from "../lib/session.ts";
import { Drawer } from "../ui/drawer.tsx";
import { Empty } from "../ui/empty.tsx";
import { Field, faultAt, Form } from "../ui/form.tsx";
import { Head } from "../ui/head.tsx";
import { Icon } from "../ui/icon.tsx";
import { Listing } from "../ui/listing.tsx";
import type { Column } from "../ui/table.tsx";
import { Tag } from "../ui/tag.tsx";
import { toast } from "../ui/toast.tsx";
import { When } from "../ui/when.tsx";

/** Keys of programs: what each may do, when it was last used, and until when it is good. */
export default function Keys() {
  const [making, setMaking] = useState(false);
  return (
    <>
      <Head title={t("API keys")} about={t("For programs of yours that ask for orders, usage and the rest")}>
        {can("keys:write") ? (
          <button type="button" class="button main" onClick={() => setMaking(true)}>
            {t("Make a key")}
          </button>
        ) : null}
      </Head>
      <section class="card">
        <Listing op="GET /v1/api-keys" label={t("API keys")} columns={columns()} id={(one) => one.id} empty={<Empty title={t("There is no key yet")}>{t("A key is shown once, when it is made.")}</Empty>} />
      </section>
      {making ? <Make onClose={() => setMaking(false)} /> : null}
    </>
  );
}

const columns = (): Column<ApiKey>[] => [
  { name: t("Name"), always: true, cell: (one) => <><b class="strong">{one.name}</b> <code class="muted">{one.prefix}…</code></> },
  { name: t("Status"), always: true, cell: (one) => <State of={one} /> },
  { name: t("May"), cell: (one) => <span class="muted small">{(one.scopes ?? []).join(", ")}</span> },
  { name: t("Last used"), cell: (one) => <When at={one.last_used_at} /> },
  { name: t("Good until"), cell: (one) => (one.expires_at ? date(one.expires_at) : t("always")) },
  { name: t("Actions"), acts: true, end: true, cell: (one) => <Revoke of={one} /> },
];

function State({ of }: { of: ApiKey }) {
  if (of.revoked_at) return <Tag kind="quiet">{t("Revoked")}</Tag>;
  if (of.expires_at && Date.parse(of.expires_at) < Date.now()) return <Tag kind="quiet">{t("Ended")}</Tag>;
  return <Tag kind="ok">{t("Good")}</Tag>;
}

function Revoke({ of }: { of: ApiKey }) {
  const [sure, setSure] = useState(false);
  if (of.revoked_at || !can("keys:write")) return null;
  const revoke = async () => {
    try {
      await call("POST /v1/api-keys/{key_id}/revoke", { path: { key_id: of.id } });
      toast(t("The key is good for nothing any more"));
    } catch (fault) {
      toast(sentence(fault));
    }
  };
  return (
    <button type="button" class="button plain" onBlur={() => setSure(false)} onClick={() => (sure ? void revoke() : setSure(true))}>
      {sure ? t("Revoke it for good") : t("Revoke")}
    </button>
  );
}

const DAYS = 90;

function Make({ onClose }: { onClose: () => void }) {
  const all = (me.value?.permissions as string[] | undefined) ?? [];
  const [name, setName] = useState("");
  const [scopes, setScopes] = useState<string[]>([]);
  const [days, setDays] = useState(String(DAYS));
  const [made, setMade] = useState<ApiKeyCreated | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const send = async () => {
    setProblem(null);
    const expires = days ? { expires_at: new Date(Date.now() + Number(days) * 86400000).toISOString() } : {};
    try {
      setMade((await call("POST /v1/api-keys", { body: { name, scopes, ...expires } })).body);
    } catch (fault) {
      setProblem(fault instanceof Problem ? fault : new Problem(0));
    }
  };
  if (made) return <Once of={made} onClose={onClose} />;
  return (
    <Drawer title={t("Make a key")} onClose={onClose}>
      <Form button={t("Make the key")} problem={problem} onSend={send}>
        <Field label={t("Name")} help={t("What uses it, so that you know what stops when it is revoked.")} error={faultAt(problem, "/name")} needed>
          {(attributes) => <input {...attributes} value={name} onInput={(event) => setName(event.currentTarget.value)} />}
        </Field>
        <Field label={t("Good for days")} help={t("Empty: until it is revoked.")} error={faultAt(problem, "/expires_at")}>
          {(attributes) => <input {...attributes} inputMode="numeric" value={days} onInput={(event) => setDays(event.currentTarget.value)} />}
        </Field>
        <fieldset>
          <legend>{t("What it may do")}</legend>
          {faultAt(problem, "/scopes") ? <p class="error">{faultAt(problem, "/scopes")}</p> : null}
          {all.map((scope) => (
            <label key={scope} class="tick">
              <input type="checkbox" checked={scopes.includes(scope)} onChange={(event) => setScopes(event.currentTarget.checked ? [...scopes, scope] : scopes.filter((one) => one !== scope))} />
              <code>{scope}</code>
            </label>
          ))}
        </fieldset>
      </Form>
    </Drawer>
  );
}

function Once({ of, onClose }: { of: ApiKeyCreated; onClose: () => void }) {
  const command = `curl -H "authorization: Bearer ${of.secret}" ${location.origin}/v1/me`;
  const copy = (text: string) => void navigator.clipboard.writeText(text).then(() => toast(t("Copied")));
  return (
    <Drawer title={t("The key of {name}", { name: of.name ?? "" })} onClose={onClose}>
      <p class="note">{t("It is shown this once. Keep it where your program finds it.")}</p>
      <Copied text={of.secret ?? ""} onCopy={copy} />
      <p>{t("Try it:")}</p>
      <Copied text={command} onCopy={copy} />
    </Drawer>
  );
}

function Copied({ text, onCopy }: { text: string; onCopy: (text: string) => void }) {
  return (
    <p class="copied">
      <code>{text}</code>
      <button type="button" class="button icon-only" aria-label={t("Copy")} onClick={() => onCopy(text)}>
        <Icon name="copy" />
      </button>
    </p>
  );
}
