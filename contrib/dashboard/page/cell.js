// A value of a row, in a cell and in full.

import { h } from "./dom.js";
import { ago, clock, day } from "./format.js";

const isTime = (column) => column.type.startsWith("timestamp");

/** Times to the second, in the browser's zone. */
export function cell(value, column) {
  if (value === null || value === undefined) return h("i.null", {}, "null");
  if (isTime(column)) {
    const at = Date.parse(value);
    return h("time", { datetime: value, title: value }, `${day(at)} ${clock(at).slice(0, 8)}`);
  }
  if (typeof value === "boolean")
    return h("span.bool", { data: { value: String(value) } }, String(value));
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** Times as the database gives them, and how long ago. */
export function whole(value, column) {
  if (value !== null && isTime(column)) return `${value} (${ago(Date.parse(value))})`;
  return cell(value, column);
}
