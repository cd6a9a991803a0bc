// Node-RED's side of order-flow: a flow that checks a shop's signature, makes the canonical order by one JSONata expression
// and posts it on; its settings; and signed bodies for wrk.
//   node order-flow.js MAPPING SINK_PORT SECRET PORT DIR      writes flows.json, settings.js and wrk.lua
//   node order-flow.js bodies TEMPLATE SECRET FILE            a signature and a body in each line
//   node order-flow.js n8n SINK_PORT SECRET FILE              the like for n8n, with fewer fields, mapped by hand
const fs = require("fs");
const crypto = require("crypto");

function expression(file) {
  const root = { children: new Map() };
  for (const rule of JSON.parse(fs.readFileSync(file, "utf8")).rules) {
    let at = root;
    for (const name of rule.to.slice(1).split("/")) {
      if (name === "*") continue;
      if (!at.children.has(name)) at.children.set(name, { children: new Map() });
      at = at.children.get(name);
    }
    at.rule = rule;
  }
  const written = (node) => "{" + [...node.children].map(([name, child]) => {
    const key = JSON.stringify(name) + ": ";
    if (child.rule?.each) return key + "(" + child.rule.each + ").(" + written(child) + ")[]";
    if (child.children.size) return key + written(child);
    return key + "(" + (child.rule.expr ?? child.rule.lookup.key) + ")";
  }).join(", ") + "}";
  return "payload.(" + written(root) + ")";
}

function flows(file, sink) {
  const common = { z: "f" };
  return [
    { id: "f", type: "tab", label: "orders" },
    { ...common, id: "in", type: "http in", url: "/orders", method: "post", skipBodyParsing: true, wires: [["check"]] },
    { ...common, id: "check", type: "function", outputs: 2, func: `
const made = global.get("crypto").createHmac("sha256", global.get("secret")).update(msg.payload).digest();
const said = Buffer.from(msg.req.headers["x-shopify-hmac-sha256"] || "", "base64");
if (said.length !== made.length || !global.get("crypto").timingSafeEqual(said, made)) { msg.statusCode = 401; return [null, msg]; }
msg.payload = JSON.parse(msg.payload);
return [msg, null];`, wires: [["map"], ["out"]] },
    { ...common, id: "map", type: "change", rules: [{ t: "set", p: "payload", pt: "msg", to: expression(file), tot: "jsonata" },
      { t: "set", p: "headers", pt: "msg", to: "{\"content-type\":\"application/json\"}", tot: "json" }], wires: [["send"]] },
    { ...common, id: "send", type: "http request", method: "POST", ret: "obj", url: `http://127.0.0.1:${sink}/orders`, persist: true,
      wires: [["ok"]] },
    { ...common, id: "ok", type: "function", outputs: 1, func: "if (msg.statusCode === 201) msg.statusCode = 200; msg.headers = {}; return msg;",
      wires: [["out"]] },
    { ...common, id: "out", type: "http response", wires: [] },
  ];
}

// n8n has no JSONata, and its sandbox would compile an expression for each order.
function n8n(sink, secret) {
  const check = `const crypto = require("crypto");
const raw = Buffer.from(items[0].binary.data.data, "base64");
const made = crypto.createHmac("sha256", ${JSON.stringify(secret)}).update(raw).digest();
const said = Buffer.from(items[0].json.headers["x-shopify-hmac-sha256"] || "", "base64");
if (said.length !== made.length || !crypto.timingSafeEqual(said, made)) throw new Error("401");
const o = JSON.parse(raw);
return [{ json: { natural_key: String(o.id), number: o.name, currency: o.currency, placed_at: new Date(o.created_at).toISOString(),
  customer: { key: String(o.customer.id), email: o.email },
  lines: o.line_items.map((l) => ({ key: String(l.id), sku: l.sku, quantity: String(l.quantity), price: l.price, name: l.name })) } }];`;
  const node = (name, type, typeVersion, parameters) => ({ id: name, name, type: "n8n-nodes-base." + type, typeVersion, position: [0, 0], parameters });
  const to = (name) => ({ main: [[{ node: name, type: "main", index: 0 }]] });
  return [{ id: "orders", name: "orders", active: true, settings: { executionOrder: "v1", saveDataSuccessExecution: "none" }, nodes: [
    { ...node("in", "webhook", 2, { httpMethod: "POST", path: "orders", responseMode: "responseNode", options: { rawBody: true } }), webhookId: "orders" },
    node("check", "code", 2, { jsCode: check }),
    node("send", "httpRequest", 4.2, { method: "POST", url: `http://127.0.0.1:${sink}/orders`, sendBody: true, specifyBody: "json",
      jsonBody: "={{ JSON.stringify($json) }}", options: {} }),
    node("out", "respondToWebhook", 1, { respondWith: "json", responseBody: "={{ JSON.stringify($json) }}", options: {} }),
  ], connections: { in: to("check"), check: to("send"), send: to("out") } }];
}

const [first, ...rest] = process.argv.slice(2);
if (first === "n8n") fs.writeFileSync(rest[2], JSON.stringify(n8n(rest[0], rest[1])));
else if (first === "bodies") {
  const [template, secret, file] = rest;
  const text = fs.readFileSync(template, "utf8");
  const lines = [];
  for (let i = 0; i < 2000; i++) {
    const body = text.replaceAll("{{n}}", String(5000000000000 + i)).replaceAll("\n", "");
    lines.push(crypto.createHmac("sha256", secret).update(body).digest("base64") + " " + body);
  }
  fs.writeFileSync(file, lines.join("\n") + "\n");
} else {
  const [sink, secret, port, dir] = rest;
  fs.writeFileSync(`${dir}/flows.json`, JSON.stringify(flows(first, sink)));
  fs.writeFileSync(`${dir}/settings.js`, `module.exports = { uiPort: ${port}, uiHost: "127.0.0.1", httpAdminRoot: false, flowFile: "flows.json",
  credentialSecret: false, logging: { console: { level: "error", metrics: false, audit: false } }, telemetry: { enabled: false },
  functionGlobalContext: { crypto: require("crypto"), secret: ${JSON.stringify(secret)} } };\n`);
  fs.writeFileSync(`${dir}/wrk.lua`, `local lines, i = {}, 0
init = function(args) -- before this, a request has no host
  for line in io.lines("bodies") do
    local signature, body = line:match("^(%S+) (.*)$")
    lines[#lines + 1] = wrk.format("POST", nil, {["content-type"] = "application/json",
      ["x-shopify-hmac-sha256"] = signature}, body)
  end
end
request = function() i = i % #lines + 1; return lines[i] end\n`);
}
