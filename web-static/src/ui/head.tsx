import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { brand } from "../lib/brand.ts";

/** What a page is called, what it is about, and what can be done on all of it. */
export function Head({ title, about, crumb, children }: { title: string; about?: ComponentChildren; crumb?: ComponentChildren; children?: ComponentChildren }) {
  useEffect(() => {
    document.title = brand.name ? `${title} · ${brand.name}` : title;
  }, [title]);
  return (
    <header class="head">
      <div class="grow">
        {crumb ? <p class="crumb">{crumb}</p> : null}
        <h1 tabIndex={-1}>{title}</h1>
        {about ? <p class="about">{about}</p> : null}
      </div>
      {children ? <div class="actions">{children}</div> : null}
    </header>
  );
}
