/** What the checks of results found in the last day: rates by engine and check, and the worst of them. */
import { useQuery } from "@tanstack/react-query";

import { answer, client, type Schemas } from "../../api";
import { adminText } from "../text";
import { moment } from "../format";
import { Panel } from "../Panel";

const EVERY_MS = 30_000;
const said = adminText.results;
const share = (some: number, all: number) => (all ? `${((100 * some) / all).toFixed(1)} %` : "–");

export function ResultsChecked() {
  const found = useQuery({
    queryKey: ["results-checked"],
    queryFn: () => answer(client.GET("/operations/quality")),
    refetchInterval: EVERY_MS,
    retry: false,
    networkMode: "always",
  });
  const rates = found.data?.rates ?? [];
  const looked = rates.filter(({ check }) => check === "all").reduce((sum, rate) => sum + rate.looked, 0);
  return (
    <Panel title={said.title} aside={said.looked(looked)}>
      {found.error && <p className="text-sm text-warn">{found.error.message}</p>}
      {rates.length > 0 && (
        // Scrolls by keyboard, too, where it is wider than the page.
        // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        <div className="overflow-x-auto" tabIndex={0} role="region" aria-label={said.title}>
          <table className="w-full text-left text-sm tabular-nums">
            <thead className="text-soft">
              <tr>
                {said.columns.map((column) => (
                  <th key={column} scope="col" className="pr-3 font-normal">
                    {column}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {rates.map((rate) => (
                <tr key={`${rate.engine} ${rate.check}`} className={rate.check === "all" ? "font-semibold" : ""}>
                  <td className="pr-3">{rate.engine}</td>
                  <td className="pr-3">{rate.check}</td>
                  <td className="pr-3">{share(rate.retry, rate.looked)}</td>
                  <td className="pr-3">{share(rate.reject, rate.looked)}</td>
                  <td>{share(rate.skipped, rate.looked)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      <h3 className="mt-3 text-sm font-semibold">{said.worst}</h3>
      <Worst poor={found.data?.worst ?? []} />
    </Panel>
  );
}

function Worst({ poor }: { poor: Schemas["PoorResult"][] }) {
  if (poor.length === 0) return <p className="text-sm text-soft">{said.none}</p>;
  return (
    <ol className="text-sm">
      {poor.map(({ job_id, at, engine, verdict, checks }) => (
        <li key={`${job_id} ${verdict}`} className="break-words" title={moment(at)}>
          <code>{job_id}</code> {engine}: {checks.map(({ name, value }) => `${name} ${value ?? "–"}`).join(", ")}
        </li>
      ))}
    </ol>
  );
}
