import { useState } from "preact/hooks";
import { use } from "../lib/api.ts";
import type { OrderDetail, OrderHop } from "../lib/api-types.ts";
import { exact, lasting, money } from "../lib/format.ts";
import { t } from "../lib/i18n.ts";
import { link } from "../lib/router.ts";
import { orderState } from "../lib/states.ts";
import { Head } from "../ui/head.tsx";
import { Json } from "../ui/json.tsx";
import { Shown } from "../ui/shown.tsx";
import { Tabs } from "../ui/tabs.tsx";
import { Tag } from "../ui/tag.tsx";
import { When } from "../ui/when.tsx";

type Part = "timeline" | "effects" | "document";

/** One order from the shop's first word to the ERP's number: where it is, why it is not further, and what proves it. */
export default function OrderPage({ params }: { params: Record<string, string> }) {
  const path = { order_id: params["id"] ?? "" };
  const order = use("GET /v1/orders/{order_id}", { path, query: { expand: "connection,customer" } });
  const one = order.data.value;
  return (
    <>
      <Head
        title={one ? t("Order {number}", { number: one.number ?? one.source_id ?? "" }) : t("Order")}
        crumb={<a href={link("/orders")}>{t("Orders")}</a>}
        about={one ? <About of={one} /> : null}
      />
      <Shown of={order} rows={8}>
        {(found) => (
          <>
            {found.state === "delivered" ? null : <WhyNot id={found.id} />}
            <Parts of={found} />
          </>
        )}
      </Shown>
    </>
  );
}

function About({ of }: { of: OrderDetail }) {
  const [kind, words] = orderState(of.state);
  return (
    <>
      <Tag kind={kind}>{words}</Tag> <bdi>{money(of.total)}</bdi> · {of.connection?.name} · {t("received")} <When at={of.received_at} />
      {of.external_number ? (
        <>
          {" "}
          · {t("in the ERP as")} <bdi class="strong">{of.external_number}</bdi>
        </>
      ) : null}
    </>
  );
}

/** The first condition that is not met, who can meet it, and what was looked at besides. */
function WhyNot({ id }: { id: string }) {
  const why = use("GET /v1/orders/{order_id}/why", { path: { order_id: id } });
  return (
    <section class="card why">
      <h2>{t("Why it is not delivered")}</h2>
      <div class="inside">
        <Shown of={why} rows={2}>
          {(said) => (
            <>
              <p class="strong">{said.sentence}</p>
              {said.action ? <p>{said.action}</p> : null}
              {said.owner_name ? <p class="muted small">{t("In whose hands: {who}", { who: said.owner_name })}</p> : null}
              {said.checked.length ? (
                <details>
                  <summary>{t("What was looked at")}</summary>
                  <ul class="plain">
                    {said.checked.map((one) => (
                      <li key={one.code}>{one.sentence}</li>
                    ))}
                  </ul>
                </details>
              ) : null}
            </>
          )}
        </Shown>
      </div>
    </section>
  );
}

function Parts({ of }: { of: OrderDetail }) {
  const [part, setPart] = useState<Part>("timeline");
  return (
    <section class="card">
      <Tabs
        label={t("Parts of the order")}
        all={[
          ["timeline", t("Timeline")],
          ["effects", t("What was done")],
          ["document", t("Document")],
        ]}
        chosen={part}
        onChoose={setPart}
      />
      {part === "timeline" ? <Timeline hops={of.timeline} /> : null}
      {part === "effects" ? <Effects of={of} /> : null}
      {part === "document" ? (
        <div class="inside">
          <Json value={of.document} label={t("The order as it was read")} />
        </div>
      ) : null}
    </section>
  );
}

function after(hops: OrderHop[], i: number): string {
  const before = hops[i - 1]?.at;
  const at = hops[i]?.at;
  return before && at ? `+${lasting(Date.parse(at) - Date.parse(before))}` : "";
}

/** Every step with its moment; how long each took stands between them. */
function Timeline({ hops }: { hops: OrderHop[] }) {
  return (
    <ol class="timeline">
      {hops.map((hop, i) => (
        <li key={`${hop.hop}-${i}`}>
          <span class="gap muted small">
            <bdi>{after(hops, i)}</bdi>
          </span>
          <div>
            <p class="strong">{hopWords(hop.hop)}</p>
            {hop.detail ? <p class="muted">{hop.detail}</p> : null}
            <p class="muted small">
              {hop.at ? exact(hop.at) : ""}
              {hop.attempt > 1 ? ` · ${t("try {n}", { n: hop.attempt })}` : ""}
            </p>
          </div>
        </li>
      ))}
    </ol>
  );
}

function hopWords(hop: string | null): string {
  switch (hop) {
    case "received":
      return t("Received");
    case "stored":
      return t("Read and checked");
    case "mapped":
      return t("Mapped");
    case "sent":
      return t("Sent");
    case "confirmed":
      return t("Confirmed");
    case "delivered":
      return t("Delivered");
    case "held":
      return t("Held");
    default:
      return (hop ?? "").replace(/[_.]/g, " ");
  }
}

function Effects({ of }: { of: OrderDetail }) {
  return (
    <div class="scroll">
      <table aria-label={t("What was done")}>
        <thead>
          <tr>
            <th scope="col">{t("What")}</th>
            <th scope="col">{t("State")}</th>
            <th scope="col">{t("Called there")}</th>
            <th scope="col" class="spare">
              {t("Key")}
            </th>
          </tr>
        </thead>
        <tbody>
          {of.effects.map((one) => (
            <tr key={one.id}>
              <td>{one.operation}</td>
              <td>
                <Tag kind={one.state === "confirmed" ? "ok" : one.state === "rejected" ? "act" : "watch"}>{one.state}</Tag>
              </td>
              <td>
                <bdi>{one.external_ref}</bdi>
              </td>
              <td class="spare">
                <code>{one.key}</code>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
