import { useEffect, useState } from "preact/hooks";
import { call, use } from "../lib/api.ts";
import type { Brand, BrandColours, BrandContrast, BrandVersion, BrandView } from "../lib/api-types.ts";
import { number, ratio } from "../lib/format.ts";
import { t } from "../lib/i18n.ts";
import { asProblem, Problem, sentence } from "../lib/problem.ts";
import { can } from "../lib/session.ts";
import { Act } from "../ui/act.tsx";
import { Empty } from "../ui/empty.tsx";
import { Field, faultAt, Form } from "../ui/form.tsx";
import { Head } from "../ui/head.tsx";
import { Listing } from "../ui/listing.tsx";
import { Shown } from "../ui/shown.tsx";
import { Table } from "../ui/table.tsx";
import { Tag } from "../ui/tag.tsx";
import { Pick, Text } from "../ui/text.tsx";
import { toast } from "../ui/toast.tsx";
import { When } from "../ui/when.tsx";

/** How the portal looks and speaks: what is drafted on one side, and what it becomes on the other, before anybody else sees it. */
export default function Branding() {
  const draft = use("GET /v1/brand/draft", {});
  return (
    <>
      <Head title={t("Branding")} about={t("What your customers see, in your name; nobody sees a draft before it is published")}>
        {can("brand:write") ? <Preview /> : null}
        {can("brand:write") ? <Act words={t("Publish")} sure={t("Show it to everybody")} done={t("The brand is published")} main run={() => call("POST /v1/brand/publish", { body: {} })} /> : null}
      </Head>
      <Shown of={draft} rows={8}>
        {(view) => <Editor of={view} key={view.version} />}
      </Shown>
      <Versions />
    </>
  );
}

/** A link that shows the draft to whoever holds it, for an hour. */
function Preview() {
  const make = async () => {
    const { body } = await call("POST /v1/brand/draft/preview-link", {});
    await navigator.clipboard.writeText(body.url ?? "");
  };
  return <Act words={t("Copy a link to the draft")} done={t("Copied; the link is good for an hour")} run={make} />;
}

const COLOUR = /^#[0-9a-f]{6}$/i;
const ASK_MS = 150;

/** What the server makes of a colour; the last answer stays while the next is awaited or a colour is half typed. */
function useColours(accent: string, dark: string): { colours: BrandColours | null; fresh: boolean } {
  const asked = `${accent} ${dark}`.toLowerCase();
  const [found, setFound] = useState<{ of: string; colours: BrandColours } | null>(null);
  useEffect(() => {
    if (!COLOUR.test(accent) || (dark && !COLOUR.test(dark))) return;
    let stopped = false;
    const ask = () => call("GET /v1/brand/colours", { query: { accent, ...(dark ? { accent_dark: dark } : {}) } }).then(({ body }) => !stopped && setFound({ of: asked, colours: body }), () => undefined);
    const timer = setTimeout(() => void ask(), found ? ASK_MS : 0);
    return () => {
      stopped = true;
      clearTimeout(timer);
    };
  }, [accent, dark]);
  return { colours: found?.colours ?? null, fresh: found?.of === asked };
}

