// An example of a schema: the one it gives, else one made from what it asks for.

import { resolve } from "./document.js";

const DEEPEST = 6;
const FORMATS = {
  "date-time": "2026-01-31T12:00:00Z",
  email: "ada@example.org",
  uri: "https://example.org/",
  uuid: "c4d24c01-feba-4213-858b-262c8d427f8c",
};

/** The first example of a media type, else of its schema; undefined for none. */
export function exampleOf(document, media) {
  if (media.example !== undefined) return media.example;
  const [first] = Object.values(media.examples ?? {});
  if (first) return resolve(document, first).value;
  return media.schema && make(document, media.schema, 0);
}

function make(document, reference, depth) {
  const schema = resolve(document, reference);
  if (schema.example !== undefined) return schema.example;
  if (schema.examples?.length) return schema.examples[0];
  if (schema.const !== undefined) return schema.const;
  if (schema.default !== undefined) return schema.default;
  if (schema.enum) return schema.enum[0];
  if (depth > DEEPEST) return null;
  const choice = schema.oneOf ?? schema.anyOf;
  if (choice) return merge(schema, make(document, choice[0], depth + 1), document, depth);
  if (schema.allOf) {
    return Object.assign(
      {},
      ...schema.allOf.map((one) => make(document, one, depth + 1)),
      schema.properties ? object(document, schema, depth) : {},
    );
  }
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type;
  if (type === "object" || schema.properties) return object(document, schema, depth);
  if (type === "array") return schema.items ? [make(document, schema.items, depth + 1)] : [];
  if (type === "integer" || type === "number") return schema.minimum ?? 0;
  if (type === "boolean") return true;
  if (type === "null") return null;
  return FORMATS[schema.format] ?? (schema.pattern ? "" : "…");
}

const merge = (schema, made, document, depth) =>
  schema.properties && made && typeof made === "object"
    ? { ...object(document, schema, depth), ...made }
    : made;

const object = (document, schema, depth) =>
  Object.fromEntries(
    Object.entries(schema.properties ?? {}).map(([name, one]) => [
      name,
      make(document, one, depth + 1),
    ]),
  );
