import type { ComponentChildren } from "preact";
import { Fragment } from "preact";
import { t } from "../lib/i18n.ts";

export interface Column<Row> {
  name: string;
  /** Shown on phones, too; the others leave when there is no room. */
  always?: boolean;
  end?: boolean;
  /** What can be done: on phones beneath the row, where there is no room for a column. */
  acts?: boolean;
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
  const acts = columns.find((one) => one.acts);
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
            <Fragment key={id(row)}>
            <tr
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
            {acts ? <Beneath cell={acts.cell(row)} span={columns.filter((one) => one.always).length} /> : null}
            </Fragment>
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

/** The actions of the row above, on phones. */
function Beneath({ cell, span }: { cell: ComponentChildren; span: number }) {
  return (
    <tr class="beneath">
      <td colSpan={span}>{cell}</td>
    </tr>
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
