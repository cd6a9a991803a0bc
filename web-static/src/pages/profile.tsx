import { useState } from "preact/hooks";
import { call } from "../lib/api.ts";
import { exact, keepZone, zone } from "../lib/format.ts";
import { keepLanguage, type Language, language, LANGUAGES, t } from "../lib/i18n.ts";
import { keepKeys, keysOff } from "../lib/keys.ts";
import { asProblem, type Problem } from "../lib/problem.ts";
import { me } from "../lib/session.ts";
import { Form } from "../ui/form.tsx";
import { Head } from "../ui/head.tsx";
import { Pick, Text } from "../ui/text.tsx";

/** Mail is written in these; who reads another language gets English. */
const MAIL = ["en", "de", "fr", "es"];

/** How the portal speaks to this person: kept in the browser, and the language of mail at the server. */
export default function Profile() {
  const [name, setName] = useState(me.value?.name ?? "");
  const [tongue, setTongue] = useState<string>(language);
  const [shown, setShown] = useState(zone());
  const [keys, setKeys] = useState(!keysOff());
  const [problem, setProblem] = useState<Problem | null>(null);
  const local = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const zones = [...new Set(["UTC", ...Intl.supportedValuesOf("timeZone")])];
  const save = async () => {
    setProblem(null);
    try {
      const { etag } = await call("GET /v1/me", {});
      await call("PATCH /v1/me", { body: { name, locale: MAIL.includes(tongue) ? tongue : "en" }, etag });
    } catch (fault) {
      setProblem(asProblem(fault));
      return;
    }
    keepLanguage(tongue as Language);
    keepZone(shown);
    keepKeys(keys);
    location.reload(); // every word and every time is drawn anew
  };
  return (
    <>
      <Head title={t("Profile")} about={me.value?.email} >
        <a class="button" href="/account">
          {t("Password and second factor")}
        </a>
      </Head>
      <section class="card">
        <div class="inside">
          <Form button={t("Save")} problem={problem} onSend={save}>
            <Text label={t("Name")} value={name} onValue={setName} needed problem={problem} at="/name" />
            <Pick label={t("Language")} value={tongue} onValue={setTongue} help={tongue === "ar" ? t("Mail is written in English.") : t("Of the pages and of mail.")} needed problem={problem} at="/locale" all={Object.entries(LANGUAGES)} />
            <Pick label={t("Time zone")} value={shown} onValue={setShown} help={t("Times are shown in it: {now}", { now: exact(new Date().toISOString()) })} needed all={[["", t("Of this computer ({zone})", { zone: local })], ...zones.map((one) => [one, one] as const)]} />
            <label class="tick">
              <input type="checkbox" checked={keys} onChange={(event) => setKeys(event.currentTarget.checked)} />
              {t("Single keys do something, as g and then o for the overview")}
            </label>
          </Form>
        </div>
      </section>
    </>
  );
}
