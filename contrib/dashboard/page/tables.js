// The view of tables: their rows, as a database role sees them that can only read.

import { go, link } from "./address.js";
import { cell, whole } from "./cell.js";
import { copy } from "./copy.js";
import { button, h, icon } from "./dom.js";
import { bytes, count, plural } from "./format.js";
import { json } from "./code.js";
import { loaded } from "./load.js";
import { empty, splitPane } from "./pane.js";
import { searchField } from "./search.js";

const LIMIT = 50;
const FIRST = "user_profile";

export function tablesView() {
  let state = { name: "", find: "", order: "", offset: 0 };
  let openFirst = false;
  let rows = [];
  let typing = 0;
  const search = searchField({
    label: "Find rows",
    hint: "Find in all columns",
    changed: (text) => {
      // A question to the database is not for every letter.
      clearTimeout(typing);
      typing = setTimeout(() => to({ find: text, offset: 0 }, true), 180);
    },
  });
  const names = loaded((answer) => tableList(answer.tables));
  const grid = loaded((answer) => showRows(answer));
  const pane = splitPane(h("div.listing.scrolls", {}, grid.element), {
    label: "Row",
    closed: () => close(),
  });
  const element = h(
    "section",
    {},
    h("div.bar-top", {}, h("h1", {}, "Tables"), search.element),
    h("div.with-side", {}, names.element, pane.element),
  );

  function to(changes, replace = false) {
    const { name, ...params } = { ...state, ...changes };
    go(link("tables", name, { ...params, offset: params.offset || "" }), { replace });
  }

  function tableList(tables) {
    return h(
      "ul.side-list",
      { "aria-label": "Tables" },
      tables.map((table) =>
        h(
          "li",
          {},
          h(
            "a.side-link",
            {
              href: link("tables", table.name),
              title: table.comment,
              "aria-current": table.name === state.name ? "true" : undefined,
              data: { name: table.name },
            },
            h("span", {}, table.name),
            h("span.soft", {}, table.rows >= 0 ? count(table.rows) : ""),
            h(
              "small.soft",
              {},
              [table.comment, table.size_bytes && bytes(table.size_bytes)]
                .filter(Boolean)
                .join(" · "),
            ),
          ),
        ),
      ),
    );
  }

  function showRows(answer) {
    rows = answer.rows;
    const last = Math.min(answer.offset + answer.rows.length, answer.total);
    if (openFirst && rows.length) setTimeout(() => showRow(answer, 0));
    openFirst = false;
    if (!rows.length) {
      return empty(
        state.find ? "No row has that." : "This table is empty.",
        state.find
          ? button("Show all rows", () => to({ find: "", offset: 0 }))
          : h("p", {}, "Rows come with the first sign-in, and are shown here as they are."),
      );
    }
    return [
      h(
        "div.table-frame",
        { tabindex: "0", role: "group", "aria-label": `Rows of ${answer.name}` },
        h(
          "table.rows",
          {},
          h("caption.unseen", {}, `Rows of ${answer.name}`),
          h(
            "thead",
            {},
            h(
              "tr",
              {},
              answer.columns.map((column) => columnHead(column, answer.order ?? state.order)),
            ),
          ),
          h(
            "tbody",
            {},
            rows.map((row, n) => bodyRow(answer, row, n)),
          ),
        ),
      ),
      h(
        "div.pager",
        {},
        h(
          "span",
          { role: "status" },
          `${count(answer.offset + 1)}–${count(last)} of ${plural(answer.total, "row")}`,
        ),
        button("Back", () => to({ offset: Math.max(0, state.offset - LIMIT) }), {
          quiet: true,
          disabled: !state.offset,
        }),
        button("Next", () => to({ offset: state.offset + LIMIT }), {
          quiet: true,
          disabled: last >= answer.total,
        }),
      ),
    ];
  }

  function columnHead({ name, type, key, comment }, order) {
    const [up, down] = [order === name, order === `-${name}`];
    return h(
      "th",
      { scope: "col", "aria-sort": up ? "ascending" : down ? "descending" : "none" },
      button(
        h("span", {}, name, h("i.sort", { "aria-hidden": "true" }, up ? "↑" : down ? "↓" : "")),
        () => to({ order: up ? `-${name}` : name, offset: 0 }),
        {
          quiet: true,
          title: [comment, `${type}${key ? ", key" : ""}`, "Sort by it"].filter(Boolean).join("\n"),
        },
      ),
    );
  }

  function bodyRow(answer, row, n) {
    const cells = answer.columns.map((column, place) => {
      const value = cell(row[column.name], column);
      // The first cell opens the row for the keyboard; a click does anywhere.
      return h(
        "td",
        {},
        place
          ? value
          : h(
              "button.row-open",
              { type: "button", data: { n: String(n) } },
              value,
              h("span.unseen", {}, `, open row ${answer.offset + n + 1}`),
            ),
      );
    });
    return h("tr", { click: () => showRow(answer, n) }, cells);
  }

  function showRow(answer, n) {
    const row = rows[n];
    if (!row) return;
    for (const tr of grid.element.querySelectorAll("tbody tr")) tr.removeAttribute("data-selected");
    grid.element.querySelectorAll("tbody tr")[n]?.setAttribute("data-selected", "");
    shownRow = n;
    pane.open(
      `Row ${count(answer.offset + n + 1)}`,
      h(
        "p.actions",
        {},
        button("Row", () => copy(JSON.stringify(row), "Row"), {
          symbol: "copy",
          quiet: true,
          title: "Copy the row as JSON",
        }),
        row.user_id &&
          h(
            "a.button.quiet",
            { href: link("traces", "", { q: `user:${row.user_id}` }) },
            icon("traces"),
            "Traces of this user",
          ),
      ),
      h(
        "dl.attributes",
        {},
        answer.columns.map((column) =>
          h(
            "div",
            {},
            h("dt", {}, column.name, h("small.soft", {}, ` ${column.type}`)),
            h("dd", {}, whole(row[column.name], column)),
          ),
        ),
      ),
      h("section.block", {}, h("h3", {}, "As JSON"), json(row, "The row")),
    );
    shownAnswer = answer;
  }

  let shownRow = -1;
  let shownAnswer = null;

  function close() {
    const back = grid.element.querySelector(`[data-n="${shownRow}"]`);
    shownRow = -1;
    pane.close();
    for (const tr of grid.element.querySelectorAll("[data-selected]"))
      tr.removeAttribute("data-selected");
    back?.focus();
  }

  function step(by) {
    const buttons = [...grid.element.querySelectorAll(".row-open")];
    if (!buttons.length) return;
    const here = buttons.indexOf(document.activeElement);
    const next = Math.max(0, Math.min(buttons.length - 1, (here < 0 ? shownRow : here) + by));
    buttons[next].focus();
    if (pane.isOpen) showRow(shownAnswer, next);
  }

  return {
    element,
    search: search.focus,
    keys: {
      j: ["Next row", () => step(1)],
      k: ["The one before", () => step(-1)],
      Enter: ["The whole row", () => {}],
      Escape: ["Close it", () => pane.isOpen && close()],
      "]": ["Next page", () => element.querySelector(".pager button:last-child:enabled")?.click()],
      "[": [
        "Page before",
        () => element.querySelector(".pager button:not(:last-child):enabled")?.click(),
      ],
    },
    show({ id, params }) {
      const name = id || FIRST;
      state = {
        name,
        find: params.get("find") ?? "",
        order: params.get("order") ?? "",
        offset: Number(params.get("offset")) || 0,
      };
      openFirst = params.get("row") === "1";
      search.set(state.find);
      pane.close();
      names.load("tables", { quiet: true });
      const query = new URLSearchParams({ offset: state.offset, limit: LIMIT });
      if (state.order) query.set("order", state.order);
      if (state.find) query.set("find", state.find);
      grid.load(`table/${encodeURIComponent(name)}?${query}`, { quiet: true });
    },
    // What was typed last does not take anybody back to this view.
    hide: () => clearTimeout(typing),
  };
}
