import { useRef, useState } from "preact/hooks";
import { call, use } from "../lib/api.ts";
import type { AuditEntry, CrossReference, CrossReferenceEntry, CrossReferenceImport, CrossReferenceUnmatched } from "../lib/api-types.ts";
import { number } from "../lib/format.ts";
import { t } from "../lib/i18n.ts";
import { Problem, sentence } from "../lib/problem.ts";
import { ask, link, query } from "../lib/router.ts";
import { can } from "../lib/session.ts";
import { Drawer } from "../ui/drawer.tsx";
import { Empty } from "../ui/empty.tsx";
import { Field, faultAt, Form } from "../ui/form.tsx";
import { Head } from "../ui/head.tsx";
import { Listing } from "../ui/listing.tsx";
import { Shown } from "../ui/shown.tsx";
import { Table } from "../ui/table.tsx";
import { Tabs } from "../ui/tabs.tsx";
import { Tag } from "../ui/tag.tsx";
import { toast } from "../ui/toast.tsx";
import { When } from "../ui/when.tsx";

const PARTS = ["entries", "unmatched", "import", "uses", "history"] as const;
type Part = (typeof PARTS)[number];

/** One table of words: its entries, the words that have none, lists to bring in, and who looks things up in it. */
export default function CrossReferencePage({ params }: { params: Record<string, string> }) {
  const path = { cross_reference_id: params["id"] ?? "" };
  const found = use("GET /v1/cross-references/{cross_reference_id}", { path });
  const one = found.data.value;
  // Where it begins stays, also when the last word has got its entry.
  const begins = useRef<Part | null>(null);
  if (one) begins.current ??= one.unmatched ? "unmatched" : "entries";
  const part: Part = PARTS.find((each) => each === query.value.get("part")) ?? begins.current ?? "entries";
  return (
    <>
      <Head title={one?.name ?? t("Cross reference")} crumb={<a href={link("/cross-references")}>{t("Cross references")}</a>} about={one?.note ?? undefined}>
        {one ? (
          <a class="button" href={`/v1/cross-references/${one.id}/export`} download>
            {t("Export CSV")}
          </a>
        ) : null}
      </Head>
      <Shown of={found} rows={8}>
        {(of) => (
          <section class="card">
            <Tabs
              label={t("Parts of the cross reference")}
              all={[
                ["entries", `${t("Entries")} ${number(of.entries)}`],
                ["unmatched", `${t("Unmatched")} ${number(of.unmatched)}`],
                ...(can("mappings:write") ? [["import", t("Import")] as [Part, string]] : []),
                ["uses", t("Used by")],
                ...(can("audit:read") ? [["history", t("History")] as [Part, string]] : []),
              ]}
              chosen={part}
              onChoose={(name) => ask("part", name)}
            />
            {part === "entries" ? <Entries of={of} /> : null}
            {part === "unmatched" ? <Unmatched of={of} /> : null}
            {part === "import" ? <Import of={of} /> : null}
            {part === "uses" ? <Uses of={of} /> : null}
            {part === "history" ? <History id={of.id} /> : null}
          </section>
        )}
      </Shown>
    </>
  );
}

const went = (n: number): string => (n ? t("Saved; {n} records go on", { n }) : t("Saved"));

/* ---- entries ---- */

function Entries({ of }: { of: CrossReference }) {
  const [find, setFind] = useState("");
  const [edited, setEdited] = useState<CrossReferenceEntry | "new" | null>(null);
  const may = can("mappings:write");
  return (
    <>
      <div class="filters inside">
        <input type="search" value={find} placeholder={t("Find a word")} aria-label={t("Find a word")} onInput={(event) => setFind(event.currentTarget.value)} />
        {may ? (
          <button type="button" class="button" onClick={() => setEdited("new")}>
            {t("Add an entry")}
          </button>
        ) : null}
      </div>
      <Listing
        op="GET /v1/cross-references/{cross_reference_id}/entries"
        asking={{ path: { cross_reference_id: of.id }, query: { q: find } }}
        label={t("Entries")}
        id={(one) => one.id}
        onOpen={may ? setEdited : undefined}
        columns={[
          {
            name: t("Word"),
            always: true,
            cell: (one: CrossReferenceEntry) =>
              may ? (
                <button type="button" class="button plain" onClick={() => setEdited(one)}>
                  <bdi>{one.key}</bdi>
                </button>
              ) : (
                <bdi>{one.key}</bdi>
              ),
          },
          { name: t("Becomes"), always: true, cell: (one) => <bdi>{one.value}</bdi> },
          { name: t("Note"), cell: (one) => <span class="muted">{one.note}</span> },
          { name: t("By"), cell: (one) => one.changed_by },
          { name: t("Changed"), end: true, cell: (one) => <When at={one.changed_at} /> },
        ]}
        empty={<Empty title={find ? t("No entry has that word") : t("There is no entry yet")}>{find ? null : t("Add one, or import a list of them.")}</Empty>}
      />
      {edited ? <Edit table={of.id} one={edited === "new" ? null : edited} onClose={() => setEdited(null)} /> : null}
    </>
  );
}

