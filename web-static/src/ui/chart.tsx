import { number } from "../lib/format.ts";

/** A line without axes: which way something goes. Time runs from left to right in every language. */
export function Spark({ values, label }: { values: number[]; label: string }) {
  const most = Math.max(1, ...values);
  if (values.length === 0) return null;
  const step = values.length > 1 ? 100 / (values.length - 1) : 100;
  const points = values.map((v, i) => `${(i * step).toFixed(1)},${(30 - (v / most) * 26).toFixed(1)}`);
  return (
    <svg class="spark" viewBox="0 0 100 32" preserveAspectRatio="none" role="img" aria-label={`${label}: ${values.map(number).join(", ")}`}>
      <path class="under" d={`M0,32 L${points.join(" L")} L100,32 Z`} />
      <path class="line" d={`M${points.join(" L")}`} />
    </svg>
  );
}

export interface Bar {
  at: string;
  title: string;
  ok: number;
  watch: number;
  act: number;
}

/** What went well, late and wrong, one bar a span of time; each can be told by its title, and all by a table. */
export function Bars({ bars, label }: { bars: Bar[]; label: string }) {
  const most = Math.max(1, ...bars.map((one) => one.ok + one.watch + one.act));
  const width = 100 / Math.max(1, bars.length);
  return (
    <svg class="bars" viewBox="0 0 100 50" preserveAspectRatio="none" role="img" aria-label={label}>
      {bars.map((bar, i) => {
        let y = 50;
        return (
          <g key={bar.at}>
            <title>{bar.title}</title>
            {(["ok", "watch", "act"] as const).map((kind) => {
              const height = (bar[kind] / most) * 48;
              y -= height;
              return <rect key={kind} class={kind} x={i * width + width * 0.14} y={y} width={width * 0.72} height={height} />;
            })}
          </g>
        );
      })}
    </svg>
  );
}
