import { type Problem } from "../lib/problem.ts";
import { Field, faultAt } from "./form.tsx";

interface Given {
  label: string;
  value: string;
  onValue: (value: string) => void;
  help?: string;
  needed?: boolean;
  problem?: Problem | null;
  /** Where the server names it when it is wrong: "/name". */
  at?: string;
}

/** A field of one line, or of several. */
export function Text({ type, lines, placeholder, ...given }: Given & { type?: "text" | "email" | "url" | "password" | "tel" | "number"; lines?: number; placeholder?: string }) {
  const { label, value, onValue, help, needed, problem, at } = given;
  return (
    <Field label={label} help={help} needed={needed} error={at ? faultAt(problem ?? null, at) : undefined}>
      {(attributes) =>
        lines ? (
          <textarea {...attributes} rows={lines} spellcheck={false} value={value} placeholder={placeholder} onInput={(event) => onValue(event.currentTarget.value)} />
        ) : (
          <input {...attributes} {...({ type: type ?? "text" } as { type: "text" })} autocomplete="off" value={value} placeholder={placeholder} onInput={(event) => onValue(event.currentTarget.value)} />
        )
      }
    </Field>
  );
}

/** One of a few. */
export function Pick({ all, ...given }: Given & { all: ReadonlyArray<readonly [string, string]> }) {
  const { label, value, onValue, help, needed, problem, at } = given;
  return (
    <Field label={label} help={help} needed={needed} error={at ? faultAt(problem ?? null, at) : undefined}>
      {(attributes) => (
        <select {...attributes} value={value} onChange={(event) => onValue(event.currentTarget.value)}>
          {all.map(([name, words]) => (
            <option key={name} value={name}>
              {words}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}
