import { computed, signal } from "@preact/signals";
import { customer } from "./api.ts";

/** A page: its path, with {names}, and the file that draws it. */
export interface Page {
  path: string;
  file: string;
}

const here = signal(location.pathname);
export const query = signal(new URLSearchParams(location.search));

/** Inside a customer paths begin with /c/ID. */
const inside = /^\/c\/([^/]+)(\/.*)?$/;

export const path = computed(() => inside.exec(here.value)?.[2] ?? (inside.test(here.value) ? "/" : here.value));

function read(): void {
  here.value = location.pathname;
  query.value = new URLSearchParams(location.search);
  customer.value = inside.exec(location.pathname)?.[1] ?? "";
}

/** A path of the portal as an address: inside the customer that is being acted for. */
export function link(to: string, of = customer.value): string {
  return of ? `/c/${of}${to === "/" ? "" : to}` : to;
}

export function go(to: string, replace = false): void {
  if (to === location.pathname + location.search) return;
  history[replace ? "replaceState" : "pushState"](null, "", to);
  read();
  if (!replace) scrollTo(0, 0);
}

/** Changes one word of the query and keeps the rest; "" takes it out. */
export function ask(name: string, value: string): void {
  const next = new URLSearchParams(query.value);
  if (value) next.set(name, value);
  else next.delete(name);
  const text = next.toString();
  go(location.pathname + (text ? `?${text}` : ""), true);
}

export function match(pages: Page[], at: string): { page: Page; params: Record<string, string> } | null {
  for (const page of pages) {
    const names: string[] = [];
    const pattern = page.path.replace(/\{(\w+)\}/g, (_, name: string) => (names.push(name), "([^/]+)"));
    const found = new RegExp(`^${pattern}/?$`).exec(at);
    if (found) return { page, params: Object.fromEntries(names.map((name, i) => [name, decodeURIComponent(found[i + 1] ?? "")])) };
  }
  return null;
}

/** Links of this host to pages are followed here; those of others, files and the pages without the frame by the browser. */
export function startRouter(ours: (path: string) => boolean): void {
  read();
  addEventListener("popstate", read);
  document.addEventListener("click", (event) => {
    const anchor = event.target instanceof Element ? event.target.closest("a") : null;
    if (!anchor || event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    if (anchor.origin !== location.origin || anchor.target || anchor.hasAttribute("download")) return;
    const to = inside.exec(anchor.pathname)?.[2] ?? (inside.test(anchor.pathname) ? "/" : anchor.pathname);
    if (!ours(to) || (anchor.hash && anchor.pathname === location.pathname)) return;
    event.preventDefault();
    go(anchor.pathname + anchor.search);
  });
}
