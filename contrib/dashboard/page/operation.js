// One operation: what it is for, what it takes, every answer, and a place to try it.

import { json, plain } from "./code.js";
import { contents, nameOf, resolve } from "./document.js";
import { h } from "./dom.js";
import { exampleOf } from "./example.js";
import { prose } from "./prose.js";
import { schemaView, typeWord } from "./schema.js";
import { statusClass } from "./format.js";
import { tryIt } from "./try.js";

export function operationView(document, operation) {
  return h(
    "article.operation",
    {},
    h(
      "header",
      {},
      h(
        "h2.operation-title",
        {},
        h("span.method", { data: { method: operation.method } }, operation.method),
        " ",
        h("span", {}, operation.path),
      ),
      operation.summary && h("p.lead", {}, operation.summary),
      operation.description && prose(operation.description),
      needs(document, operation),
    ),
    tryIt(document, operation),
    parameters(document, operation),
    requestBody(document, operation),
    answers(document, operation),
  );
}

/** Who may: the ways in, one after the other. */
function needs(document, { security }) {
  const schemes = document.components?.securitySchemes ?? {};
  const ways = security.map((one) =>
    Object.keys(one).map((name) =>
      h("span.way", { title: schemes[name]?.description }, wayOf(name, schemes[name])),
    ),
  );
  if (!ways.flat().length) return h("p.needs", {}, "Open to anyone.");
  return h(
    "p.needs",
    {},
    "Credential: ",
    ways.map((way, n) => [n ? " or " : "", way.length ? way : "none"]),
  );
}

function wayOf(name, scheme) {
  if (!scheme) return name;
  if (scheme.type === "http")
    return `Authorization: ${scheme.scheme === "bearer" ? "Bearer" : scheme.scheme}`;
  return scheme.in === "cookie" ? `cookie ${scheme.name}` : (scheme.name ?? name);
}

function parameters(document, { parameters: list }) {
  if (!list.length) return null;
  return h(
    "section.block",
    {},
    h("h3", {}, "Parameters"),
    h(
      "dl.members",
      {},
      list.map((one) =>
        h(
          "div",
          {},
          h(
            "dt",
            {},
            h("code", {}, one.name),
            h("span.type", {}, `${one.in}, ${typeWord(document, one.schema ?? {})}`),
            one.required ? h("span.mark", {}, "required") : h("span.mark.may", {}, "optional"),
          ),
          h("dd", {}, one.description && prose(one.description)),
        ),
      ),
    ),
  );
}

function requestBody(document, { requestBody: reference }) {
  if (!reference) return null;
  const body = resolve(document, reference);
  return h(
    "section.block",
    {},
    h("h3", {}, "Body"),
    body.description && prose(body.description),
    contents(body).map(([type, media]) =>
      h(
        "div.media",
        {},
        h("p.soft", {}, type),
        media.schema && schemaView(document, media.schema),
        exampleBlock(document, type, media),
      ),
    ),
  );
}

function exampleBlock(document, type, media) {
  const example = exampleOf(document, media);
  if (example === undefined) return null;
  return typeof example === "string" && !type.includes("json")
    ? plain(example, "Example")
    : json(example, "Example");
}

function answers(document, { responses }) {
  return h(
    "section.block",
    {},
    h("h3", {}, "Answers"),
    Object.entries(responses ?? {}).map(([status, reference], n) =>
      answerView(document, status, reference, n === 0),
    ),
  );
}

/** Folded but for the first, and made only when it is opened. */
function answerView(document, status, reference, open) {
  const answer = resolve(document, reference);
  const body = h("div");
  const details = h(
    "details.answer",
    { open, toggle: () => details.open && !body.firstChild && fill() },
    h(
      "summary",
      {},
      h("span.status.pill", { data: { class: statusClass(Number(status)) } }, status),
      h("span", {}, answer.description ?? nameOf(reference)),
    ),
    body,
  );
  const fill = () =>
    body.append(
      ...[
        headers(document, answer),
        ...contents(answer).map(([type, media]) =>
          h(
            "div.media",
            {},
            contents(answer).length > 1 && h("p.soft", {}, type),
            ...(Number(status) >= 400 ? refusal : good)(document, type, media),
          ),
        ),
      ].filter(Boolean),
    );
  if (open) fill();
  return details;
}

const good = (document, type, media) => [
  media.schema && schemaView(document, media.schema),
  exampleBlock(document, type, media),
];

/** Of a refusal the words say most: those of each that it may be, its members on demand. */
function refusal(document, type, media) {
  const named = Object.entries(media.examples ?? {}).map(([name, reference]) => {
    const example = resolve(document, reference);
    return [example.summary ?? name, example.value];
  });
  const choices =
    resolve(document, media.schema).oneOf?.map((one) => [
      resolve(document, one).description ?? words(nameOf(one)),
      exampleOf(document, { schema: one }),
    ]) ?? [];
  const shown = named.length ? named : choices;
  return [
    shown.length
      ? shown.map(([title, value]) =>
          h("div", {}, h("p.soft", {}, title), json(value, `Example: ${title}`)),
        )
      : exampleBlock(document, type, media),
    media.schema &&
      h("details", {}, h("summary", {}, "Its members"), schemaView(document, media.schema)),
  ];
}

/** "SecondFactorRequired" for people. */
const words = (name) =>
  name
    .replace(/(?<=[a-z])(?=[A-Z])/g, " ")
    .toLowerCase()
    .replace(/^./, (c) => c.toUpperCase());

function headers(document, answer) {
  const list = Object.entries(answer.headers ?? {});
  if (!list.length) return null;
  return h(
    "dl.members.headers",
    {},
    list.map(([name, reference]) => {
      const header = resolve(document, reference);
      return h(
        "div",
        {},
        h("dt", {}, h("code", {}, name)),
        h("dd", {}, header.description && prose(header.description)),
      );
    }),
  );
}
