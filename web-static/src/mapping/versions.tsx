import { useState } from "preact/hooks";
import { call, use } from "../lib/api.ts";
import type { MappingPartChange, MappingVersionBrief } from "../lib/api-types.ts";
import { number } from "../lib/format.ts";
import { t } from "../lib/i18n.ts";
import { Problem, sentence } from "../lib/problem.ts";
import { can } from "../lib/session.ts";
import { Drawer } from "../ui/drawer.tsx";
import { Empty } from "../ui/empty.tsx";
import { Field, faultAt, Form } from "../ui/form.tsx";
import { Listing } from "../ui/listing.tsx";
import { Shown } from "../ui/shown.tsx";
import { Tag } from "../ui/tag.tsx";
import { toast } from "../ui/toast.tsx";
import { When } from "../ui/when.tsx";
import { Counts, plain } from "./backtest.tsx";
import { named, type Rule, textOf } from "./document.ts";
import { mapping, refresh, version } from "./state.ts";
import { statusOf } from "./status.ts";

/** Who somebody was when they wrote: versions name people by their ids, and the record of what was done has their names. */
function Who({ id }: { id: string | null }) {
  if (!id) return null;
  return can("audit:read") ? <Named id={id} /> : <code>{id}</code>;
}

function Named({ id }: { id: string }) {
  const found = use("GET /v1/audit", { query: { object: mapping.value?.id ?? "", limit: 200 } });
  const name = found.data.value?.data.find((one) => one.actor_id === id)?.actor_name;
  return name ? <bdi>{name}</bdi> : <code>{id}</code>;
}

/** All versions, newest first; one opens in the editor, and any two can be compared with what is live. */
export function Versions({ onOpen }: { onOpen: (number: number) => void }) {
  const of = mapping.value;
  const [compared, setCompared] = useState(0);
  if (!of) return null;
  return (
    <>
      <Listing
        op="GET /v1/mappings/{mapping_id}/versions"
        asking={{ path: { mapping_id: of.id } }}
        label={t("Versions")}
        id={(one) => String(one.number)}
        columns={[
          {
            name: t("Version"),
            always: true,
            cell: (one: MappingVersionBrief) => (
              <button type="button" class="button plain" onClick={() => onOpen(one.number)}>
                {t("Version {n}", { n: one.number })}
              </button>
            ),
          },
          {
            name: t("Status"),
            always: true,
            cell: (one) => {
              const [kind, words] = statusOf(one);
              return <Tag kind={kind}>{words}</Tag>;
            },
          },
          { name: t("Note"), cell: (one) => one.note },
          { name: t("By"), cell: (one) => <Who id={one.author} /> },
          { name: t("Approved by"), cell: (one) => <Who id={one.reviewer} /> },
          { name: t("Changed"), end: true, cell: (one) => <When at={one.changed_at} /> },
          {
            name: t("Actions"),
            end: true,
            always: true,
            cell: (one) =>
              of.current_version && one.number !== of.current_version ? (
                <button type="button" class="button plain" aria-label={t("Compare version {n} with the live one", { n: one.number })} onClick={() => setCompared(one.number)}>
                  {t("Compare")}
                </button>
              ) : null,
          },
        ]}
        empty={<Empty title={t("There is no version yet")} />}
      />
      {compared ? (
        <Drawer title={t("Version {n} against the live one", { n: compared })} onClose={() => setCompared(0)}>
          <Difference from={of.current_version} to={compared} />
        </Drawer>
      ) : null}
    </>
  );
}

function words(of: unknown): string {
  if (of && typeof of === "object" && "to" in of) {
    const rule = of as Rule;
    return rule.lookup ? `${rule.lookup.table}: ${rule.lookup.key}` : textOf(rule) || JSON.stringify(rule.constant);
  }
  return plain(of);
}

/** What two versions say differently, rule by rule. */
export function Difference({ from, to }: { from: number; to: number }) {
  const path = { mapping_id: mapping.value?.id ?? "" };
  const found = use("GET /v1/mappings/{mapping_id}/diff", { path, query: { from: String(from), to: String(to) } });
  return (
    <Shown of={found} rows={3}>
      {(one) =>
        one.changes.length ? (
          <ul class="diffs">
            {one.changes.map((each: MappingPartChange) => (
              <li key={`${each.part} ${each.name}`}>
                <code>{each.part === "rule" ? named(each.name ?? "") : each.name}</code>
                <p>
                  {each.before ? <del>{words(each.before)}</del> : null} {each.after ? <ins>{words(each.after)}</ins> : null}
                </p>
              </li>
            ))}
          </ul>
        ) : (
          <p class="muted">{t("They say the same.")}</p>
        )
      }
    </Shown>
  );
}

/** What whoever approves or publishes sees before: the difference and the backtest, not just a button. */
export function Decide({ act, onClose }: { act: "approve" | "publish"; onClose: () => void }) {
  const of = mapping.value;
  const one = version.value;
  const [problem, setProblem] = useState<Problem | null>(null);
  const [share, setShare] = useState(of?.current_version ? (of.rolling_version === one?.number ? "100" : "10") : "100");
  if (!of || !one) return null;
  const path = { mapping_id: of.id, number: String(one.number) };
  const send = async () => {
    try {
      if (act === "approve") {
        await call("POST /v1/mappings/{mapping_id}/versions/{number}/approve", { path });
        toast(t("Version {n} is approved", { n: one.number }));
      } else {
        await call("POST /v1/mappings/{mapping_id}/versions/{number}/publish", { path, body: { share: Number(share) } });
        toast(Number(share) === 100 ? t("Version {n} is live", { n: one.number }) : t("Version {n} is live for {share} % of the records", { n: one.number, share }));
      }
      await refresh(one.number);
      onClose();
    } catch (fault) {
      if (fault instanceof Problem) setProblem(fault);
      else toast(sentence(fault));
    }
  };
  return (
    <Drawer title={act === "approve" ? t("Approve version {n}", { n: one.number }) : t("Publish version {n}", { n: one.number })} onClose={onClose}>
      {one.note ? <p>{one.note}</p> : null}
      <p class="muted small">
        {t("Written by")} <Who id={one.author} /> · <When at={one.changed_at} />
      </p>
      <h3>{t("What changes")}</h3>
      {of.current_version ? <Difference from={of.current_version} to={one.number} /> : <p class="muted">{t("It is the first version.")}</p>}
      <h3>{t("Test on records")}</h3>
      {one.backtest_id ? <Tested id={one.backtest_id} path={path} /> : <p class="muted">{t("This version was not tested yet")}</p>}
      <Form onSend={send} button={act === "approve" ? t("Approve") : t("Publish")} problem={problem}>
        {act === "publish" && of.current_version ? (
          <Field label={t("Share of the records, in percent")} needed help={t("Those under way end with the version they began with.")} error={faultAt(problem, "/share")}>
            {(attributes) => (
              <select {...attributes} value={share} onChange={(event) => setShare(event.currentTarget.value)}>
                {["10", "25", "50", "100"].map((n) => (
                  <option key={n} value={n}>
                    {number(Number(n))}
                  </option>
                ))}
              </select>
            )}
          </Field>
        ) : null}
      </Form>
    </Drawer>
  );
}

function Tested({ id, path }: { id: string; path: { mapping_id: string; number: string } }) {
  const found = use("GET /v1/mappings/{mapping_id}/versions/{number}/backtests/{backtest_id}", { path: { ...path, backtest_id: id } });
  return <Shown of={found} rows={2}>{(one) => <Counts of={one} />}</Shown>;
}
