import type { ComponentChildren } from "preact";
import { useId, useState } from "preact/hooks";
import { t } from "../lib/i18n.ts";
import { Problem, sentence } from "../lib/problem.ts";

/** One field: its name, what helps, and what is wrong with it, in that order for ears as well. */
export function Field({ label, help, error, needed, children }: {
  label: string;
  help?: string | undefined;
  error?: string | undefined;
  needed?: boolean | undefined;
  children: (attributes: { id: string; "aria-describedby"?: string; "aria-invalid"?: "true"; required?: boolean }) => ComponentChildren;
}) {
  const id = useId();
  const about = [help ? `${id}-help` : "", error ? `${id}-error` : ""].filter(Boolean).join(" ");
  return (
    <div class="field">
      <label for={id}>
        {label} {needed ? null : <span class="muted small">{t("optional")}</span>}
      </label>
      {children({ id, ...(about ? { "aria-describedby": about } : {}), ...(error ? { "aria-invalid": "true" as const } : {}), ...(needed ? { required: true } : {}) })}
      {help ? (
        <p class="muted small" id={`${id}-help`}>
          {help}
        </p>
      ) : null}
      {error ? (
        <p class="error" id={`${id}-error`}>
          {error}
        </p>
      ) : null}
    </div>
  );
}

/** What the server says about a field: "/settings/store_hash" by its pointer. */
export function faultAt(problem: Problem | null, pointer: string): string | undefined {
  const found = problem?.errors.find((one) => one.pointer === pointer);
  return found ? found.detail.charAt(0).toUpperCase() + found.detail.slice(1) : undefined;
}

/** Sends, says what went wrong, and puts the focus on the first field that is at fault. */
export function Form({ onSend, button, problem, children }: {
  onSend: () => Promise<void>;
  button: string;
  problem: Problem | null;
  children: ComponentChildren;
}) {
  const [busy, setBusy] = useState(false);
  const send = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    if (busy) return;
    setBusy(true);
    await onSend();
    setBusy(false);
    requestAnimationFrame(() => form.querySelector<HTMLElement>("[aria-invalid]")?.focus());
  };
  return (
    <form class="form" noValidate onSubmit={(event) => void send(event)}>
      {children}
      {problem ? (
        <p class="fault" role="alert">
          {sentence(problem)}
        </p>
      ) : null}
      <p class="buttons">
        <button type="submit" class="button main" aria-busy={busy}>
          {busy ? t("One moment…") : button}
        </button>
      </p>
    </form>
  );
}
