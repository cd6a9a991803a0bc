// Makes src/lib/api-types.ts from the server's own description of its API, the committed copy that its tests compare
// with what the program says: node tools/api-types.mjs [--check]
import { readFileSync, writeFileSync } from "node:fs";

const FROM = new URL("../../tests/api/openapi.json", import.meta.url);
const TO = new URL("../src/lib/api-types.ts", import.meta.url);
const METHODS = ["get", "post", "put", "patch", "delete"];

const api = JSON.parse(readFileSync(FROM, "utf8"));
const name_of = (ref) => ref.slice(ref.lastIndexOf("/") + 1);
const quoted = (name) => (/^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name));

/** A JSON schema as a type. What the description leaves open is unknown. */
function type(schema) {
  if (!schema || schema === true) return "unknown";
  if (schema.$ref) return name_of(schema.$ref);
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((one) => JSON.stringify(one)).join(" | ");
  const any = schema.oneOf ?? schema.anyOf;
  if (any) return any.map(type).join(" | ");
  if (schema.allOf) return schema.allOf.map(type).join(" & ");
  if (Array.isArray(schema.type)) return schema.type.map((one) => type({ ...schema, type: one })).join(" | ");
  return simple(schema);
}

function simple(schema) {
  switch (schema.type) {
    case "object":
      return object(schema);
    case "array":
      return `Array<${type(schema.items)}>`;
    case "integer":
    case "number":
      return "number";
    case "string":
    case "boolean":
    case "null":
      return schema.type;
    default:
      return schema.properties ? object(schema) : "unknown";
  }
}

function object(schema) {
  const needed = new Set(schema.required ?? []);
  const members = Object.entries(schema.properties ?? {}).map(
    ([name, of]) => `${quoted(name)}${needed.has(name) ? "" : "?"}: ${type(of)}`,
  );
  if (schema.additionalProperties && !members.length) members.push(`[name: string]: ${type(schema.additionalProperties)}`);
  return members.length ? `{ ${members.join("; ")} }` : "Record<string, unknown>";
}

function parameters(op, place) {
  const all = (op.parameters ?? []).map((one) => (one.$ref ? api.components.parameters[name_of(one.$ref)] : one));
  return object({
    properties: Object.fromEntries(all.filter((one) => one.in === place).map((one) => [one.name, one.schema])),
    required: all.filter((one) => one.in === place && one.required).map((one) => one.name),
  });
}

function answer(op) {
  const good = Object.keys(op.responses).find((status) => status.startsWith("2"));
  const content = good && op.responses[good].content;
  return content?.["application/json"] ? type(content["application/json"].schema) : content ? "string" : "null";
}

function operations() {
  const lines = [];
  for (const [path, item] of Object.entries(api.paths))
    for (const method of METHODS.filter((one) => item[one])) {
      const op = item[method];
      const body = op.requestBody?.content?.["application/json"];
      lines.push(
        `  ${JSON.stringify(`${method.toUpperCase()} ${path}`)}: { path: ${parameters(op, "path")}; query: ${parameters(op, "query")}; ` +
          `body: ${body ? type(body.schema) : "undefined"}; answer: ${answer(op)} };`,
      );
    }
  return lines;
}

const text = [
  "// Made by tools/api-types.mjs from the API's description. Not written by hand.",
  ...Object.entries(api.components.schemas).map(([name, schema]) => `export type ${name} = ${type(schema)};`),
  "export interface Operations {",
  ...operations(),
  "}",
  "",
].join("\n");

if (process.argv.includes("--check")) {
  if (readFileSync(TO, "utf8") !== text) {
    console.error("src/lib/api-types.ts is stale: node tools/api-types.mjs");
    process.exit(1);
  }
} else writeFileSync(TO, text);
