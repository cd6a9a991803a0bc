import { passkey_make, passkey_words, passkeys_work } from "./passkey.js";
import { $, ask, busy, failed, field_error, form, make, me, note, offer_sign_out, said, sentence, show, t, when } from "./portal.js";
import { qr_svg } from "./qr.js";

let version = "";

const wrong_password = (problem) =>
  problem.status === 403 && problem.code === "forbidden" ? t("The password is not right.") : "";

/* ---- profile and factors ---- */

function factors(body) {
  const state = $("totp-state");
  state.className = body.totp ? "state ok" : "state";
  state.textContent = body.totp
    ? t("The app is on. Recovery codes left: {n}.", { n: body.recovery_codes })
    : t("No app is set up.");
  show("totp-begin", !body.totp);
  show("totp-manage", body.totp);
  show("totp-confirm", false);
  show("factor-due", body.second_factor_due);
}

async function profile() {
  const { body, etag } = await me();
  version = etag;
  $("who").textContent = body.email;
  $("username").value = body.email;
  $("name").value = body.name || "";
  $("locale").value = (body.locale || "en").slice(0, 2);
  $("passkey_password").required = body.has_password;
  show("passkey-password", body.has_password);
  factors(body);
}

form("profile-form", async ({ name }) => {
  const { etag } = await ask("PATCH", "/v1/me", { name, locale: $("locale").value }, { "if-match": version });
  version = etag;
  said($("profile-form"), t("Saved."));
});

form(
  "password-form",
  async ({ current_password, password }) => {
    await ask("PUT", "/v1/me/password", { current_password, password });
    $("password-form").reset();
    said($("password-form"), t("Changed."));
    await sessions();
  },
  wrong_password,
);

/* ---- the app ---- */

form(
  "totp-begin",
  async ({ totp_password }) => {
    const { body } = await ask("POST", "/v1/me/totp", { password: totp_password });
    $("totp-begin").reset();
    $("qr").replaceChildren(qr_svg(body.uri, t("Scan this picture with your app, or type the key in.")));
    $("totp-key").textContent = (new URL(body.uri).searchParams.get("secret") || "").replace(/(.{4})(?=.)/g, "$1 ");
    show("totp-begin", false);
    show("totp-confirm");
    $("totp_code").focus();
  },
  wrong_password,
);

function put_codes(codes) {
  $("code-list").replaceChildren(...codes.map((code) => make("li", {}, code)));
  show("codes");
  $("codes").focus();
}

form(
  "totp-confirm",
  async ({ totp_code }) => {
    const { body } = await ask("POST", "/v1/me/totp/confirm", { code: totp_code });
    $("totp-confirm").reset();
    $("qr").replaceChildren();
    $("totp-key").textContent = "";
    await profile();
    put_codes(body.codes);
    await sessions();
  },
  (problem) => ([401, 422].includes(problem.status) ? t("The code is not right. Type the one that is shown now.") : ""),
);

form(
  "totp-manage",
  async ({ manage_password }) => {
    const { body } = await ask("POST", "/v1/me/recovery-codes", { password: manage_password });
    $("totp-manage").reset();
    await profile();
    put_codes(body.codes);
  },
  wrong_password,
);

$("totp-off").addEventListener("click", () =>
  busy($("totp-off"), async () => {
    note("");
    await ask("DELETE", "/v1/me/totp", { password: $("manage_password").value });
    $("totp-manage").reset();
    show("codes", false);
    await profile();
  }).catch((problem) => failed($("totp-manage"), problem, wrong_password(problem))),
);

async function copy(button, text) {
  const label = button.textContent;
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = t("Copied");
  } catch {
    button.textContent = t("Not copied");
  }
  setTimeout(() => (button.textContent = label), 2000);
}

$("copy-key").addEventListener("click", () => copy($("copy-key"), $("totp-key").textContent.replace(/ /g, "")));
$("copy-codes").addEventListener("click", () =>
  copy($("copy-codes"), [...$("code-list").children].map((one) => one.textContent).join("\n")),
);

/* ---- passkeys ---- */

