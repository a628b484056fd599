// Whose request is tried: the session of this browser, or a token that is kept nowhere but in the
// field it was pasted into.

import { h } from "./dom.js";

// One for all operations, for as long as the page is there.
export const credential = { kind: "session", token: "" };
const KINDS = [
  ["session", "Signed-in session"],
  ["bearer", "Bearer token"],
  ["token", "Session token"],
  ["none", "None"],
];

/** Whose request it is. The token is in this field alone: not stored, and gone with the page. */
export function tokenField(number) {
  const input = h("input", {
    type: "password",
    "aria-label": "Token",
    placeholder: "Paste a token",
    autocomplete: "off",
    spellcheck: "false",
    hidden: true,
    input: () => (credential.token = input.value.trim()),
  });
  const select = h(
    "select",
    {
      id: `try-${number}-as`,
      "aria-label": "Credential",
      change: () => {
        credential.kind = select.value;
        show();
      },
    },
    KINDS.map(([value, label]) => h("option", { value }, label)),
  );
  const show = () => {
    select.value = credential.kind;
    input.value = credential.token;
    input.hidden = credential.kind === "session" || credential.kind === "none";
  };
  show();
  // Another operation may have changed it.
  const element = h(
    "div.try-as",
    { focusin: show, pointerenter: show },
    h("span.soft", { "aria-hidden": "true" }, "as"),
    select,
    input,
  );
  return { element };
}

/** The headers that carry it; a session goes by itself. */
export function credentialHeaders() {
  if (credential.kind === "bearer" && credential.token)
    return { Authorization: `Bearer ${credential.token}` };
  if (credential.kind === "token" && credential.token)
    return { "X-Session-Token": credential.token };
  return {};
}
