// Tells others what happened in the shop, signed: what a shop owner adds to a shop that has no webhooks of its own.
// The file that SHOP_TARGETS names says to whom, and is read at every event:
//   [{"url": "https://partner.example/in/hooks/x", "secret": "…", "topics": ["order.placed"]}]      topics may be left out
// Each is a POST of JSON with
//   x-shop-event-id         the same for every repeat
//   x-shop-event-topic      "order.placed"
//   x-shop-event-signature  base64 of the HMAC-SHA256 of the body as it is sent, under the secret
// At least once, in no order: six tries within 16 seconds. What was missed is found by asking what changed.
const crypto = require('crypto');
const fs = require('fs');

const WAIT_MS = 250;
const TRIES = 6;

const sleep = ms => new Promise(done => setTimeout(done, ms));

function targetsOf(topic) {
  try {
    return JSON.parse(fs.readFileSync(process.env.SHOP_TARGETS, 'utf8')).filter(t => !t.topics || t.topics.includes(topic));
  } catch {
    return [];
  }
}

async function send(target, id, topic, body) {
  const headers = {
    'content-type': 'application/json',
    'x-shop-event-id': id,
    'x-shop-event-topic': topic,
    'x-shop-event-signature': crypto.createHmac('sha256', target.secret).update(body).digest('base64'),
  };
  for (let tried = 0; tried < TRIES; tried++) {
    if (tried) await sleep(WAIT_MS * 2 ** tried);
    try {
      const answer = await fetch(target.url, { method: 'POST', body, headers, redirect: 'error', signal: AbortSignal.timeout(10000) });
      await answer.arrayBuffer();
      if (answer.ok) return;
    } catch {
      // the next try
    }
  }
  console.error(`event ${topic} ${id} was not taken by ${target.url}`);
}

exports.tell = (topic, data) => {
  const id = crypto.randomUUID();
  const body = JSON.stringify(data);
  for (const target of targetsOf(topic)) send(target, id, topic, body);
};
