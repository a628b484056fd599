// A list, and beside it what is selected; on a narrow window above it.

import { button, h } from "./dom.js";

/** {element, open(title, ...content), close(), isOpen}; `closed()` is told when it is left. */
export function splitPane(list, { label, closed }) {
  const title = h("h2.pane-title", { tabindex: "-1" });
  const body = h("div.pane-body");
  const side = h(
    "section.pane",
    { "aria-label": label, hidden: true },
    h(
      "header.pane-head",
      {},
      title,
      button("", closed, { symbol: "close", quiet: true, title: "Close (Esc)" }),
    ),
    body,
  );
  const element = h("div.split", {}, list, side);
  return {
    element,
    get isOpen() {
      return !side.hidden;
    },
    open(heading, ...content) {
      side.hidden = false;
      element.classList.add("open");
      title.replaceChildren(...[heading].flat());
      body.replaceChildren(...content);
      body.scrollTop = 0;
    },
    close() {
      side.hidden = true;
      element.classList.remove("open");
      body.replaceChildren();
    },
  };
}

/** What is read from top to bottom; arrows scroll it once it has the focus. */
export const page = (label, content) =>
  h("div.scrolls.padded", { tabindex: "0", role: "group", "aria-label": label }, content);

/** What stands where there is nothing yet: why, and what to do. */
export function empty(title, ...content) {
  return h("div.empty", {}, h("p.empty-title", {}, title), content);
}
