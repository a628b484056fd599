// What a person does with contrib/react: behind lighttpd as it was built, on Vite's development
// server, with Ory and then with Clerk.
//
// Environment: that of browser.mjs, DEV_URL (the development server) and CONTROL (a GET there, and
// Clerk is the provider).

import { ARTIFACTS, SITE, control, openBrowser, shoot, submitProviderForm } from "./browser.mjs";
import { check, equal, eventually, finish, test as run } from "./tap.mjs";

const { DEV_URL, CONTROL } = process.env;
const PASSWORD = "correct-horse-battery";
const { page, said, context, close } = await openBrowser();
const test = (name, body) => run(name, body, async (number) => ARTIFACTS &&
  page.screenshot({ path: `${ARTIFACTS}/failure-react-${number}.png`, fullPage: true }));

const heading = (text) => page.getByRole("heading", { name: text, level: 1 });
const signedIn = () => heading("Profile").waitFor();
const signedOut = () => heading("You are not signed in").waitFor();
const bio = () => page.getByLabel("Bio");
const save = () => page.getByRole("button", { name: "Save" }).click();
const note = (text) => page.getByText(text, { exact: true }).waitFor();
const fact = (name) => page.locator("dl div", { has: page.getByText(name, { exact: true }) })
  .locator("dd").innerText();
const banner = () => page.getByText("You have not been signed out.");
const faults = (set) => control("PUT", "faults", set);

/** Answers the next `times` requests for that path; the rest goes to the server. */
async function answerWith(path, status, body, times = Infinity) {
  const seen = [];
  await page.route(`**${path}`, (route) => {
    seen.push(route.request().headers().authorization ?? "cookie");
    return seen.length > times ? route.continue()
      : route.fulfill({ status, contentType: "application/json", body: JSON.stringify(body) });
  });
  return { seen, end: () => page.unroute(`**${path}`) };
}

const refusal = (code, details = null) => ({ code, message: code, details });

async function signInAt(url, fields) {
  await page.goto(`${url}/`);
  await page.getByRole("link", { name: "Sign in" }).click();
  await page.locator("form").first().waitFor();
  await submitProviderForm(page, fields);
  await signedIn();
}

// ---- Ory -----------------------------------------------------------------------------------

const ada = await control("POST", "users",
  { email: "ada@example.org", password: PASSWORD, name: "Ada" });

await test("a visitor is told so, and signs in with Ory", async () => {
  await page.goto(`${SITE}/`);
  await signedOut();
  await shoot(page, "react-signed-out");
  await signInAt(SITE, { identifier: ada.email, password: PASSWORD });
  equal(page.url(), `${SITE}/`, "where it leads");
  equal(await fact("Email"), ada.email, "email");
  await shoot(page, "react-signed-in");
});

await test("what is changed is kept by the server", async () => {
  await page.getByRole("radio", { name: "Dark" }).check();
  await bio().fill("Analyst");
  await save();
  await note("Saved");
  await page.reload();
  await signedIn();
  equal(await fact("Theme"), "Dark", "theme");
  equal(await bio().inputValue(), "Analyst", "bio");
  equal(await page.locator("html").getAttribute("data-theme"), "dark", "the page's theme");
});

await test("a change is shown at once, and taken back when it is refused", async () => {
  let hold;
  const asked = new Promise((resolve) => (hold = resolve));
  await page.route("**/user/preferences", hold);
  await bio().fill("Too long");
  await save();
  await eventually("the new bio is shown", async () => (await fact("Bio")) === "Too long");
  check(await page.getByRole("button", { name: "Save" }).isDisabled(), "it can be saved twice");
  await (await asked).fulfill({
    status: 400, contentType: "application/json",
    body: JSON.stringify(refusal("invalid_argument", {
      reason: "invalid_fields", fields: [{ field: "bio", problem: "is too long" }] })) });
  await note("is too long");
  equal(await fact("Bio"), "Analyst", "the bio that is shown");
  equal(await bio().inputValue(), "Too long", "what was typed");
  check(await bio().evaluate((field) => field === document.activeElement), "the focus");
  await shoot(page, "react-refused");
  await page.unroute("**/user/preferences");
});

await test("what is typed while a save is on its way stays, and is saved by the next one", async () => {
  let hold;
  const asked = new Promise((resolve) => (hold = resolve));
  await page.route("**/user/preferences", hold);
  await bio().fill("First");
  await save();
  const held = await asked;
  await bio().fill("Second");
  await held.continue();
  await page.unroute("**/user/preferences");
  await note("Saved");
  equal(await bio().inputValue(), "Second", "what was typed");
  equal(await fact("Bio"), "First", "the bio that is saved");
  await save();
  await eventually("it is saved, too", async () => (await fact("Bio")) === "Second");
  await note("Saved");
});

