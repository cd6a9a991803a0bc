import { useState } from "preact/hooks";
import { call, customer } from "../lib/api.ts";
import type { CrossReference } from "../lib/api-types.ts";
import { number } from "../lib/format.ts";
import { t } from "../lib/i18n.ts";
import { Problem, sentence } from "../lib/problem.ts";
import { go, link } from "../lib/router.ts";
import { can, ofPartner } from "../lib/session.ts";
import { Drawer } from "../ui/drawer.tsx";
import { Empty } from "../ui/empty.tsx";
import { Field, faultAt, Form } from "../ui/form.tsx";
import { Head } from "../ui/head.tsx";
import { Listing } from "../ui/listing.tsx";
import type { Column } from "../ui/table.tsx";
import { Tag } from "../ui/tag.tsx";
import { toast } from "../ui/toast.tsx";

const columns = (): Column<CrossReference>[] => [
  { name: t("Cross reference"), always: true, cell: (one) => <a class="strong" href={link(`/cross-references/${one.id}`)}>{one.name}</a> },
  { name: t("Entries"), end: true, cell: (one) => number(one.entries) },
  {
    name: t("Unmatched"),
    always: true,
    cell: (one) => (one.unmatched ? <Tag kind="act">{t("{n} words wait", { n: one.unmatched })}</Tag> : <Tag kind="ok">{t("none")}</Tag>),
  },
  { name: t("Note"), cell: (one) => <span class="muted">{one.note}</span> },
  { name: t("Customer"), cell: (one) => one.customer?.name },
];

/** Tables of words: what a shop calls something, and what it is called elsewhere. */
export default function CrossReferences() {
  const [making, setMaking] = useState(false);
  // A table belongs to a customer: the partner's staff make one inside of it.
  const may = can("mappings:write") && (customer.value !== "" || !ofPartner.value);
  return (
    <>
      <Head title={t("Cross references")} about={t("What each system calls the same thing: SKUs, accounts, tax codes, ways of shipping")}>
        {may ? (
          <button type="button" class="button main" onClick={() => setMaking(true)}>
            {t("New cross reference")}
          </button>
        ) : null}
      </Head>
      <section class="card">
        <Listing
          op="GET /v1/cross-references"
          asking={{ query: { expand: "customer" } }}
          label={t("Cross references")}
          columns={columns()}
          id={(one) => one.id}
          onOpen={(one) => go(link(`/cross-references/${one.id}`))}
          empty={<Empty title={t("There is no cross reference yet")}>{t("A rule of a mapping looks up in one what a word is called elsewhere.")}</Empty>}
        />
      </section>
      {making ? <Make onClose={() => setMaking(false)} /> : null}
    </>
  );
}

function Make({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState("");
  const [shape, setShape] = useState<"many_to_one" | "one_to_one">("many_to_one");
  const [fold, setFold] = useState(true);
  const [problem, setProblem] = useState<Problem | null>(null);
  const send = async () => {
    try {
      const made = await call("POST /v1/cross-references", { body: { name, shape, ...(fold ? { key_case: "fold" as const } : {}) } });
      onClose();
      go(link(`/cross-references/${made.body.id}`));
    } catch (fault) {
      if (fault instanceof Problem) setProblem(fault);
      else toast(sentence(fault));
    }
  };
  return (
    <Drawer title={t("New cross reference")} onClose={onClose}>
      <Form onSend={send} button={t("Make it")} problem={problem}>
        <Field label={t("Name")} needed help={t("As rules name it: small letters, digits and _")} error={faultAt(problem, "/name")}>
          {(attributes) => <input {...attributes} value={name} maxLength={64} onInput={(event) => setName(event.currentTarget.value)} />}
        </Field>
        <Field label={t("Shape")} needed error={faultAt(problem, "/shape")}>
          {(attributes) => (
            <select {...attributes} value={shape} onChange={(event) => setShape(event.currentTarget.value as "many_to_one" | "one_to_one")}>
              <option value="many_to_one">{t("Several words may mean the same")}</option>
              <option value="one_to_one">{t("Each word has one of its own")}</option>
            </select>
          )}
        </Field>
        <label class="tick">
          <input type="checkbox" checked={fold} onChange={(event) => setFold(event.currentTarget.checked)} />
          {t("Capital and small letters are the same")}
        </label>
      </Form>
    </Drawer>
  );
}
