import { $, ask, form, link_secret, show, t } from "./portal.js";

const token = link_secret();

if (token) {
  show("ask-form", false);
  show("confirm-form");
  $("password").focus();
}

form("ask-form", async ({ email }) => {
  await ask("POST", "/v1/password-resets", { email });
  show("ask-form", false);
  show("sent");
});

form(
  "confirm-form",
  async ({ password }) => {
    await ask("POST", "/v1/password-resets/confirm", { token, password });
    show("confirm-form", false);
    show("done");
  },
  (problem) =>
    [401, 404, 410].includes(problem.status) ? t("This link is no longer good. Ask for a new one below the sign-in.") : "",
);
