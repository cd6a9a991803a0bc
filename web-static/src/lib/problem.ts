import { t } from "./i18n.ts";

export interface FieldFault {
  pointer: string;
  code: string;
  detail: string;
}

/** What went wrong with a request, as RFC 9457 has it. Status 0: no answer came. */
export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  readonly errors: FieldFault[];
  readonly request: string;
  readonly again: number;

  constructor(status: number, body: Record<string, unknown> = {}, again = 0) {
    super(String(body["detail"] ?? body["title"] ?? ""));
    this.status = status;
    this.code = String(body["code"] ?? "");
    this.errors = (body["errors"] as FieldFault[] | undefined) ?? [];
    this.request = String(body["instance"] ?? "");
    this.again = again;
  }
}

/** What a person is told: what happened, and what to do. */
export function sentence(fault: unknown): string {
  if (!(fault instanceof Problem)) return t("This did not work. Load the page again.");
  if (fault.status === 0) return t("The server cannot be reached. Look at your connection and try again.");
  if (fault.status === 429) return t("Too many requests. Try again in {n} seconds.", { n: fault.again || 60 });
  if (fault.status === 412) return t("This was changed elsewhere meanwhile. Load the page again.");
  if (fault.status >= 500) return t("Something went wrong here. Try again in a moment.");
  if (!fault.message) return t("This did not work. Load the page again.");
  const first = fault.message.charAt(0).toUpperCase() + fault.message.slice(1);
  return /[.!?]$/.test(first) ? first : `${first}.`;
}

export function asProblem(fault: unknown): Problem {
  return fault instanceof Problem ? fault : new Problem(0);
}
