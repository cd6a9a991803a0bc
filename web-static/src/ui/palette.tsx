import { signal } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import { call } from "../lib/api.ts";
import { t } from "../lib/i18n.ts";
import { onKey } from "../lib/keys.ts";
import { menu } from "../lib/menu.ts";
import { go, link } from "../lib/router.ts";
import { acting, can } from "../lib/session.ts";
import { Icon, type IconName } from "./icon.tsx";

interface Found {
  to: string;
  words: string;
  about?: string | undefined;
  icon: IconName;
}

const open = signal(false);
export function openPalette(): void {
  open.value = true;
}

const ASK_MS = 150;

/** Pages and records by name or number, from anywhere. */
export function Palette() {
  useEffect(() => onKey("palette", openPalette), []);
  return open.value ? <Box /> : null;
}

function pages(words: string): Found[] {
  const wanted = words.toLowerCase();
  return menu()
    .filter((one) => one.words.toLowerCase().includes(wanted))
    .map((one) => ({ to: link(one.path), words: one.words, about: acting.value?.name ?? undefined, icon: one.icon }));
}

async function records(words: string): Promise<Found[]> {
  if (words.length < 3 || !can("orders:read")) return [];
  const { body } = await call("GET /v1/orders", { query: { q: words, limit: 5 } });
  return body.data.map((one) => ({ to: link(`/orders/${one.id}`), words: t("Order {number}", { number: one.number ?? words }), about: one.external_number ?? "", icon: "list" }));
}

function Box() {
  const box = useRef<HTMLDialogElement>(null);
  const [words, setWords] = useState("");
  const [more, setMore] = useState<Found[]>([]);
  const [at, setAt] = useState(0);
  const all = [...pages(words), ...more];
  useEffect(() => box.current?.showModal(), []);
  useEffect(() => {
    setMore([]);
    setAt(0);
    const timer = setTimeout(() => void records(words.trim()).then(setMore, () => setMore([])), ASK_MS);
    return () => clearTimeout(timer);
  }, [words]);
  const close = () => {
    open.value = false;
  };
  const take = (found: Found | undefined) => {
    if (!found) return;
    close();
    go(found.to);
  };
  const key = (event: KeyboardEvent) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (all.length) setAt((at + (event.key === "ArrowDown" ? 1 : all.length - 1)) % all.length);
    }
    if (event.key === "Enter") {
      event.preventDefault();
      take(all[at]);
    }
  };
  return (
    <dialog ref={box} class="palette" aria-label={t("Search or jump to")} onCancel={close} onClose={close} onClick={(event) => event.target === box.current && close()}>
      <div class="field">
        <Icon name="search" />
        <input
          type="text"
          role="combobox"
          aria-expanded="true"
          aria-controls="found"
          aria-activedescendant={all.length ? `found-${at}` : undefined}
          aria-label={t("A page, or the number of an order")}
          placeholder={t("A page, or the number of an order")}
          value={words}
          onInput={(event) => setWords(event.currentTarget.value)}
          onKeyDown={key}
        />
      </div>
      <ul id="found" role="listbox" aria-label={t("Found")}>
        {all.map((one, i) => (
          <li key={one.to} id={`found-${i}`} role="option" aria-selected={i === at} onClick={() => take(one)} onPointerMove={() => setAt(i)}>
            <Icon name={one.icon} />
            <span>{one.words}</span>
            {one.about ? <span class="muted small">{one.about}</span> : null}
          </li>
        ))}
      </ul>
      {all.length ? null : <p class="muted none">{t("Nothing is called so.")}</p>}
    </dialog>
  );
}
