// Code in colours: SQL and JSON, word by word.

import { h } from "./dom.js";

const SQL_WORDS = new Set(
  (
    "select insert into update delete from where and or not null set values " +
    "returning on conflict do nothing as join left inner order by group limit offset create table " +
    "primary key default check constraint unique index references exists if in is with distinct " +
    "for each row execute function trigger alter add column drop begin end declare language returns " +
    "using true false case when then else between comment now coalesce excluded"
  ).split(" "),
);
const SQL_PARTS = /(--[^\n]*)|('(?:[^']|'')*')|(\$\d+)|([A-Za-z_]\w*)/g;
const JSON_PARTS =
  /("(?:[^"\\]|\\.)*")(\s*:)?|\b(true|false|null)\b|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)/g;

function paint(text, pattern, kindOf) {
  const code = h("code");
  let at = 0;
  for (const found of text.matchAll(pattern)) {
    const kind = kindOf(found);
    if (!kind) continue;
    code.append(text.slice(at, found.index), h(`span.c-${kind}`, {}, found[0]));
    at = found.index + found[0].length;
  }
  code.append(text.slice(at));
  return code;
}

const block = (code, label) =>
  h("pre.code", { tabindex: "0", role: "group", "aria-label": label }, code);

export const sql = (text) =>
  block(
    paint(
      text.trim(),
      SQL_PARTS,
      ([, note, string, value, word]) =>
        (note && "note") ||
        (string && "string") ||
        (value && "value") ||
        (SQL_WORDS.has(word.toLowerCase()) && "word"),
    ),
    "SQL",
  );

/** A value, or a text that may be JSON. */
export function json(value, label = "JSON") {
  const text = typeof value === "string" ? value : JSON.stringify(value, null, 2);
  return block(
    paint(
      text,
      JSON_PARTS,
      ([, string, colon, word, number]) =>
        (string && (colon ? "name" : "string")) || (word && "word") || (number && "value"),
    ),
    label,
  );
}

export const plain = (text, label) => block(h("code", {}, text), label);
