// What the dashboard knows of the place it runs in.

import { get } from "./server.js";

/** {site, provider, version, …}: empty until it is known. */
export const info = { site: "", provider: "", version: "" };

export async function loadInfo() {
  Object.assign(info, await get("info").catch(() => ({})));
  dispatchEvent(new Event("info"));
}
