import type { Kind } from "../ui/tag.tsx";
import { t } from "./i18n.ts";

/** What a state is called, and whether somebody has to do something. */
export type Said = [Kind, string];

export function orderState(state: string | null): Said {
  switch (state) {
    case "delivered":
      return ["ok", t("Delivered")];
    case "received":
      return ["quiet", t("On its way")];
    case "held":
      return ["act", t("Held")];
    default:
      return ["quiet", state ?? ""];
  }
}

export function connectionState(status: string | null, late = false): Said {
  switch (status) {
    case "active":
      return late ? ["watch", t("Late")] : ["ok", t("On time")];
    case "paused":
      return ["quiet", t("Paused")];
    case "broken":
      return ["act", t("Action required")];
    case "revoked":
      return ["quiet", t("Ended")];
    default:
      return ["quiet", status ?? ""];
  }
}

export function jobState(state: string | null): Said {
  switch (state) {
    case "done":
      return ["ok", t("Done")];
    case "held":
      return ["act", t("Held")];
    case "dead":
      return ["act", t("Given up")];
    case "ready":
      return ["quiet", t("Waiting")];
    case "leased":
      return ["quiet", t("Under way")];
    case "cancelled":
      return ["quiet", t("Cancelled")];
    default:
      return ["quiet", state ?? ""];
  }
}

/** How a cause goes on, against the hours before. */
export function trend(of: string | null): Said {
  switch (of) {
    case "rising":
      return ["act", t("Rising")];
    case "falling":
      return ["ok", t("Falling")];
    default:
      return ["quiet", t("Steady")];
  }
}

export function flowState(flow: { state: string | null; shadow: string | null; current_version: number }): Said {
  if (!flow.current_version) return ["quiet", t("Draft")];
  if (flow.state === "paused") return ["watch", t("Paused")];
  if (flow.state === "draining") return ["watch", t("Stopping")];
  return flow.shadow === "on" ? ["watch", t("Shadow")] : ["ok", t("Live")];
}
