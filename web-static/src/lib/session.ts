import { computed, signal } from "@preact/signals";
import type { Customer, Me } from "./api-types.ts";
import { call, customer, onSignedOut } from "./api.ts";

/** Who is signed in. Loaded before anything is drawn; anew when the customer changes, since what is allowed may be another. */
export const me = signal<Me | null>(null);

/** The customer that partner staff act for, by name. */
export const acting = signal<Customer | null>(null);

const allowed = computed(() => new Set((me.value?.permissions as string[] | undefined) ?? []));

export function can(permission: string): boolean {
  return allowed.value.has(permission);
}

/** Sees the whole partner: has the fleet, the brand and the customers in the menu. */
export const ofPartner = computed(() => (me.value?.memberships ?? []).some((one) => one.customer_id === null));

/** Of whom one has to be chosen before there is anything to see; none: nothing has to be. */
export async function mustChoose(): Promise<Array<{ id: string; name: string }>> {
  const of = me.value?.must_choose && !customer.value ? me.value.memberships : [];
  const ids = [...new Set(of.flatMap((one) => one.customer_id ?? []))];
  const asked = ids.map((id) => call("GET /v1/customers/{customer_id}", { path: { customer_id: id }, customer: id }).then((answer) => answer.body.name));
  const names = await Promise.allSettled(asked);
  return ids.map((id, i) => ({ id, name: (names[i]?.status === "fulfilled" && names[i].value) || id }));
}

/** Whoever belongs to one customer alone is in it without saying so; of several one has to be chosen. */
export async function startSession(): Promise<boolean> {
  onSignedOut(() => location.replace(`/login?next=${encodeURIComponent(location.pathname + location.search)}`));
  me.value = (await call("GET /v1/me", {})).body;
  if (me.value.second_factor_due) {
    location.replace("/account");
    return false;
  }
  await follow();
  customer.subscribe(() => void follow());
  return true;
}

let followed = "";
async function follow(): Promise<void> {
  const id = customer.value;
  if (id === followed) return;
  followed = id;
  if (!id) {
    acting.value = null;
    return;
  }
  const [who, whose] = await Promise.all([call("GET /v1/me", {}), call("GET /v1/customers/{customer_id}", { path: { customer_id: id } })]);
  if (customer.value !== id) return;
  me.value = who.body;
  acting.value = whose.body;
}

export async function signOut(): Promise<void> {
  await call("DELETE /v1/session", {}).catch(() => undefined);
  location.replace("/login");
}
