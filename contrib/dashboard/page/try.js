// A place to try an operation: its parameters, its body, and whose request it is.

import { ask } from "./answer.js";
import { copy } from "./copy.js";
import { credential, tokenField } from "./credential.js";
import { curl } from "./curl.js";
import { contents, resolve } from "./document.js";
import { button, h, icon } from "./dom.js";
import { exampleOf } from "./example.js";
import { info } from "./info.js";

// The credential fields are asked for apart.
const NOT_ASKED = new Set(["authorization", "x-session-token", "cookie", "traceparent"]);

let made = 0;

export function tryIt(document, operation) {
  const number = ++made;
  const inputs = operation.parameters
    .filter((one) => one.in !== "cookie" && !NOT_ASKED.has(one.name.toLowerCase()))
    .map((one) => ({
      ...one,
      input: h("input", {
        type: "text",
        id: `try-${number}-${one.name}`,
        autocomplete: "off",
        placeholder: one.required ? "required" : "",
        spellcheck: "false",
      }),
    }));
  const [type, media] = contents(resolve(document, operation.requestBody))[0] ?? [];
  const sample = media ? exampleOf(document, media) : undefined;
  const body =
    type &&
    h("textarea", {
      id: `try-${number}-body`,
      rows: "5",
      spellcheck: "false",
      autocomplete: "off",
    });
  if (body)
    body.value = typeof sample === "string" ? sample : JSON.stringify(sample ?? {}, null, 2);
  const answer = h("div.try-answer", { role: "status" });
  const token = tokenField(number);
  const send = h(
    "button.button.primary.try-send",
    { type: "submit", title: "Send (s, or Ctrl-Enter in a field)" },
    icon("send"),
    "Send",
  );

  function request() {
    let path = operation.path;
    const query = new URLSearchParams();
    const headers = {};
    for (const { name, in: where, input } of inputs) {
      const value = input.value;
      if (where === "path") path = path.replace(`{${name}}`, encodeURIComponent(value));
      else if (value && where === "query") query.append(name, value);
      else if (value) headers[name] = value;
    }
    if (body) headers["Content-Type"] = type;
    const url = info.site + path + (query.size ? `?${query}` : "");
    return { method: operation.method, url, headers, body: body?.value };
  }

  async function go(event) {
    event.preventDefault();
    send.disabled = true;
    answer.replaceChildren(h("p.soft", {}, "Asking …"));
    try {
      answer.replaceChildren(...(await ask(request())));
    } finally {
      send.disabled = false;
    }
  }

  return h(
    "section.try",
    { "aria-label": "Try it" },
    h(
      "form",
      {
        submit: go,
        novalidate: true,
        keydown: (event) => event.key === "Enter" && (event.ctrlKey || event.metaKey) && go(event),
      },
      h("div.try-head", {}, h("h3", {}, "Try it"), token.element),
      inputs.length > 0 &&
        h(
          "div.try-fields",
          {},
          inputs.map(({ name, in: where, input }) =>
            h(
              "div.field",
              {},
              h("label", { for: input.id }, name, h("span.soft", {}, ` ${where}`)),
              input,
            ),
          ),
        ),
      body &&
        h(
          "div.field",
          {},
          h("label", { for: body.id }, "Body", h("span.soft", {}, ` ${type}`)),
          body,
        ),
      h(
        "p.actions",
        {},
        send,
        button(
          "As curl",
          () => {
            const { body: text, ...rest } = request();
            copy(curl({ ...rest, body: text, signed: credential.kind !== "none" }), "Command");
          },
          { symbol: "copy", quiet: true, title: "Copy as a command, without the credential" },
        ),
      ),
    ),
    answer,
  );
}
