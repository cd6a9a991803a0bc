import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Used } from "../lib/api.ts";
import { t } from "../lib/i18n.ts";
import { type Problem, sentence } from "../lib/problem.ts";
import { toast } from "./toast.tsx";

/** What a question has answered: grey rows while it is awaited, a sentence when it fails, and what was there before meanwhile. */
export function Shown<T>({ of, rows = 4, children }: { of: Used<T>; rows?: number; children: (data: T) => ComponentChildren }) {
  if (of.data.value !== undefined)
    return (
      <>
        {of.error.value ? <Fault problem={of.error.value} again={of.again} stale /> : null}
        {children(of.data.value)}
      </>
    );
  if (of.error.value) return <Fault problem={of.error.value} again={of.again} />;
  return <Waiting rows={rows} />;
}

/** Nothing for a moment, since most answers come sooner than an eye sees grey. */
export function Waiting({ rows }: { rows: number }) {
  const [late, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), 200);
    return () => clearTimeout(timer);
  }, []);
  return (
    <div class={late ? "waiting late" : "waiting"} role="status">
      <span class="hidden">{t("Loading…")}</span>
      {Array.from({ length: rows }, (_, i) => (
        <i key={i} />
      ))}
    </div>
  );
}

function support(problem: Problem): string {
  return [location.href, new Date().toISOString(), problem.status, problem.code, problem.request, problem.message].join("\n");
}

export function Fault({ problem, again, stale }: { problem: Problem; again?: () => Promise<void>; stale?: boolean }) {
  const copy = () => {
    void navigator.clipboard.writeText(support(problem)).then(() => toast(t("Copied for support")));
  };
  return (
    <div class="fault" role="alert">
      <p>
        {sentence(problem)} {stale ? t("What is shown is older.") : ""}
      </p>
      {problem.request ? (
        <p class="muted small">
          {t("Request")} <code>{problem.request}</code>
        </p>
      ) : null}
      <p class="buttons">
        {again ? (
          <button type="button" class="button" onClick={() => void again()}>
            {t("Try again")}
          </button>
        ) : null}
        <button type="button" class="button plain" onClick={copy}>
          {t("Copy for support")}
        </button>
      </p>
    </div>
  );
}
