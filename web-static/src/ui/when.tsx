import { ago, exact } from "../lib/format.ts";
import { t } from "../lib/i18n.ts";

/** How long ago, and the exact moment for whoever points at it. */
export function When({ at }: { at: string | null | undefined }) {
  if (!at) return <span class="muted">{t("never")}</span>;
  return (
    <time dateTime={at} title={exact(at)}>
      {ago(at)}
    </time>
  );
}
