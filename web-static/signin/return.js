import { $, ask, note, own_path, sentence, show, t } from "./portal.js";

/* What the identity provider answered stands in the address: it is taken from there at once, and good for once. */
const said = new URLSearchParams(location.search);
history.replaceState(null, "", location.pathname);

function next() {
  const path = sessionStorage.getItem("next") || "";
  sessionStorage.removeItem("next");
  return own_path(path);
}

function answer() {
  const out = { state: said.get("state") || "none" };
  for (const name of ["code", "iss", "error"]) if (said.get(name)) out[name] = said.get(name);
  return out;
}

ask("POST", "/v1/session/provider/return", answer())
  .then(() => location.replace(next()))
  .catch((problem) => {
    show("waiting", false);
    show("again");
    note(
      [429, 0].includes(problem.status)
        ? sentence(problem)
        : t("Signing in did not work. Try again, or ask whoever looks after your account."),
    );
    $("again").querySelector("a").focus();
  });
