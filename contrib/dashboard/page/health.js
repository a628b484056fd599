// The view of health: each part, what each worker does now, and the last minutes as small lines.

import { h } from "./dom.js";
import { traces } from "./feed.js";
import { bytes, count, duration, quantile, span } from "./format.js";
import { loaded } from "./load.js";
import { page } from "./pane.js";
import { spark } from "./spark.js";
import { board, known } from "./workers.js";

const EVERY_MS = 2000;
const SLICES = 60;
const SLICE_MS = 5000;
const GOOD = { ok: "good", degraded: "warn", down: "bad", unknown: "warn" };

export function healthView() {
  let timer = 0;
  const part = loaded(render);
  const tick = async () => {
    await part.load("health", { quiet: true });
    if (timer) timer = setTimeout(tick, EVERY_MS);
  };
  return {
    element: h(
      "section",
      {},
      h("div.bar-top", {}, h("h1", {}, "Health")),
      page("State", part.element),
    ),
    show() {
      if (timer) return;
      timer = setTimeout(() => {}, 0);
      traces.whenReady.then(() => timer && part.again({ quiet: true }));
      tick();
    },
    hide() {
      clearTimeout(timer);
      timer = 0;
    },
  };
}

function render(health) {
  const parts = health.parts ?? [];
  const worst = ["down", "unknown", "degraded"].find((state) =>
    parts.some((part) => part.state === state),
  );
  const boards = health.status?.processes ?? [];
  return [
    h(
      "p.verdict-line",
      { data: { state: GOOD[worst ?? "ok"] } },
      worst
        ? {
            down: "Something is down",
            degraded: "It works, but not all is well",
            unknown: "Not all is known",
          }[worst]
        : "All is well",
    ),
    h("div.cards.lines", {}, sparks(boards)),
    h("section.card", {}, h("h2", {}, "Parts"), h("ul.parts", {}, parts.map(onePart))),
    ...boards.map(board),
    health.services?.length > 0 && services(health.services),
  ];
}

const onePart = ({ name, state, detail }) =>
  h(
    "li",
    {},
    h("span.state", { data: { state: GOOD[state] ?? "warn" } }, state),
    h("b", {}, name),
    h("span.soft", {}, detail ?? ""),
  );

/** Requests, their p95 and failures in slices of the last five minutes. */
function sparks(boards) {
  const slices = Array.from({ length: SLICES }, () => []);
  const begin = Date.now() - SLICES * SLICE_MS;
  for (let n = traces.items.length - 1; n >= 0; n--) {
    const trace = traces.items[n];
    const place = Math.floor((trace.start_ms - begin) / SLICE_MS);
    if (place < 0) break;
    if (place < SLICES) slices[place].push(trace);
  }
  const rates = slices.map((slice) => slice.length / (SLICE_MS / 1000));
  const p95 = slices.map((slice) =>
    quantile(
      slice.map((t) => t.duration_us).sort((a, b) => a - b),
      0.95,
    ),
  );
  const failed = slices.map((slice) => slice.filter((t) => t.status >= 500).length);
  const all = slices.flat();
  const busy = boards
    .flatMap(({ workers }) => workers ?? [])
    .filter(({ state }) => state === "busy").length;
  const workers = boards.reduce((sum, { workers: list }) => sum + (list?.length ?? 0), 0);
  return [
    spark("Requests a second", rates, rates.at(-2).toFixed(1)),
    spark(
      "p95",
      p95,
      all.length
        ? duration(
            quantile(
              all.map((t) => t.duration_us).sort((a, b) => a - b),
              0.95,
            ),
          )
        : "–",
    ),
    spark("Failed", failed, count(failed.reduce((a, b) => a + b, 0))),
    h(
      "div.spark",
      {},
      h("span.soft", {}, "Workers busy"),
      h("b", {}, `${busy} of ${workers}`),
      h(
        "div.pips",
        { "aria-hidden": "true" },
        Array.from({ length: workers }, (_, n) => h("i", { class: n < busy ? "on" : "" })),
      ),
    ),
  ];
}

const services = (list) =>
  h(
    "section.card",
    {},
    h("h2", {}, "Services of the quickstart"),
    h(
      "ul.parts",
      {},
      list.map((one) =>
        h(
          "li",
          {},
          h(
            "span.state",
            { data: { state: one.alive ? "good" : "bad" } },
            one.alive ? "runs" : "ended",
          ),
          h("b", {}, one.name),
          h(
            "span.soft",
            {},
            [
              one.pid && `process ${one.pid}`,
              known(one.since_ms) && `for ${span(one.since_ms)}`,
              known(one.memory_bytes) && bytes(one.memory_bytes),
            ]
              .filter(Boolean)
              .join(", "),
          ),
        ),
      ),
    ),
  );