await test("a save that nobody answers keeps what was typed, and goes through later", async () => {
  await page.route("**/user/preferences", (route) => route.abort());
  await bio().fill("Written offline");
  await save();
  await note("Not saved: the server cannot be reached. What you typed is still here.");
  equal(await fact("Bio"), "Second", "the bio that is shown");
  equal(await bio().inputValue(), "Written offline", "what was typed");
  await page.unroute("**/user/preferences");
  await save();
  await note("Saved");
  equal(await fact("Bio"), "Written offline", "bio");
});

await test("an outage is called one: nobody is signed out, and the form stays", async () => {
  await bio().fill("Half a sentence");
  await faults({ status: 503, body: "down" });
  await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
  await banner().waitFor();
  equal(await bio().inputValue(), "Half a sentence", "what was typed");
  await page.reload();
  await heading("One moment, please").waitFor();
  await banner().waitFor();
  await page.getByText(/^Trying again in \d+ s$/).waitFor();
  equal(await page.getByRole("link", { name: "Sign in" }).count(), 0, "links to sign in");
  await shoot(page, "react-unavailable");
  await faults({});
  await eventually("it is over", async () => {
    if (await heading("Profile").isVisible()) return true;
    await page.getByRole("button", { name: "Try now" }).click({ timeout: 500 }).catch(() => {});
    return false;
  });
  equal(await banner().count(), 0, "the banner");
});

await test("a second factor that is asked for is a link", async () => {
  const url = `${SITE}/.ory/step-up`;
  const { end } = await answerWith("/user/profile", 403,
    refusal("permission_denied", { reason: "second_factor_required", stepUpUrl: url }));
  await page.reload();
  await heading("One more step").waitFor();
  const link = page.getByRole("link", { name: "Confirm it is you" });
  equal(await link.getAttribute("href"), url, "where it leads");
  await shoot(page, "react-step-up");
  await end();
});

await test("the development server shows the same user, and saves", async () => {
  await eventually("it is up", () => fetch(DEV_URL).then(() => true, () => false), 60_000);
  await page.goto(`${DEV_URL}/`);
  await signedIn();
  equal(await fact("Email"), ada.email, "email");
  await page.getByRole("radio", { name: "Light" }).check();
  await save();
  await note("Saved");
  equal(await page.locator("html").getAttribute("data-theme"), "light", "the page's theme");
});

await test("signing out ends the session", async () => {
  await page.goto(`${SITE}/`);
  await signedIn();
  await page.getByRole("button", { name: "Sign out" }).click();
  await signedOut();
  equal(page.url(), `${SITE}/`, "where it leads");
  await page.reload();
  await signedOut();
});

// ---- Clerk ---------------------------------------------------------------------------------

const eve = await control("POST", "clerk/users",
  { email: "eve@example.org", password: PASSWORD, first_name: "Eve" });

await test("Clerk: each call has a token, and the user is known", async () => {
  await fetch(CONTROL);
  await context.clearCookies();
  const asked = page.waitForRequest((request) => request.url().endsWith("/user/profile")
    && "authorization" in request.headers());
  await signInAt(SITE, { email: eve.email, password: PASSWORD });
  await asked;
  equal(await fact("Email"), eve.email, "email");
});

await test("Clerk: a token that is refused is renewed once", async () => {
  let renewals = 0;
  const count = (request) => (renewals += request.url().includes("/client/token") ? 1 : 0);
  page.on("request", count);
  const { seen, end } = await answerWith("/user/preferences", 401, refusal("unauthenticated"), 1);
  await bio().fill("Second try");
  await save();
  await note("Saved");
  await end();
  page.off("request", count);
  equal(seen.length, 2, "the number of tries");
  check(seen.every((each) => each.startsWith("Bearer ey")), `the credentials: ${seen}`);
  equal(renewals, 1, "renewals");
  equal(await fact("Bio"), "Second try", "bio");
});

await test("Clerk: refused again it is the end of the session, and the page says so", async () => {
  const { seen, end } = await answerWith("/user/preferences", 401, refusal("unauthenticated"));
  await bio().fill("Too late");
  await save();
  await signedOut();
  await page.getByText("Your session has ended.").waitFor();
  equal(seen.length, 2, "the number of tries");
  await end();
});

await test("Clerk: without its script nobody is signed out: the page waits", async () => {
  await page.route("**/clerk.browser.js", (route) => route.abort());
  await page.reload();
  await heading("One moment, please").waitFor();
  await banner().waitFor();
  await page.unroute("**/clerk.browser.js");
  await page.getByRole("button", { name: "Try now" }).click();
  await signedIn();
});

await test("Clerk: signing out ends the session", async () => {
  await page.getByRole("button", { name: "Sign out" }).click();
  await signedOut();
  await page.reload();
  await signedOut();
});

await test("no script error, nothing blocked by the content policy", async () => {
  const meant = /ERR_FAILED/; // what was kept away on purpose
  equal(said.errors.filter((each) => !meant.test(each)).join("\n"), "", "errors in the console");
});

await close();
process.exit(finish());
