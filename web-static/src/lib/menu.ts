import type { IconName } from "../ui/icon.tsx";
import { customer } from "./api.ts";
import { t } from "./i18n.ts";
import { can, ofPartner } from "./session.ts";

export interface Item {
  path: string;
  words: string;
  icon: IconName;
  /** The letter after "g". */
  key: string;
  may: string;
  group: "" | "configure" | "assure" | "account";
  /** Of the partner itself, and not of one customer. */
  whole?: boolean;
  /** Of one customer, or of whoever belongs to one. */
  within?: boolean;
}

const items = (): Item[] => [
  { path: "/", words: t("Overview"), icon: "home", key: "o", may: "flows:read", group: "" },
  { path: "/fleet", words: t("Fleet"), icon: "globe", key: "l", may: "customers:read", group: "", whole: true },
  { path: "/exceptions", words: t("Exceptions"), icon: "warning", key: "e", may: "flows:read", group: "" },
  { path: "/orders", words: t("Orders"), icon: "list", key: "r", may: "orders:read", group: "" },
  { path: "/customers", words: t("Customers"), icon: "people", key: "c", may: "customers:read", group: "", whole: true },
  { path: "/connections", words: t("Connections"), icon: "plug", key: "n", may: "connections:read", group: "configure" },
  { path: "/flows", words: t("Flows"), icon: "flow", key: "f", may: "flows:read", group: "configure" },
  { path: "/files", words: t("Files"), icon: "document", key: "y", may: "messages:read", group: "configure" },
  { path: "/service-levels", words: t("Service levels"), icon: "gauge", key: "s", may: "connections:read", group: "assure" },
  { path: "/grants", words: t("Support access"), icon: "people", key: "v", may: "grants:read", group: "assure" },
  { path: "/mappings", words: t("Mappings"), icon: "mapping", key: "m", may: "mappings:read", group: "configure" },
  { path: "/cross-references", words: t("Cross references"), icon: "book", key: "x", may: "mappings:read", group: "configure" },
  { path: "/drifts", words: t("Drift"), icon: "retry", key: "d", may: "mappings:read", group: "assure" },
  { path: "/audit", words: t("Audit log"), icon: "document", key: "a", may: "audit:read", group: "assure" },
  { path: "/usage", words: t("Usage"), icon: "chart", key: "u", may: "billing:read", group: "account", whole: true },
  { path: "/team", words: t("Team"), icon: "people", key: "t", may: "users:read", group: "account" },
  { path: "/api-keys", words: t("API keys"), icon: "key", key: "k", may: "keys:read", group: "account" },
  { path: "/branding", words: t("Branding"), icon: "brush", key: "b", may: "brand:read", group: "account", whole: true },
  { path: "/domains", words: t("Domains and mail"), icon: "globe", key: "w", may: "hosts:read", group: "account", whole: true },
  { path: "/settings", words: t("Settings"), icon: "gear", key: "i", may: "stores:read", group: "account" },
];

/** What this person may open here; what they may not is not there. */
export function menu(): Item[] {
  return items().filter((one) => can(one.may) && (!one.whole || (ofPartner.value && !customer.value)));
}

export const groups = (): Record<string, string> => ({ configure: t("Configure"), assure: t("Assure"), account: t("Account") });
