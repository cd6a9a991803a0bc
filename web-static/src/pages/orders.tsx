import { useState } from "preact/hooks";
import { call } from "../lib/api.ts";
import type { Order } from "../lib/api-types.ts";
import { money } from "../lib/format.ts";
import { t } from "../lib/i18n.ts";
import { ask, go, link, query } from "../lib/router.ts";
import { orderState } from "../lib/states.ts";
import { toast } from "../ui/toast.tsx";
import { sentence } from "../lib/problem.ts";
import { Empty } from "../ui/empty.tsx";
import { Head } from "../ui/head.tsx";
import { Icon } from "../ui/icon.tsx";
import { Listing } from "../ui/listing.tsx";
import type { Column } from "../ui/table.tsx";
import { Tag } from "../ui/tag.tsx";
import { When } from "../ui/when.tsx";

const columns = (): Column<Order>[] => [
  { name: t("Order"), always: true, cell: (one) => <a href={link(`/orders/${one.id}`)}><bdi class="strong">{one.number ?? one.source_id}</bdi></a> },
  { name: t("Status"), always: true, cell: (one) => <State of={one} /> },
  { name: t("Channel"), cell: (one) => one.connection?.name },
  { name: t("In the ERP"), cell: (one) => <bdi>{one.external_number}</bdi> },
  { name: t("Received"), cell: (one) => <When at={one.received_at} /> },
  { name: t("Total"), always: true, end: true, cell: (one) => <bdi>{money(one.total)}</bdi> },
];

function State({ of }: { of: Order }) {
  const [kind, words] = orderState(of.state);
  return <Tag kind={kind}>{words}</Tag>;
}

export default function Orders() {
  return (
    <>
      <Head title={t("Orders")} about={t("Every order that came in, and where it is now")}>
        <Find />
      </Head>
      <section class="card">
        <Listing
          op="GET /v1/orders"
          asking={{ query: { expand: "connection", q: query.value.get("q") ?? "" } }}
          label={t("Orders")}
          columns={columns()}
          id={(one) => one.id}
          onOpen={(one) => go(link(`/orders/${one.id}`))}
          empty={query.value.get("q") ? <Empty title={t("No order is called so.")} /> :
            <Empty title={t("No order has come in yet")} action={<a class="button" href={link("/connections")}>{t("Look at connections")}</a>}>
              {t("Orders appear here as soon as a connected shop sends one.")}
            </Empty>
          }
        />
      </section>
    </>
  );
}

/** Any number that anybody has: of the shop, or of the ERP. */
function Find() {
  const [words, setWords] = useState(query.value.get("q") ?? "");
  const find = async (event: Event) => {
    event.preventDefault();
    const called = words.trim();
    if (!called) return void ask("q", "");
    try {
      const { data } = (await call("GET /v1/orders", { query: { q: called, limit: 2 } })).body;
      if (data.length === 1) go(link(`/orders/${data[0]?.id}`));
      else if (data.length) ask("q", called);
      else toast(t("No order is called so."));
    } catch (fault) {
      toast(sentence(fault));
    }
  };
  return (
    <form class="search" role="search" onSubmit={(event) => void find(event)}>
      <Icon name="search" />
      <input type="search" aria-label={t("Find an order by its number")} placeholder={t("Find an order by its number")} value={words} onInput={(event) => setWords(event.currentTarget.value)} />
    </form>
  );
}
