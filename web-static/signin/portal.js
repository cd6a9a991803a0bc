// What the pages of signing in share: words, questions to the API, forms. Nothing here writes markup from text.
const KNOWN = ["en", "de", "fr", "es"];

function language() {
  const asked = [stored(), ...navigator.languages].map((tag) => (tag || "").slice(0, 2).toLowerCase());
  return asked.find((tag) => KNOWN.includes(tag)) || "en";
}

function stored() {
  try {
    return localStorage.getItem("language");
  } catch {
    return null;
  }
}

export const lang = language();
const words = lang === "en" ? {} : (await import(`./words-${lang}.js`)).words;

/** The English text is the key; {n} takes a value. */
export function t(text, values = {}) {
  const own = words[text] || text;
  return own.replace(/\{(\w+)\}/g, (hole, name) => (name in values ? String(values[name]) : hole));
}

/** Every element marked data-t says its English text; one marked data-t-label its label. */
function translate() {
  document.documentElement.lang = lang;
  for (const element of document.querySelectorAll("[data-t]")) element.textContent = t(element.textContent.trim());
  for (const element of document.querySelectorAll("[data-t-label]"))
    element.setAttribute("aria-label", t(element.getAttribute("aria-label")));
  const name = document.querySelector('meta[name="application-name"]').content;
  document.title = name ? `${document.title} · ${name}` : document.title;
}

function offer_languages() {
  const select = document.getElementById("lang");
  select.value = lang;
  select.addEventListener("change", () => {
    try {
      localStorage.setItem("language", select.value);
    } catch {
      return;
    }
    location.reload();
  });
}

export const $ = (id) => document.getElementById(id);
export function show(id, yes = true) {
  $(id).hidden = !yes;
}

/** An element with text and children: never from markup. */
export function make(tag, attributes = {}, ...inside) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...inside);
  return element;
}

/* ---- the API ---- */

export class Problem extends Error {
  constructor(status, body, retryAfter) {
    super(body.detail || body.title || "");
    this.status = status;
    this.code = body.code || "";
    this.errors = body.errors || [];
    this.retryAfter = retryAfter;
  }
}

async function problem_of(answer) {
  const body = await answer.json().catch(() => ({}));
  return new Problem(answer.status, body, Number(answer.headers.get("retry-after")) || 0);
}

/** {body, etag}; throws a Problem. Status 0: no answer came. */
export async function ask(method, path, body, headers = {}) {
  let answer;
  try {
    answer = await fetch(path, {
      method,
      headers: body === undefined ? headers : { "content-type": "application/json", ...headers },
      body: body === undefined ? undefined : JSON.stringify(body),
      credentials: "same-origin",
      cache: "no-store",
    });
  } catch {
    throw new Problem(0, {}, 0);
  }
  if (!answer.ok) throw await problem_of(answer);
  const text = await answer.text();
  return { body: text ? JSON.parse(text) : null, etag: answer.headers.get("etag") };
}

/** For pages of whoever is signed in: anybody else is led to the door, and back here afterwards. */
export async function me() {
  try {
    return await ask("GET", "/v1/me");
  } catch (problem) {
    if (problem.status !== 401) throw problem;
    location.replace(`/login?next=${encodeURIComponent(location.pathname)}`);
    return new Promise(() => {});
  }
}

export function sentence(problem) {
  if (problem.status === 0) return t("The server cannot be reached. Look at your connection and try again.");
  if (problem.status === 429)
    return problem.retryAfter > 90
      ? t("Too many tries. Try again in {n} minutes.", { n: Math.ceil(problem.retryAfter / 60) })
      : t("Too many tries. Try again in {n} seconds.", { n: problem.retryAfter || 60 });
  if (problem.status >= 500) return t("Something went wrong here. Try again in a moment.");
  if (problem.status === 412) return t("This was changed elsewhere meanwhile. Load the page again.");
  if (!problem.message) return t("This did not work.");
  const said = problem.message;
  return `${said.charAt(0).toUpperCase()}${said.slice(1)}${/[.!?]$/.test(said) ? "" : "."}`;
}

/* ---- forms ---- */

export function note(text, kind = "bad") {
  const element = $("note");
  element.className = `note ${kind}`;
  element.textContent = text || "";
  element.hidden = !text;
}

export function field_error(input, text) {
  const error = $(`${input.id}-error`);
  input.setAttribute("aria-invalid", text ? "true" : "false");
  error.textContent = text || "";
  error.hidden = !text;
}

