// The view of traces: each request, live, and one of them in full.

import { go, link } from "./address.js";
import { copy } from "./copy.js";
import { button, h, onceAFrame } from "./dom.js";
import { Dots } from "./dots.js";
import { traces } from "./feed.js";
import { count, duration, nice, quantile } from "./format.js";
import { info } from "./info.js";
import { curl } from "./curl.js";
import { LiveList, pauseButton } from "./live.js";
import { empty, splitPane } from "./pane.js";
import { chips, searchField } from "./search.js";
import { forgetTrace, showTrace } from "./trace.js";
import { fillTraceRow, makeTraceRow } from "./trace_row.js";

const SLOW_US = 50_000;
const FIELDS = {
  route: { get: (t) => t.route, kind: "text" },
  path: { get: (t) => t.route, kind: "text" },
  status: { get: (t) => t.status, kind: "status" },
  duration: { get: (t) => t.duration_us, kind: "duration" },
  provider_time: { get: (t) => t.provider_us, kind: "duration" },
  sql_time: { get: (t) => t.database_us, kind: "duration" },
  method: { get: (t) => t.method, kind: "exact" },
  verdict: { get: (t) => t.verdict, kind: "exact" },
  provider: { get: (t) => t.provider, kind: "exact" },
  user: { get: (t) => `${t.user ?? ""} ${t.user_name ?? ""}`, kind: "text" },
  trace: { get: (t) => t.id, kind: "text" },
  request: { get: (t) => t.request_id, kind: "text" },
  is: { kind: "flag", flags: { error: (t) => t.error, slow: (t) => t.duration_us >= SLOW_US } },
  text: (wanted) => (t) => t.text.includes(wanted),
};
const CHIPS = [
  { label: "2xx", word: "status:2xx", group: "status" },
  { label: "4xx", word: "status:4xx", group: "status" },
  { label: "5xx", word: "status:5xx", group: "status" },
  { label: "> 50 ms", word: "duration:>50ms" },
  { label: "Denied", word: "verdict:denied", group: "verdict" },
  { label: "Anonymous", word: "verdict:anonymous", group: "verdict" },
  { label: "Writes", word: "method:POST" },
  { label: "No health checks", word: "-route:/readyz" },
];

export function tracesView() {
  let query = "";
  let shown = null;
  let scale = 1000;
  const changed = (text) => go(link("traces", shown ?? "", { q: text }), { replace: true });
  const search = searchField({
    label: "Search traces",
    hint: "route:/user status:5xx duration:>50ms user:… or any text",
    changed,
  });
  const words = chips("Filters", CHIPS, { text: () => query, changed });
  const summary = h("p.summary", { role: "status" });
  const dots = new Dots({ open: (trace) => open(trace) });
  const nothing = h("div.nothing", { hidden: true });
  const scaleText = h("span.scale");
  const live = new LiveList(traces, {
    label: "Traces, newest first",
    id: "trace-list",
    fields: FIELDS,
    make: makeTraceRow,
    fill: (row, trace) => fillTraceRow(row, trace, scale),
    open: (trace) => open(trace),
    moved: (trace) => pane.isOpen && open(trace),
    changed: onceAFrame(update),
  });
  const pause = pauseButton(live);
  const pane = splitPane(
    h(
      "div.listing",
      {},
      h(
        "div.row.trace-row.list-head",
        { "aria-hidden": "true" },
        h("span.at", {}, "Time"),
        h("span.status", {}, "Status"),
        h("span.method", {}, "Method"),
        h("span.route", {}, "Route"),
        h("span.user", {}, "User"),
        scaleText,
        h("span.took", {}, "Took"),
      ),
      nothing,
      live.list.element,
    ),
    { label: "Trace", closed: close },
  );

  function open(trace) {
    go(link("traces", trace.id, { q: query }), { replace: pane.isOpen });
  }

  function close() {
    go(link("traces", "", { q: query }));
    live.list.element.focus();
  }

  function update() {
    const { found } = live;
    const sorted = Float64Array.from(found, (t) => t.duration_us).sort();
    scale = nice(quantile(sorted, 0.98));
    const errors = found.reduce((sum, t) => sum + (t.status >= 500), 0);
    summary.replaceChildren(...summaryOf(found, sorted, errors));
    scaleText.textContent = `0 – ${duration(scale).replace(/\.0+(?= )/, "")}`;
    words.update();
    pause.update();
    const selected = shown ? found.findLast((t) => t.id === shown) : null;
    dots.update(found, selected);
    live.list.refresh();
    nothing.hidden = found.length > 0 || !traces.ready;
    live.list.element.hidden = found.length === 0;
    if (!nothing.hidden) nothing.replaceChildren(teach());
  }

  function summaryOf(found, sorted, errors) {
    if (live.problems.length) return [h("b.bad", {}, `Not understood: ${live.problems.join(" ")}`)];
    const one = (label, value, bad) =>
      h("span.figure", {}, h("b", bad ? { class: "bad" } : {}, value), ` ${label}`);
    return [
      one(found.length === 1 ? "request" : "requests", count(found.length)),
      one("median", found.length ? duration(quantile(sorted, 0.5)) : "–"),
      one("p95", found.length ? duration(quantile(sorted, 0.95)) : "–"),
      one(errors === 1 ? "error" : "errors", count(errors), errors > 0),
    ];
  }

  function teach() {
    if (traces.items.length) {
      return empty(
        "No trace matches.",
        h(
          "p",
          {},
          "Terms: ",
          [
            "route:",
            "status:",
            "duration:",
            "user:",
            "method:",
            "verdict:",
            "provider:",
            "is:error",
          ].flatMap((term) => [h("code", {}, term), " "]),
          "and a minus before a term turns it round.",
        ),
        button("Clear the search", () => changed("")),
      );
    }
    const line = curl({ method: "GET", url: `${info.site}/user/profile` });
    return empty(
      "No request yet.",
      h("p", {}, "Open the ", h("a", { href: info.site || "#" }, "sample site"), ", or try:"),
      h(
        "p.try-line",
        {},
        h("code", {}, line),
        button("", () => copy(line, "Command"), { symbol: "copy", quiet: true, title: "Copy" }),
      ),
    );
  }

  async function load(id) {
    // Of several requests of one trace the one that was chosen stays chosen.
    if (live.selected?.id !== id) live.select((t) => t.id === id);
    await showTrace(pane, id);
    if (shown === id && live.selected?.id !== id) live.select((t) => t.id === id);
    update();
  }

  addEventListener("info", update);
  return {
    element: h(
      "section",
      {},
      h("div.bar-top", {}, h("h1", {}, "Traces"), search.element, pause.element),
      words.element,
      h("div.glance", {}, dots.element, summary),
      pane.element,
    ),
    search: search.focus,
    keys: {
      j: ["Next trace", () => live.list.move(1)],
      k: ["The one before", () => live.list.move(-1)],
      Enter: ["Open it", () => live.selected && open(live.selected)],
      Escape: ["Close it", () => pane.isOpen && close()],
      p: ["Pause, resume", pause.toggle],
      y: ["Copy the trace id", () => shown && copy(shown, "Trace id")],
      o: ["Its log line", () => shown && go(link("logs", "", { q: `trace:${shown}` }))],
    },
    show({ id, params }) {
      query = params.get("q") ?? "";
      search.set(query);
      live.search(query);
      if (id !== (shown ?? "")) {
        shown = id || null;
        if (shown) load(shown);
        else {
          forgetTrace();
          pane.close();
          update();
        }
      } else update();
    },
  };
}
