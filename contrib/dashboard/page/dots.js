// All requests at a glance: a dot each, time to the right, duration upwards (logarithmic).

import { h, onceAFrame } from "./dom.js";
import { clock, duration } from "./format.js";

const PAD = { left: 46, right: 10, top: 10, bottom: 16 };
const TICKS = [100, 1e3, 1e4, 1e5, 1e6, 1e7];
const NEAR_PX = 14;
const [FEW, MANY] = [300, 2000];
const COLOURS = { 1: "--soft", 2: "--good", 3: "--info", 4: "--warn", 5: "--bad" };

export class Dots {
  #items = [];
  #selected = null;
  #hover = null;
  #colours = {};

  /** `open(item)` is told of a click on a dot. */
  constructor({ open }) {
    this.canvas = h("canvas", {
      "aria-hidden": "true",
      pointermove: (event) => this.#point(this.#at(event)),
      pointerleave: () => this.#point(null),
      click: (event) => {
        const item = this.#at(event);
        if (item) open(item);
      },
    });
    this.word = h("span.dots-word", { "aria-hidden": "true", hidden: true });
    this.element = h("div.dots", {}, this.canvas, this.word);
    this.draw = onceAFrame(() => this.#draw());
    new ResizeObserver(this.draw).observe(this.element);
    addEventListener("theme", () => {
      this.#colours = {};
      this.draw();
    });
  }

  update(items, selected) {
    this.#items = items;
    this.#selected = selected;
    this.draw();
  }

  #colour(name) {
    return (this.#colours[name] ??= getComputedStyle(this.element).getPropertyValue(name).trim());
  }

  #place() {
    const { clientWidth: width, clientHeight: height } = this.element;
    const items = this.#items;
    let [least, most] = [1e3, 1e4];
    for (const item of items) {
      if (item.duration_us < least) least = Math.max(10, item.duration_us);
      if (item.duration_us > most) most = item.duration_us;
    }
    const [low, high] = [Math.log10(least) - 0.1, Math.log10(most) + 0.1];
    const from = items[0]?.start_ms ?? 0;
    const time = Math.max(1000, (items.at(-1)?.start_ms ?? 0) - from);
    const [w, t] = [width - PAD.left - PAD.right, height - PAD.top - PAD.bottom];
    return {
      width,
      height,
      from,
      time,
      x: (ms) => PAD.left + (w * (ms - from)) / time,
      y: (us) => PAD.top + t - (t * (Math.log10(Math.max(us, 10)) - low)) / (high - low),
    };
  }

  #draw() {
    const place = (this.place = this.#place());
    const { width, height } = place;
    if (!width || !height) return;
    const scale = devicePixelRatio;
    this.canvas.width = width * scale;
    this.canvas.height = height * scale;
    const pen = this.canvas.getContext("2d");
    pen.scale(scale, scale);
    this.#grid(pen, place);
    const large = this.#items.length < FEW ? 4.4 : this.#items.length < MANY ? 3.2 : 2.6;
    // Troubles last, above the others.
    for (const group of [2, 3, 1, 4, 5]) {
      pen.fillStyle = this.#colour(COLOURS[group]);
      pen.globalAlpha = group >= 4 ? 0.95 : this.#items.length > MANY ? 0.4 : 0.65;
      for (const item of this.#items) {
        if (Math.floor(item.status / 100) !== group) continue;
        const size = group >= 4 ? large + 0.8 : large;
        pen.fillRect(
          place.x(item.start_ms) - size / 2,
          place.y(item.duration_us) - size / 2,
          size,
          size,
        );
      }
    }
    pen.globalAlpha = 1;
    for (const item of [this.#selected, this.#hover]) if (item) this.#ring(pen, place, item);
  }

  #grid(pen, { width, height, y, from, time }) {
    pen.font = "10.5px ui-monospace, Menlo, Consolas, monospace";
    pen.fillStyle = this.#colour("--soft");
    pen.strokeStyle = this.#colour("--line");
    pen.lineWidth = 1;
    for (const tick of TICKS) {
      const at = Math.round(y(tick)) + 0.5;
      if (at < PAD.top - 2 || at > height - PAD.bottom) continue;
      pen.beginPath();
      pen.moveTo(PAD.left, at);
      pen.lineTo(width - PAD.right, at);
      pen.stroke();
      pen.textAlign = "right";
      pen.fillText(duration(tick).replace(/\.0+(?= )/, ""), PAD.left - 6, at + 3.5);
    }
    if (!this.#items.length) return;
    pen.textAlign = "left";
    pen.fillText(clock(from).slice(0, 8), PAD.left, height - 3);
    pen.textAlign = "right";
    pen.fillText(clock(from + time).slice(0, 8), width - PAD.right, height - 3);
  }

  #ring(pen, { x, y }, item) {
    pen.strokeStyle = this.#colour("--ink");
    pen.lineWidth = 1.5;
    pen.beginPath();
    pen.arc(x(item.start_ms), y(item.duration_us), 5, 0, 7);
    pen.stroke();
  }

  /** The dot next to the pointer. */
  #at(event) {
    if (!this.place) return null;
    const box = this.canvas.getBoundingClientRect();
    const [px, py] = [event.clientX - box.left, event.clientY - box.top];
    let [best, least] = [null, NEAR_PX ** 2];
    for (const item of this.#items) {
      const far =
        (this.place.x(item.start_ms) - px) ** 2 + (this.place.y(item.duration_us) - py) ** 2;
      if (far <= least) [best, least] = [item, far];
    }
    return best;
  }

  #point(item) {
    if (item === this.#hover) return;
    this.#hover = item;
    this.canvas.style.cursor = item ? "pointer" : "";
    this.word.hidden = !item;
    if (item) {
      const x = this.place.x(item.start_ms);
      this.word.textContent = `${item.name} · ${item.status} · ${duration(item.duration_us)}`;
      const left = x < this.place.width / 2;
      this.word.style.left = left ? `${x + 10}px` : "auto";
      this.word.style.right = left ? "auto" : `${this.place.width - x + 10}px`;
    }
    this.draw();
  }
}
