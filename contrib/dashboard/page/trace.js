// One trace in full: where its time went, its spans, its log lines.

import { link } from "./address.js";
import { copy } from "./copy.js";
import { curl } from "./curl.js";
import { button, h, icon } from "./dom.js";
import { ago, clock, day, duration, statusClass } from "./format.js";
import { traces } from "./feed.js";
import { info } from "./info.js";
import { get } from "./server.js";
import { parts, tree } from "./spend.js";
import { waterfall } from "./waterfall.js";

const TRIES = 8;
const AGAIN_MS = 250;
const PUBLIC = new Set(["anonymous", "", undefined]);

/** A trace whose spans are still on their way is there a moment later. */
async function fetchTrace(id, wanted) {
  for (let attempt = 1; ; attempt++) {
    try {
      return await get(`trace/${id}`);
    } catch (error) {
      if (error.status !== 404 || attempt === TRIES || !wanted()) throw error;
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    }
  }
}

let latest = null;

/** Whatever was asked for is not wanted any more. */
export function forgetTrace() {
  latest = null;
}

/** Shows it in the pane; of several asked for, the last one. */
export async function showTrace(pane, id) {
  latest = id;
  const wanted = () => latest === id;
  if (!pane.isOpen) pane.open("Trace", h("p.soft", {}, "One moment …"));
  try {
    const trace = await fetchTrace(id, wanted);
    // Names of users stand in the list.
    await traces.whenReady;
    if (wanted()) pane.open(...content(trace));
  } catch (error) {
    if (!wanted()) return;
    pane.open(
      "Trace",
      h(
        "div.empty",
        {},
        h(
          "p.empty-title",
          {},
          error.status === 404 ? "This trace is not here." : "This trace could not be read.",
        ),
        h(
          "p",
          {},
          error.status === 404
            ? "Only the newest 10,000 are kept, and only sampled ones are written."
            : error.message,
        ),
        h("p", {}, h("code", {}, id)),
      ),
    );
  }
}

function content(trace) {
  const { roots, rows } = tree(trace.spans);
  const first = roots[0];
  if (!first) return ["Trace", h("p.soft", {}, "It has no spans.")];
  const spent = parts(rows);
  return [
    heading(roots),
    facts(trace, roots),
    actions(trace, first),
    whereItWent(spent, roots),
    h("section.block", {}, h("h3", {}, "Spans"), waterfall(rows)),
    logLines(trace),
  ];
}

function heading(roots) {
  // A front end may make several requests in one trace.
  if (roots.length > 1) return [`${roots.length} requests`];
  const [{ attributes, name }] = roots;
  return [
    h("span.method", {}, attributes["http.request.method"] ?? ""),
    " ",
    h("span", {}, attributes["http.route"] ?? name),
    " ",
    statusPill(statusOf(roots[0])),
  ];
}

const statusOf = (root) => Number(root.attributes["http.response.status_code"]) || 0;

export const statusPill = (status) =>
  h("span.status.pill", { data: { class: statusClass(status) } }, String(status || "–"));

function facts(trace, roots) {
  const [root] = roots;
  // Of several requests only what all of them have in common.
  const of = (key) =>
    roots.every(({ attributes }) => attributes[key] === root.attributes[key]) &&
    root.attributes[key];
  const log = trace.logs?.find((line) => line.event === "request");
  const user = traces.items.findLast(
    ({ id, user_name: name }) => id === trace.id && name,
  )?.user_name;
  const row = (name, ...value) => h("div", {}, h("dt", {}, name), h("dd", {}, ...value));
  const id = (name, text, ...more) =>
    h("div.ids", {}, h("dt", {}, name), h("dd", {}, h("code", {}, text), " ", ...more));
  return h(
    "dl.facts",
    {},
    row("Took", h("b", {}, duration(roots.reduce((sum, one) => sum + one.duration_us, 0)))),
    row(
      "When",
      h("span", { title: ago(trace.start_ms) }, `${day(trace.start_ms)} ${clock(trace.start_ms)}`),
    ),
    of("gatehouse.verdict") &&
      row(
        "Verdict",
        of("gatehouse.verdict"),
        of("gatehouse.provider") ? ` (${of("gatehouse.provider")})` : "",
      ),
    of("gatehouse.rule") && row("Rule", of("gatehouse.rule")),
    roots.length === 1 && (log?.why || log?.trouble) && row("Why", log.trouble ?? log.why),
    of("error.type") && row("Error", of("error.type")),
    of("user.hash") &&
      id(
        "User",
        user ?? `#${of("user.hash")}`,
        user &&
          h(
            "a.see-row",
            { href: link("tables", "user_profile", { find: subjectOf(user), row: "1" }) },
            "See the row",
          ),
      ),
    of("gatehouse.request_id") && id("Request", of("gatehouse.request_id")),
    id("Trace", trace.id),
  );
}

