// What a person does with the sample site, in a real browser.
//
// Environment: SITE_URL, IDP_ADMIN (the local provider's control address), ADMIN_EMAIL and
// ADMIN_PASSWORD (of a user with that role), CHROMIUM, NPM_DIR (a folder whose node_modules has
// playwright-core), ARTIFACTS (a folder for screenshots, or nothing).

import { SITE, SIZES, control, openBrowser, shoot, shootBoth, submitProviderForm } from "./browser.mjs";
import { testMembersOfOry } from "./members_ory.mjs";
import { openSite } from "./site.mjs";
import { check, equal, eventually, finish } from "./tap.mjs";

const USER = {
  "traits.email": `ada-${Date.now()}@example.org`,
  "traits.name": "Ada Lovelace",
  "traits.name.first": "Ada",
  "traits.name.last": "Lovelace",
  password: "correct-horse-battery",
};
const { page, said, context, close } = await openBrowser();
const {
  test, view, theme, fact, saved, tryNow, statusOf, signedIn, fitsTheWidth, tabTo,
} = openSite(page);
const faults = (set) => control("PUT", "faults", set);

/** An outage that is noticed: what the provider said of the user before is forgotten, as a webhook
 *  tells of a change. */
async function outage(id) {
  await faults({ status: 503, body: "down" });
  const answer = await fetch(`${process.env.IDP_ADMIN}/admin/identities/${id}`, {
    method: "PATCH",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify([{ op: "replace", path: "/metadata_public", value: {} }]),
  });
  equal(answer.status, 200, "the change of the user");
  await eventually("the outage shows", async () => (await statusOf("/user/profile")) === 503);
}

// ---- the flow --------------------------------------------------------------------------

await test("a visitor is asked to sign up or sign in", async () => {
  await page.goto(`${SITE}/`);
  await view("signed-out").waitFor();
  check(await page.getByRole("link", { name: "Sign up" }).isVisible(), "no link to sign up");
  check(await page.getByRole("link", { name: "Sign in" }).isVisible(), "no link to sign in");
  equal(await statusOf("/user/profile"), 401, "the profile without a session");
  await shoot(page, "signed-out-light");
});

await test("signing up leads back to the site, signed in, with the default profile", async () => {
  await page.getByRole("link", { name: "Sign up" }).click();
  await page.locator("form").first().waitFor();
  await shoot(page, "provider-sign-up");
  await submitProviderForm(page, USER);
  await signedIn();
  equal(await fact("email"), USER["traits.email"], "email");
  equal(await fact("theme"), "Light", "theme");
  equal(await fact("notifications"), "On", "notifications");
  equal(await theme(), "light", "the page's theme");
  await shoot(page, "signed-in-light");
});

await test("switching to dark is kept by the server and shown at once after a reload", async () => {
  await page.getByRole("radio", { name: "Dark" }).check();
  equal(await theme(), "dark", "the preview");
  await page.getByRole("button", { name: "Save" }).click();
  await saved();
  equal(await fact("theme"), "Dark", "theme");
  // The theme has to be right before the profile arrives: hold the profile back.
  let release;
  const held = new Promise((resolve) => (release = resolve));
  await page.route("**/user/profile", async (route) => (await held, route.continue()));
  await page.reload({ waitUntil: "domcontentloaded" });
  equal(await theme(), "dark", "the page's theme before the profile is there");
  release();
  await signedIn();
  await page.unroute("**/user/profile");
  check(await page.getByRole("radio", { name: "Dark" }).isChecked(), "Dark is not chosen");
  await shoot(page, "signed-in-dark");
});

await test("a bio with markup is shown as the text it is, and notifications can be off", async () => {
  const bio = 'Analyst <img src=x onerror="document.title=1"> & poet, für Zahlen 🧮';
  await page.getByLabel("Bio").fill(bio);
  await page.getByRole("switch", { name: "Notifications" }).uncheck();
  await page.getByRole("button", { name: "Save" }).click();
  await saved();
  await page.reload();
  await signedIn();
  equal(await fact("bio"), bio, "bio");
  equal(await fact("notifications"), "Off", "notifications");
  equal(await page.locator("#profile-bio *").count(), 0, "elements made from the bio");
});

await test("a refused field says so next to the field, and nothing is lost", async () => {
  const long = "x".repeat(2001);
  await page.getByLabel("Bio").fill(long);
  await page.getByRole("button", { name: "Save" }).click();
  await view("bio-problem").waitFor();
  check((await view("bio-problem").textContent()).includes("2000"), "the limit is not named");
  equal(await view("bio").getAttribute("aria-invalid"), "true", "aria-invalid");
  equal(await page.evaluate(() => document.activeElement.id), "bio", "the focus");
  equal(await view("bio").inputValue(), long, "what was typed");
  await shoot(page, "field-error-dark");
  await page.getByLabel("Bio").fill("Analyst");
  await page.getByRole("button", { name: "Save" }).click();
  await saved();
  check(await view("bio-problem").isHidden(), "the error is still shown");
});

await test("the provider going down keeps the user signed in, and says so", async () => {
  await outage(await fact("userId"));
  await page.reload();
  await view("trouble").waitFor();
  const text = await view("trouble-text").textContent();
  check(text.includes("not been signed out"), `the page says: ${text}`);
  check(await view("signed-out").isHidden(), "the page shows the visitor's view");
  equal(await statusOf("/user/profile"), 503, "the profile meanwhile");
  await shoot(page, "trouble-dark");
  await faults({});
  await tryNow();
  await signedIn();
  check(await view("trouble").isHidden(), "the banner stays");
});

