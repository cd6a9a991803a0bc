import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { t } from "../lib/i18n.ts";
import { Icon } from "./icon.tsx";

/** One thing of a list beside it; all of the screen on phones. Escape closes it, and the focus goes back. */
export function Drawer({ title, onClose, foot, children }: { title: string; onClose: () => void; foot?: ComponentChildren; children: ComponentChildren }) {
  const box = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    box.current?.showModal();
    return () => {
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  return (
    <dialog
      ref={box}
      class="drawer"
      aria-label={title}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => event.target === box.current && onClose()}
    >
      <div class="sheet">
        <header>
          <h2>{title}</h2>
          <button type="button" class="button icon-only" aria-label={t("Close")} onClick={onClose}>
            <Icon name="close" />
          </button>
        </header>
        <div class="inside">{children}</div>
        {foot ? <footer>{foot}</footer> : null}
      </div>
    </dialog>
  );
}
