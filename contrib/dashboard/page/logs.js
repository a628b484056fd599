// The view of logs: each line, live, and one of them with all its fields.

import { go, link } from "./address.js";
import { copy } from "./copy.js";
import { button, h, icon, onceAFrame, write } from "./dom.js";
import { logs } from "./feed.js";
import { clock, count, day, duration, statusClass } from "./format.js";
import { json } from "./code.js";
import { LiveList, pauseButton } from "./live.js";
import { empty, splitPane } from "./pane.js";
import { chips, searchField } from "./search.js";

const FIELDS = {
  level: { get: (line) => line.level, kind: "level" },
  event: { get: (line) => line.event, kind: "text" },
  status: { get: (line) => line.status, kind: "status" },
  duration: { get: (line) => line.took_us, kind: "duration" },
  method: { get: (line) => line.method, kind: "exact" },
  path: { get: (line) => line.path, kind: "text" },
  route: { get: (line) => `${line.route ?? ""} ${line.path ?? ""}`, kind: "text" },
  verdict: { get: (line) => line.verdict, kind: "exact" },
  provider: { get: (line) => line.provider, kind: "exact" },
  trace: { get: (line) => line.trace_id, kind: "text" },
  request: { get: (line) => line.request_id, kind: "text" },
  text: (wanted) => (line) => line.text_lower.includes(wanted),
};
const CHIPS = [
  { label: "Info and worse", word: "level:info", group: "level" },
  { label: "Warnings and worse", word: "level:warn", group: "level" },
  { label: "Errors", word: "level:error", group: "level" },
  { label: "Requests", word: "event:request", group: "event" },
  { label: "Not requests", word: "-event:request", group: "event" },
];
const OURS = new Set(["seq", "text_lower", "at"]);
const IN_FRONT = new Set([
  "time",
  "level",
  "event",
  "request_id",
  "trace_id",
  "method",
  "path",
  "route",
  "status",
  "took_us",
  ...OURS,
]);

function makeRow() {
  const cells = {
    time: h("span.at"),
    level: h("span.level"),
    status: h("span.status"),
    message: h("span.message"),
    trace: h("span.to-trace", { title: "Open its trace (t)" }),
  };
  return {
    element: h(
      "div.row.log-row",
      {},
      cells.time,
      cells.level,
      cells.status,
      cells.message,
      cells.trace,
    ),
    cells,
  };
}

/** What a line says, for those who read many. */
function messageOf(line) {
  if (line.event === "request") {
    return [
      `${line.method ?? ""} ${line.path ?? line.route ?? ""}`,
      line.verdict,
      line.trouble ?? line.why,
    ]
      .filter(Boolean)
      .join(" · ");
  }
  if (line.text) return line.text;
  const rest = Object.entries(line).filter(([key]) => !IN_FRONT.has(key));
  return [line.event, ...rest.map(([key, value]) => `${key}=${value}`)].join("  ");
}

function fillRow({ element, cells }, line) {
  write(cells.time, line.time ? clock(line.at) : "");
  write(cells.level, line.level ?? "");
  cells.level.dataset.level = line.level ?? "";
  write(cells.status, line.status ? String(line.status) : "");
  cells.status.dataset.class = statusClass(line.status);
  write(cells.message, messageOf(line));
  write(cells.trace, line.trace_id ? duration(line.took_us) || "trace" : "");
  element.dataset.level = line.level ?? "";
}

