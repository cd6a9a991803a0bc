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

export const number = (n: number): string => n.toLocaleString(locale);

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
  return new Date(at).toLocaleDateString(locale, { year: "numeric", month: "short", day: "numeric" });
}

/** To the second, with its zone. */
export function exact(at: string): string {
  return new Date(at).toLocaleString(locale, { dateStyle: "medium", timeStyle: "long" });
}

/** "1.4 s", "12 min": between two moments in ms. */
export function lasting(ms: number): string {
  if (ms < 1) return t("under {time}", { time: lasting(1) });
  const [unit, size]: [string, number] =
    ms < 1000 ? ["millisecond", 1] : ms < 60000 ? ["second", 1000] : ms < 3600000 ? ["minute", 60000] : ["hour", 3600000];
  const value = ms / size;
  return new Intl.NumberFormat(locale, { style: "unit", unit, unitDisplay: "short", maximumFractionDigits: value < 10 ? 1 : 0 }).format(value);
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
