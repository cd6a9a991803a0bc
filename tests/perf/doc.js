// V8's side of tests/perf/run doc: node doc.js DIR; a line each: NAME and microseconds of JSON.parse and JSON.stringify.
// It is given a string and gives one: what it would cost to make octets of UTF-8 of that is not counted.
"use strict";
const fs = require("fs");

const BLOCKS = 60, BLOCK_US = 3000, WARM_US = 300000;
let kept;

const nowUs = () => Number(process.hrtime.bigint()) / 1e3;

function block(run, given, times) {
    const from = nowUs();
    for (let i = 0; i < times; i++) kept = run(given);
    return (nowUs() - from) / times;
}

function warm(run, given) {
    const until = nowUs() + WARM_US;
    while (nowUs() < until) kept = run(given);
    return block(run, given, 20);
}

for (const file of fs.readdirSync(process.argv[2]).filter((f) => f.endsWith(".json"))) {
    const text = fs.readFileSync(`${process.argv[2]}/${file}`, "utf8");
    const sides = [[(t) => JSON.parse(t), text], [(v) => JSON.stringify(v), JSON.parse(text)]];
    const best = sides.map(([run, given]) => warm(run, given));
    const times = best.map((us) => Math.ceil(BLOCK_US / us));
    for (let i = 0; i < BLOCKS; i++)
        sides.forEach(([run, given], k) => { best[k] = Math.min(best[k], block(run, given, times[k])); });
    console.log(file.replace(".json", ""), ...best.map((us) => us.toFixed(3)));
}
