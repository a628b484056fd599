// Which provider signs users in here: what GET /auth/login-info says.
//
// A session, as the files named after the providers make it, has
//   label, signUp, signIn, settings
//               the provider's name, and the addresses of links, "" for none
//   pages       whether guarded pages open: the browser sends the credential by itself
//   arrive()    finishes a sign-in that led to this page, or begins one that its address asks
//               for: {kind: "ok", message?}, {kind: "refused", message} or {kind: "unreachable"}
//   prepare()   before each call: sees to a credential that has not expired; never fails
//   headers()   the headers that carry it, none if the browser sends it as a cookie
//   renew()     after a 401: "renewed", "signed-out", or "unreachable"
//   signOut()   true, false when that did not work, or never when the browser goes elsewhere

import { openClerk } from "./clerk.js";
import { openOidc } from "./oidc.js";
import { openOry } from "./ory.js";

const PROVIDERS = { ory: openOry, clerk: openClerk, oidc: openOidc };

/** Does what a provider need not do. */
const nothing = {
  label: "your identity provider",
  signUp: "",
  signIn: "",
  settings: "",
  pages: true,
  arrive: async () => ({ kind: "ok" }),
  prepare: async () => {},
  headers: () => ({}),
  renew: async () => "signed-out",
  signOut: async () => true,
};

/** The session for an answer of login-info; of several providers the first. */
export const openSession = (info) => ({ ...nothing, ...PROVIDERS[info.provider]?.(info) });