export function logsView() {
  let query = "";
  let shown = "";
  const changed = (text) => go(link("logs", shown, { q: text }), { replace: true });
  const search = searchField({
    label: "Search the log",
    hint: "level:warn status:5xx trace:… or any text",
    changed,
  });
  const words = chips("Filters", CHIPS, { text: () => query, changed });
  const summary = h("p.summary", { role: "status" });
  const nothing = h("div.nothing", { hidden: true });
  const live = new LiveList(logs, {
    label: "Log lines, newest first",
    id: "log-list",
    fields: FIELDS,
    make: makeRow,
    fill: fillRow,
    open: (line, event) =>
      event?.target.closest(".to-trace") && line.trace_id ? toTrace(line) : open(line),
    moved: (line) => pane.isOpen && open(line),
    changed: onceAFrame(update),
  });
  const pause = pauseButton(live);
  const pane = splitPane(h("div.listing", {}, nothing, live.list.element), {
    label: "Log line",
    closed: close,
  });

  const toTrace = (line) => line?.trace_id && go(link("traces", line.trace_id));
  const open = (line) => go(link("logs", String(line.seq), { q: query }), { replace: pane.isOpen });

  function close() {
    go(link("logs", "", { q: query }));
    live.list.element.focus();
  }

  function update() {
    const { found } = live;
    summary.replaceChildren(
      live.problems.length
        ? h("b.bad", {}, `Not understood: ${live.problems.join(" ")}`)
        : h(
            "span.figure",
            {},
            h("b", {}, count(found.length)),
            found.length === 1 ? " line" : " lines",
          ),
    );
    words.update();
    pause.update();
    nothing.hidden = found.length > 0 || !logs.ready;
    live.list.element.hidden = found.length === 0;
    if (!nothing.hidden) nothing.replaceChildren(teach());
    // The line that the address names may come later than the page.
    if (shown && !pane.isOpen) load();
  }

  function teach() {
    if (!logs.items.length)
      return empty("The log is empty.", h("p", {}, "Each request makes a line."));
    return empty(
      "No line matches.",
      h(
        "p",
        {},
        "Terms: ",
        ["level:", "event:", "status:", "path:", "verdict:", "trace:", "request:"].flatMap(
          (term) => [h("code", {}, term), " "],
        ),
      ),
      button("Clear the search", () => changed("")),
    );
  }

  function load() {
    const line = logs.items.findLast(({ seq }) => String(seq) === shown);
    if (!line) return;
    live.select((one) => one.seq === line.seq);
    pane.open(...content(line));
  }

  return {
    element: h(
      "section",
      {},
      h("div.bar-top", {}, h("h1", {}, "Logs"), search.element, pause.element),
      h("div.bar-second", {}, words.element, summary),
      pane.element,
    ),
    search: search.focus,
    keys: {
      j: ["Next line", () => live.list.move(1)],
      k: ["The one before", () => live.list.move(-1)],
      Enter: ["All its fields", () => live.selected && open(live.selected)],
      t: ["Its trace", () => toTrace(live.selected)],
      Escape: ["Close it", () => pane.isOpen && close()],
      p: ["Pause, resume", pause.toggle],
    },
    show({ id, params }) {
      query = params.get("q") ?? "";
      search.set(query);
      live.search(query);
      if (id !== shown || !id) {
        shown = id;
        pane.close();
        if (id) load();
      }
      update();
    },
  };
}

function content(line) {
  const fields = Object.entries(line).filter(([key]) => !OURS.has(key));
  const plain = Object.fromEntries(fields);
  return [
    [h("span.level", { data: { level: line.level } }, line.level ?? ""), " ", line.event ?? "line"],
    h(
      "p.actions",
      {},
      line.trace_id &&
        h(
          "a.button",
          { href: link("traces", line.trace_id), title: "Its trace (t)" },
          icon("traces"),
          "Open its trace",
        ),
      button("Line", () => copy(JSON.stringify(plain), "Line"), {
        symbol: "copy",
        quiet: true,
        title: "Copy the line",
      }),
    ),
    h(
      "dl.attributes",
      {},
      fields.map(([key, value]) =>
        h("div", {}, h("dt", {}, key), h("dd", {}, shownValue(key, value))),
      ),
    ),
    h("section.block", {}, h("h3", {}, "As it was written"), json(plain, "The line")),
  ];
}

function shownValue(key, value) {
  if (key === "time" && value)
    return `${value} (${day(Date.parse(value))} ${clock(Date.parse(value))} here)`;
  if (key.endsWith("_us")) return `${value} (${duration(value)})`;
  if (key === "trace_id") return h("a", { href: link("traces", value) }, value);
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
