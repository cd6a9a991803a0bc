import { offer_passkeys, passkeys_work } from "./passkey.js";
import { $, ask, busy, form, next_path, note, sentence, show, t } from "./portal.js";

let token = ""; // of the step between the password and the second factor

function refused(problem) {
  if (problem.status === 401) return t("The address or the password is not right.");
  return "";
}

/* The partner's own sentence; not every one has one. */
function login_text(yes) {
  if ($("login-text")) show("login-text", yes);
}

function signed_in() {
  location.replace(next_path());
}

function second_step(answer) {
  token = answer.token;
  show("password-form", false);
  show("code-form");
  show("code-part", answer.totp);
  show("passkey-part", answer.passkey && passkeys_work);
  show("passkey-or", answer.totp);
  if (!answer.totp && !passkeys_work)
    note(t("Your second factor is a passkey, and this browser has none. Open this page in a browser that has."));
  login_text(false);
  document.querySelector("h1").textContent = t("Second factor");
  if (answer.totp) $("code").focus();
  else document.querySelector("#passkey-part button").focus();
}

form(
  "password-form",
  async ({ email, password }) => {
    const { body } = await ask("POST", "/v1/session", { email, password });
    $("password").value = "";
    if (body.state === "signed_in") signed_in();
    else second_step(body);
  },
  refused,
);

form(
  "code-form",
  async ({ code }) => {
    await ask("POST", "/v1/session/second-factor", { token, code: code.replace(/\s/g, "") });
    signed_in();
  },
  (problem) => (problem.status === 401 ? t("The code is not right, or too late. Type the one that is shown now.") : ""),
);

$("start-over").addEventListener("click", () => {
  token = "";
  note("");
  $("code").value = "";
  show("code-form", false);
  show("password-form");
  login_text(true);
  document.querySelector("h1").textContent = t("Sign in");
  $("password").focus();
});

offer_passkeys(signed_in);

/* ---- the partner's own identity provider ---- */

async function offer_provider() {
  const { body } = await ask("GET", "/v1/session/ways");
  if (!body.provider) return;
  $("provider").textContent = t("Sign in with {name}", { name: body.provider });
  show("provider-part");
  show("provider-or", body.password);
  show("password-part", body.password);
}

/* Where to go on afterwards stays in this browser. */
async function leave() {
  const { body } = await ask("POST", "/v1/session/provider");
  sessionStorage.setItem("next", next_path());
  location.assign(body.url);
}

$("provider").addEventListener("click", () => {
  note("");
  busy($("provider"), leave).catch((problem) =>
    note(problem.status === 503 ? t("The sign-in service cannot be reached just now. Try again, or sign in another way.") : sentence(problem)),
  );
});

offer_provider().catch(() => {}); // without it there is the password
