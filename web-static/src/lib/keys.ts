/** Keys of a page: single letters, and two after "g". Not while somebody types, and never with the browser's own. */
type Act = () => void;

const acts = new Map<string, Act[]>();
let led = 0;
const LED_MS = 1200;

/** Until what it answers with is called. The last to ask has the key. */
export function onKey(key: string, act: Act): () => void {
  const all = acts.get(key) ?? [];
  all.push(act);
  acts.set(key, all);
  return () => {
    all.splice(all.indexOf(act), 1);
  };
}

export function keysOff(): boolean {
  try {
    return localStorage.getItem("keys") === "off";
  } catch {
    return false;
  }
}

/** Whoever speaks to the computer, or strays onto keys, turns single ones off: WCAG 2.1.4. */
export function keepKeys(on: boolean): void {
  try {
    if (on) localStorage.removeItem("keys");
    else localStorage.setItem("keys", "off");
  } catch {
    // a browser that keeps nothing has them on
  }
}

function typing(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
}

/** A link or button that is on answers to Enter and Space itself. */
function pressing(event: KeyboardEvent): boolean {
  return /^(Enter| )$/.test(event.key) && event.target instanceof Element && event.target.closest("a,button,summary,[role=tab]") !== null;
}

export function startKeys(): void {
  addEventListener("keydown", (event) => {
    const palette = (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k";
    if (palette) {
      event.preventDefault();
      acts.get("palette")?.at(-1)?.();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || pressing(event) || keysOff()) return;
    const second = Date.now() - led < LED_MS;
    led = !second && event.key === "g" ? Date.now() : 0;
    const act = acts.get(second ? `g ${event.key}` : event.key)?.at(-1);
    if (!act) return;
    if (document.querySelector("dialog[open]") && event.key.length === 1 && !document.querySelector("dialog.drawer[open]")) return;
    event.preventDefault();
    act();
  });
}
