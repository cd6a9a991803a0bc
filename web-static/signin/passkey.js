// Web Authentication between the page and the API: octets there, base64url here. What it throws, passkey_words() says.
import { Problem, ask, busy, note, sentence, t } from "./portal.js";

/** False in old browsers, and wherever the page did not come over a certificate that the browser trusts. */
export const passkeys_work = window.isSecureContext && typeof window.PublicKeyCredential === "function";

function text_of(octets) {
  const binary = Array.from(new Uint8Array(octets), (octet) => String.fromCharCode(octet)).join("");
  return btoa(binary).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

function octets_of(text) {
  return Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));
}

const FIVE_MINUTES = 300_000; // as long as the challenge is good

/** Has the device make one; {client_data, attestation} is what the API keeps. */
export async function passkey_make(options) {
  const made = await navigator.credentials.create({
    publicKey: {
      challenge: octets_of(options.challenge),
      rp: { id: options.rp_id, name: options.rp_name },
      user: {
        id: new TextEncoder().encode(options.user_handle),
        name: options.user_name,
        displayName: options.user_name,
      },
      pubKeyCredParams: [{ type: "public-key", alg: -7 }],
      excludeCredentials: options.exclude.map((id) => ({ type: "public-key", id: octets_of(id) })),
      authenticatorSelection: { residentKey: "required", requireResidentKey: true, userVerification: "required" },
      attestation: "none",
      timeout: FIVE_MINUTES,
    },
  });
  return {
    client_data: text_of(made.response.clientDataJSON),
    attestation: text_of(made.response.attestationObject),
  };
}

async function passkey_sign_in() {
  const { body } = await ask("POST", "/v1/session/passkey/options", {});
  const proof = await navigator.credentials.get({
    publicKey: {
      challenge: octets_of(body.challenge),
      rpId: body.rp_id,
      userVerification: "required",
      timeout: FIVE_MINUTES,
    },
  });
  await ask("POST", "/v1/session/passkey", {
    credential_id: text_of(proof.rawId),
    client_data: text_of(proof.response.clientDataJSON),
    authenticator_data: text_of(proof.response.authenticatorData),
    signature: text_of(proof.response.signature),
  });
}

const WORDS = {
  NotAllowedError: "No passkey was used: it was cancelled, took too long, or this device has none for this address.",
  InvalidStateError: "This device has a passkey of yours already.",
  NotSupportedError: "This device cannot make passkeys of the kind that is needed here.",
  ConstraintError: "This device cannot check that it is you. Set up a PIN or a fingerprint on it first.",
  SecurityError: "The browser does not use passkeys at this address.",
};

/** "" for what is not about passkeys. */
export function passkey_words(problem) {
  return WORDS[problem.name] ? t(WORDS[problem.name]) : "";
}

function refusal(problem) {
  if (!(problem instanceof Problem)) return passkey_words(problem) || t("This did not work.");
  if (problem.status === 401) return t("This passkey is not known here. Perhaps it was removed; sign in another way.");
  return sentence(problem);
}

/** Every place marked data-passkey has a button that signs in; one with an id is shown by whoever knows when. */
export function offer_passkeys(signed_in) {
  for (const place of document.querySelectorAll("[data-passkey]")) {
    const button = place.querySelector("button");
    if (!place.id) place.hidden = !passkeys_work;
    button.addEventListener("click", () => {
      note("");
      busy(button, async () => {
        await passkey_sign_in();
        signed_in();
      }).catch((problem) => note(refusal(problem)));
    });
  }
}
