import { $, ask, busy, make, me, note, offer_sign_out, sentence, show, t } from "./portal.js";

const PAGE = 50;
let cursor = "";

function row(customer) {
  const what = make("div", { class: "what" }, make("p", {}, make("bdi", {}, customer.name)));
  const active = !customer.status || customer.status === "active";
  const tag = make("span", { class: active ? "tag ok" : "tag" }, t(customer.status || "active"));
  return make("li", {}, what, tag);
}

function put(customers) {
  $("customers").append(...customers.map(row));
  const none = $("customers").childElementCount === 0;
  show("customers", !none);
  show("customers-state", none);
  $("customers-state").textContent = t("There is no customer yet.");
}

async function page() {
  const { body } = await ask("GET", `/v1/customers?limit=${PAGE}${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ""}`);
  cursor = body.next_cursor || "";
  put(body.data);
  show("more", cursor !== "");
}

/** Whoever works for several customers without the whole partner asks for each in its own name. */
async function each_of(memberships) {
  const ids = [...new Set(memberships.map((one) => one.customer_id).filter(Boolean))].slice(0, PAGE);
  put(await Promise.all(ids.map(async (id) => (await ask("GET", `/v1/customers/${id}`, undefined, { customer: id })).body)));
}

async function start() {
  const { body } = await me();
  $("who").textContent = [body.name, body.email].filter(Boolean).join(" · ");
  $("hello").textContent = body.name ? t("Welcome, {name}", { name: body.name }) : t("Welcome");
  if (body.second_factor_due) {
    location.replace("/account");
    return;
  }
  await (body.must_choose ? each_of(body.memberships) : page());
}

offer_sign_out();
$("more").addEventListener("click", () => busy($("more"), page).catch((problem) => note(sentence(problem))));
start()
  .catch((problem) => {
    show("customers-state", false);
    note(sentence(problem));
  })
  .finally(() => document.querySelector("main").setAttribute("aria-busy", "false"));
