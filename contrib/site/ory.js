// Ory: a session cookie that the browser sends by itself, and pages of Ory's for everything.

import { ask } from "./ask.js";

/** Ends the session at Ory, whose answer says where. */
async function signOut(logoutUrl) {
  const flow = await ask(logoutUrl, { credentials: "include" });
  if (flow.kind === "signed-out") return true;
  if (flow.kind !== "ok" || !flow.body?.logout_url) return false;
  const url = new URL(flow.body.logout_url, location.href);
  if (url.origin !== location.origin) {
    location.assign(url);
    return new Promise(() => {});
  }
  return (await ask(url)).kind === "ok";
}

export const openOry = (info) => ({
  label: "Ory",
  signUp: info.registrationUrl,
  signIn: info.loginUrl,
  settings: info.settingsUrl,
  signOut: () => signOut(info.logoutUrl),
});
