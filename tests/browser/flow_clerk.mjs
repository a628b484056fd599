// What a person does with the sample site when Clerk signs users in: the local stand-in, whose
// tokens last only seconds here. The environment is that of flow.mjs.

import { SITE, SIZES, control, openBrowser, shoot, submitProviderForm } from "./browser.mjs";
import { testMembersOfClerk } from "./members_clerk.mjs";
import { openSite } from "./site.mjs";
import { check, equal, eventually, finish } from "./tap.mjs";

const USER = {
  email: `ada-${Date.now()}@example.org`,
  first_name: "Ada",
  last_name: "Lovelace",
  password: "correct-horse-battery",
};
const { page, said, context, close } = await openBrowser();
const {
  test, view, theme, fact, save, saved, tryNow, statusOf, signedIn, signedOut, fitsTheWidth,
} = openSite(page);
const faults = (set) => control("PUT", "faults", set);

async function cookie(name) {
  return (await context.cookies(SITE)).find((each) => each.name === name)?.value;
}

const claims = (jwt) => JSON.parse(Buffer.from(jwt.split(".")[1], "base64url"));

/** Until the server itself refuses a token, time and allowed skew included. */
const expired = (jwt) => eventually("the token expires", async () => {
  const headers = { Authorization: `Bearer ${jwt}` };
  return (await fetch(`${SITE}/user/profile`, { headers })).status === 401;
});

async function signIn() {
  await page.getByRole("link", { name: "Sign in" }).click();
  await page.locator("form").first().waitFor();
  await submitProviderForm(page, { email: USER.email, password: USER.password });
  await signedIn();
}

await test("a visitor is asked to sign up or sign in, by Clerk", async () => {
  await page.goto(`${SITE}/`);
  await signedOut();
  check((await view("signed-out").textContent()).includes("Clerk"), "Clerk is not named");
  check(await page.getByRole("link", { name: "Sign in" }).isVisible(), "no link to sign in");
  equal(await statusOf("/user/profile"), 401, "the profile without a session");
  await shoot(page, "clerk-signed-out");
});

await test("signing up leads back to the site, the profile has address and name", async () => {
  await page.getByRole("link", { name: "Sign in" }).click();
  await page.getByRole("link", { name: "Sign up" }).click();
  await page.locator("form").first().waitFor();
  await shoot(page, "clerk-sign-up");
  await submitProviderForm(page, USER);
  await signedIn();
  equal(await fact("email"), USER.email, "email");
  equal(await fact("name"), "Ada Lovelace", "name");
  equal(await fact("theme"), "Light", "theme");
  check(/^user_[A-Za-z0-9]+$/.test(await fact("userId")), "this is no id of Clerk's");
  await shoot(page, "clerk-signed-in");
});

await test("the theme and the bio are kept by the server", async () => {
  await page.getByRole("radio", { name: "Dark" }).check();
  await page.getByLabel("Bio").fill("Analyst");
  await save();
  await page.reload();
  await signedIn();
  equal(await fact("theme"), "Dark", "theme");
  equal(await fact("bio"), "Analyst", "bio");
  equal(await theme(), "dark", "the page's theme");
});

await test("the page outlives its tokens: each is replaced before it ends", async () => {
  const first = await cookie("__session");
  const life = claims(first).exp - claims(first).iat;
  check(life < 10, `the tokens of this run last ${life} s`);
  await expired(first);
  await page.getByLabel("Bio").fill("Longer than a token");
  await save();
  equal(await fact("bio"), "Longer than a token", "bio");
  check((await cookie("__session")) !== first, "the cookie is the old one");
  check(await view("trouble").isHidden(), "there was trouble");
});

await test("one refused request is tried once more, with a fresh token", async () => {
  const seen = [];
  await page.route("**/user/preferences", (route) => {
    seen.push(route.request().headers().authorization ?? "cookie");
    return seen.length > 1 ? route.continue() : route.fulfill({
      status: 401, contentType: "application/json", body: '{"code":"unauthenticated"}' });
  });
  await page.getByLabel("Bio").fill("Second try");
  await save();
  await page.unroute("**/user/preferences");
  equal(seen.length, 2, "the number of tries");
  equal(seen[0], "cookie", "the first credential");
  check(seen[1].startsWith("Bearer ey"), `the second credential is ${seen[1]}`);
  equal(await fact("bio"), "Second try", "bio");
});

await test("an outage of Clerk signs nobody out: nothing happens, then it waits", async () => {
  const last = await cookie("__session");
  await faults({ status: 503, body: "down", only: "clerk" });
  await page.reload();
  await signedIn();
  await expired((await cookie("__session")) ?? last);
  await page.reload();
  await view("trouble").waitFor();
  const text = await view("trouble-text").textContent();
  check(text.includes("not been signed out"), `the page says: ${text}`);
  check(await view("signed-out").isHidden(), "the page shows the visitor's view");
  await shoot(page, "clerk-trouble");
  await faults({});
  await tryNow();
  await signedIn();
  check(await view("trouble").isHidden(), "the banner stays");
});

await test("a session ended elsewhere leads to the sign-in view, and says why", async () => {
  const { sid } = claims(await cookie("__session"));
  await control("POST", `clerk/sessions/${sid}`, { status: "revoked" });
  await eventually("the cookie goes", async () => !(await cookie("__session")));
  await page.getByRole("button", { name: "Save" }).click();
  await signedOut();
  await page.getByText("Your session has ended.").waitFor();
  check(await page.getByRole("link", { name: "Sign in" }).isVisible(), "no link to sign in");
});

await test("signing in again finds the preferences as they were", async () => {
  await signIn();
  equal(await fact("bio"), "Second try", "bio");
  equal(await fact("theme"), "Dark", "theme");
});

await test("signing out ends the session, and a reload does not bring it back", async () => {
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByText("You are signed out.").waitFor();
  await signedOut();
  equal(await statusOf("/user/profile"), 401, "the profile after signing out");
  check(!(await cookie("__session")), "there still is a session cookie");
  await page.reload();
  await signedOut();
  // The session has ended at Clerk too, not only here: it asks for the password.
  await page.getByRole("link", { name: "Sign in" }).click();
  await page.locator('form input[name="password"]').waitFor();
  await shoot(page, "clerk-sign-in");
  await submitProviderForm(page, { email: USER.email, password: "wrong" });
  await page.getByRole("alert").waitFor();
  await shoot(page, "clerk-refused");
  await page.goto(`${SITE}/`);
});

await test("signing out on Clerk's own page signs out here", async () => {
  await signIn();
  await page.getByRole("link", { name: "Manage your account" }).click();
  await page.getByRole("heading", { name: "Your account" }).waitFor();
  await shoot(page, "clerk-account");
  await page.getByRole("button", { name: "Sign out" }).click();
  await signedOut();
});

await testMembersOfClerk({ page, context, test, user: { ...USER, name: "Ada Lovelace" } });

await test("no page is wider than a phone", async () => {
  await page.setViewportSize(SIZES.phone);
  await fitsTheWidth();
  await signIn();
  await fitsTheWidth();
  await page.getByRole("radio", { name: "Light" }).check();
  await page.getByRole("button", { name: "Save" }).click();
  await saved();
});

await test("no script error, nothing blocked by the content policy, no remote host", async () => {
  equal(said.errors.join("\n"), "", "errors in the console");
  equal(said.remote.join("\n"), "", "requests elsewhere");
});

await close();
process.exit(finish());
