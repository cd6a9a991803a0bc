import { type ReadonlySignal, type Signal, signal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import type { Operations } from "./api-types.ts";
import { Problem } from "./problem.ts";

/** The one place that asks the server. Nothing else fetches. */
export type Operation = keyof Operations;
type Of<O extends Operation> = Operations[O];
type Empty = Record<string, unknown>;

/** What goes into a request. The parts that an operation has no members for may be left out. */
export type Asking<O extends Operation> = {
  query?: Partial<Of<O>["query"]>;
  etag?: string;
  /** Sent as it is, in the place of a body. */
  file?: Blob;
  /** Another customer than the one that is acted for. */
  customer?: string;
} & (Of<O>["path"] extends Empty ? (Empty extends Of<O>["path"] ? { path?: undefined } : { path: Of<O>["path"] }) : { path: Of<O>["path"] }) &
  (Of<O>["body"] extends undefined ? { body?: undefined } : { body: Of<O>["body"] });

/** The customer that partner staff act for; the header of every request. "": their own scope. */
export const customer = signal("");

/** What is done when nobody is signed in any more. */
let signedOut: () => void = () => undefined;
export function onSignedOut(act: () => void): void {
  signedOut = act;
}

const FRESH_MS = 5000;

interface Loose {
  path?: Record<string, unknown>;
  query?: Record<string, unknown>;
  body?: unknown;
  etag?: string;
  file?: Blob;
  customer?: string;
}

function address(op: string, asking: Loose): string {
  const path = op.slice(op.indexOf(" ") + 1).replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(asking.path?.[name] ?? "")));
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(asking.query ?? {}))
    if (value !== undefined && value !== null && value !== "") query.set(name, String(value));
  const text = query.toString();
  return text ? `${path}?${text}` : path;
}

async function problem(answer: Response): Promise<Problem> {
  const body = (await answer.json().catch(() => ({}))) as Record<string, unknown>;
  return new Problem(answer.status, body, Number(answer.headers.get("retry-after")) || 0);
}

async function send(op: string, asking: Loose): Promise<Response> {
  const method = op.slice(0, op.indexOf(" "));
  const headers = new Headers();
  const of = asking.customer ?? customer.value;
  if (of) headers.set("customer", of);
  if (asking.body !== undefined) headers.set("content-type", "application/json");
  if (method !== "GET") headers.set("idempotency-key", crypto.randomUUID());
  if (asking.etag) headers.set("if-match", asking.etag);
  const init: RequestInit = { method, headers, credentials: "same-origin", cache: "no-store" };
  if (asking.body !== undefined) init.body = JSON.stringify(asking.body);
  if (asking.file) init.body = asking.file;
  const answer = await fetch(address(op, asking), init).catch(() => {
    throw new Problem(0);
  });
  if (answer.status === 401) signedOut();
  if (!answer.ok) throw await problem(answer);
  return answer;
}

export interface Answer<T> {
  body: T;
  etag: string;
}

/** A change, or one question. Throws a Problem. */
export async function call<O extends Operation>(op: O, asking: Asking<O>): Promise<Answer<Of<O>["answer"]>> {
  const answer = await send(op, asking as Loose);
  const text = await answer.text();
  const json = answer.headers.get("content-type")?.includes("json");
  if (!op.startsWith("GET ") && !op.endsWith("/dry-run")) {
    acted = Date.now(); // a dry run changes nothing
    stale();
  }
  return { body: (text && json ? JSON.parse(text) : text || null) as Of<O>["answer"], etag: answer.headers.get("etag") ?? "" };
}

/* ---- what pages show ---- */

interface Kept {
  data: Signal<unknown>;
  error: Signal<Problem | null>;
  at: number;
  asked: Promise<void> | null;
  used: number;
  ask: () => Promise<void>;
}

const kept = new Map<string, Kept>();
const KEPT_MAX = 100;

function forget(): void {
  for (const [name, one] of kept) {
    if (kept.size <= KEPT_MAX) return;
    if (one.used === 0) kept.delete(name);
  }
}

function entry<O extends Operation>(op: O, asking: Asking<O>): Kept {
  const name = `${asking.customer ?? customer.value} ${address(op, asking as Loose)}`;
  const found = kept.get(name);
  if (found) return found;
  const one: Kept = {
    data: signal<unknown>(undefined),
    error: signal<Problem | null>(null),
    at: 0,
    asked: null,
    used: 0,
    ask: () => {
      one.asked ??= send(op, asking as Loose)
        .then((answer) => answer.json())
        .then((body) => {
          one.data.value = body;
          one.error.value = null;
        })
        .catch((fault: unknown) => {
          one.error.value = fault instanceof Problem ? fault : new Problem(0);
        })
        .finally(() => {
          one.at = Date.now();
          one.asked = null;
        });
      return one.asked;
    },
  };
  forget();
  kept.set(name, one);
  return one;
}

/* When this tab last changed something itself. */
let acted = 0;
const ACTING_MS = 3000;

/** Whether what arrives now is what somebody here has just done, and not what happened elsewhere. */
export const ownDoing = (): boolean => Date.now() - acted < ACTING_MS;

/** Everything that is shown is asked for again; what is not is when it is next shown. */
export function stale(): void {
  for (const one of kept.values()) {
    one.at = 0;
    if (one.used > 0) void one.ask();
  }
}

export interface Used<T> {
  data: ReadonlySignal<T | undefined>;
  error: ReadonlySignal<Problem | null>;
  again: () => Promise<void>;
}

/** What a page shows: from what is kept at once, then anew unless it is younger than five seconds. It is asked for when a
 *  component first shows it and never because one is drawn again. */
export function use<O extends Operation>(op: O, asking: Asking<O>): Used<Of<O>["answer"]> {
  const one = entry(op, asking);
  useEffect(() => {
    one.used++;
    if (Date.now() - one.at > FRESH_MS) void one.ask();
    return () => {
      one.used--;
    };
  }, [one]);
  return useMemo(() => ({ data: one.data as Signal<Of<O>["answer"] | undefined>, error: one.error, again: one.ask }), [one]);
}

/* Whoever comes back to the tab sees what is. */
let hidden = 0;
export function watchFocus(): void {
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) hidden = Date.now();
    else if (Date.now() - hidden > FRESH_MS) stale();
  });
}
