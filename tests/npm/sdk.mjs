// Calls an identity provider with the real @ory/client and prints what came of it as JSON lines.
//
// Environment: PUBLIC and ADMIN (base URLs), NPM_DIR (a folder whose node_modules has @ory/client).
// Each step prints {"step", "status", "data", "headers"}, also for an answer that is an error;
// the Python side knows what to expect.

import { createRequire } from "node:module";
import path from "node:path";

const require = createRequire(path.join(path.resolve(process.env.NPM_DIR), "package.json"));
const { Configuration, FrontendApi, IdentityApi } = require("@ory/client");

const frontend = new FrontendApi(new Configuration({ basePath: process.env.PUBLIC }));
const admin = new IdentityApi(new Configuration({ basePath: process.env.ADMIN }));
const email = `sdk-${process.pid}@example.org`;
const password = "correct horse";

async function step(name, call) {
  let answer;
  try {
    answer = await call();
  } catch (error) {
    if (!error.response) throw error;
    answer = error.response;
  }
  const { status, data, headers } = answer;
  console.log(JSON.stringify({ step: name, status, data, headers }));
  return { status, data, headers };
}

const cookiesOf = (...answers) =>
  answers.flatMap(({ headers }) => headers["set-cookie"] ?? [])
    .map((line) => line.split(";")[0]).filter((pair) => !/^[^=]+=$/.test(pair)).join("; ");
const csrfOf = (flow) =>
  flow.ui.nodes.find((node) => node.attributes.name === "csrf_token").attributes.value;

// ---- an app: native flows -----------------------------------------------------------

let flow = await step("createNativeRegistrationFlow", () =>
  frontend.createNativeRegistrationFlow());
const registered = await step("updateRegistrationFlow", () => frontend.updateRegistrationFlow({
  flow: flow.data.id,
  updateRegistrationFlowBody: {
    method: "password", password, traits: { email, name: { first: "Ada", last: "Lovelace" } } },
}));
const id = registered.data.identity.id;

flow = await step("createNativeLoginFlow", () => frontend.createNativeLoginFlow());
await step("getLoginFlow", () => frontend.getLoginFlow({ id: flow.data.id }));
const submit = (secret) => () => frontend.updateLoginFlow({
  flow: flow.data.id,
  updateLoginFlowBody: { method: "password", identifier: email, password: secret },
});
await step("updateLoginFlow wrong", submit("wrong horse"));
const login = await step("updateLoginFlow", submit(password));
const xSessionToken = login.data.session_token;

await step("toSession token", () => frontend.toSession({ xSessionToken }));
await step("toSession wrong", () => frontend.toSession({ xSessionToken: "ory_st_wrong" }));
await step("toSession none", () => frontend.toSession());
await step("listMySessions", () => frontend.listMySessions({ xSessionToken }));
await step("disableMySession", () => frontend.disableMySession(
  { id: registered.data.session.id, xSessionToken }));

// ---- a browser: cookies, JSON -------------------------------------------------------

const browserFlow = await step("createBrowserLoginFlow", () =>
  frontend.createBrowserLoginFlow({ returnTo: `${process.env.PUBLIC}/ui/` }));
const csrf = cookiesOf(browserFlow);
const browserLogin = await step("updateLoginFlow browser", () => frontend.updateLoginFlow({
  flow: browserFlow.data.id,
  cookie: csrf,
  updateLoginFlowBody: {
    method: "password", identifier: email, password, csrf_token: csrfOf(browserFlow.data) },
}));
const cookie = [csrf, cookiesOf(browserLogin)].join("; ");
await step("toSession cookie", () => frontend.toSession({ cookie }));

const settings = await step("createBrowserSettingsFlow", () =>
  frontend.createBrowserSettingsFlow({ cookie }));
await step("updateSettingsFlow", () => frontend.updateSettingsFlow({
  flow: settings.data.id,
  cookie: [cookie, cookiesOf(settings)].join("; "),
  updateSettingsFlowBody: {
    method: "profile", traits: { email, name: "Ada" },
    csrf_token: csrfOf(settings.data) },
}));

const logout = await step("createBrowserLogoutFlow", () =>
  frontend.createBrowserLogoutFlow({ cookie }));
await step("updateLogoutFlow", () =>
  frontend.updateLogoutFlow({ token: logout.data.logout_token, cookie }));
await step("toSession signed out", () => frontend.toSession({ cookie }));

// ---- an operator: the admin API -----------------------------------------------------

await step("listIdentities", () => admin.listIdentities({ ids: [id], pageSize: 500 }));
await step("getIdentity", () => admin.getIdentity({ id }));
const session = await step("getSession", () =>
  admin.getSession({ id: login.data.session.id, expand: ["identity", "devices"] }));
await step("extendSession", () => admin.extendSession({ id: session.data.id }));
await step("listIdentitySessions", () => admin.listIdentitySessions({ id, active: true }));
await step("updateIdentity", () => admin.updateIdentity({
  id,
  updateIdentityBody: {
    schema_id: "default", state: "active", traits: { email, name: "Countess" } },
}));
await step("patchIdentity disable", () => admin.patchIdentity({
  id, jsonPatch: [{ op: "replace", path: "/state", value: "inactive" }] }));
await step("toSession disabled", () => frontend.toSession({ xSessionToken }));
await step("patchIdentity enable", () => admin.patchIdentity({
  id, jsonPatch: [{ op: "replace", path: "/state", value: "active" }] }));
await step("toSession enabled", () => frontend.toSession({ xSessionToken }));
await step("disableSession", () => admin.disableSession({ id: session.data.id }));
await step("toSession revoked", () => frontend.toSession({ xSessionToken }));
await step("deleteIdentitySessions", () => admin.deleteIdentitySessions({ id }));
await step("createIdentity", () => admin.createIdentity({
  createIdentityBody: {
    schema_id: "default", traits: { email: `second-${email}` },
    credentials: { password: { config: { password } } } },
}));
await step("deleteIdentity", () => admin.deleteIdentity({ id }));
await step("getIdentity deleted", () => admin.getIdentity({ id }));

// ---- signing out of the app, last ---------------------------------------------------

flow = await frontend.createNativeLoginFlow();
const other = (await frontend.updateLoginFlow({
  flow: flow.data.id,
  updateLoginFlowBody: { method: "password", identifier: `second-${email}`, password },
})).data.session_token;
await step("performNativeLogout", () =>
  frontend.performNativeLogout({ performNativeLogoutBody: { session_token: other } }));
await step("toSession logged out", () => frontend.toSession({ xSessionToken: other }));
