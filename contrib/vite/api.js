// Calls to Gatehouse, with the provider's cookie or with a token.
//
// The one thing to get right: only 401 means "signed out". An answer of 5xx or none at all says
// nothing about the user: nobody was signed out, the page tries again later.

// "" is the page's own origin: behind Vite's proxy, and on the real site.
const API = import.meta.env.VITE_API_URL ?? "";
let token = null;

/** A JWT, or a session token of Ory, from now on instead of the cookie; null: the cookie. */
export const useToken = (value) => { token = value; };

/** A link that comes back here: what is "login" or "logout". */
export const signing = (what) =>
  `${API}/auth/${what}?return_to=${encodeURIComponent(location.href)}`;

/** {kind, body}; kind is "ok", "signed-out", "refused" or "unreachable". */
export async function call(path, body) {
  const headers = { Accept: "application/json" };
  if (token) headers.Authorization = `Bearer ${token}`;
  // JSON even when it is short: a cookie's write of any other type is 415.
  if (body) headers["Content-Type"] = "application/json";
  try {
    const answer = await fetch(API + path, {
      method: body ? "POST" : "GET",
      headers,
      body: body && JSON.stringify(body),
      // The cookie goes to another origin only when asked to.
      credentials: token ? "omit" : "include",
    });
    return { kind: kindOf(answer.status), body: await answer.json().catch(() => null) };
  } catch {
    return { kind: "unreachable", body: null };
  }
}

function kindOf(status) {
  if (status < 300) return "ok";
  if (status === 401) return "signed-out";
  return status === 429 || status >= 500 ? "unreachable" : "refused";
}
