// A line of the list of traces.

import { h, write } from "./dom.js";
import { clock, day, duration, statusClass } from "./format.js";
import { partsOfRow } from "./spend.js";

const SEGMENTS = ["app", "auth", "provider", "sql"];

export function makeTraceRow() {
  const cells = {
    time: h("span.at"),
    status: h("span.status"),
    method: h("span.method"),
    route: h("span.route"),
    user: h("span.user"),
    took: h("span.took"),
  };
  const bars = SEGMENTS.map((name) => h(`i.part-${name}`));
  const bar = h("span.bar", { "aria-hidden": "true" }, bars);
  const element = h(
    "div.row.trace-row",
    {},
    cells.time,
    cells.status,
    cells.method,
    cells.route,
    cells.user,
    bar,
    cells.took,
  );
  return { element, cells, bars, bar };
}

/** Who it was, as short as can be told apart. */
function userOf(trace) {
  if (trace.user_name) {
    const [provider, subject] = [
      trace.user_name.split(":")[0],
      trace.user_name.split(":").slice(1).join(":"),
    ];
    return subject.length > 14 ? `${provider}:…${subject.slice(-8)}` : trace.user_name;
  }
  return trace.user ? `#${trace.user.slice(0, 8)}` : (trace.verdict ?? "");
}

/** `scale`: the microseconds that fill the bar's width. */
export function fillTraceRow({ element, cells, bars, bar }, trace, scale) {
  write(cells.time, clock(trace.start_ms));
  cells.time.title = day(trace.start_ms);
  write(cells.status, String(trace.status ?? "–"));
  cells.status.dataset.class = statusClass(trace.status);
  write(cells.method, trace.method ?? "");
  write(cells.route, trace.route ?? trace.name);
  write(cells.user, userOf(trace));
  cells.user.classList.toggle("verdict", !trace.user);
  write(cells.took, duration(trace.duration_us));
  const parts = partsOfRow(trace);
  bars.forEach((segment, n) => {
    const share = trace.duration_us ? parts[SEGMENTS[n]] / Math.max(scale, trace.duration_us) : 0;
    segment.style.width = `${share * 100}%`;
  });
  bar.classList.toggle("over", trace.duration_us > scale);
  element.classList.toggle("failed", Boolean(trace.error));
}
