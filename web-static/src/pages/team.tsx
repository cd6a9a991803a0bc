import { useState } from "preact/hooks";
import { call, customer, use } from "../lib/api.ts";
import type { Role, User } from "../lib/api-types.ts";
import { t } from "../lib/i18n.ts";
import { Problem, sentence } from "../lib/problem.ts";
import { can, me } from "../lib/session.ts";
import { Drawer } from "../ui/drawer.tsx";
import { Empty } from "../ui/empty.tsx";
import { Field, faultAt, Form } from "../ui/form.tsx";
import { Head } from "../ui/head.tsx";
import { Listing } from "../ui/listing.tsx";
import { Shown } from "../ui/shown.tsx";
import type { Column } from "../ui/table.tsx";
import { Tag } from "../ui/tag.tsx";
import { toast } from "../ui/toast.tsx";
import { When } from "../ui/when.tsx";

export function roleWords(role: string | null): string {
  return (role ?? "").replace(/_/g, " ").replace(/^./, (first) => first.toUpperCase());
}

/** Who works here, as what, and where: with a brand, a person sees only what belongs to it. */
export default function Team() {
  const [inviting, setInviting] = useState(false);
  return (
    <>
      <Head title={t("Team")} about={t("Who may come in, and what they may do")}>
        {can("users:write") ? (
          <button type="button" class="button main" onClick={() => setInviting(true)}>
            {t("Invite somebody")}
          </button>
        ) : null}
      </Head>
      <section class="card">
        <Listing op="GET /v1/users" label={t("Team")} columns={columns()} id={(one) => one.id} empty={<Empty title={t("Nobody is here yet")} />} />
      </section>
      {inviting ? <Invite onClose={() => setInviting(false)} /> : null}
    </>
  );
}

const columns = (): Column<User>[] => [
  { name: t("Person"), always: true, cell: (one) => <><b class="strong">{one.name}</b> <span class="muted">{one.email}</span></> },
  { name: t("Role"), always: true, cell: (one) => one.memberships.map((each) => roleWords(each.role)).join(", ") },
  { name: t("Status"), cell: (one) => (one.status === "active" ? <Tag kind="ok">{t("Active")}</Tag> : <Tag kind="quiet">{one.status === "invited" ? t("Invited") : t("Switched off")}</Tag>) },
  { name: t("Second factor"), cell: (one) => (one.second_factor ? t("yes") : <span class="muted">{t("no")}</span>) },
  { name: t("Last here"), end: true, cell: (one) => <When at={one.signed_in_at} /> },
  { name: t("Actions"), acts: true, end: true, cell: (one) => <Switch of={one} /> },
];

function Switch({ of }: { of: User }) {
  if (!can("users:write") || of.id === me.value?.user_id || of.status === "invited") return null;
  const turn = async () => {
    const status = of.status === "active" ? ("disabled" as const) : ("active" as const);
    try {
      const { etag } = await call("GET /v1/users/{user_id}", { path: { user_id: of.id } });
      await call("PATCH /v1/users/{user_id}", { path: { user_id: of.id }, body: { status }, etag });
      toast(status === "active" ? t("{name} may come in again", { name: of.name ?? "" }) : t("{name} may not come in any more", { name: of.name ?? "" }));
    } catch (fault) {
      toast(sentence(fault));
    }
  };
  return (
    <button type="button" class="button plain" onClick={() => void turn()}>
      {of.status === "active" ? t("Switch off") : t("Switch on")}
    </button>
  );
}

function Invite({ onClose }: { onClose: () => void }) {
  const roles = use("GET /v1/roles", {});
  const brands = use("GET /v1/store-brands", {});
  const [name, setName] = useState("");
  const [email, setEmail] = useState("");
  const [role, setRole] = useState("");
  const [brand, setBrand] = useState("");
  const [problem, setProblem] = useState<Problem | null>(null);
  const send = async () => {
    setProblem(null);
    try {
      await call("POST /v1/users", { body: { name, email, role, ...(brand ? { brand_id: brand } : {}) } });
      toast(t("{name} gets a mail with a link", { name }));
      onClose();
    } catch (fault) {
      setProblem(fault instanceof Problem ? fault : new Problem(0));
    }
  };
  return (
    <Drawer title={t("Invite somebody")} onClose={onClose}>
      <Shown of={roles} rows={3}>
        {(all) => {
          const here = all.data.filter((one) => (customer.value ? one.level === "customer" : true));
          return (
            <Form button={t("Send the invitation")} problem={problem} onSend={send}>
              <Field label={t("Name")} error={faultAt(problem, "/name")} needed>
                {(attributes) => <input {...attributes} autocomplete="off" value={name} onInput={(event) => setName(event.currentTarget.value)} />}
              </Field>
              <Field label={t("E-mail")} error={faultAt(problem, "/email")} needed>
                {(attributes) => <input {...attributes} type="email" autocomplete="off" value={email} onInput={(event) => setEmail(event.currentTarget.value)} />}
              </Field>
              <Field label={t("Role")} error={faultAt(problem, "/role")} help={may(here, role)} needed>
                {(attributes) => (
                  <select {...attributes} value={role} onChange={(event) => setRole(event.currentTarget.value)}>
                    <option value="">{t("Choose")}</option>
                    {here.map((one) => (
                      <option key={one.role} value={one.role ?? ""}>
                        {roleWords(one.role)}
                      </option>
                    ))}
                  </select>
                )}
              </Field>
              {brands.data.value?.data.length ? (
                <Field label={t("Brand")} error={faultAt(problem, "/brand_id")} help={t("With a brand, the person sees only what belongs to it.")}>
                  {(attributes) => (
                    <select {...attributes} value={brand} onChange={(event) => setBrand(event.currentTarget.value)}>
                      <option value="">{t("All brands")}</option>
                      {brands.data.value?.data.map((one) => (
                        <option key={one.id} value={one.id}>
                          {one.name}
                        </option>
                      ))}
                    </select>
                  )}
                </Field>
              ) : null}
            </Form>
          );
        }}
      </Shown>
    </Drawer>
  );
}

/** What the role may do, in the server's own names. */
function may(roles: Role[], role: string): string | undefined {
  const found = roles.find((one) => one.role === role);
  return found ? (found.permissions as string[]).join(", ") : undefined;
}
