import { signal } from "@preact/signals";

type Theme = "light" | "dark";

function kept(): Theme | null {
  try {
    const said = localStorage.getItem("theme");
    return said === "light" || said === "dark" ? said : null;
  } catch {
    return null;
  }
}

const asked = matchMedia("(prefers-color-scheme: dark)");
export const theme = signal<Theme>(kept() ?? (asked.matches ? "dark" : "light"));

function show(): void {
  if (kept()) document.documentElement.dataset["theme"] = theme.value;
}

export function startTheme(): void {
  show();
  asked.addEventListener("change", () => {
    if (!kept()) theme.value = asked.matches ? "dark" : "light";
  });
}

export function turnTheme(): void {
  theme.value = theme.value === "dark" ? "light" : "dark";
  try {
    localStorage.setItem("theme", theme.value);
  } catch {
    // shown for this page alone
  }
  document.documentElement.dataset["theme"] = theme.value;
}