const subjectOf = (user) => user.slice(user.indexOf(":") + 1);

function actions(trace, root) {
  const method = root.attributes["http.request.method"] ?? "GET";
  const log = trace.logs?.find((line) => line.event === "request");
  const path = log?.path ?? root.attributes["http.route"] ?? "/";
  const body = method === "POST" ? "{}" : undefined;
  // Only when it is pressed: the site may not be known before.
  const line = () =>
    curl({
      method,
      url: info.site + path,
      body,
      headers: body ? { "Content-Type": "application/json" } : {},
      signed: !PUBLIC.has(root.attributes["gatehouse.verdict"]),
    });
  return h(
    "p.actions",
    {},
    button("Trace id", () => copy(trace.id, "Trace id"), {
      symbol: "copy",
      quiet: true,
      title: "Copy the trace id (y)",
    }),
    button("As curl", () => copy(line(), "Command"), {
      symbol: "copy",
      quiet: true,
      title: "Copy a command that repeats it, without its credential",
    }),
    h(
      "a.button.quiet",
      { href: link("logs", "", { q: `trace:${trace.id}` }), title: "Its log line (o)" },
      icon("logs"),
      "Log line",
    ),
  );
}

/** One bar, and a word for each part; they add up to what the requests took. */
function whereItWent(spent, roots) {
  const total = roots.reduce((sum, root) => sum + root.duration_us, 0);
  const percent = (us) => (total ? (us / total) * 100 : 0);
  const share = (us) => `${percent(us).toFixed(percent(us) < 10 ? 1 : 0)} %`;
  return h(
    "section.block",
    {},
    h(
      "h3.spent-title",
      {},
      "Where the time went",
      h("span.sum", { data: { us: String(total) } }, duration(total)),
    ),
    h(
      "div.spent-bar",
      { "aria-hidden": "true" },
      spent.map(({ name, us }) =>
        h(`i.part-${name}`, { style: { "flex-grow": String(percent(us)) } }),
      ),
    ),
    h(
      "ul.spent-list",
      { "aria-label": "Time by part" },
      spent.map(({ name, label, us }) =>
        h(
          "li",
          { data: { us: String(us) } },
          h(`i.key.part-${name}`),
          h("span", {}, label),
          " ",
          h("b", {}, duration(us)),
          " ",
          h("span.soft", {}, share(us)),
        ),
      ),
    ),
  );
}

function logLines(trace) {
  const lines = trace.logs ?? [];
  return h(
    "section.block",
    {},
    h("h3", {}, "Log"),
    lines.length === 0
      ? h("p.soft", {}, "No line of the log names this trace.")
      : h(
          "ul.log-lines",
          {},
          lines.map((line) =>
            h(
              "li",
              {},
              h(
                "a",
                { href: link("logs", String(line.seq ?? ""), { q: `trace:${trace.id}` }) },
                h("span.level", { data: { level: line.level } }, line.level),
                " ",
                [line.event, line.status, line.why ?? line.trouble, duration(line.took_us)]
                  .filter(Boolean)
                  .join(" · "),
              ),
            ),
          ),
        ),
  );
}
