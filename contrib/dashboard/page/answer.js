// A request to the site itself, and its answer as it came, with a link to its trace.

import { link } from "./address.js";
import { json, plain } from "./code.js";
import { credential, credentialHeaders } from "./credential.js";
import { h, icon } from "./dom.js";
import { bytes, duration } from "./format.js";
import { get } from "./server.js";
import { statusPill } from "./trace.js";

const TIMEOUT_MS = 15_000;
const TRACE_TRIES = 20;
const TRACE_EVERY_MS = 250;
const LONGEST_SHOWN = 200_000;

/** A trace id of our own, so that the trace can be found. */
function traceparent() {
  const hex = (n) =>
    Array.from(crypto.getRandomValues(new Uint8Array(n)), (b) =>
      b.toString(16).padStart(2, "0"),
    ).join("");
  const id = hex(16);
  return { id, header: `00-${id}-${hex(8)}-01` };
}

/** Sends it; what is to be shown of the answer, or of there being none. */
export async function ask({ method, url, headers, body }) {
  const { id, header } = traceparent();
  const began = performance.now();
  let answer;
  try {
    answer = await fetch(url, {
      method,
      body,
      cache: "no-store",
      redirect: "manual",
      credentials: credential.kind === "session" ? "include" : "omit",
      headers: {
        Accept: "application/json",
        ...headers,
        ...credentialHeaders(),
        traceparent: header,
      },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  } catch (error) {
    return [
      h(
        "p.bad",
        {},
        error.name === "TimeoutError"
          ? "No answer within 15 s."
          : "No answer that this page may read: the site is away, or its cors.allow_origins " +
              "lacks this page’s address.",
      ),
    ];
  }
  const text = await answer.text().catch(() => "");
  const took = (performance.now() - began) * 1000;
  if (answer.type === "opaqueredirect") {
    return [
      h(
        "p",
        {},
        "It leads elsewhere (303): ",
        h("a", { href: url, target: "_blank", rel: "noopener" }, "follow it in a new tab"),
        ". ",
      ),
      traceLink(id),
    ];
  }
  return [
    h(
      "p.try-line-1",
      {},
      statusPill(answer.status),
      h("b", {}, duration(took)),
      h("span.soft", {}, bytes(new Blob([text]).size)),
      traceLink(id),
    ),
    h(
      "details",
      {},
      h("summary", {}, "Headers"),
      h(
        "dl.attributes",
        {},
        [...answer.headers].map(([name, value]) =>
          h("div", {}, h("dt", {}, name), h("dd", {}, value)),
        ),
      ),
    ),
    shown(answer, text),
  ];
}

function shown(answer, text) {
  if (!text) return h("p.soft", {}, "No body.");
  if (text.length > LONGEST_SHOWN) text = text.slice(0, LONGEST_SHOWN);
  if (!answer.headers.get("Content-Type")?.includes("json")) return plain(text, "Answer");
  try {
    return json(JSON.parse(text), "Answer");
  } catch {
    return plain(text, "Answer");
  }
}

/** A link that waits until the trace has come. */
function traceLink(id) {
  const place = h("span.soft.to-trace-link", {}, "its trace is on the way …");
  find(id, place);
  return place;
}

async function find(id, place) {
  for (let attempt = 0; attempt < TRACE_TRIES; attempt++) {
    const trace = await get(`trace/${id}`).catch(() => null);
    if (trace) {
      place.replaceChildren(
        h("a.button.quiet", { href: link("traces", id) }, icon("traces"), "See its trace"),
      );
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, TRACE_EVERY_MS));
  }
  place.textContent = "no trace of it came (is it sampled?)";
}
