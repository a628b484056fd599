// The keyboard: one key, or g and a letter.

import { go, link } from "./address.js";
import { h } from "./dom.js";

const dialog = document.getElementById("keys");
const LEADER_MS = 1500;
let views = [];
let presentView = () => null;
let leader = 0;

const typing = (element) =>
  element.closest?.("input, textarea, select, [contenteditable]") !== null;

/** Keys work from now on; `present()` gives the view in sight. */
export function useKeys(all, present) {
  views = all;
  presentView = present;
  addEventListener("keydown", press);
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
}

function press(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (dialog.open) {
    if (event.key === "?") dialog.close();
    return;
  }
  if (typing(event.target)) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  // Enter is the business of what has the focus.
  if (event.key === "Enter" && event.target.closest?.("a, button, summary, label, [tabindex='0']"))
    return;
  const act = meaning(event.key);
  if (!act) return;
  event.preventDefault();
  act();
}

function meaning(key) {
  const led = Date.now() - leader < LEADER_MS;
  leader = 0;
  const view = views.find(({ letter }, n) => (led ? letter === key : String(n + 1) === key));
  if (view) return () => go(link(view.name));
  if (led) return null;
  if (key === "g") return () => (leader = Date.now());
  if (key === "?") return openKeys;
  const present = presentView();
  if (key === "/") return present?.search;
  return present?.keys?.[key]?.[1];
}

const row = (keys, text) =>
  h(
    "div",
    {},
    h(
      "dt",
      {},
      keys.map((key) => h("kbd", {}, key)),
    ),
    h("dd", {}, text),
  );

const NAMES = { Enter: "↵", Escape: "Esc" };

/** The list of keys. */
export function openKeys() {
  const own = Object.entries(presentView()?.keys ?? {}).map(([key, [text]]) =>
    row([NAMES[key] ?? key], text),
  );
  dialog.replaceChildren(
    h("h2", { id: "keys-title" }, "Keys"),
    h(
      "div.columns",
      {},
      h(
        "section",
        {},
        h("h3", {}, "Everywhere"),
        h(
          "dl",
          {},
          views.map(({ title, letter }, n) => row([String(n + 1), `g ${letter}`], title)),
          row(["/"], "Search"),
          row(["?"], "These keys"),
        ),
      ),
      h(
        "section",
        {},
        h("h3", {}, "Here"),
        h("dl", {}, own.length ? own : h("p.soft", {}, "Nothing more in this view.")),
      ),
    ),
    h("form", { method: "dialog" }, h("button.button", { autofocus: true }, "Close")),
  );
  dialog.showModal();
}
