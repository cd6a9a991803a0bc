import { signal } from "@preact/signals";
import { t } from "../lib/i18n.ts";

interface Said {
  id: number;
  text: string;
  undo?: (() => void) | undefined;
}

const LASTING_MS = 6000;
const MOST = 3;
const all = signal<Said[]>([]);
let next = 1;

function drop(id: number): void {
  all.value = all.value.filter((one) => one.id !== id);
}

/** Says what was done; with undo where going back is honest, for six seconds. */
export function toast(text: string, undo?: () => void): void {
  const id = next++;
  all.value = [...all.value.slice(1 - MOST), { id, text, undo }];
  setTimeout(() => drop(id), LASTING_MS);
}

export function Toasts() {
  return (
    <div class="toasts" role="status" aria-live="polite">
      {all.value.map((one) => (
        <div class="toast" key={one.id}>
          <span>{one.text}</span>
          {one.undo ? (
            <button
              type="button"
              class="button plain"
              onClick={() => {
                drop(one.id);
                one.undo?.();
              }}
            >
              {t("Undo")}
            </button>
          ) : null}
        </div>
      ))}
    </div>
  );
}
