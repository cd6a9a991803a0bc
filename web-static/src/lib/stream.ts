import { signal } from "@preact/signals";
import { customer, stale } from "./api.ts";
import { can } from "./session.ts";

/** Hints of the server that something changed. One EventSource a tab: it says of what and which one, and what is shown is
 *  asked for anew. A tab that is not looked at asks for nothing until somebody comes back to it. */
export interface Hint {
  topic: "orders" | "exceptions" | "connections" | "flows";
  id: string | null;
  version: string;
}

/** Counts up with each batch of hints of a topic, for lists that tell of new rows instead of moving. */
export const hinted = { orders: signal(0), exceptions: signal(0), connections: signal(0), flows: signal(0) };

const GATHER_MS = 300;
/** What is shown is not asked for more often than this, however much happens. */
const APART_MS = 5000;
const AGAIN_MS = 30000;

let source: EventSource | null = null;
let gathered = new Set<Hint["topic"]>();
let timer: ReturnType<typeof setTimeout> | undefined;
let told = 0;
let again: ReturnType<typeof setTimeout> | undefined;

function tell(): void {
  timer = undefined;
  told = Date.now();
  const topics = gathered;
  gathered = new Set();
  for (const one of topics) hinted[one].value++;
  stale();
}

function close(): void {
  source?.close();
  source = null;
  clearTimeout(again);
}

function open(): void {
  close();
  if (document.hidden || !can("flows:read")) return;
  const of = customer.value ? `?customer=${encodeURIComponent(customer.value)}` : "";
  source = new EventSource(`/v1/stream${of}`);
  source.onmessage = (event: MessageEvent<string>) => {
    const hint = JSON.parse(event.data) as Hint;
    if (!(hint.topic in hinted)) return;
    gathered.add(hint.topic);
    timer ??= setTimeout(tell, Math.max(GATHER_MS, told + APART_MS - Date.now()));
  };
  source.onerror = () => {
    /* A stream that ends comes again by itself; one that is refused does not. */
    if (source?.readyState === EventSource.CLOSED) again = setTimeout(open, AGAIN_MS);
  };
}

/** From now on, for the customer that is being acted for. */
export function startStream(): void {
  let before: string | undefined;
  customer.subscribe((now) => {
    if (now === before) return;
    before = now;
    open();
  });
  document.addEventListener("visibilitychange", () => (document.hidden ? close() : open()));
  addEventListener("pagehide", close);
}