await test("a save during an outage waits, keeps the form, and goes through afterwards", async () => {
  await outage(await fact("userId"));
  await page.getByLabel("Bio").fill("Written during an outage");
  await page.getByRole("button", { name: "Save" }).click();
  await view("trouble").waitFor();
  check((await view("trouble-text").textContent()).includes("not saved yet"), "it does not say so");
  equal(await view("bio").inputValue(), "Written during an outage", "the form");
  await shoot(page, "waiting-dark");
  await faults({});
  await saved();
  equal(await fact("bio"), "Written during an outage", "bio");
});

await test("a second factor that is asked for is offered as a link", async () => {
  await page.route("**/user/profile", (route) => route.fulfill({
    status: 403,
    contentType: "application/json",
    body: JSON.stringify({
      code: "permission_denied", message: "a second factor is required",
      details: { reason: "second_factor_required", stepUpUrl: `${SITE}/.ory/step-up` },
    }),
  }));
  await page.reload();
  await view("step-up").waitFor();
  equal(await view("step-up-link").getAttribute("href"), `${SITE}/.ory/step-up`, "the link");
  await shoot(page, "step-up-dark");
  await page.unroute("**/user/profile");
  await page.reload();
  await signedIn();
});

await test("signing out ends the session: the site shows it, and the API refuses", async () => {
  const before = await context.cookies(SITE);
  await page.getByRole("button", { name: "Sign out" }).click();
  await view("signed-out").waitFor();
  await page.getByText("You are signed out.").waitFor();
  equal(await statusOf("/user/profile"), 401, "the profile after signing out");
  // Putting the old cookie back must not help: the session is gone, not only the cookie.
  await context.addCookies(before);
  await eventually("the old cookie is refused, by the provider's event",
    async () => (await statusOf("/user/profile")) === 401, 5_000);
  await context.clearCookies();
  await page.reload();
  await view("signed-out").waitFor();
  equal(await theme(), "dark", "the remembered theme");
  await shoot(page, "signed-out-dark");
});

await test("signing in again finds the preferences as they were", async () => {
  await page.getByRole("link", { name: "Sign in" }).click();
  await page.locator("form").first().waitFor();
  await shoot(page, "provider-sign-in");
  await submitProviderForm(page, { identifier: USER["traits.email"], password: "wrong" });
  await page.locator(".error").waitFor();
  await shoot(page, "provider-refused");
  await submitProviderForm(page, { identifier: USER["traits.email"], password: USER.password });
  await signedIn();
  equal(await fact("bio"), "Written during an outage", "bio");
  equal(await fact("theme"), "Dark", "theme");
});

// ---- the guarded pages -----------------------------------------------------------------

await page.getByRole("button", { name: "Sign out" }).click();
await testMembersOfOry({ page, test, outage, tabTo });
await page.getByRole("link", { name: "Sign in" }).click();
await page.locator('input[name="password"]').waitFor();
await submitProviderForm(page, { identifier: USER["traits.email"], password: USER.password });
await signedIn();

// ---- by keyboard -----------------------------------------------------------------------

await test("everything works by keyboard alone, and the focus is always visible", async () => {
  await page.reload();
  await signedIn();
  await tabTo("dark");
  await page.keyboard.press("ArrowLeft");
  equal(await theme(), "light", "the theme after an arrow key");
  await tabTo("notifications");
  await page.keyboard.press("Space");
  await tabTo("bio");
  await page.keyboard.press("Control+A");
  await page.keyboard.type("Typed");
  await tabTo("save");
  await page.keyboard.press("Enter");
  await saved();
  equal(await fact("theme"), "Light", "theme");
  equal(await fact("notifications"), "On", "notifications");
  equal(await fact("bio"), "Typed", "bio");
  await page.reload();
  await signedIn();
  await tabTo("sign-out");
  await page.keyboard.press("Enter");
  await view("signed-out").waitFor();
  await page.getByText("You are signed out.").waitFor();
  await tabTo("sign-in");
});

await test("every control has a name for assistive technology", async () => {
  const nameless = await page.evaluate(() =>
    [...document.querySelectorAll("input, textarea, button, a[href]")]
      .filter((element) => !element.textContent.trim() && !element.labels?.length
        && !element.getAttribute("aria-label"))
      .map((element) => element.outerHTML));
  equal(nameless.join(" "), "", "controls without a name");
});

await test("no page is wider than a phone", async () => {
  await page.setViewportSize(SIZES.phone);
  await fitsTheWidth();
  await page.getByRole("link", { name: "Sign in" }).click();
  await page.locator("form").first().waitFor();
  await fitsTheWidth();
  await submitProviderForm(page, { identifier: USER["traits.email"], password: USER.password });
  await signedIn();
  await fitsTheWidth();
});

await test("what the workers do is a page that loads itself again, or stands still", async () => {
  await page.setViewportSize(SIZES.desktop);
  const answer = await page.goto(SITE + "/status");
  equal(answer.headers().refresh, "5", "Refresh");
  await page.getByRole("link", { name: "Stop refreshing" }).click();
  await page.getByRole("link", { name: "Refresh", exact: true }).waitFor();
  const workers = page.getByRole("table", { name: "Workers" });
  check(await workers.getByRole("cell", { name: "GET status" }).count() > 0, "who answers");
  check(await workers.getByRole("rowheader").count() >= 2, "two workers");
  await shootBoth(page, "status");
  await page.setViewportSize(SIZES.phone);
  await fitsTheWidth();
});

await test("no script error, nothing blocked by the content policy, no remote host", async () => {
  equal(said.errors.join("\n"), "", "errors in the console");
  equal(said.remote.join("\n"), "", "requests elsewhere");
});

await close();
process.exit(finish());
