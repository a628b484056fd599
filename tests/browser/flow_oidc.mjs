// What a person does with the sample site when an OpenID provider signs users in: oidc-provider,
// whose tokens last only seconds here. The environment is that of flow.mjs, without IDP_ADMIN.

import { SITE, SIZES, openBrowser, shoot, submitProviderForm } from "./browser.mjs";
import { openSite } from "./site.mjs";
import { check, equal, eventually, finish } from "./tap.mjs";

const USER = {
  email: `grace-${Date.now()}@example.org`,
  name: "Grace Hopper",
  password: "correct-horse-battery",
};
const { page, said, close } = await openBrowser();
const {
  test, view, theme, fact, save, tryNow, statusOf, signedIn, signedOut, fitsTheWidth,
} = openSite(page);

const tokens = () => page.evaluate(() => JSON.parse(sessionStorage.getItem("oidc.tokens")));
const setTokens = (change) => page.evaluate((values) => sessionStorage.setItem("oidc.tokens",
  JSON.stringify({ ...JSON.parse(sessionStorage.getItem("oidc.tokens")), ...values })), change);
const part = (jwt, at) => JSON.parse(Buffer.from(jwt.split(".")[at], "base64url"));

async function profileWith(jwt) {
  const headers = { Authorization: `Bearer ${jwt}` };
  return (await fetch(`${SITE}/user/profile`, { headers })).status;
}

/** Until the server itself refuses a token, time and allowed skew included. */
const expired = (jwt) =>
  eventually("the token expires", async () => (await profileWith(jwt)) === 401);

async function signIn() {
  await page.getByRole("link", { name: "Sign in" }).click();
  await page.locator("form").first().waitFor();
  await submitProviderForm(page, { email: USER.email, password: USER.password });
  await signedIn();
}

await test("a visitor is asked to sign up or sign in, by the OpenID provider", async () => {
  await page.goto(`${SITE}/`);
  await signedOut();
  equal(await view("label").textContent(), "the OpenID provider", "who signs users in");
  equal(await statusOf("/user/profile"), 401, "the profile without a token");
  await shoot(page, "oidc-signed-out");
});

await test("signing up leads back to the site, the profile has address and name", async () => {
  await page.getByRole("link", { name: "Sign up" }).click();
  await page.locator('form input[name="name"]').waitFor();
  await shoot(page, "oidc-sign-up");
  await submitProviderForm(page, { ...USER, password: "short" });
  await page.getByText("at least 8 characters").waitFor();
  await submitProviderForm(page, USER);
  await signedIn();
  equal(await fact("email"), USER.email, "email");
  equal(await fact("name"), USER.name, "name");
  equal(await fact("theme"), "Light", "theme");
  await shoot(page, "oidc-signed-in");
});

await test("the access token is a JWT for this site alone, and no cookie will do", async () => {
  const { access } = await tokens();
  const claims = part(access, 1);
  equal(part(access, 0).alg, "RS256", "alg");
  equal(claims.aud, SITE, "aud");
  equal(claims.iss, `${SITE}/.oidc`, "iss");
  equal(claims.sub, await fact("userId"), "sub");
  equal(await profileWith(access), 200, "the profile with the token");
  equal(await statusOf("/user/profile"), 401, "the profile with the browser's cookies");
});

await test("the identity token is no access token", async () => {
  equal(await profileWith((await tokens()).id), 401, "the profile with the identity token");
});

await test("the theme and the bio are kept by the server", async () => {
  await page.getByRole("radio", { name: "Dark" }).check();
  await page.getByLabel("Bio").fill("Compilers");
  await save();
  await page.reload();
  await signedIn();
  equal(await fact("theme"), "Dark", "theme");
  equal(await fact("bio"), "Compilers", "bio");
  equal(await theme(), "dark", "the page's theme");
});

await test("the page outlives its tokens: each is replaced before it ends", async () => {
  const first = await tokens();
  const { exp, iat } = part(first.access, 1);
  check(exp - iat < 10, `the tokens of this run last ${exp - iat} s`);
  await expired(first.access);
  await page.getByLabel("Bio").fill("Longer than a token");
  await save();
  equal(await fact("bio"), "Longer than a token", "bio");
  const now = await tokens();
  check(now.access !== first.access, "the access token is the old one");
  check(now.refresh !== first.refresh, "the refresh token was not rotated");
});

await test("one refused request is tried once more, with a fresh token", async () => {
  const seen = [];
  await page.route("**/user/preferences", (route) => {
    seen.push(route.request().headers().authorization);
    return seen.length > 1 ? route.continue() : route.fulfill({
      status: 401, contentType: "application/json", body: '{"code":"unauthenticated"}' });
  });
  await page.getByLabel("Bio").fill("Second try");
  await save();
  await page.unroute("**/user/preferences");
  equal(seen.length, 2, "the number of tries");
  check(seen[0] !== seen[1], "the token was the same both times");
  equal(await fact("bio"), "Second try", "bio");
});