function passkey_row(one) {
  const used = one.used_at ? t("last used {when}", { when: when(one.used_at) }) : t("never used");
  const made = t("Made {when}", { when: when(one.created_at) });
  const what = make("div", { class: "what" }, make("p", {}, one.name), make("p", {}, `${made}, ${used}`));
  const remove = make("button", { type: "button", class: "plain danger" }, t("Remove"));
  remove.setAttribute("aria-label", t("Remove {what}", { what: one.name }));
  remove.addEventListener("click", () => {
    const password = $("passkey_password");
    note("");
    field_error(password, password.required && !password.value ? t("Fill this in.") : "");
    if (password.required && !password.value) return password.focus();
    busy(remove, async () => {
      await ask("DELETE", `/v1/me/passkeys/${one.id}`, password.value ? { password: password.value } : {});
      $("passkey-form").reset();
      await Promise.all([passkeys(), profile()]);
      $("passkeys-state").focus();
    }).catch((problem) => failed($("passkey-form"), problem, wrong_password(problem)));
  });
  return make("li", {}, what, remove);
}

async function passkeys() {
  const { body } = await ask("GET", "/v1/me/passkeys");
  const n = body.data.length;
  $("passkeys").replaceChildren(...body.data.map(passkey_row));
  show("passkeys", n > 0);
  show("passkey-form", passkeys_work || n > 0); // its password is asked to remove one as well
  show("passkey-name", passkeys_work);
  show("passkey-add", passkeys_work);
  const missing = passkeys_work ? "" : t("This browser cannot make passkeys. Open this page in another one.");
  $("passkeys-state").textContent = [n ? "" : t("No passkey is set up."), missing].filter(Boolean).join(" ");
  show("passkeys-state", !n || !passkeys_work);
}

form(
  "passkey-form",
  async ({ passkey_name, passkey_password }) => {
    const password = passkey_password ? { password: passkey_password } : {};
    const { body } = await ask("POST", "/v1/me/passkeys/options", password);
    await ask("POST", "/v1/me/passkeys", { name: passkey_name, ...(await passkey_make(body)) });
    $("passkey-form").reset();
    await Promise.all([passkeys(), profile()]);
    said($("passkey-form"), t("Added."));
  },
  (problem) => wrong_password(problem) || passkey_words(problem),
);

/* ---- sessions ---- */

const BROWSERS = [["Edg/", "Edge"], ["OPR/", "Opera"], ["Firefox/", "Firefox"], ["Chrome/", "Chrome"], ["Safari/", "Safari"]];
const SYSTEMS = [["iPhone", "iPhone"], ["iPad", "iPad"], ["Android", "Android"], ["Windows", "Windows"], ["Mac OS", "macOS"], ["Linux", "Linux"]];

function device(agent) {
  const named = (list) => (list.find(([mark]) => (agent || "").includes(mark)) || [])[1];
  return [named(BROWSERS), named(SYSTEMS)].filter(Boolean).join(", ") || t("Unknown device");
}

function session_row(one) {
  const what = make(
    "div",
    { class: "what" },
    make("p", {}, device(one.user_agent)),
    make("p", {}, t("{address}, last used {when}", { address: one.address || "–", when: when(one.seen_at) })),
  );
  if (one.current) return make("li", {}, what, make("span", { class: "tag ok" }, t("this one")));
  const end = make("button", { type: "button", class: "plain" }, t("Sign out"));
  end.setAttribute("aria-label", t("Sign out {what}", { what: device(one.user_agent) }));
  end.addEventListener("click", () =>
    busy(end, async () => {
      await ask("DELETE", `/v1/me/sessions/${one.id}`);
      await sessions();
      $("sessions-title").scrollIntoView({ block: "nearest" });
    }).catch((problem) => note(sentence(problem))),
  );
  return make("li", {}, what, end);
}

async function sessions() {
  const { body } = await ask("GET", "/v1/me/sessions");
  $("sessions").replaceChildren(...body.data.map(session_row));
  show("sessions", body.data.length > 0);
  show("sessions-state", body.data.length === 0);
  show("end-others", body.data.length > 1);
}

$("end-others").addEventListener("click", () =>
  busy($("end-others"), async () => {
    await ask("DELETE", "/v1/me/sessions");
    await sessions();
    $("sessions-said").textContent = t("Signed out everywhere else.");
  }).catch((problem) => note(sentence(problem))),
);

offer_sign_out();
Promise.all([profile(), passkeys(), sessions()])
  .catch((problem) => note(sentence(problem)))
  .finally(() => document.querySelector("main").setAttribute("aria-busy", "false"));
