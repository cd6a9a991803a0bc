"use strict";
/* The peers of tests/perf/run jobs, each as its documentation says it goes fastest.
 *   node jobs_peer.js FOLDER bullmq|graphile ADDRESS round COUNT BATCH CONCURRENCY [KEYS]
 *     puts COUNT jobs in batches of BATCH, two under way at once, then works them off; prints "put SECONDS", "work SECONDS".
 *   node jobs_peer.js FOLDER bullmq|graphile ADDRESS pace COUNT PER_SECOND
 *     puts one every so often while a worker runs; prints "p50 US", "p99 US" from before the insert to the start.
 * With KEYS graphile's jobs are in so many queues, of which each runs one job at a time. */
const { createRequire } = require("node:module");
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

async function round(count, batch, concurrency, keys) {
  let done = 0, whole;
  const all = new Promise((resolve) => { whole = resolve; });
  const q = await (peer === "bullmq" ? bullmq : graphile)(() => { if (++done === count) whole(); }, concurrency, keys);
  let from = now();
  await inBatches(count, batch, q.put);
  console.log("put", (now() - from).toFixed(4));
  from = now();
  const stop = await q.work();
  await all;
  await stop(); // what was done is also said to be
  console.log("work", (now() - from).toFixed(4));
  await q.end();
}

async function pace(count, perSecond) {
  const took = [];
  let whole;
  const all = new Promise((resolve) => { whole = resolve; });
  const q = await (peer === "bullmq" ? bullmq : graphile)((data) => {
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

(mode === "round" ? round : pace)(...rest.map(Number)).then(() => process.exit(0), (e) => { console.error(e); process.exit(1); });
