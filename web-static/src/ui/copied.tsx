import { t } from "../lib/i18n.ts";
import { Icon } from "./icon.tsx";
import { toast } from "./toast.tsx";

/** A text that belongs elsewhere, with a press that takes it along. `name` says what it is, to ears as well. */
export function Copied({ name, text }: { name: string; text: string }) {
  const copy = () => void navigator.clipboard.writeText(text).then(() => toast(t("Copied")));
  return (
    <p class="copied">
      <code>{text}</code>
      <button type="button" class="button icon-only" aria-label={t("Copy {what}", { what: name })} onClick={copy}>
        <Icon name="copy" />
      </button>
    </p>
  );
}
