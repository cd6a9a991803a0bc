import { signal } from "@preact/signals";
import { type ComponentType, render } from "preact";
import { useEffect } from "preact/hooks";
import { watchFocus } from "./lib/api.ts";
import { startLanguage, t } from "./lib/i18n.ts";
import { startKeys } from "./lib/keys.ts";
import { sentence } from "./lib/problem.ts";
import { match, type Page, path, startRouter } from "./lib/router.ts";
import { mustChoose, signOut, startSession } from "./lib/session.ts";
import { startStream } from "./lib/stream.ts";
import { startTheme } from "./lib/theme.ts";
import { Empty } from "./ui/empty.tsx";
import { Frame } from "./ui/frame.tsx";
import { Head } from "./ui/head.tsx";
import { Palette } from "./ui/palette.tsx";

/** Every page of the portal, each a file that is loaded when it is first opened. */
const PAGES: Page[] = [
  { path: "/", file: "overview" },
  { path: "/exceptions", file: "exceptions" },
  { path: "/exceptions/{id}", file: "exceptions" },
  { path: "/orders", file: "orders" },
  { path: "/orders/{id}", file: "order" },
  { path: "/customers", file: "customers" },
  { path: "/connections", file: "connections" },
  { path: "/connections/new", file: "connect" },
  { path: "/connections/{id}", file: "connection" },
  { path: "/flows", file: "flows" },
  { path: "/flows/{id}", file: "flow" },
  { path: "/mappings", file: "mappings" },
  { path: "/mappings/{id}", file: "mapping" },
  { path: "/cross-references", file: "cross-references" },
  { path: "/cross-references/{id}", file: "cross-reference" },
  { path: "/drifts", file: "drifts" },
  { path: "/drifts/{id}", file: "drifts" },
  { path: "/audit", file: "audit" },
  { path: "/team", file: "team" },
  { path: "/api-keys", file: "keys" },
  { path: "/usage", file: "usage" },
  { path: "/fleet", file: "fleet" },
  { path: "/service-levels", file: "levels" },
  { path: "/files", file: "files" },
  { path: "/grants", file: "grants" },
  { path: "/branding", file: "branding" },
  { path: "/domains", file: "domains" },
  { path: "/settings", file: "settings" },
  { path: "/profile", file: "profile" },
];

/** What the build has called them. */
declare const PAGE_FILES: Record<string, string>;

interface Open {
  draw: ComponentType<{ params: Record<string, string> }>;
  params: Record<string, string>;
}

const open = signal<Open | null>(null);

async function drawn(name: string): Promise<Open["draw"]> {
  const page = (await import(PAGE_FILES[name] ?? "")) as { default: Open["draw"] };
  return page.default;
}

async function load(at: string): Promise<void> {
  const found = match(PAGES, at);
  const draw = found ? await drawn(found.page.file) : Missing;
  if (path.value === at) open.value = { draw, params: found?.params ?? {} };
}

function Missing() {
  return (
    <>
      <Head title={t("There is nothing here")} />
      <Empty title={t("There is nothing at this address, or nothing that you may see.")}>
        {t("Look at the address, or ask who sent it to you.")}
      </Empty>
    </>
  );
}

/** Somebody who belongs to several customers works for one of them at a time; each has addresses of its own. */
function Choose({ of }: { of: Array<{ id: string; name: string }> }) {
  return (
    <main class="alone choose">
      <h1>{t("For whom do you work now?")}</h1>
      <ul>
        {of.map((one) => (
          <li key={one.id}>
            <button type="button" class="button" onClick={() => location.assign(`/c/${one.id}`)}>
              {one.name}
            </button>
          </li>
        ))}
      </ul>
      <button type="button" class="button quiet" onClick={() => void signOut()}>
        {t("Sign out")}
      </button>
    </main>
  );
}

/** Whoever comes to another page by keyboard begins at its heading. */
function Body() {
  const shown = open.value;
  useEffect(() => {
    if (shown && document.activeElement !== document.body && !document.querySelector("dialog[open]"))
      document.querySelector<HTMLElement>("main h1")?.focus({ preventScroll: true });
  }, [shown?.draw]);
  return shown ? <shown.draw params={shown.params} /> : null;
}

async function start(): Promise<void> {
  startTheme();
  await startLanguage();
  startRouter((to) => match(PAGES, to) !== null);
  const root = document.getElementById("app")!;
  try {
    if (!(await startSession())) return;
  } catch (fault) {
    render(<p class="alone">{sentence(fault)}</p>, root);
    return;
  }
  const several = await mustChoose();
  if (several.length) {
    render(<Choose of={several} />, root);
    return;
  }
  path.subscribe((at) => void load(at));
  startKeys();
  watchFocus();
  startStream();
  render(
    <>
      <Frame>
        <Body />
      </Frame>
      <Palette />
    </>,
    root,
  );
}

void start();