function Editor({ of }: { of: BrandView }) {
  const [brand, setBrand] = useState<Brand>(of.document as Brand);
  const [problem, setProblem] = useState<Problem | null>(null);
  const { colours, fresh } = useColours(brand.accent, brand.accent_dark ?? "");
  const becomes = (scheme: Scheme) => (fresh ? shade(colours, "accent", scheme) : ""); // never what another colour becomes
  const put = (change: Partial<Brand>) => setBrand({ ...brand, ...change });
  const keep = async () => {
    setProblem(null);
    const kept = Object.fromEntries(Object.entries(brand).filter(([, value]) => value !== "" && value !== null)) as Brand;
    try {
      await call("PUT /v1/brand/draft", { body: kept, etag: `"v${of.version}"` });
      toast(t("The draft is kept"));
    } catch (fault) {
      setProblem(asProblem(fault));
    }
  };
  return (
    <div class="two halves">
      <section class="card">
        <h2>{t("Draft")}</h2>
        <div class="inside">
          <Form button={t("Keep the draft")} problem={problem} onSend={keep}>
            <Text label={t("Name of the portal")} value={brand.name} onValue={(name) => put({ name })} needed problem={problem} at="/name" />
            <Colour label={t("Colour")} value={brand.accent} onValue={(accent) => put({ accent })} needed problem={problem} at="/accent" becomes={becomes("light")} />
            <Colour
              label={t("Colour in the dark scheme")}
              help={t("Empty: made from the first one.")}
              value={brand.accent_dark ?? ""}
              onValue={(accent_dark) => put({ accent_dark })}
              problem={problem}
              at="/accent_dark"
              becomes={becomes("dark")}
            />
            <Pick label={t("Corners")} value={String(brand.radius)} onValue={(radius) => put({ radius: Number(radius) })} needed all={Array.from({ length: 15 }, (_, i) => [String(i), `${number(i)} px`] as const)} />
            <Pick
              label={t("Rows")}
              value={brand.density}
              onValue={(density) => put({ density: density as Brand["density"] })}
              needed
              all={[
                ["normal", t("Roomy")],
                ["compact", t("Close together")],
              ]}
            />
            <Text label={t("Words on the sign-in page")} value={brand.login_text ?? ""} onValue={(login_text) => put({ login_text })} problem={problem} at="/login_text" />
            <Rest of={brand} put={put} problem={problem} />
          </Form>
        </div>
        <Marks of={of} />
      </section>
      <div>
        <Samples brand={brand} colours={colours} />
        <Contrasts colours={colours} />
      </div>
    </div>
  );
}

/** What is seldom changed. */
function Rest({ of, put, problem }: { of: Brand; put: (change: Partial<Brand>) => void; problem: Problem | null }) {
  const fields: Array<[keyof Brand, string, "text" | "email" | "url" | "tel"]> = [
    ["product", t("What the portal is called in a sentence"), "text"],
    ["support_name", t("Who helps"), "text"],
    ["support_email", t("Their e-mail"), "email"],
    ["support_phone", t("Their telephone"), "tel"],
    ["support_url", t("Their page"), "url"],
    ["terms_url", t("Terms"), "url"],
    ["privacy_url", t("Privacy"), "url"],
    ["imprint_url", t("Imprint"), "url"],
    ["mail_from_name", t("Mail comes from, by name"), "text"],
    ["mail_from_address", t("Mail comes from, by address"), "email"],
  ];
  return (
    <details open={fields.some(([name]) => faultAt(problem, `/${name}`))}>
      <summary>{t("Help, links and mail")}</summary>
      {fields.map(([name, label, type]) => (
        <Text key={name} label={label} type={type} value={String(of[name] ?? "")} onValue={(value) => put({ [name]: value })} problem={problem} at={`/${name}`} />
      ))}
    </details>
  );
}

type Scheme = "light" | "dark";
function shade(of: BrandColours | null, name: string, scheme: Scheme): string {
  return of?.colours.find((one) => one.name === name)?.[scheme] ?? "";
}

/** A colour as it is given, and what it becomes where it could not be read. */
function Colour({ label, help, value, onValue, needed, problem, at, becomes }: {
  label: string;
  help?: string;
  value: string;
  onValue: (value: string) => void;
  needed?: boolean;
  problem: Problem | null;
  at: string;
  becomes: string;
}) {
  const changed = COLOUR.test(value) && becomes && becomes !== value.toLowerCase();
  return (
    <Field label={label} help={help} needed={needed} error={faultAt(problem, at)}>
      {(attributes) => (
        <>
          <div class="colour">
            <input type="color" aria-label={t("{name}: choose", { name: label })} value={COLOUR.test(value) ? value : becomes || "#808080"} onInput={(event) => onValue(event.currentTarget.value)} />
            <input {...attributes} value={value} spellcheck={false} placeholder="#336699" onInput={(event) => onValue(event.currentTarget.value.trim())} />
          </div>
          {changed ? (
            <p class="becomes small" role="status">
              <i style={{ background: becomes }} aria-hidden="true" />
              {t("So that it can be read, text and buttons have {colour}.", { colour: becomes })}
            </p>
          ) : null}
        </>
      )}
    </Field>
  );
}

