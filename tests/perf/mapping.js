// The same order and rules by the npm package jsonata: from text to text, rule by rule and, since that may be faster, as
// one expression that builds the whole object; and the expressions alone. Microseconds, the best of several rounds.
const fs = require("fs");
const jsonata = require(process.argv[2] + "/node_modules/jsonata");
const document = JSON.parse(fs.readFileSync(process.argv[3], "utf8"));
const text = fs.readFileSync(process.argv[4], "utf8");
const ROUNDS = 8, TIMES = 300;

const find = (table, key) => key;

function tree() {
  const root = { children: new Map() };
  for (const rule of document.rules) {
    let at = root;
    for (const name of rule.to.slice(1).split("/")) {
      if (name === "*") continue;
      if (!at.children.has(name)) at.children.set(name, { children: new Map() });
      at = at.children.get(name);
    }
    at.rule = rule;
    at.expr = jsonata(rule.expr ?? rule.each ?? rule.lookup.key);
  }
  return root;
}

async function made(node, context) {
  const out = {};
  for (const [name, child] of node.children) {
    if (child.rule?.each) {
      const items = await child.expr.evaluate(context);
      const list = items === undefined ? [] : Array.isArray(items) ? items : [items];
      out[name] = [];
      for (const item of list) out[name].push(await made(child, item));
    } else if (child.children.size) {
      out[name] = await made(child, context);
    } else {
      let value = await child.expr.evaluate(context);
      if (child.rule.lookup && value !== undefined) value = find(child.rule.lookup.table, value);
      if (value !== undefined) out[name] = value;
    }
  }
  return out;
}

function written(node) {
  const parts = [];
  for (const [name, child] of node.children) {
    const key = JSON.stringify(name) + ": ";
    if (child.rule?.each) parts.push(key + "(" + child.rule.each + ").(" + written(child) + ")[]");
    else if (child.children.size) parts.push(key + written(child));
    else if (child.rule.lookup) parts.push(key + '$xref("' + child.rule.lookup.table + '", ' + child.rule.lookup.key + ")");
    else parts.push(key + "(" + child.rule.expr + ")");
  }
  return "{" + parts.join(", ") + "}";
}

async function best(fn) {
  let least = Infinity;
  for (let round = 0; round < ROUNDS; round++) {
    const began = process.hrtime.bigint();
    for (let i = 0; i < TIMES; i++) await fn();
    least = Math.min(least, Number(process.hrtime.bigint() - began) / 1e3 / TIMES);
  }
  return least;
}

(async () => {
  const root = tree();
  const whole = jsonata(written(root));
  whole.registerFunction("xref", find);
  const set = document.rules.filter((r) => r.expr && !r.to.includes("*")).map((r) => jsonata(r.expr));
  const order = JSON.parse(text);
  console.error(JSON.stringify(await made(root, order)));
  console.error(JSON.stringify(await whole.evaluate(order)));
  const byRule = await best(async () => JSON.stringify(await made(root, JSON.parse(text))));
  const atOnce = await best(async () => JSON.stringify(await whole.evaluate(JSON.parse(text))));
  const alone = await best(async () => { for (const e of set) await e.evaluate(order); });
  console.log(`whole ${byRule.toFixed(3)}\nat_once ${atOnce.toFixed(3)}\nexpressions ${alone.toFixed(3)}`);
})();
