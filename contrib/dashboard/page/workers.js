// The workers of a service: what each does now, since when, and what waits.

import { h } from "./dom.js";
import { bytes, count, duration, span } from "./format.js";

export const known = (value) => value !== null && value !== undefined;

export function board(one) {
  const { queue, memory } = one;
  const fact = (label, value) =>
    known(value) && h("div", {}, h("dt", {}, label), h("dd", {}, value));
  return h(
    "section.card",
    {},
    h("h2", {}, one.kind === "single" ? "Process " : "Workers of ", h("code", {}, String(one.pid))),
    h(
      "dl.inline-facts",
      {},
      fact("runs for", known(one.started_ms) ? span(one.started_ms) : null),
      fact("served", known(one.served) ? count(one.served) : null),
      fact("at most", known(one.limit) ? `${one.limit} workers` : null),
      fact(
        "queue",
        queue && known(queue.waiting)
          ? `${queue.waiting} (most ${queue.most ?? 0}, limit ${queue.limit ?? "?"})`
          : null,
      ),
      fact("reloads", known(one.generation) ? count(one.generation - 1) : null),
      fact("died", known(one.deaths) ? count(one.deaths) : null),
      fact("slow", known(one.slow) ? count(one.slow) : null),
      memory &&
        fact(
          "shared memory",
          `${bytes(memory.size)}, ` +
            `${Math.round((memory.units_used / Math.max(1, memory.units)) * 100)} % used`,
        ),
    ),
    h(
      "div.table-frame",
      { tabindex: "0", role: "group", "aria-label": "Workers" },
      h(
        "table.rows",
        {},
        h(
          "thead",
          {},
          h(
            "tr",
            {},
            ["Process", "State", "Since", "Does", "Waits for", "Served", "Last took"].map((text) =>
              h("th", { scope: "col" }, text),
            ),
          ),
        ),
        h("tbody", {}, (one.workers ?? []).map(worker)),
      ),
    ),
  );
}

const worker = (w) =>
  h(
    "tr",
    {},
    h("td", {}, h("code", {}, String(w.pid ?? "–"))),
    h(
      "td",
      {},
      h(
        "span.state",
        { data: { state: w.state === "busy" ? "busy" : w.state === "idle" ? "good" : "warn" } },
        w.state,
      ),
    ),
    h("td", {}, known(w.since_ms) ? span(w.since_ms) : ""),
    h("td", {}, w.route ? `${w.method ?? ""} ${w.route}` : ""),
    h(
      "td",
      {},
      w.waits_for ? `${w.waits_for}${known(w.waits_ms) ? `, ${span(w.waits_ms)}` : ""}` : "",
    ),
    h("td", {}, known(w.served) ? count(w.served) : ""),
    h("td", {}, known(w.took_us) ? duration(w.took_us) : ""),
  );
