// A small line of numbers over time.

import { h, svgNode } from "./dom.js";

const [WIDTH, HEIGHT] = [160, 36];

/** `numbers`: oldest first. `shown` says the last of them, in words. */
export function spark(label, numbers, shown) {
  const most = Math.max(...numbers, 1e-9);
  const step = WIDTH / Math.max(1, numbers.length - 1);
  const points = numbers.map(
    (n, i) => `${(i * step).toFixed(1)},${(HEIGHT - 2 - (n / most) * (HEIGHT - 5)).toFixed(1)}`,
  );
  const svg = svgNode("svg", {
    viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
    preserveAspectRatio: "none",
    "aria-hidden": "true",
  });
  svg.append(
    svgNode("path", {
      class: "spark-area",
      d: `M0,${HEIGHT} L${points.join(" L")} L${WIDTH},${HEIGHT} Z`,
    }),
    svgNode("path", { class: "spark-line", d: `M${points.join(" L")}` }),
  );
  return h("div.spark", {}, h("span.soft", {}, label), h("b", {}, shown), svg);
}