function Edit({ table, one, onClose }: { table: string; one: CrossReferenceEntry | null; onClose: () => void }) {
  const [key, setKey] = useState(one?.key ?? "");
  const [value, setValue] = useState(one?.value ?? "");
  const [note, setNote] = useState(one?.note ?? "");
  const [problem, setProblem] = useState<Problem | null>(null);
  const at = { cross_reference_id: table, cross_reference_entry_id: one?.id ?? "" };
  const etag = `"v${one?.version ?? 1}"`;
  const tell = (fault: unknown) => (fault instanceof Problem ? setProblem(fault) : toast(sentence(fault)));
  const send = async () => {
    const body = { key, value, note: note || null, valid_from: one?.valid_from ?? null, valid_to: one?.valid_to ?? null };
    try {
      const kept = one
        ? await call("PUT /v1/cross-references/{cross_reference_id}/entries/{cross_reference_entry_id}", { path: at, body, etag })
        : await call("POST /v1/cross-references/{cross_reference_id}/entries", { path: { cross_reference_id: table }, body });
      toast(went(kept.body.released));
      onClose();
    } catch (fault) {
      tell(fault);
    }
  };
  const drop = async () => {
    try {
      await call("DELETE /v1/cross-references/{cross_reference_id}/entries/{cross_reference_entry_id}", { path: at, etag });
      toast(t("The entry is gone"), () => {
        call("POST /v1/cross-references/{cross_reference_id}/entries", { path: { cross_reference_id: table }, body: { key: one?.key ?? "", value: one?.value ?? "", note: one?.note ?? null } }).catch(
          (fault: unknown) => toast(sentence(fault)),
        );
      });
      onClose();
    } catch (fault) {
      tell(fault);
    }
  };
  return (
    <Drawer
      title={one ? t("Change an entry") : t("Add an entry")}
      onClose={onClose}
      foot={
        one ? (
          <button type="button" class="button" onClick={() => void drop()}>
            {t("Delete")}
          </button>
        ) : null
      }
    >
      <Form onSend={send} button={t("Save")} problem={problem}>
        <Field label={t("Word")} needed error={faultAt(problem, "/key")}>
          {(attributes) => <input {...attributes} value={key} onInput={(event) => setKey(event.currentTarget.value)} />}
        </Field>
        <Field label={t("Becomes")} needed error={faultAt(problem, "/value")}>
          {(attributes) => <input {...attributes} value={value} onInput={(event) => setValue(event.currentTarget.value)} />}
        </Field>
        <Field label={t("Note")} error={faultAt(problem, "/note")}>
          {(attributes) => <input {...attributes} value={note} onInput={(event) => setNote(event.currentTarget.value)} />}
        </Field>
      </Form>
    </Drawer>
  );
}

/* ---- words without one ---- */

function Unmatched({ of }: { of: CrossReference }) {
  const may = can("mappings:write");
  return (
    <Listing
      op="GET /v1/cross-references/{cross_reference_id}/unmatched"
      asking={{ path: { cross_reference_id: of.id } }}
      label={t("Unmatched")}
      id={(one) => one.key ?? ""}
      columns={[
        {
          name: t("Word"),
          always: true,
          cell: (one: CrossReferenceUnmatched) => (
            <div class="word">
              <bdi class="strong">{one.key}</bdi> {one.has_entry ? <span class="muted small">{t("has an entry for other times")}</span> : null}
              {one.sample ? <p class="muted small spare">{one.sample}</p> : null}
            </div>
          ),
        },
        { name: t("Wait"), end: true, always: true, cell: (one) => (one.waiting ? <Tag kind="act">{number(one.waiting)}</Tag> : number(one.waiting)) },
        { name: t("Seen"), end: true, cell: (one) => number(one.seen) },
        { name: t("Last seen"), end: true, cell: (one) => <When at={one.last_seen_at} /> },
        { name: t("Becomes"), always: true, cell: (one) => (may ? <Match table={of.id} one={one} /> : null) },
      ]}
      empty={<Empty title={t("Every word has an entry")}>{t("A word that a rule looks up and that nobody has entered is listed here, with what waits for it.")}</Empty>}
    />
  );
}

/** What it becomes, by hand or as something like it became; each is accepted by itself. */
function Match({ table, one }: { table: string; one: CrossReferenceUnmatched }) {
  const [value, setValue] = useState("");
  const accept = async (chosen: string) => {
    try {
      const kept = await call("POST /v1/cross-references/{cross_reference_id}/entries", { path: { cross_reference_id: table }, body: { key: one.key ?? "", value: chosen } });
      toast(went(kept.body.released));
    } catch (fault) {
      toast(sentence(fault));
    }
  };
  return (
    <form
      class="match"
      onSubmit={(event) => {
        event.preventDefault();
        if (value) void accept(value);
      }}
    >
      <input value={value} aria-label={t("What {word} becomes", { word: one.key ?? "" })} onInput={(event) => setValue(event.currentTarget.value)} />
      <button type="submit" class="button" disabled={!value}>
        {t("Save")}
      </button>
      {one.suggestions.map((each) => (
        <button key={each.entry_id} type="button" class="button plain" title={t("Like {word}, {n} of 100", { word: each.because ?? "", n: each.score })} onClick={() => void accept(each.value ?? "")}>
          {t("Take {value}", { value: each.value ?? "" })} <span class="muted small">{number(each.score)}</span>
        </button>
      ))}
    </form>
  );
}

