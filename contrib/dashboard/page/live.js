// The items of a feed that a query finds, newest first, in a list that can be held still.

import { button } from "./dom.js";
import { count } from "./format.js";
import { List } from "./list.js";
import { compile } from "./query.js";

export class LiveList {
  paused = false;
  #found = [];
  #text = "";
  #query = null;
  #seen = 0;

  /**
   * `changed()` is told when what is shown is another. `open(item, event)`, `moved(item)`,
   * `make()` and `fill(row, item)` are for the rows.
   */
  constructor(feed, { label, id, fields, make, fill, open, moved, changed }) {
    this.feed = feed;
    this.fields = fields;
    this.changed = changed;
    this.list = new List({
      label,
      make,
      fill: (row, index) => fill(row, this.at(index)),
      open: (index, event) => open(this.at(index), event),
      moved: (index) => moved?.(this.at(index)),
    });
    this.list.element.id = id;
    this.#query = compile("", fields);
    feed.addEventListener("items", (event) => this.#more(event.detail));
  }

  /** What the query finds, oldest first. */
  get found() {
    return this.#found;
  }

  get problems() {
    return this.#query.problems;
  }

  /** How many items came since it is held. */
  get waiting() {
    return this.paused ? this.feed.total - this.#seen : 0;
  }

  at(index) {
    return this.#found[this.#found.length - 1 - index];
  }

  search(text) {
    if (text === this.#text && this.#seen) return;
    this.#text = text;
    this.#query = compile(text, this.fields);
    this.#all();
    this.list.top();
  }

  pause(paused) {
    this.paused = paused;
    if (!paused) this.#all();
    else this.changed();
  }

  /** Marks the item for which `same` holds; whether it is in the list. */
  select(same, options) {
    const index = same ? this.#found.findLastIndex(same) : -1;
    this.list.select(index < 0 ? -1 : this.#found.length - 1 - index, options);
    return index >= 0;
  }

  get selected() {
    return this.list.selected < 0 ? null : this.at(this.list.selected);
  }

  #all() {
    const key = this.selected?.seq;
    const { items, total } = this.feed;
    this.#found = this.#query.empty ? [...items] : items.filter(this.#query.matches);
    this.#seen = total;
    this.#shown(0);
    this.select((item) => item.seq === key, { show: false });
  }

  #more({ added, removed }) {
    if (this.paused) {
      this.changed();
      return;
    }
    const { items, total } = this.feed;
    if (removed) {
      // Those that fell out of the feed are the first of those found.
      const oldest = items[0]?.seq ?? Infinity;
      let gone = 0;
      while (gone < this.#found.length && this.#found[gone].seq < oldest) gone++;
      this.#found.splice(0, gone);
    }
    const fresh = items.slice(items.length - added).filter(this.#query.matches);
    this.#found.push(...fresh);
    this.#seen = total;
    this.#shown(fresh.length);
  }

  #shown(shift) {
    this.list.update(this.#found.length, shift);
    this.changed();
  }
}

/** What holds a list still and lets it go: {element, toggle(), update()}. */
export function pauseButton(live) {
  const toggle = () => live.pause(!live.paused);
  const element = button("Pause", toggle, {
    symbol: "pause",
    quiet: true,
    "aria-pressed": "false",
    title: "Hold the list still (p)",
  });
  return {
    element,
    toggle,
    update() {
      element.setAttribute("aria-pressed", live.paused);
      element.lastChild.textContent =
        live.paused && live.waiting
          ? `Resume (${count(live.waiting)} new)`
          : live.paused
            ? "Resume"
            : "Pause";
      element.querySelector("use").setAttribute("href", live.paused ? "#i-play" : "#i-pause");
    },
  };
}
