import { t } from "../lib/i18n.ts";
import type { Said } from "../lib/states.ts";
import { mapping } from "./state.ts";

/** How a version of the mapping that is open stands. */
export function statusOf(one: { status: string | null; reviewer: string | null; number: number }): Said {
  const of = mapping.value;
  if (of?.current_version === one.number) return ["ok", t("Live")];
  if (of?.rolling_version === one.number) return ["watch", t("Live for {n} %", { n: of.share })];
  switch (one.status) {
    case "draft":
      return ["quiet", t("Draft")];
    case "in_review":
      return one.reviewer ? ["ok", t("Approved")] : ["watch", t("In review")];
    default:
      return ["quiet", t("Retired")];
  }
}
