import { locale, t } from "./i18n.ts";

/** Amounts come as decimal strings and never pass through a floating-point number: Intl takes the string as it is. */
export function money(value: { amount: string; currency: string } | null | undefined): string {
  if (!value) return "";
  const digits = value.amount.split(".")[1]?.length ?? 0;
  const format = new Intl.NumberFormat(locale, { style: "currency", currency: value.currency });
  const least = format.resolvedOptions().minimumFractionDigits ?? 2;
  const exact = new Intl.NumberFormat(locale, {
    style: "currency",
    currency: value.currency,
    minimumFractionDigits: least,
    maximumFractionDigits: Math.max(least, digits),
  });
  return exact.format(value.amount as unknown as number);
}

/** The zone that times are shown in, of this browser's user: "" is the browser's own. */
export function zone(): string {
  try {
    return localStorage.getItem("zone") ?? "";
  } catch {
    return "";
  }
}

export function keepZone(name: string): void {
  try {
    if (name) localStorage.setItem("zone", name);
    else localStorage.removeItem("zone");
  } catch {
    // a browser that keeps nothing shows its own
  }
}

const within = (): { timeZone?: string } => (zone() ? { timeZone: zone() } : {});

export const number = (n: number): string => n.toLocaleString(locale);

/** A ratio as it came, "6.10": both digits, or columns of them cannot be compared. */
export const ratio = (text: string | null): string => Number(text).toLocaleString(locale, { minimumFractionDigits: 2 });

const UNITS: Array<[Intl.RelativeTimeFormatUnit, number]> = [
  ["day", 86400],
  ["hour", 3600],
  ["minute", 60],
  ["second", 1],
];

/** "3 min. ago" within a day, the date otherwise. */
export function ago(at: string | null | undefined, now = Date.now()): string {
  if (!at) return t("never");
  const seconds = Math.round((new Date(at).getTime() - now) / 1000);
  if (Math.abs(seconds) >= 86400) return date(at);
  const [unit, size] = UNITS.find(([, size]) => Math.abs(seconds) >= size) ?? UNITS[3]!;
  return new Intl.RelativeTimeFormat(locale, { numeric: "auto", style: "short" }).format(Math.trunc(seconds / size), unit);
}

export function date(at: string): string {
  return new Date(at).toLocaleDateString(locale, { year: "numeric", month: "short", day: "numeric", ...within() });
}

/** To the second, with its zone. */
export function exact(at: string): string {
  return new Date(at).toLocaleString(locale, { dateStyle: "medium", timeStyle: "long", ...within() });
}

/** "1.4 s", "12 min": between two moments in ms. */
export function lasting(ms: number): string {
  if (ms < 1) return t("under {time}", { time: lasting(1) });
  const [unit, size]: [string, number] =
    ms < 1000 ? ["millisecond", 1] : ms < 60000 ? ["second", 1000] : ms < 3600000 ? ["minute", 60000] : ["hour", 3600000];
  const value = ms / size;
  return new Intl.NumberFormat(locale, { style: "unit", unit, unitDisplay: "short", maximumFractionDigits: value < 10 ? 1 : 0 }).format(value);
}

/** "PT2H30M" as "2 hr 30 min". */
export function span(of: string): string {
  const units: Record<string, string> = { D: "day", H: "hour", M: "minute", S: "second" };
  const parts = [...of.matchAll(/(\d+)([DHMS])/g)];
  return parts.map(([, n, unit]) => new Intl.NumberFormat(locale, { style: "unit", unit: units[unit!]!, unitDisplay: "short" }).format(Number(n))).join(" ") || of;
}

/** Minutes as the API wants a span; what is no number is left for it to refuse. */
export function spanOf(minutes: string): string {
  return /^\d+$/.test(minutes.trim()) ? `PT${Number(minutes)}M` : minutes;
}

/** 0.975 as "97.5%". */
export function share(of: number, digits = 1): string {
  return of.toLocaleString(locale, { style: "percent", maximumFractionDigits: digits });
}

/** "+8.4%", "−3%": how much more there is now than before. */
export function change(now: number, before: number): string {
  return (now / before - 1).toLocaleString(locale, { style: "percent", maximumFractionDigits: 1, signDisplay: "exceptZero" });
}

/** "14:00" of a moment. */
export function clock(at: string): string {
  return new Date(at).toLocaleTimeString(locale, { hour: "2-digit", minute: "2-digit" });
}
