// A part of a view that comes from one question: loading, there, or why not.

import { button, h } from "./dom.js";
import { get } from "./server.js";

/** {element, load(path), again()}. `render(answer)` gives what is shown of an answer. */
export function loaded(render) {
  const element = h("div.loaded", { "aria-busy": "true" }, h("p.soft.loading", {}, "One moment …"));
  let latest = 0;
  let path = null;

  /** `quiet`: what is there stays until the answer has come, or for good when none does. */
  async function load(wanted, { quiet = false } = {}) {
    path = wanted;
    const mine = ++latest;
    element.setAttribute("aria-busy", "true");
    try {
      const answer = await get(wanted);
      if (mine === latest) element.replaceChildren(...[render(answer)].flat().filter(Boolean));
    } catch (error) {
      if (mine === latest && !(quiet && error.status === 0))
        element.replaceChildren(trouble(error));
    } finally {
      if (mine === latest) element.setAttribute("aria-busy", "false");
    }
  }

  const trouble = (error) =>
    h(
      "div.empty",
      { role: "alert" },
      h(
        "p.empty-title",
        {},
        error.status === 503 ? "This part is away." : "This could not be read.",
      ),
      h("p", {}, error.message),
      button("Try again", () => load(path)),
    );

  return { element, load, again: (options) => path && load(path, options) };
}
