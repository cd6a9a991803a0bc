/** What the portal reads of a connector's document: what it asks for, and why. */
export interface Setting {
  title: string;
  kind: "text" | "integer" | "boolean" | "choice" | "host" | "address" | "list" | "map" | "object";
  needed?: boolean;
  help?: string;
  choices?: string[];
  default?: unknown;
}

export interface Secret {
  title: string;
  why?: string;
  optional?: boolean;
  webhooks?: boolean;
}

export interface Permission {
  name: string;
  why: string;
}

export interface Manifest {
  settings?: Record<string, Setting>;
  secrets?: Record<string, Secret>;
  permissions?: Permission[];
}

/** What somebody typed as the document wants it; "" says nothing. */
export function settingValue(of: Setting, typed: string): unknown {
  if (typed === "") return undefined;
  switch (of.kind) {
    case "boolean":
      return typed === "true";
    case "integer":
      return Number.isFinite(Number(typed)) ? Number(typed) : typed;
    case "list":
    case "map":
    case "object":
      return parsed(typed);
    default:
      return typed;
  }
}

/** JSON as it is; anything else stays text, and the server says what it wants there. */
function parsed(typed: string): unknown {
  try {
    return JSON.parse(typed) as unknown;
  } catch {
    return typed;
  }
}
