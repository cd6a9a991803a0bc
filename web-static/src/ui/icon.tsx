/** Our own strokes on a grid of 16 units. Beside words they say nothing of their own, so readers skip them. */
const PATHS = {
  home: "M2.5 7 8 2.5 13.5 7v6.5h-4v-4h-3v4h-4z",
  warning: "M8 2.5 14.5 13.5h-13z M8 6.5v3.2 M8 11.6v.4",
  list: "M5.5 4h8 M5.5 8h8 M5.5 12h8 M2.5 4h.4 M2.5 8h.4 M2.5 12h.4",
  plug: "M5.5 2.5v3 M10.5 2.5v3 M4 5.5h8v2.5a4 4 0 0 1-8 0z M8 12v2",
  mapping: "M2 4h4l4 8h4 M2 12h4l4-8h4",
  flow: "M3 4.5h4 M9 11.5h4 M3 8h10",
  book: "M3 2.5h7.5a2.5 2.5 0 0 1 2.5 2.5v8.5H5.5A2.5 2.5 0 0 1 3 11z M5.5 6h5 M5.5 9h5",
  gauge: "M2.5 12a6 6 0 1 1 11 0 M8 10l3-3.5",
  document: "M4 1.5h5.5L12.5 4.5v10h-8.5z M6 7h4.5 M6 10h4.5",
  chart: "M2.5 13.5h11 M4.5 11V8 M8 11V4 M11.5 11V6",
  people: "M6 7.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5z M1.5 13.5a4.5 4.5 0 0 1 9 0 M11 3a2.3 2.3 0 0 1 0 4.3 M12 9.6a4.4 4.4 0 0 1 2.5 3.9",
  brush: "M13.5 2.5 7 9 M5.5 9.5a2 2 0 0 1 1.5 3c-.8 1.3-2.6 1.2-4.5.5 1.2-.6.9-1.5 1.2-2.3a2 2 0 0 1 1.8-1.2z",
  key: "M10 9a3.5 3.5 0 1 0-3.3-2.4L2.5 10.8v2.7h2.7l.6-1.7h1.7l.8-2.3z M10.8 5.2h.1",
  globe: "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12z M2 8h12 M8 2c2 2 2.5 4 2.5 6S10 12 8 14c-2-2-2.5-4-2.5-6S6 4 8 2z",
  gear: "M8 10.3a2.3 2.3 0 1 0 0-4.6 2.3 2.3 0 0 0 0 4.6z M8 1.8v2 M8 12.2v2 M1.8 8h2 M12.2 8h2 M3.6 3.6 5 5 M11 11l1.4 1.4 M12.4 3.6 11 5 M5 11l-1.4 1.4",
  search: "M7 12A5 5 0 1 0 7 2a5 5 0 0 0 0 10z M10.8 10.8 14 14",
  sun: "M8 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6z M8 1.5v1.3 M8 13.2v1.3 M1.5 8h1.3 M13.2 8h1.3",
  moon: "M13.5 9.5A6 6 0 0 1 6.5 2.5a6 6 0 1 0 7 7z",
  close: "M4 4l8 8 M12 4l-8 8",
  check: "M3 8.5 6.5 12 13 4.5",
  retry: "M13 8a5 5 0 1 1-1.5-3.5L13 6 M13 2.5V6H9.5",
  more: "M3.5 8h.4 M8 8h.4 M12.5 8h.4",
  next: "M6 3.5 10.5 8 6 12.5",
  copy: "M5.5 5.5h8v8h-8z M2.5 10.5v-8h8",
  share: "M8 9.5v-8 M5 4.5l3-3 3 3 M3 8v5.5h10V8",
  leave: "M6.5 2.5h-4v11h4 M6 8h8 M11 5l3 3-3 3",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, mirrored }: { name: IconName; mirrored?: boolean }) {
  return (
    <svg class={mirrored ? "icon mirrored" : "icon"} viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
