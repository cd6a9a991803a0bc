import { useRef, useState } from "preact/hooks";
import { ownDoing } from "../lib/api.ts";
import { t } from "../lib/i18n.ts";

/** Rows that stay where they are while somebody looks at them: what changes changes in its place, and what is new waits
 *  until it is asked for. What somebody does here is shown at once. leaves: a row that is not there any more goes. */
export function useSteady<Row>(rows: Row[], id: (row: Row) => string, leaves = false): { rows: Row[]; fresh: number; take: () => void } {
  const [, again] = useState(0);
  const order = useRef<string[] | null>(null);
  const kept = useRef(new Map<string, Row>());
  const now = new Map(rows.map((row) => [id(row), row]));
  if (!order.current?.length || ownDoing()) {
    order.current = [...now.keys()];
    kept.current = new Map(now);
  }
  for (const [name, row] of now) if (kept.current.has(name)) kept.current.set(name, row);
  const shown = order.current.filter((name) => !leaves || now.has(name)).map((name) => kept.current.get(name)!);
  const take = () => {
    order.current = [...now.keys()];
    kept.current = new Map(now);
    again((n) => n + 1);
  };
  return { rows: shown, fresh: [...now.keys()].filter((name) => !kept.current.has(name)).length, take };
}

/** "7 new": puts them in. */
export function Fresh({ n, take }: { n: number; take: () => void }) {
  return (
    <p class="fresh" role="status">
      {n ? (
        <button type="button" class="button" onClick={take}>
          {t("{n} new", { n })}
        </button>
      ) : null}
    </p>
  );
}
