// Makes dist/: a script of what pages share and one of each page, named after their content, and the page that loads them; each compressed beside itself.
//   node build.mjs [--watch]
import { mkdir, readdir, readFile, rm, watch, writeFile } from "node:fs/promises";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { build } from "esbuild";
import { short } from "./src/lib/short.mjs";

const HERE = new URL("./", import.meta.url).pathname;
const DIST = `${HERE}dist`;

const options = {
  absWorkingDir: HERE,
  outdir: "dist/assets",
  bundle: true,
  format: "esm",
  target: ["es2023", "chrome123", "firefox128", "safari17.5"],
  minify: true,
  legalComments: "none",
  charset: "utf8",
  jsx: "automatic",
  jsxImportSource: "preact",
  entryNames: "[name]-[hash]",
  chunkNames: "[name]-[hash]",
  metafile: true,
  logLevel: "warning",
};

/** What all pages share is one file, and they import it by its name: of its own accord the bundler would make a file of
 *  each set of modules that some pages share, a request each. */
const fromKit = (kit) => ({
  name: "kit",
  setup(build) {
    build.onResolve({ filter: /^(preact|@preact\/)|\/(lib|ui)\// }, () => ({ path: `./${kit}`, external: true }));
  },
});

const LOCALES = `${HERE}src/locales`;
const catalogue = async (language) => JSON.parse(await readFile(`${LOCALES}/${language}.json`, "utf8"));

/** Short forms of all texts one behind the other: in their order are the words of every catalogue. */
async function order() {
  const seen = new Set();
  for (const text of Object.keys(await catalogue("de"))) {
    if (seen.has(short(text))) throw new Error(`"${text}" has the short form of another text`);
    seen.add(short(text));
  }
  return [...seen].join("");
}

/** English is what its texts say, and has plurals alone, by the short form of the text; other languages are lists. */
async function words(language) {
  const entries = Object.entries(await catalogue(language));
  if (language === "en") return Object.fromEntries(entries.map(([text, said]) => [short(text), said]));
  if (entries.map(([text]) => short(text)).join("") !== (await order())) throw new Error(`${language}.json has other texts: node tools/messages.mjs --write`);
  return entries.map(([, said]) => said);
}

const catalogues = {
  name: "catalogues",
  setup(build) {
    build.onResolve({ filter: /^words:order$/ }, () => ({ path: "order", namespace: "words" }));
    build.onLoad({ filter: /.*/, namespace: "words" }, async () => ({ contents: `export default ${JSON.stringify(await order())}`, loader: "js" }));
    build.onLoad({ filter: /\/locales\/\w+\.json$/ }, async ({ path }) => ({ contents: `export default ${JSON.stringify(await words(plain(file(path))))}`, loader: "js" }));
  },
};

/** Octets as they are, and as brotli and gzip when that is shorter. */
async function put(path, octets) {
  await writeFile(path, octets);
  const br = brotliCompressSync(octets, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: octets.length } });
  const gz = gzipSync(octets, { level: 9 });
  if (br.length < octets.length) await writeFile(`${path}.br`, br);
  if (gz.length < octets.length) await writeFile(`${path}.gz`, gz);
}

const file = (path) => path.slice(path.lastIndexOf("/") + 1);

/** Names of the files that were made, by what they were made from. */
function made(...results) {
  const names = {};
  for (const result of results)
    for (const [path, output] of Object.entries(result.metafile.outputs)) if (output.entryPoint) names[output.entryPoint] = file(path);
  return names;
}

const plain = (name) => name.slice(0, name.lastIndexOf("."));

async function all() {
  await rm(DIST, { recursive: true, force: true });
  await mkdir(`${DIST}/assets`, { recursive: true });
  const kit = await build({ ...options, entryPoints: ["src/kit.ts", "src/styles/main.css"], splitting: true, plugins: [catalogues] });
  const name = made(kit)["src/kit.ts"];
  const pages = await build({
    ...options,
    entryPoints: (await readdir(`${HERE}src/pages`)).filter((one) => one.endsWith(".tsx")).map((one) => `src/pages/${one}`),
    splitting: true,
    plugins: [fromKit(name)],
  });
  const names = made(kit, pages);
  const paths = Object.fromEntries(Object.entries(names).filter(([from]) => from.startsWith("src/pages/")).map(([from, to]) => [plain(file(from)), `./${to}`]));
  const main = await build({ ...options, entryPoints: ["src/main.tsx"], plugins: [fromKit(name)], define: { PAGE_FILES: JSON.stringify(paths) } });
  Object.assign(names, made(main));
  for (const one of await readdir(`${DIST}/assets`)) await put(`${DIST}/assets/${one}`, await readFile(`${DIST}/assets/${one}`));
  const shell = await readFile(`${HERE}src/index.html`, "utf8");
  await writeFile(
    `${DIST}/portal.html`,
    shell.replace("@main.css@", names["src/styles/main.css"]).replace("@main.js@", names["src/main.tsx"]).replace("@kit.js@", name),
  );
  await writeFile(`${DIST}/names.json`, JSON.stringify(names, null, 1));
}

await all();
if (process.argv.includes("--watch")) {
  let due;
  for await (const { filename } of watch(`${HERE}src`, { recursive: true })) {
    clearTimeout(due);
    due = setTimeout(() => all().then(() => console.log(filename), (fault) => console.error(fault.message)), 50);
  }
}
