// The view of the configuration: what is in effect, secrets masked by the program itself.

import { go, link } from "./address.js";
import { h } from "./dom.js";
import { loaded } from "./load.js";
import { empty, page } from "./pane.js";
import { chips, searchField } from "./search.js";
import { has, split } from "./query.js";

export function configView() {
  let query = "";
  let settings = [];
  const changed = (text) => go(link("config", "", { q: text }), { replace: true });
  const search = searchField({ label: "Search the configuration", hint: "Key or value", changed });
  const words = chips("Filters", [{ label: "Changed from the default", word: "is:changed" }], {
    text: () => query,
    changed,
  });
  const part = loaded((answer) => {
    settings = answer.settings;
    return show();
  });

  function show() {
    words.update();
    const wanted = split(query.toLowerCase()).filter((word) => word !== "is:changed");
    const onlyChanged = has(query, "is:changed");
    const found = settings.filter(
      (setting) =>
        (!onlyChanged || setting.changed) &&
        wanted.every((word) => `${setting.key} ${setting.value}`.toLowerCase().includes(word)),
    );
    if (!found.length)
      return empty(settings.length ? "No setting matches." : "No setting is known.");
    const groups = Map.groupBy(found, ({ key }) => (key.includes(".") ? key.split(".")[0] : ""));
    return h(
      "div.cards",
      {},
      [...groups].map(([name, list]) =>
        h(
          "section.card",
          {},
          h("h2", {}, name || "The program"),
          h(
            "dl.settings",
            {},
            list.map((setting) => one(setting, name)),
          ),
        ),
      ),
    );
  }

  return {
    element: h(
      "section",
      {},
      h("div.bar-top", {}, h("h1", {}, "Configuration"), search.element),
      h("div.bar-second", {}, words.element),
      page("Settings", part.element),
    ),
    search: search.focus,
    show({ params }) {
      query = params.get("q") ?? "";
      search.set(query);
      if (settings.length) part.element.replaceChildren(show());
      else part.load("config");
    },
    hide: () => (settings = []),
  };
}

function one({ key, value, changed, default: standard }, group) {
  const name = group ? key.slice(group.length + 1) : key;
  return h(
    "div",
    { class: changed ? "changed" : "" },
    h("dt", {}, h("code", {}, name), changed && h("span.mark", {}, "changed")),
    h(
      "dd",
      {},
      h("code", {}, value),
      changed &&
        standard !== undefined &&
        standard !== null &&
        h("small.soft", {}, ` default ${standard}`),
    ),
  );
}
