// A schema as a list of members, each with its type, its limits and what it means.

import { nameOf, resolve } from "./document.js";
import { h } from "./dom.js";
import { prose } from "./prose.js";

const DEEPEST = 5;
const LIMITS = [
  ["minimum", "≥ "],
  ["maximum", "≤ "],
  ["minLength", "at least ", " character"],
  ["maxLength", "at most ", " character"],
  ["minItems", "at least ", " item"],
  ["maxItems", "at most ", " item"],
  ["pattern", "like "],
  ["default", "default "],
];

/** The members of an object schema, or its type in words. */
export function schemaView(document, reference, depth = 0, seen = []) {
  const schema = resolve(document, reference);
  const name = nameOf(reference);
  if (depth > DEEPEST || (name && seen.includes(name)))
    return h("p.soft", {}, typeWord(document, reference));
  const inside = name ? [...seen, name] : seen;
  const choice = schema.oneOf ?? schema.anyOf;
  const parts = [];
  if (schema.description && depth === 0) parts.push(prose(schema.description));
  if (schema.allOf) parts.push(schema.allOf.map((one) => schemaView(document, one, depth, inside)));
  if (schema.properties) parts.push(members(document, schema, depth, inside));
  if (choice) {
    parts.push(
      h("p.soft", {}, schema.oneOf ? "One of:" : "Any of:"),
      h(
        "div.choice-of",
        {},
        choice.map((one) =>
          h(
            "details",
            {},
            h("summary", {}, h("code", {}, nameOf(one) || typeWord(document, one))),
            schemaView(document, one, depth + 1, inside),
          ),
        ),
      ),
    );
  }
  if (schema.type === "array" && schema.items)
    parts.push(
      h("p.soft", {}, "Each item:"),
      schemaView(document, schema.items, depth + 1, inside),
    );
  if (!parts.length)
    parts.push(h("p", {}, h("code.type", {}, typeWord(document, reference)), limits(schema)));
  return parts.length === 1 ? parts[0] : h("div", {}, parts);
}

function members(document, schema, depth, seen) {
  const required = new Set(schema.required ?? []);
  return h(
    "dl.members",
    {},
    Object.entries(schema.properties).map(([name, reference]) => {
      const member = resolve(document, reference);
      const nested = opens(document, reference);
      return h(
        "div",
        {},
        h(
          "dt",
          {},
          h("code", {}, name),
          h("span.type", {}, typeWord(document, reference)),
          !required.has(name) && h("span.mark.may", {}, "optional"),
        ),
        h(
          "dd",
          {},
          member.description && prose(member.description),
          limits(member),
          nested &&
            h(
              "details",
              {},
              h("summary", {}, "Members"),
              schemaView(document, nested, depth + 1, seen),
            ),
        ),
      );
    }),
  );
}

/** The schema below a member that is worth opening, or null. */
function opens(document, reference) {
  const schema = resolve(document, reference);
  if (
    schema.properties ||
    schema.allOf ||
    (schema.oneOf ?? schema.anyOf)?.some((one) => resolve(document, one).properties)
  ) {
    return reference;
  }
  return schema.items && opens(document, schema.items) ? schema.items : null;
}

export function typeWord(document, reference) {
  const schema = resolve(document, reference);
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  if (schema.type === "array")
    return `${schema.items ? typeWord(document, schema.items) : "any"}[]`;
  const type = [schema.type].flat().filter(Boolean).join(" | ");
  const choice = schema.oneOf ?? schema.anyOf;
  if (!type && choice)
    return choice.map((one) => nameOf(one) || typeWord(document, one)).join(" | ");
  return [
    nameOf(reference) || type || (schema.properties ? "object" : "any"),
    schema.format && `(${schema.format})`,
  ]
    .filter(Boolean)
    .join(" ");
}

function limits(schema) {
  const texts = LIMITS.filter(([key]) => schema[key] !== undefined).map(([key, before, unit]) => {
    const value = key === "pattern" ? schema[key] : JSON.stringify(schema[key]);
    return before + value + (unit ? unit + (schema[key] === 1 ? "" : "s") : "");
  });
  return texts.length > 0 && h("p.limits", {}, texts.join(", "));
}
