import { ask, form, link_secret, show, t } from "./portal.js";

const token = link_secret();

if (!token) {
  show("accept-form", false);
  show("no-link");
}

form(
  "accept-form",
  async ({ name, password }) => {
    const { body } = await ask("POST", "/v1/invitations/accept", {
      token,
      name: name || null,
      password: password || null,
    });
    if (body) {
      location.replace("/home");
      return;
    }
    show("accept-form", false);
    show("done");
  },
  (problem) =>
    [401, 404, 410].includes(problem.status)
      ? t("This link is no longer good. Ask whoever invited you for a new one.")
      : "",
);
