import { useId } from "preact/hooks";

/** Parts of one thing. Arrows move between them, as of tabs everywhere. */
export function Tabs<Name extends string>({ label, all, chosen, onChoose }: { label: string; all: Array<[Name, string]>; chosen: Name; onChoose: (name: Name) => void }) {
  const id = useId();
  const move = (event: KeyboardEvent) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const turned = document.documentElement.dir === "rtl" ? -step : step;
    const at = all.findIndex(([name]) => name === chosen);
    const next = all[(at + turned + all.length) % all.length];
    if (!next) return;
    event.preventDefault();
    onChoose(next[0]);
    document.getElementById(`${id}-${next[0]}`)?.focus();
  };
  return (
    <div class="tabs" role="tablist" aria-label={label} onKeyDown={move}>
      {all.map(([name, words]) => (
        <button
          type="button"
          role="tab"
          key={name}
          id={`${id}-${name}`}
          aria-selected={name === chosen}
          tabIndex={name === chosen ? 0 : -1}
          onClick={() => onChoose(name)}
        >
          {words}
        </button>
      ))}
    </div>
  );
}
