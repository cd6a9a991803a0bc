"use strict";
/* The peers of tests/perf/run jobs, each as its documentation says it goes fastest.
 *   node jobs_peer.js FOLDER bullmq|graphile ADDRESS round COUNT BATCH CONCURRENCY PROCESSES [KEYS]
 *     puts COUNT jobs in batches of BATCH, two under way at once, then works them off in so many processes; prints
 *     "put SECONDS", "work SECONDS".
 *   node jobs_peer.js FOLDER bullmq|graphile ADDRESS pace COUNT PER_SECOND
 *     puts one every so often while a worker runs; prints "p50 US", "p99 US" from before the insert to the start.
 * With KEYS graphile's jobs are in so many queues, of which each runs one job at a time. */
const { createRequire } = require("node:module");
const { fork } = require("node:child_process");
const [folder, peer, address, mode, ...rest] = process.argv.slice(2);
const need = createRequire(folder + "/");
const now = () => Number(process.hrtime.bigint()) / 1e9;
const payload = (i, bytes = 200) => {
  const head = { n: i, at: now(), text: "" };
  head.text = "x".repeat(bytes - JSON.stringify(head).length);
  return head;
};

async function inBatches(count, batch, put) {
  let next = 0;
  const lane = async () => {
    while (next < count) {
      const from = next;
      next += batch;
      await put(from, Math.min(count, from + batch));
    }
  };
  await Promise.all([lane(), lane()]);
}

async function bullmq(onJob, concurrency) {
  const { Queue, Worker } = need("bullmq");
  const IORedis = need("ioredis");
  const open = () => new IORedis(address, { maxRetriesPerRequest: null });
  const queue = new Queue("perf", { connection: open(), defaultJobOptions: { removeOnComplete: true, removeOnFail: true } });
  await queue.waitUntilReady();
  return {
    put: (from, to) => queue.addBulk(Array.from({ length: to - from }, (_, i) => ({ name: "noop", data: payload(from + i) }))),
    work: async () => {
      const worker = new Worker("perf", async (job) => onJob(job.data), { connection: open(), concurrency });
      await worker.waitUntilReady();
      return () => worker.close();
    },
    end: () => queue.close(),
  };
}

async function graphile(onJob, concurrency, keys) {
  const { makeWorkerUtils, run, Logger } = need("graphile-worker");
  const { Pool } = need("pg");
  const pgPool = new Pool({ connectionString: address, max: 12 });
  pgPool.on("error", (e) => { throw e; });
  pgPool.on("connect", (c) => c.on("error", (e) => { throw e; }));
  const logger = new Logger(() => () => {});
  const preset = {
    worker: {
      concurrentJobs: concurrency,
      pollInterval: 1000,
      localQueue: { size: 500, refetchDelay: { durationMs: 10 } },
      completeJobBatchDelay: 0,
      failJobBatchDelay: 0,
      maxPoolSize: 12,
    },
  };
  const utils = await makeWorkerUtils({ pgPool, logger });
  await utils.migrate();
  const specs = (from, to) => Array.from({ length: to - from }, (_, i) => ({
    identifier: "noop", payload: payload(from + i), ...(keys && { queueName: "key" + ((from + i) % keys) }),
  }));
  return {
    put: (from, to) => utils.addJobs(specs(from, to)),
    work: async () => {
      const runner = await run({ preset, pgPool, logger, noHandleSignals: true, taskList: { noop: async (data) => onJob(data) } });
      return () => runner.stop();
    },
    end: async () => { await utils.release(); await pgPool.end(); },
  };
}

const open = (...args) => (peer === "bullmq" ? bullmq : graphile)(...args);

/* A worker in a process of its own, which says how many it has done. */
async function worker(concurrency) {
  let done = 0, said = 0;
  const q = await open(() => { done++; }, concurrency);
  const stop = await q.work();
  setInterval(() => { if (done !== said) process.send(said = done); }, 5);
  process.on("message", async () => { await stop(); process.exit(0); });
}

async function round(count, batch, concurrency, processes, keys) {
  let done = 0, whole;
  const others = [];
  const all = new Promise((resolve) => { whole = resolve; });
  const look = () => { if (done + others.reduce((n, o) => n + o.done, 0) === count) whole(); };
  const q = await open(() => { done++; look(); }, concurrency, keys);
  let from = now();
  await inBatches(count, batch, q.put);
  console.log("put", (now() - from).toFixed(4));
  from = now();
  for (let i = 1; i < processes; i++) {
    const other = { process: fork(__filename, [folder, peer, address, "worker", String(concurrency)]), done: 0 };
    other.process.on("message", (n) => { other.done = n; look(); });
    others.push(other);
  }
  const stop = await q.work();
  await all;
  const ends = others.map((o) => new Promise((resolve) => { o.process.on("exit", resolve); o.process.send("end"); }));
  await Promise.all([stop(), ...ends]); // what was done is also said to be
  console.log("work", (now() - from).toFixed(4));
  await q.end();
}

async function pace(count, perSecond) {
  const took = [];
  let whole;
  const all = new Promise((resolve) => { whole = resolve; });
  const q = await open((data) => {
    took.push(now() - data.at);
    if (took.length === count) whole();
  }, 64);
  const stop = await q.work();
  await new Promise((resolve) => setTimeout(resolve, 500));
  const from = now();
  for (let i = 0; i < count;) {
    for (; i < count && from + i / perSecond <= now(); i++) q.put(i, i + 1);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await all;
  await stop();
  await q.end();
  took.sort((a, b) => a - b);
  for (const p of [50, 99]) console.log("p" + p, Math.round(took[Math.floor((took.length - 1) * p / 100)] * 1e6));
}

const failed = (e) => { console.error(e); process.exit(1); };
if (mode === "worker") worker(Number(rest[0])).catch(failed);
else (mode === "round" ? round : pace)(...rest.map(Number)).then(() => process.exit(0), failed);
