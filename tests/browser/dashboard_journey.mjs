// A change of a preference on the sample site, seen from all sides in the dashboard.
//
// Environment: as for flow.mjs, and DASHBOARD_URL.

import { SITE, openBrowser, submitProviderForm } from "./browser.mjs";
import { openBoard } from "./board.mjs";
import { openSite } from "./site.mjs";
import { check, equal, eventually, finish } from "./tap.mjs";

const BOARD = process.env.DASHBOARD_URL;
const USER = {
  "traits.email": `ada-${Date.now()}@example.org`,
  "traits.name": "Ada Lovelace",
  "traits.name.first": "Ada",
  "traits.name.last": "Lovelace",
  password: "correct-horse-battery",
};
const { context, page: sitePage, said, listenTo, close } = await openBrowser();
const site = openSite(sitePage);
const page = await context.newPage();
listenTo(page);
const board = openBoard(page, BOARD);
const { test, open, view, rows, search, pane, hash, found, addsUp, pictures } = board;
let user = "";
let trace = "";

/** The provider's webhook about a change of the user: what is kept of them is asked again. */
async function userChanges() {
  await open("#/traces?q=route:/hooks/ory");
  const before = await found();
  const answer = await fetch(`${process.env.IDP_ADMIN}/admin/identities/${user}`, {
    method: "PATCH",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify([{ op: "replace", path: "/metadata_public", value: {} }]),
  });
  equal(answer.status, 200, "the change of the user");
  await eventually("the webhook's trace", async () => (await found()) > before);
}

await test("a user signs up on the sample site", async () => {
  await sitePage.goto(`${SITE}/`);
  await sitePage.getByRole("link", { name: "Sign up" }).click();
  await sitePage.locator("form").first().waitFor();
  await submitProviderForm(sitePage, USER);
  await site.signedIn();
  user = await site.fact("userId");
});

await test("the change of a preference shows in the dashboard, live", async () => {
  await userChanges();
  await open("#/traces?q=route:/user/preferences");
  await view()
    .getByText(/No trace matches|No request yet/)
    .waitFor();
  await sitePage.bringToFront();
  await sitePage.getByRole("radio", { name: "Dark" }).check();
  await site.save();
  await page.bringToFront();
  await eventually("the trace is there", async () => (await found()) === 1);
  const row = rows().first();
  equal(await row.locator(".status").textContent(), "200", "its status");
  equal(await row.locator(".method").textContent(), "POST", "its method");
  await pictures("journey-traces");
});

await test("its waterfall has authentication, provider call and SQL, and they add up", async () => {
  await rows().first().click();
  await pane().locator(".waterfall").waitFor();
  for (const name of ["authenticate", "cache", "ory whoami", "profile_change"]) {
    check(await pane().getByRole("button", { name }).first().isVisible(), `no span "${name}"`);
  }
  await addsUp();
  const parts = await pane().locator(".spent-list li").allTextContents();
  for (const part of ["Gatehouse", "Identity provider", "Database"]) {
    check(
      parts.some((text) => text.startsWith(part)),
      `${part} took nothing: ${parts}`,
    );
  }
  await pane().getByRole("button", { name: "profile_change" }).click();
  check(
    (await pane().getByRole("group", { name: "SQL" }).textContent()).includes("user_profile"),
    "the SQL",
  );
  trace = (await hash()).match(/[0-9a-f]{32}/)[0];
  await pictures("journey-trace");
});

await test("its log line tells the same", async () => {
  await pane().getByRole("link", { name: "Log line" }).click();
  await page.locator(".view-logs:not([hidden])").waitFor();
  await eventually("one line is left", async () => (await found()) === 1);
  await rows().first().click();
  const line = JSON.parse(await pane().getByRole("group", { name: "The line" }).textContent());
  equal(line.trace_id, trace, "trace_id");
  equal(`${line.method} ${line.path} ${line.status}`, "POST /user/preferences 200", "the request");
  check(line.provider_us > 0 && line.database_us > 0, "the line knows no outward call");
  const spans = await (await fetch(`${BOARD}/api/trace/${trace}`)).json();
  const took = spans.spans.find(({ kind }) => kind === 2).duration_us;
  check(
    line.provider_us + line.database_us <= took,
    `${line.provider_us} + ${line.database_us} µs of ${took} µs`,
  );
  await pictures("journey-log");
});

await test("the row of the user is one click away, and has the new value", async () => {
  await page.keyboard.press("t");
  await pane().getByRole("link", { name: "See the row" }).click();
  await page.locator(".view-tables:not([hidden])").waitFor();
  await pane().getByText(user).first().waitFor();
  const row = JSON.parse(await pane().getByRole("group", { name: "The row" }).textContent());
  equal(`${row.provider} ${row.user_id} ${row.theme}`, `ory ${user} dark`, "the row");
  await pictures("journey-row");
});

await test("the documentation's own endpoint is tried as the signed-in user", async () => {
  await open("#/api/getProfile");
  await view().getByRole("button", { name: "Send" }).click();
  const answer = view().locator(".try-answer");
  await answer.getByText(USER["traits.email"]).waitFor();
  await pictures("journey-api");
  await answer.getByRole("link", { name: "See its trace" }).click();
  await pane().locator(".waterfall").waitFor();
  await addsUp();
  equal(await pane().locator(".pane-title .pill").textContent(), "200", "its status");
});

await test("a preference is changed from the documentation, and the site shows it", async () => {
  await open("#/api/savePreferences");
  await view()
    .getByRole("textbox", { name: /^Body/ })
    .fill('{"theme":"light","bio":"From the dashboard"}');
  await view().getByRole("button", { name: "Send" }).click();
  await view().locator(".try-answer").getByText("success").waitFor();
  await sitePage.bringToFront();
  await sitePage.reload();
  await site.signedIn();
  equal(await site.fact("bio"), "From the dashboard", "the bio");
  equal(await site.fact("theme"), "Light", "the theme");
});

await test("migrations, configuration and health are there, and no secret among them", async () => {
  await page.bringToFront();
  for (const [name, text] of [
    ["migrations", "applied"],
    ["config", "public_url"],
    ["health", "All is well"],
  ]) {
    await open(`#/${name}`);
    await view().getByText(text).first().waitFor();
    await pictures(`journey-${name}`);
  }
  await open("#/config?q=secret");
  const secrets = await view().locator(".settings dd code").allTextContents();
  check(
    secrets.length > 0 &&
      secrets.every((value) => /^(""|\[ \]|"\(hidden\)"|\[ "\(hidden\)" \])$/.test(value)),
    `secrets: ${secrets}`,
  );
});

await test("no script failed, and only the site and the dashboard were asked", async () => {
  equal(said.errors.join("\n"), "", "errors");
  const strange = said.remote.filter(
    (url) => url !== "about:blank" && ![BOARD, SITE].some((ours) => url.startsWith(`${ours}/`)),
  );
  equal(strange.join(" "), "", "other hosts");
});

await close();
process.exit(finish());
