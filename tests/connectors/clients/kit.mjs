// What the programs here share: TAP, the stand-in's levers, and the account of which operations of the connector's
// manifest its vendor's client was made to call. An operation counts as called only if a request that fits its method and
// path reached the stand-in meanwhile; an operation that is neither called nor excused, or is excused though it was called,
// is a failure.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import https from "node:https";
import net from "node:net";

export { assert };
export const url = process.env.STANDIN_URL;
export const name = process.env.STANDIN_NAME;
export const origin = new URL(url);
const folder = `${process.env.CONNECTORS}/${name}`;
const read = (file) => JSON.parse(readFileSync(`${folder}/${file}`, "utf8"));
export const manifest = read("manifest.json");
export const base = read("standin.json").base;

let count = 0;
let failed = 0;
const called = new Set();
const excused = new Map();
const ask = globalThis.fetch;

// ---- the stand-in's levers ----

async function lever(method, what, body) {
  const answer = await ask(`${url}/_standin/${what}`, { method, body: body === undefined ? undefined : JSON.stringify(body) });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`the stand-in's ${what}: ${answer.status} ${text}`);
  return text === "" ? undefined : JSON.parse(text);
}

export const standin = {
  reset: (seed = 1) => lever("POST", "reset", { seed }),
  things: (collection) => lever("GET", `state/${collection}`),
  put: (collection, things) => lever("PUT", `state/${collection}`, things),
  /** {route, kind, times, status, body, headers, ms}; once, if nothing else is said. */
  fault: (fault) => lever("POST", "faults", { times: 1, ...fault }),
  whole: () => lever("DELETE", "faults"),
  log: () => lever("GET", "log"),
  forget: () => lever("DELETE", "log"),
  events: () => lever("GET", "events"),
  sent: () => lever("DELETE", "events"),
  /** What waits, signed: [{topic, headers, body}], body as the octets that are signed. */
  deliveries: (secret, to) => lever("POST", "deliveries", { secret, url: to }),
};

/** As many more things as are asked for, each made of the first of the collection and its number. */
export async function grow(collection, many, make) {
  const first = (await standin.things(collection))[0];
  await standin.put(collection, Array.from({ length: many }, (_, i) => make(structuredClone(first), i)));
}

// ---- clients that know no address but the vendor's ----

/** For a client that takes an agent and speaks https alone: its calls, whole and unchanged, end at the stand-in. */
export const agent = new (class extends https.Agent {
  createConnection() {
    return net.connect(Number(origin.port), origin.hostname);
  }
})();

// ---- what the connector itself would ask ----

/** The requests of every operation that the plan of the connector's trial names, by operation: {method, url, headers, body}. */
export function ours() {
  const { settings, operations } = read("conformance.json");
  const asked = Object.entries(operations).map(([operation, plan]) => ({ operation, with: plan.with, settings, key: "judge-1" }));
  writeFileSync("asked.json", JSON.stringify(asked));
  const told = execFileSync(process.env.TENONCTL, ["connector", "cases", `${folder}/manifest.json`, "--input", "asked.json"], { encoding: "utf8" });
  const made = told.trim().split("\n").map((line) => JSON.parse(line));
  assert.equal(made.length, asked.length);
  return Object.fromEntries(asked.map(({ operation }, i) => [operation, made[i]]));
}

// ---- TAP ----

function told(verdict, sentence, why) {
  console.log(`${verdict} ${++count} - ${name}: ${sentence}`);
  if (why) console.log(why.replace(/^/gm, "# "));
}

/** One test; what was turned on the stand-in's dial is turned back. */
export async function test(sentence, run) {
  let over;
  const late = new Promise((_, no) => {
    over = setTimeout(() => no(new Error("it was not over after 30 s")), 30000);
  });
  try {
    await Promise.race([run(), late]);
    told("ok", sentence);
  } catch (e) {
    failed++;
    told("not ok", sentence, `${e?.stack ?? e}`.split("\n").slice(0, 14).join("\n"));
  }
  clearTimeout(over);
  await standin.whole();
}

// ---- operations ----

const method_of = (operation) => operation.request?.method ?? "GET";

function fits(operation, request) {
  const pattern = operation.request.path
    .split(/\{[^}]*\}/)
    .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"))
    .join("[^/]+");
  return request.method === method_of(operation) && new RegExp(`(^|/)${pattern}$`).test(request.path);
}

/** One test that calls an operation of the manifest (or several), by its name there; also: what else a request has to be. */
export async function calls(operations, sentence, run, also = () => true) {
  const names = [operations].flat();
  await test(`${names.join(", ")}: ${sentence}`, async () => {
    await standin.forget();
    await run();
    const log = await standin.log();
    for (const one of names) {
      assert.ok(manifest.operations[one], `the manifest has an operation ${one}`);
      assert.ok(
        log.some((request) => request.status < 300 && fits(manifest.operations[one], request) && also(request, one)),
        `no request of ${one} (${method_of(manifest.operations[one])} ${manifest.operations[one].request.path}) in ` +
          JSON.stringify(log.map((r) => `${r.method} ${r.path} ${r.status}`)),
      );
      called.add(one);
    }
  });
}

/** Operations that the client has no method for. */
export function without(operations, why) {
  for (const one of [operations].flat()) excused.set(one, why);
}

/** What a call is refused with; anything but a refusal is a failure. */
export async function refusal(run) {
  try {
    await run();
  } catch (e) {
    return e;
  }
  throw new assert.AssertionError({ message: "it was not refused" });
}

export async function end() {
  const all = Object.keys(manifest.operations);
  const open = all.filter((one) => !called.has(one) && !excused.has(one));
  const lies = [...excused.keys()].filter((one) => called.has(one) || !manifest.operations[one]);
  await test("every operation is called, unless the client has no method for it", async () => {
    assert.deepEqual({ open, lies }, { open: [], lies: [] });
  });
  console.log(`# ${name}: ${all.length} operations of the manifest, ${called.size} called, ${excused.size} not:`);
  for (const [one, why] of excused) console.log(`#   ${one}: ${why}`);
  console.log(`1..${count}`);
  process.exit(failed ? 1 : 0); // some clients leave a clock running for a minute
}
