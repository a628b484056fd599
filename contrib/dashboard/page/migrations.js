// The view of migrations: what was done to the schema, and what is still to be done.

import { sql } from "./code.js";
import { h } from "./dom.js";
import { ago } from "./format.js";
import { loaded } from "./load.js";
import { empty, page } from "./pane.js";

const STATES = {
  applied: "good",
  pending: "warn",
  changed: "bad",
  unknown: "warn",
};

export function migrationsView() {
  const part = loaded(({ migrations }) =>
    migrations.length === 0
      ? empty(
          "No migration.",
          h(
            "p",
            {},
            "The program brings its migrations along; ",
            h("code", {}, "gatehouse migrate"),
            " applies them.",
          ),
        )
      : h("ol.cards.migrations", {}, migrations.map(one)),
  );
  return {
    element: h(
      "section",
      {},
      h("div.bar-top", {}, h("h1", {}, "Migrations")),
      page("Migrations, oldest first", part.element),
    ),
    show: () => part.load("migrations", { quiet: true }),
  };
}

function one({ number, name, state, applied_at: at, sql: text }) {
  return h(
    "li.card",
    {},
    h(
      "div.card-head",
      {},
      h("code.number", {}, String(number).padStart(4, "0")),
      h("h2", {}, name.replaceAll("_", " ")),
      h("span.state", { data: { state: STATES[state] ?? "warn" } }, state),
      at && h("time.soft", { datetime: at, title: at }, ago(Date.parse(at))),
    ),
    text && h("details", {}, h("summary", {}, "What it does"), sql(text)),
  );
}
