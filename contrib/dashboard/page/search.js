// A search field, and words next to it that go in and out of it.

import { h, icon } from "./dom.js";
import { has, toggle } from "./query.js";

/** {element, set(text), focus()}; `changed(text)` is told of each letter. */
export function searchField({ label, hint, changed }) {
  const input = h("input", {
    type: "search",
    "aria-label": label,
    placeholder: hint,
    autocomplete: "off",
    autocapitalize: "none",
    spellcheck: "false",
    input: () => changed(input.value.trim()),
  });
  const element = h(
    "div.search",
    {},
    icon("search"),
    input,
    h("kbd", { "aria-hidden": "true" }, "/"),
  );
  return {
    element,
    set: (text) => {
      if (input.value.trim() !== text) input.value = text;
    },
    focus: () => {
      input.focus();
      input.select();
    },
  };
}

/** A row of words to press. `words`: {label, word, group?}; those of a group exclude each other. */
export function chips(label, words, { text, changed }) {
  const made = words.map(({ label: shown, word, group }) => {
    const chip = h(
      "button.chip",
      {
        type: "button",
        "aria-pressed": "false",
        click: () =>
          changed(
            toggle(
              text(),
              word,
              group
                ? words.filter((other) => other.group === group).map((other) => other.word)
                : [],
            ),
          ),
      },
      shown,
    );
    return { word, chip };
  });
  return {
    element: h(
      "div.chips",
      { role: "group", "aria-label": label },
      made.map(({ chip }) => chip),
    ),
    /** Which are pressed. */
    update() {
      for (const { word, chip } of made) chip.setAttribute("aria-pressed", has(text(), word));
    },
  };
}
