// The spans of a trace below each other, each where it was in time.

import { h } from "./dom.js";
import { duration, nice } from "./format.js";
import { partOf } from "./spend.js";
import { sql } from "./code.js";
import { link } from "./address.js";
import { termOf } from "./query.js";

const TICKS = 5;
const MOST = 400;

/** `rows`: of tree(). Each is a button that shows what the span says of itself. */
export function waterfall(rows) {
  const end = Math.max(...rows.map((row) => row.start_us + row.duration_us), 1);
  return h(
    "div.waterfall",
    {},
    ruler(end),
    h(
      "ol",
      {},
      rows.slice(0, MOST).map((row) => spanRow(row, end)),
    ),
    rows.length > MOST && h("p.span-more", {}, `and ${rows.length - MOST} more`),
  );
}

function ruler(end) {
  const step = nice(end / TICKS);
  const ticks = [];
  for (let at = 0; at <= end; at += step) {
    ticks.push(
      h(
        "span.tick",
        { style: { left: `${(at / end) * 100}%` } },
        h("span", {}, at ? duration(at).replace(/\.0+(?= )|(?<=\.\d)0(?= )/, "") : "0"),
      ),
    );
  }
  return h("div.ruler", { "aria-hidden": "true" }, h("div.ruler-track", {}, ticks), h("span"));
}

const percent = (us, end) => `${(us / end) * 100}%`;

function spanRow(row, end) {
  const part = partOf(row);
  const more = h("div.span-more", { hidden: true });
  const place = { left: percent(row.start_us, end), width: percent(row.duration_us, end) };
  const self = row.self.map(([from, to]) =>
    h("i.self", {
      style: {
        left: percent(from, end),
        width: percent(to - from, end),
      },
    }),
  );
  const head = h(
    "button.span",
    {
      type: "button",
      "aria-expanded": "false",
      data: { part },
      title:
        `${row.name}: ${duration(row.duration_us)}, ` +
        `${duration(row.self_us)} of it itself; after ${duration(row.start_us)}`,
      click: () => {
        more.hidden = !more.hidden;
        head.setAttribute("aria-expanded", !more.hidden);
        if (!more.hidden && !more.firstChild) more.append(...details(row));
      },
    },
    h(
      "span.span-name",
      { style: { "--depth": String(Math.min(row.depth, 6)) } },
      row.error && h("b.span-error", { title: "failed" }, "!"),
      h("span", {}, row.name),
    ),
    h(
      "span.span-track",
      { "aria-hidden": "true" },
      h(`i.whole.part-${part}`, { style: place }),
      h(`span.part-${part}.selves`, {}, self),
    ),
    h("span.span-took", {}, duration(row.duration_us)),
  );
  return h("li", { data: { self: String(row.self_us) } }, head, more);
}

function details(row) {
  const entries = Object.entries(row.attributes).sort(([a], [b]) => (a < b ? -1 : 1));
  const line = (name, ...value) => h("div", {}, h("dt", {}, name), h("dd", {}, ...value));
  return [
    row.sql && sql(row.sql),
    h(
      "dl.attributes",
      {},
      line("begins after", duration(row.start_us) || "0"),
      line(
        "takes",
        duration(row.duration_us),
        row.children.length > 0 && h("span.soft", {}, ` (itself ${duration(row.self_us)})`),
      ),
      entries.map(([name, value]) => line(name, valueOf(name, value))),
      line("span id", row.id),
    ),
  ].filter(Boolean);
}

const SEARCHED = {
  "http.route": "route",
  "http.response.status_code": "status",
  "user.hash": "user",
  "gatehouse.verdict": "verdict",
  "gatehouse.request_id": "request",
  "gatehouse.provider": "provider",
};

function valueOf(name, value) {
  const key = SEARCHED[name];
  if (!key) return String(value);
  return h(
    "a",
    { href: link("traces", "", { q: termOf(key, String(value)) }), title: "All such traces" },
    String(value),
  );
}