const MARKS = (): Array<[string, keyof BrandView & `has_${string}`, string]> => [
  ["logo", "has_logo", t("Logo")],
  ["logo-dark", "has_logo_dark", t("Logo on dark")],
  ["mark", "has_mark", t("Square mark")],
  ["favicon", "has_favicon", t("Icon of the tab")],
];

function Marks({ of }: { of: BrandView }) {
  const etag = `"v${of.version}"`;
  const put = async (image: string, file: File | undefined) => {
    if (!file) return;
    try {
      await call("PUT /v1/brand/draft/{image}", { path: { image }, file, etag });
      toast(t("It is in the draft"));
    } catch (fault) {
      toast(sentence(fault));
    }
  };
  return (
    <>
      <h2 class="within">{t("Marks")}</h2>
      <ul class="marks">
        {MARKS().map(([name, has, words]) => (
          <li key={name}>
            <span class="grow">
              {words} <span class="muted small">{of[has] ? t("uploaded") : t("made from the name and the colour")}</span>
            </span>
            {can("brand:write") ? (
              <label class="button">
                {t("Upload")}
                <span class="hidden">: {words}</span>
                <input class="hidden" type="file" accept="image/svg+xml,image/png" onChange={(event) => void put(name, event.currentTarget.files?.[0])} />
              </label>
            ) : null}
            {of[has] && of.version && can("brand:write") ? <Act words={t("Take away")} plain run={() => call("DELETE /v1/brand/draft/{image}", { path: { image: name }, etag })} /> : null}
          </li>
        ))}
      </ul>
      <p class="inside muted small">{t("SVG or PNG, at most 200 kB. The link to the draft shows them.")}</p>
    </>
  );
}

/** The sign-in page and an overview in both schemes, drawn from the colours alone. */
function Samples({ brand, colours }: { brand: Brand; colours: BrandColours | null }) {
  return (
    <section class="card">
      <h2>{t("What it becomes")}</h2>
      <div class="samples">
        {(["light", "dark"] as const).map((scheme) => (
          <Sample key={scheme} scheme={scheme} brand={brand} colours={colours} />
        ))}
      </div>
    </section>
  );
}

function Sample({ scheme, brand, colours }: { scheme: Scheme; brand: Brand; colours: BrandColours | null }) {
  const tokens: Record<string, string> = { "--radius": `${brand.radius}px`, "--row": brand.density === "compact" ? "32px" : "38px" };
  for (const one of colours?.colours ?? []) tokens[`--${one.name}`] = one[scheme] ?? "";
  return (
    <figure>
      <figcaption class="muted small">{scheme === "light" ? t("Light") : t("Dark")}</figcaption>
      <div class="sample" style={tokens} inert aria-hidden="true">
        <div class="entry">
          <b>{brand.name}</b>
          {brand.login_text ? <p class="muted small">{brand.login_text}</p> : null}
          <span class="input muted">{t("E-mail")}</span>
          <span class="button main">{t("Sign in")}</span>
        </div>
        <div class="within">
          <p class="tabs">
            <b>{t("Overview")}</b> <span class="muted">{t("Orders")}</span>
          </p>
          <p>
            <span>{t("Delivered")}</span> <Tag kind="ok">{t("On time")}</Tag>
          </p>
          <p>
            <span>{t("On its way")}</span> <Tag kind="watch">{t("Late")}</Tag>
          </p>
          <p>
            <span>{t("Held")}</span> <Tag kind="act">{t("Act")}</Tag>
          </p>
          <p class="muted small">{t("Last data")}</p>
          <span class="button">{t("Review exceptions")}</span>
        </div>
      </div>
    </figure>
  );
}

