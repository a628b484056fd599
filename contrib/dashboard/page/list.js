// A long list of rows of one height, of which only those in sight exist.
//
// It is a listbox: one stop for Tab, arrows or j and k move, Enter opens.

import { h, onceAFrame } from "./dom.js";

const SPARE = 6;

export class List {
  #rows = [];
  #count = 0;
  #height = 36;
  #selected = -1;

  /**
   * `make()` gives an empty row, `fill(row, index)` puts an item in, `open(index)` is told of
   * Enter and clicks.
   */
  constructor({ label, make, fill, open, moved = () => {} }) {
    this.make = make;
    this.fill = fill;
    this.open = open;
    this.moved = moved;
    this.sizer = h("div.list-sizer", { role: "presentation" });
    this.element = h(
      "div.list",
      {
        role: "listbox",
        tabindex: "0",
        "aria-label": label,
        scroll: onceAFrame(() => this.#draw(false)),
        keydown: (event) => this.#key(event),
        click: (event) => this.#click(event),
      },
      this.sizer,
    );
    new ResizeObserver(() => this.refresh()).observe(this.element);
  }

  get selected() {
    return this.#selected;
  }

  /** There are `count` items now; `shift` of them are new at the top. */
  update(count, shift = 0) {
    this.#count = count;
    if (this.#selected >= 0) this.#selected += shift;
    if (this.#selected >= count) this.#selected = -1;
    this.#size();
    // What is being read stays where it is.
    if (shift && this.element.scrollTop > 0) this.element.scrollTop += shift * this.#height;
    this.#draw(true);
  }

  refresh() {
    const styled = parseFloat(getComputedStyle(this.element).getPropertyValue("--row"));
    if (styled) this.#height = styled;
    this.#size();
    this.#draw(true);
  }

  /** Marks a row; -1: none. */
  select(index, { show = true } = {}) {
    this.#selected = index;
    if (index >= 0 && show) this.#show(index);
    this.#draw(true);
  }

  move(by) {
    if (!this.#count) return;
    const to = this.#selected < 0 ? 0 : this.#selected + by;
    this.select(Math.max(0, Math.min(this.#count - 1, to)));
    this.moved(this.#selected);
  }

  top() {
    this.element.scrollTop = 0;
  }

  #size() {
    this.sizer.style.height = `${this.#count * this.#height}px`;
  }

  #show(index) {
    const top = index * this.#height;
    const view = this.element.clientHeight;
    const box = this.element;
    if (top < box.scrollTop) box.scrollTop = top;
    else if (top + this.#height > box.scrollTop + view) box.scrollTop = top + this.#height - view;
  }

  #draw(all) {
    const view = this.element.clientHeight;
    const first = Math.max(0, Math.floor(this.element.scrollTop / this.#height) - SPARE);
    const last = Math.min(
      this.#count,
      Math.ceil((this.element.scrollTop + view) / this.#height) + SPARE,
    );
    const wanted = Math.max(0, last - first);
    while (this.#rows.length < wanted) {
      const row = this.make();
      row.element.setAttribute("role", "option");
      row.element.id = `${this.element.id}-${this.#rows.length}`;
      row.index = -1;
      this.#rows.push(row);
      this.sizer.append(row.element);
    }
    // A row that stays in sight keeps its element: n rows in sight are n different remainders.
    const size = this.#rows.length;
    const used = new Set();
    for (let index = first; index < last; index++) {
      const row = this.#rows[index % size];
      used.add(row);
      if (row.index !== index || all) this.#put(row, index);
    }
    for (const row of this.#rows) {
      if (!used.has(row)) this.#put(row, -1);
    }
    this.#mark();
  }

  #put(row, index) {
    row.index = index;
    row.element.hidden = index < 0;
    if (index < 0) return;
    row.element.style.transform = `translateY(${index * this.#height}px)`;
    row.element.setAttribute("aria-posinset", index + 1);
    row.element.setAttribute("aria-setsize", this.#count);
    row.element.setAttribute("aria-selected", index === this.#selected);
    this.fill(row, index);
  }

  #mark() {
    const row = this.#rows.find((one) => one.index === this.#selected && this.#selected >= 0);
    if (row) this.element.setAttribute("aria-activedescendant", row.element.id);
    else this.element.removeAttribute("aria-activedescendant");
  }

  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const page = Math.max(1, Math.floor(this.element.clientHeight / this.#height) - 1);
    const by = {
      ArrowDown: 1,
      ArrowUp: -1,
      PageDown: page,
      PageUp: -page,
      Home: -this.#count,
      End: this.#count,
    }[event.key];
    if (by) this.move(by);
    else if (event.key === "Enter" && this.#selected >= 0) this.open(this.#selected);
    else return;
    event.preventDefault();
  }

  #click(event) {
    const element = event.target.closest("[role=option]");
    const row = this.#rows.find((one) => one.element === element);
    if (!row || row.index < 0) return;
    this.select(row.index, { show: false });
    this.open(row.index, event);
  }
}