await test("a provider that does not answer is no sign-out: the page waits", async () => {
  await setTokens({ access: "expired", due: 1 });
  await page.route("**/.oidc/**", (route) => route.fulfill({ status: 503, body: "down" }));
  await page.reload();
  await view("trouble").waitFor();
  const text = await view("trouble-text").textContent();
  check(text.includes("not been signed out"), `the page says: ${text}`);
  check(await view("signed-out").isHidden(), "the page shows the visitor's view");
  await shoot(page, "oidc-trouble");
  await page.unroute("**/.oidc/**");
  await tryNow();
  await signedIn();
});

await test("tokens that nobody renews lead to the sign-in view, which says why", async () => {
  await setTokens({ access: "forged", refresh: "forged", due: null });
  await page.getByRole("button", { name: "Save" }).click();
  await signedOut();
  await page.getByText("Your session has ended.").waitFor();
  equal(await tokens(), null, "what is kept");
});

await test("signing in again needs no password while the provider's session lasts", async () => {
  await page.getByRole("link", { name: "Sign in" }).click();
  await signedIn();
  equal(await fact("email"), USER.email, "email");
  equal(await fact("bio"), "Second try", "bio");
});

await test("signing out asks at the provider, comes back, and ends all renewal", async () => {
  const { refresh } = await tokens();
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByRole("heading", { name: "Sign out?" }).waitFor();
  await shoot(page, "oidc-sign-out");
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByText("You are signed out.").waitFor();
  await signedOut();
  equal(await tokens(), null, "what is kept");
  const answer = await fetch(`${SITE}/.oidc/token`, {
    method: "POST",
    body: new URLSearchParams({
      grant_type: "refresh_token", refresh_token: refresh, client_id: "sample-site" }),
  });
  equal((await answer.json()).error, "invalid_grant", "the old refresh token");
});

await test("a wrong password says so, and the right one finds the preferences", async () => {
  await page.getByRole("link", { name: "Sign in" }).click();
  await page.locator("form").first().waitFor();
  await shoot(page, "oidc-sign-in");
  await submitProviderForm(page, { email: USER.email, password: "wrong-horse" });
  await page.getByText("Address or password is wrong.").waitFor();
  await submitProviderForm(page, { email: USER.email, password: USER.password });
  await signedIn();
  equal(await fact("theme"), "Dark", "theme");
});

await test("a code that this page did not ask for is refused", async () => {
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByRole("button", { name: "Sign out" }).click();
  await signedOut();
  await page.goto(`${SITE}/?code=stolen&state=forged&iss=${encodeURIComponent(`${SITE}/.oidc`)}`);
  await signedOut();
  await page.getByText("This sign-in did not begin here.").waitFor();
});

await test("the addresses of login-info work as links from anywhere", async () => {
  const { loginUrl, logoutUrl } = await page.evaluate(async () =>
    (await fetch("/auth/login-info")).json());
  await page.goto(loginUrl);
  await page.locator("form").first().waitFor();
  await submitProviderForm(page, { email: USER.email, password: USER.password });
  await signedIn();
  await page.goto(logoutUrl);
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByText("You are signed out.").waitFor();
});

await test("a guarded page cannot be opened with a token, and nobody goes in circles", async () => {
  const sentence = page.getByText("that page cannot be opened with a token");
  equal((await page.goto(`${SITE}/members/`)).status(), 401, "the status for a visitor");
  await page.getByRole("link", { name: "Sign in" }).click();
  await page.locator('form input[name="password"]').waitFor();
  await submitProviderForm(page, { email: USER.email, password: USER.password });
  await signedIn();
  await sentence.waitFor();
  await page.getByRole("link", { name: "Members" }).click();
  await page.getByRole("heading", { name: "Please sign in" }).waitFor();
  await page.getByRole("link", { name: "Sign in" }).click();
  await signedIn();
  await sentence.waitFor();
  await shoot(page, "oidc-guarded");
});

await test("a program behind the guard answers to a script that has the token", async () => {
  await page.getByRole("button", { name: "Who am I there?" }).click();
  await page.getByText(`${USER.email}, with no role`).waitFor();
  equal(await statusOf("/members/you"), 401, "without the token");
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByText("You are signed out.").waitFor();
});

await test("no page is wider than a phone", async () => {
  await page.setViewportSize(SIZES.phone);
  await fitsTheWidth();
  await page.getByRole("link", { name: "Sign in" }).click();
  await page.locator("form").first().waitFor();
  await fitsTheWidth();
  await submitProviderForm(page, { email: USER.email, password: USER.password });
  await signedIn();
  await fitsTheWidth();
});

await test("no script error, nothing blocked by the content policy, no remote host", async () => {
  equal(said.errors.join("\n"), "", "errors in the console");
  equal(said.remote.join("\n"), "", "requests elsewhere");
});

await close();
process.exit(finish());