const GROUNDS = (): Record<string, string> => ({
  accent: t("Colour"),
  "on-accent": t("Text on buttons"),
  "accent-soft": t("Chosen rows"),
  page: t("Page"),
  raised: t("Menu"),
  sunken: t("Grey fields"),
  "line-strong": t("Borders of fields"),
  text: t("Text"),
  muted: t("Secondary text"),
  ok: t("Fine"),
  warn: t("Watch"),
  bad: t("Act"),
  "ok-soft": t("Ground of fine"),
  "warn-soft": t("Ground of watch"),
  "bad-soft": t("Ground of act"),
  "mark-bad": t("Faults in charts"),
});

/** Lightness is ours, so every colour can be read; the figures are the server's. */
function Contrasts({ colours }: { colours: BrandColours | null }) {
  const words = GROUNDS();
  const called = (name: string | null) => words[name ?? ""] ?? name ?? "";
  const fine = (one: BrandContrast, of: string | null) => Number(of) >= Number(one.least);
  if (!colours) return null;
  return (
    <section class="card">
      <header class="card-head">
        <h2>{t("Contrast")}</h2>
        {colours.contrasts.every((one) => fine(one, one.light) && fine(one, one.dark)) ? <Tag kind="ok">{t("All can be read")}</Tag> : <Tag kind="act">{t("Not all can be read")}</Tag>}
      </header>
      <Table
        label={t("Contrast")}
        rows={colours.contrasts}
        id={(one) => `${one.on} ${one.ground}`}
        columns={[
          { name: t("What"), always: true, cell: (one) => t("{what} on {ground}", { what: called(one.on), ground: called(one.ground) }) },
          { name: t("Light"), always: true, end: true, cell: (one) => ratio(one.light) },
          { name: t("Dark"), always: true, end: true, cell: (one) => ratio(one.dark) },
          { name: t("At least"), end: true, cell: (one) => ratio(one.least) },
        ]}
      />
    </section>
  );
}

function Versions() {
  const back = (one: BrandVersion) => () => call("POST /v1/brand/versions/{version}/restore", { path: { version: String(one.version) }, body: {} });
  return (
    <section class="card">
      <h2>{t("Versions")}</h2>
      <Listing
        op="GET /v1/brand/versions"
        label={t("Versions")}
        id={(one) => String(one.version)}
        columns={[
          { name: t("Version"), always: true, cell: (one) => number(one.version) },
          { name: t("Status"), always: true, cell: (one) => (one.status === "published" ? <Tag kind="ok">{t("Shown")}</Tag> : <Tag kind="quiet">{t("Earlier")}</Tag>) },
          { name: t("Name"), cell: (one) => one.name },
          { name: t("Colour"), cell: (one) => <span class="becomes"><i style={{ background: one.accent ?? "" }} aria-hidden="true" /> <code>{one.accent}</code></span> },
          { name: t("Note"), cell: (one) => one.comment ?? (one.restores ? t("as version {version} was", { version: one.restores }) : "") },
          { name: t("Published"), always: true, end: true, cell: (one) => <When at={one.published_at} /> },
          {
            name: t("Actions"),
            acts: true,
            end: true,
            cell: (one) => (one.status !== "published" && can("brand:write") ? <Act words={t("Bring back")} sure={t("Show it to everybody")} done={t("Version {version} is shown again", { version: one.version })} plain run={back(one)} /> : null),
          },
        ]}
        empty={<Empty title={t("Nothing was published yet")}>{t("What is shown is what you began with.")}</Empty>}
      />
    </section>
  );
}
