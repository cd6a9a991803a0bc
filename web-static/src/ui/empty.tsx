import type { ComponentChildren } from "preact";

/** What belongs here, why there is none, and the one thing to do. */
export function Empty({ title, children, action }: { title: string; children?: ComponentChildren; action?: ComponentChildren }) {
  return (
    <div class="empty">
      <p class="strong">{title}</p>
      {children ? <p class="muted">{children}</p> : null}
      {action ? <p class="buttons">{action}</p> : null}
    </div>
  );
}
