// The view of the API: its documentation, from the document that the program writes itself.

import { go, link } from "./address.js";
import { h } from "./dom.js";
import { operations } from "./document.js";
import { prose } from "./prose.js";
import { loaded } from "./load.js";
import { operationView } from "./operation.js";
import { empty } from "./pane.js";
import { searchField } from "./search.js";

const ABOUT = "about";
// What most come for stands first; tags that are not named here come last.
const TAGS = ["user", "sign-in", "webhooks", "operation"];
const place = ({ tag }) => (TAGS.indexOf(tag) < 0 ? TAGS.length : TAGS.indexOf(tag));

function aboutView({ info, components }) {
  const schemes = Object.values(components?.securitySchemes ?? {});
  return h(
    "article.operation",
    {},
    h(
      "header",
      {},
      h("h2.operation-title", {}, info.title ?? "This API"),
      h(
        "p.soft",
        {},
        `Version ${info.version}. The document itself is at `,
        h("code", {}, "/openapi.json"),
        ".",
      ),
    ),
    info.description && prose(info.description),
    schemes.length > 0 &&
      h(
        "section.block",
        {},
        h("h3", {}, "Credentials"),
        h(
          "dl.members",
          {},
          schemes.map((scheme) =>
            h(
              "div",
              {},
              h(
                "dt",
                {},
                h("code", {}, scheme.name ?? `Authorization: ${scheme.scheme}`),
                h("span.type", {}, scheme.in ?? scheme.type),
              ),
              h("dd", {}, scheme.description && prose(scheme.description)),
            ),
          ),
        ),
      ),
  );
}

export function apiView() {
  let shown = "";
  let text = "";
  let all = [];
  let document_ = null;
  // What was typed into an operation stays there while the page does.
  const views = new Map();
  const search = searchField({
    label: "Search operations",
    hint: "Path, name or word",
    changed: (value) => {
      text = value.toLowerCase();
      list.replaceChildren(...menu());
    },
  });
  const list = h("div.side-list");
  const body = h("div.operation-place");
  const part = loaded((answer) => {
    document_ = answer;
    all = operations(answer).sort((a, b) => place(a) - place(b));
    show();
    return [h("nav.side", { "aria-label": "Operations" }, list), body];
  });
  part.element.classList.add("with-side");

  function menu() {
    const words = text.split(/\s+/).filter(Boolean);
    const found = all.filter((one) =>
      words.every((word) =>
        `${one.method} ${one.path} ${one.summary ?? ""} ${one.id} ${one.tag}`
          .toLowerCase()
          .includes(word),
      ),
    );
    if (!found.length) return [h("p.soft", {}, "No operation has that.")];
    const about = h(
      "a.side-link",
      { href: link("api", ABOUT), "aria-current": shown === ABOUT ? "true" : undefined },
      h("span", {}, "About this API"),
    );
    const groups = [...Map.groupBy(found, ({ tag }) => tag)].map(([tag, group]) =>
      h(
        "section",
        {},
        h("h2.side-title", {}, tag),
        h(
          "ul",
          {},
          group.map((one) => h("li", {}, operationLink(one))),
        ),
      ),
    );
    return words.length ? groups : [about, ...groups];
  }

  const operationLink = (one) =>
    h(
      "a.side-link.operation-link",
      {
        href: link("api", one.id),
        "aria-current": one.id === shown ? "true" : undefined,
      },
      h("span.method", { data: { method: one.method } }, one.method),
      h("span.route", {}, one.path),
      one.summary && h("small.soft", {}, one.summary),
    );

  function show() {
    if (!all.length) {
      body.replaceChildren(empty("The document has no operation."));
      return;
    }
    const one =
      shown === ABOUT ? { id: ABOUT } : (all.find(({ id }) => id === shown) ?? preferred());
    shown = one.id;
    list.replaceChildren(...menu());
    if (shown === ABOUT) {
      body.replaceChildren(aboutView(document_));
      return;
    }
    if (!views.has(one.id)) views.set(one.id, operationView(document_, one));
    body.replaceChildren(views.get(one.id));
    body.scrollTop = 0;
  }

  const preferred = () =>
    all.find(({ path, method }) => path.endsWith("/user/profile") && method === "GET") ?? all[0];

  function step(by) {
    const here = all.findIndex(({ id }) => id === shown);
    const next = all[here + by];
    if (next) go(link("api", next.id));
  }

  return {
    element: h(
      "section",
      {},
      h("div.bar-top", {}, h("h1", {}, "API"), search.element),
      part.element,
    ),
    search: search.focus,
    keys: {
      j: ["Next operation", () => step(1)],
      k: ["The one before", () => step(-1)],
      s: ["Send the request", () => body.querySelector(".try-send")?.click()],
    },
    show({ id }) {
      shown = id;
      if (document_) show();
      else part.load("openapi");
    },
  };
}
