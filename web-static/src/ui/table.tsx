import type { ComponentChildren } from "preact";
import { t } from "../lib/i18n.ts";

export interface Column<Row> {
  name: string;
  /** Shown on phones, too; the others leave when there is no room. */
  always?: boolean;
  end?: boolean;
  cell: (row: Row) => ComponentChildren;
}

/** Rows of one kind of thing. The server sorts, filters and pages them; more is fetched when it is asked for. */
export function Table<Row>({ label, columns, rows, id, current, onOpen, more }: {
  label: string;
  columns: Column<Row>[];
  rows: Row[];
  id: (row: Row) => string;
  current?: string | undefined;
  onOpen?: ((row: Row) => void) | undefined;
  more?: (() => void) | undefined;
}) {
  return (
    <div class="scroll">
      <table aria-label={label}>
        <thead>
          <tr>
            {columns.map((one) => (
              <th key={one.name} scope="col" class={place(one)}>
                {one.name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr
              key={id(row)}
              data-id={id(row)}
              class={onOpen ? "opens" : ""}
              aria-current={current === id(row) ? "true" : undefined}
              onClick={onOpen ? (event) => pressed(event) && onOpen(row) : undefined}
            >
              {columns.map((one) => (
                <td key={one.name} class={place(one)}>
                  {one.cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {more ? (
        <p class="more">
          <button type="button" class="button plain" onClick={more}>
            {t("Show more")}
          </button>
        </p>
      ) : null}
    </div>
  );
}

function place(column: { always?: boolean; end?: boolean }): string {
  return `${column.always ? "" : "spare"}${column.end ? " end" : ""}`;
}

/** A press on the row itself: links and buttons in it do their own, and a selection of text is no press. */
function pressed(event: MouseEvent): boolean {
  const on = event.target instanceof Element ? event.target.closest("a, button, input, label") : null;
  return !on && !getSelection()?.toString();
}
