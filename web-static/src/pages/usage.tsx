import { use } from "../lib/api.ts";
import type { UsageSum } from "../lib/api-types.ts";
import { number } from "../lib/format.ts";
import { t } from "../lib/i18n.ts";
import { ask, query } from "../lib/router.ts";
import { Spark } from "../ui/chart.tsx";
import { Empty } from "../ui/empty.tsx";
import { Head } from "../ui/head.tsx";
import { Shown } from "../ui/shown.tsx";
import { Table } from "../ui/table.tsx";

function month(at: Date): string {
  return at.toISOString().slice(0, 7);
}

function span(of: string): { from: string; to: string } {
  const [year, number] = of.split("-").map(Number) as [number, number];
  return { from: `${of}-01`, to: new Date(Date.UTC(year, number, 1)).toISOString().slice(0, 10) };
}

function months(): string[] {
  const now = new Date();
  return Array.from({ length: 12 }, (_, i) => month(new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - i, 1))));
}

/** What was metered, as the API says it, with the command that asks for the same. */
export default function Usage() {
  const chosen = query.value.get("month") ?? month(new Date());
  const asked = span(chosen);
  const sums = use("GET /v1/usage", { query: asked });
  const days = use("GET /v1/usage", { query: { ...asked, group: "day" } });
  const byDay = (meter: string | null) => (days.data.value?.sums ?? []).filter((one) => one.meter === meter).map((one) => one.quantity);
  return (
    <>
      <Head title={t("Usage")} about={t("What was metered, to the single record")}>
        <select aria-label={t("Month")} value={chosen} onChange={(event) => ask("month", event.currentTarget.value)}>
          {months().map((one) => (
            <option key={one}>{one}</option>
          ))}
        </select>
      </Head>
      <section class="card">
        <Shown of={sums} rows={4}>
          {(found) =>
            found.sums.length ? (
              <>
                <Table
                  label={t("Usage")}
                  rows={found.sums}
                  id={(one) => one.meter ?? ""}
                  columns={[
                    { name: t("Meter"), always: true, cell: (one: UsageSum) => <code>{one.meter}</code> },
                    { name: t("By day"), cell: (one) => <Spark label={t("By day")} values={byDay(one.meter)} /> },
                    { name: t("Quantity"), always: true, end: true, cell: (one) => number(one.quantity) },
                  ]}
                />
                {found.messages ? (
                  <p class="keys muted small">
                    {t("{accepted} records came in: {rated} counted and {excluded} left out", {
                      accepted: number(found.messages.accepted),
                      rated: number(found.messages.rated),
                      excluded: number(found.messages.excluded),
                    })}
                  </p>
                ) : null}
              </>
            ) : (
              <Empty title={t("Nothing was metered in this month")} />
            )
          }
        </Shown>
      </section>
      <section class="card">
        <h2>{t("The same by the API")}</h2>
        <pre class="json bare" tabIndex={0}>{`curl -H "authorization: Bearer $KEY" \\\n  "${location.origin}/v1/usage?from=${asked.from}&to=${asked.to}"`}</pre>
      </section>
    </>
  );
}