function fault_of(input) {
  const value = input.type === "password" ? input.value : input.value.trim();
  if (!value) return input.required ? t("Fill this in.") : "";
  if (input.type === "email" && !/^[^\s@]+@[^\s@]+$/.test(value)) return t("Write an address like name@example.com.");
  if (input.minLength > 0 && value.length < input.minLength)
    return t("Use at least {n} characters.", { n: input.minLength });
  return "";
}

function inputs_of(form) {
  return [...form.querySelectorAll("input[name]")];
}

/** True when all fields can be sent; otherwise each says why, and the first has the focus. */
function check(form) {
  const bad = inputs_of(form).filter((input) => {
    const fault = fault_of(input);
    field_error(input, fault);
    return fault;
  });
  if (bad.length) bad[0].focus();
  return bad.length === 0;
}

/** Puts the faults that the API names beside their fields; false when none is of this form. */
function place(form, problem) {
  const placed = [];
  for (const fault of problem.errors) {
    const name = String(fault.pointer || "").replace(/^\//, "");
    const input = inputs_of(form).find((one) => one.name === name || one.dataset.pointer === name);
    if (!input) continue;
    const said = t(fault.detail || "");
    field_error(input, said ? `${said.charAt(0).toUpperCase()}${said.slice(1)}` : t("This cannot be taken."));
    placed.push(input);
  }
  if (placed.length) placed[0].focus();
  return placed.length > 0;
}

/** While the answer is awaited the button says so and does nothing; it keeps the focus. */
export async function busy(button, work) {
  if (button.getAttribute("aria-busy") === "true") return;
  const label = button.textContent;
  const late = setTimeout(() => (button.textContent = t("One moment…")), 400);
  button.setAttribute("aria-busy", "true");
  try {
    await work();
  } finally {
    clearTimeout(late);
    button.textContent = label;
    button.setAttribute("aria-busy", "false");
  }
}

/** on_send gets the values by name. What it throws is shown; words(problem) may say it better. */
export function form(id, on_send, words_of = () => "") {
  const element = $(id);
  const button = element.querySelector('button[type="submit"]');
  element.addEventListener("input", (event) => {
    if (event.target.getAttribute("aria-invalid") === "true") field_error(event.target, "");
  });
  element.addEventListener("submit", (event) => {
    event.preventDefault();
    note("");
    said(element, "");
    if (!check(element)) return;
    const values = Object.fromEntries(inputs_of(element).map((input) => [input.name, input.value]));
    for (const input of inputs_of(element)) if (input.type !== "password") values[input.name] = input.value.trim();
    busy(button, () => on_send(values)).catch((problem) => failed(element, problem, words_of(problem)));
  });
}

export function failed(element, problem, better) {
  if (!(problem instanceof Problem)) console.error(problem);
  if (!better && problem.errors && place(element, problem)) return;
  note(better || (problem instanceof Problem ? sentence(problem) : t("This did not work.")));
  $("note").scrollIntoView({ block: "nearest" });
}

/** A short word beside the button that did it. */
export function said(element, text) {
  const place_ = element.querySelector(".said");
  if (place_) place_.textContent = text;
}

function offer_showing() {
  for (const button of document.querySelectorAll("[data-shows]"))
    button.addEventListener("click", () => {
      const input = $(button.dataset.shows);
      const shown = input.type === "text";
      input.type = shown ? "password" : "text";
      button.setAttribute("aria-pressed", String(!shown));
      button.textContent = shown ? t("Show") : t("Hide");
    });
}

/** The secret of a link stands behind the #, so no server saw it; it leaves the address bar as well. */
export function link_secret() {
  const secret = location.hash.slice(1);
  if (secret) history.replaceState(null, "", location.pathname);
  return secret;
}

/** A path of this host alone, wherever it was found. */
export function own_path(next) {
  return /^\/[A-Za-z0-9]/.test(next) ? next : "/home";
}

export function next_path() {
  return own_path(new URLSearchParams(location.search).get("next") || "");
}

export function offer_sign_out() {
  const button = $("sign-out");
  button.addEventListener("click", () =>
    busy(button, async () => {
      await ask("DELETE", "/v1/session");
      location.replace("/login");
    }).catch((problem) => note(sentence(problem))),
  );
}

export function when(text) {
  return new Intl.DateTimeFormat(lang, { dateStyle: "medium", timeStyle: "short" }).format(new Date(text));
}

translate();
offer_languages();
offer_showing();
