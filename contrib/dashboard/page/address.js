// What is shown, as the address says it: "#/traces/ID?q=status:5xx". It can be kept and shared.

// Browsers refuse an address that changes with each letter typed; a moment later will do.
const SETTLES_MS = 250;
let coming = null;
let timer = 0;

const present = () => coming ?? location.hash;

/** {view, id, params} of the address. */
export function read() {
  const [path, query = ""] = present().replace(/^#\/?/, "").split("?");
  const [view = "", ...rest] = path.split("/");
  return { view, id: decode(rest.join("/")), params: new URLSearchParams(query) };
}

function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return "";
  }
}

/** The address of a view; `params` are those that have a value. */
export function link(view, id = "", params = {}) {
  const known = Object.entries(params).filter(
    ([, value]) => value !== "" && value !== null && value !== undefined && value !== false,
  );
  const query = new URLSearchParams(known).toString();
  return `#/${view}${id ? `/${encodeURIComponent(id)}` : ""}${query ? `?${query}` : ""}`;
}

function settle() {
  clearTimeout(timer);
  if (coming !== null) history.replaceState(null, "", coming);
  coming = null;
}

/** Goes there; `replace`: the present address is not worth a step back. */
export function go(to, { replace = false } = {}) {
  if (to === present()) return;
  if (replace) {
    coming = to;
    clearTimeout(timer);
    timer = setTimeout(settle, SETTLES_MS);
  } else {
    settle();
    history.pushState(null, "", to);
  }
  dispatchEvent(new Event("address"));
}

// Somebody went elsewhere, by a link or a step back.
for (const event of ["popstate", "hashchange"]) {
  addEventListener(event, () => {
    coming = null;
    clearTimeout(timer);
  });
}
addEventListener("pagehide", settle);
