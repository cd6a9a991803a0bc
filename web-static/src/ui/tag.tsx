import type { ComponentChildren } from "preact";

export type Kind = "ok" | "watch" | "act" | "quiet";

/** A state: never by colour alone, but by a mark and a word, too. */
export function Tag({ kind, children }: { kind: Kind; children: ComponentChildren }) {
  return (
    <span class={`tag ${kind}`}>
      <i class="mark" aria-hidden="true" />
      {children}
    </span>
  );
}