/* ---- a list ---- */

const LIST_MAX = 4 * 1024 * 1024;

/** What a list would do is shown before it does it; one wrong row and nothing is written. */
function Import({ of }: { of: CrossReference }) {
  const [text, setText] = useState("");
  const [would, setWould] = useState<CrossReferenceImport | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const send = async (dry: boolean) => {
    try {
      setProblem(null);
      const done = await call("POST /v1/cross-references/{cross_reference_id}/import", {
        path: { cross_reference_id: of.id },
        query: dry ? { dry_run: "true" } : {},
        file: new Blob([text], { type: "text/csv" }),
      });
      if (dry) setWould(done.body);
      else {
        toast(t("Imported: {added} added, {changed} changed; {n} records go on", { added: done.body.added, changed: done.body.changed, n: done.body.released }));
        setText("");
        setWould(null);
      }
    } catch (fault) {
      setWould(null);
      setProblem(fault instanceof Problem ? fault : new Problem(0));
    }
  };
  const read = async (file: File | undefined) => {
    if (!file) return;
    if (file.size > LIST_MAX) return toast(t("The file is too large: {n} kB at most.", { n: LIST_MAX / 1024 }));
    setText(await file.text());
    setWould(null);
  };
  return (
    <div class="inside">
      <Form onSend={() => send(true)} button={t("See what it would do")} problem={problem}>
        <Field label={t("A CSV file")} help={t("Its first row is the heading: key, value, and note, valid_from, valid_to where you need them.")}>
          {(attributes) => <input {...attributes} type="file" accept=".csv,text/csv" onChange={(event) => void read(event.currentTarget.files?.[0])} />}
        </Field>
        <Field label={t("Or its text")}>
          {(attributes) => (
            <textarea
              {...attributes}
              rows={8}
              spellcheck={false}
              placeholder={"key,value\n"}
              value={text}
              onInput={(event) => {
                setText(event.currentTarget.value);
                setWould(null);
              }}
            />
          )}
        </Field>
      </Form>
      {would ? (
        <div role="status">
          <dl class="counts">
            {(
              [
                [t("Rows"), would.rows],
                [t("Added"), would.added],
                [t("Changed"), would.changed],
                [t("Same"), would.same],
                [t("Refused"), would.refused],
              ] as const
            ).map(([words, n]) => (
              <div key={words}>
                <dt>{words}</dt>
                <dd>{number(n)}</dd>
              </div>
            ))}
          </dl>
          {would.faults.length ? (
            <Table
              label={t("Rows that are refused")}
              rows={would.faults}
              id={(one) => String(one.row)}
              columns={[
                { name: t("Row"), always: true, cell: (one) => number(one.row) },
                { name: t("Why"), always: true, cell: (one) => one.detail ?? one.code },
              ]}
            />
          ) : (
            <p class="buttons">
              <button type="button" class="button main" onClick={() => void send(false)}>
                {t("Import {n} rows", { n: would.rows })}
              </button>
            </p>
          )}
        </div>
      ) : null}
    </div>
  );
}

/* ---- who asks it, and who changed it ---- */

function Uses({ of }: { of: CrossReference }) {
  const found = use("GET /v1/cross-references/{cross_reference_id}/uses", { path: { cross_reference_id: of.id } });
  return (
    <Shown of={found} rows={3}>
      {(page) =>
        page.data.length ? (
          <Table
            label={t("Used by")}
            rows={page.data}
            id={(one) => `${one.kind} ${one.name} ${one.place}`}
            columns={[
              { name: t("Name"), always: true, cell: (one) => one.name },
              { name: t("Rule"), always: true, cell: (one) => <code>{one.place}</code> },
              { name: t("Since"), end: true, cell: (one) => <When at={one.since} /> },
            ]}
          />
        ) : (
          <Empty title={t("Nothing uses it yet")}>{t("A rule of a mapping that looks up in it is listed here once its version was live.")}</Empty>
        )
      }
    </Shown>
  );
}

function History({ id }: { id: string }) {
  return (
    <Listing
      op="GET /v1/audit"
      asking={{ query: { object: id } }}
      label={t("History")}
      id={(one) => one.id}
      columns={[
        { name: t("What"), always: true, cell: (one: AuditEntry) => <code>{one.action}</code> },
        { name: t("Detail"), always: true, cell: (one) => one.detail },
        { name: t("By"), cell: (one) => one.actor_name ?? one.actor_kind },
        { name: t("When"), end: true, always: true, cell: (one) => <When at={one.at} /> },
      ]}
      empty={<Empty title={t("Nothing was changed yet")} />}
    />
  );
}
