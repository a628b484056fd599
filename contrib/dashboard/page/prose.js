// Descriptions: paragraphs, `code` and **weight**; everything else is the text it is.

import { h } from "./dom.js";

const MARKS = /`([^`]+)`|\*\*([^*]+)\*\*/g;

export function prose(text) {
  const paragraphs = text.trim().split(/\n\s*\n/);
  const made = paragraphs.map((paragraph) =>
    h("p", {}, inline(paragraph.replace(/\s*\n\s*/g, " "))),
  );
  return made.length === 1 ? made[0] : h("div", {}, made);
}

function inline(text) {
  const parts = [];
  let at = 0;
  for (const found of text.matchAll(MARKS)) {
    parts.push(
      text.slice(at, found.index),
      found[1] ? h("code", {}, found[1]) : h("b", {}, found[2]),
    );
    at = found.index + found[0].length;
  }
  return [...parts, text.slice(at)];
}
