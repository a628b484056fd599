// One request, and what its answer means for a page.
//
// The one thing to get right: only 401 means "signed out". A server that cannot say who the
// user is (5xx, no network) has not said that they are nobody.

const TIMEOUT_MS = 10_000;

/** How an answer is to be taken. */
function kindOf(status, body) {
  if (status >= 200 && status < 300) return "ok";
  if (status === 401) return "signed-out";
  if (status === 403 && body?.details?.reason === "second_factor_required") return "step-up";
  if (status === 0 || status === 429 || status >= 500) return "unreachable";
  return "refused";
}

/** Retry-After in seconds: a number or a date; 0 when absent. */
function retryAfter(headers) {
  const value = headers.get("Retry-After");
  if (!value) return 0;
  const seconds = /^\d+$/.test(value) ? Number(value) : (Date.parse(value) - Date.now()) / 1000;
  return Number.isFinite(seconds) ? Math.max(0, seconds) : 0;
}

/** What "nobody answered" looks like. */
export const UNREACHABLE = { kind: "unreachable", status: 0, body: null, retryAfter: 0 };

/** Never throws: no answer at all is {kind: "unreachable"} too. */
export async function ask(url, options = {}) {
  try {
    const response = await fetch(url, {
      ...options,
      headers: { Accept: "application/json", ...options.headers },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    // An error page of the web server is no JSON; the status says enough then.
    const body = await response.json().catch(() => null);
    let kind = kindOf(response.status, body);
    if (kind === "ok" && body === null && response.status !== 204) kind = "unreachable";
    return { kind, status: response.status, body, retryAfter: retryAfter(response.headers) };
  } catch {
    return UNREACHABLE;
  }
}
