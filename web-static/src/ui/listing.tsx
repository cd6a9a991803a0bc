import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { type Asking, call, customer, type Operation, use } from "../lib/api.ts";
import type { Operations } from "../lib/api-types.ts";
import { sentence } from "../lib/problem.ts";
import { Shown } from "./shown.tsx";
import { Fresh, useSteady } from "./steady.tsx";
import { type Column, Table } from "./table.tsx";
import { toast } from "./toast.tsx";

/** Operations that answer with a page of things and a cursor to the next. */
export type ListOperation = {
  [O in Operation]: Operations[O]["answer"] extends { data: Array<unknown>; next_cursor: string | null } ? O : never;
}[Operation];
export type RowOf<O extends ListOperation> = Operations[O]["answer"] extends { data: Array<infer Row> } ? Row : never;

/** A list of the server's as a table: fifty at once, and further ones when they are asked for. */
export function Listing<O extends ListOperation>(props: {
  op: O;
  asking?: Asking<O>;
  label: string;
  columns: Column<RowOf<O>>[];
  id: (row: RowOf<O>) => string;
  onOpen?: (row: RowOf<O>) => void;
  empty: ComponentChildren;
}) {
  return <Rows key={`${customer.value} ${JSON.stringify(props.asking)}`} {...props} />;
}

const MOST = 50;

function Rows<O extends ListOperation>({ op, asking, label, columns, id, onOpen, empty }: Parameters<typeof Listing<O>>[0]) {
  const wanted = (cursor?: string) => ({ ...asking, query: { limit: MOST, ...asking?.query, ...(cursor ? { cursor } : {}) } }) as Asking<O>;
  const first = use(op, wanted());
  const [more, setMore] = useState<{ rows: RowOf<O>[]; cursor: string | null } | null>(null);
  const further = async (cursor: string) => {
    try {
      const page = (await call(op, wanted(cursor))).body as { data: RowOf<O>[]; next_cursor: string | null };
      setMore({ rows: [...(more?.rows ?? []), ...page.data], cursor: page.next_cursor });
    } catch (fault) {
      toast(sentence(fault));
    }
  };
  return (
    <Shown of={first} rows={8}>
      {(answer) => {
        const page = answer as { data: RowOf<O>[]; next_cursor: string | null };
        const cursor = more ? more.cursor : page.next_cursor;
        if (!page.data.length) return empty;
        return <Held page={page.data} more={more?.rows ?? []} label={label} columns={columns} id={id} onOpen={onOpen} further={cursor ? () => void further(cursor) : undefined} />;
      }}
    </Shown>
  );
}

function Held<Row>({ page, more, label, columns, id, onOpen, further }: {
  page: Row[];
  more: Row[];
  label: string;
  columns: Column<Row>[];
  id: (row: Row) => string;
  onOpen: ((row: Row) => void) | undefined;
  further: (() => void) | undefined;
}) {
  const { rows, fresh, take } = useSteady(page, id);
  const seen = new Set(rows.map(id));
  return (
    <>
      <Fresh n={fresh} take={take} />
      <Table label={label} columns={columns} rows={[...rows, ...more.filter((row) => !seen.has(id(row)))]} id={id} onOpen={onOpen} more={further} />
    </>
  );
}
