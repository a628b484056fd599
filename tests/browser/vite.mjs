// The front end of contrib/vite, the two ways a developer runs it.
//
// Environment: that of browser.mjs, and PROXIED and CROSSED (Vite's addresses), CONTROL (/rows;
// /public and /plain change the configuration).

import { control, openBrowser, submitProviderForm } from "./browser.mjs";
import { check, equal, finish, test } from "./tap.mjs";

const { PROXIED, CROSSED, CONTROL } = process.env;
const EMAIL = `ada-${Date.now()}@example.org`;
const PASSWORD = "correct-horse-battery";
const { page, said, close } = await openBrowser();

const told = async (what) => (await fetch(`${CONTROL}/${what}`)).json();
const says = (text) => page.locator("#who", { hasText: text }).waitFor();
const sign = (way) => page.getByRole("link", { name: `Sign me ${way}` }).click();
const changeTheme = () => page.getByRole("button", { name: "Change the theme" }).click();

async function signIn() {
  await sign("in");
  await page.locator("form").first().waitFor();
  await submitProviderForm(page, { identifier: EMAIL, password: PASSWORD });
}

/** What the page's own api.js makes of two calls with a token. */
const withToken = (token, bio) => page.evaluate(async ({ token, bio }) => {
  const { call, useToken } = await import("/api.js");
  useToken(token);
  const wrote = await call("/user/preferences", { bio });
  const read = await call("/user/profile");
  useToken(null);
  return `${wrote.kind} ${read.kind} ${read.body?.bio}`;
}, { token, bio });

const ada = await control("POST", "users", { email: EMAIL, password: PASSWORD, name: "Ada" });
const bob = await control("POST", "users", { email: `bob-${EMAIL}` });

for (const [way, url] of [["through the proxy", PROXIED], ["across origins", CROSSED]]) {
  await test(`${way}: signing in leads back to the page, which reads with the cookie`, async () => {
    await page.goto(`${url}/`);
    await says("You are not signed in.");
    await signIn();
    await says(`${EMAIL} likes it`);
    equal(new URL(page.url()).origin, url, "where sign-in leads");
  });

  await test(`${way}: writes with the cookie`, async () => {
    const theme = url === PROXIED ? "dark" : "light";
    await changeTheme();
    await says(`${EMAIL} likes it ${theme}.`);
    const row = (await told("rows")).find((each) => each.user_id === ada.identity_id);
    equal(row.theme, theme, "the row");
  });

  await test(`${way}: reads and writes with a token, whatever the cookie says`, async () => {
    equal(await withToken(bob.session_token, way), `ok ok ${way}`, "with Bob's token");
    equal(await withToken("nobody", "x"), "signed-out signed-out undefined", "with nobody's");
    await page.reload();
    await says(`${EMAIL} likes it`);
  });

  await test(`${way}: signing out leads back to the page`, async () => {
    await sign("out");
    await says("You are not signed in.");
    equal(new URL(page.url()).origin, url, "where it leads");
  });
}

await test("through the proxy: an allow-list is not needed when public_url is Vite's", async () => {
  await told("public");
  await page.goto(`${PROXIED}/`);
  await signIn();
  await says(`${EMAIL} likes it light.`);
  await changeTheme();
  await says(`${EMAIL} likes it dark.`);
});

await test("with neither: a cookie reads through the proxy, and its write says why not", async () => {
  await told("plain");
  await page.goto(`${PROXIED}/`);
  await says(`${EMAIL} likes it dark.`);
  await changeTheme();
  await says("Refused: cross_site");
  equal(await withToken(bob.session_token, "plain"), "ok ok plain", "a token");
});

await test("with neither: across origins nothing can be read", async () => {
  await page.goto(`${CROSSED}/`);
  await says("Try again later: no answer");
  equal(await withToken(bob.session_token, "x"), "unreachable unreachable undefined", "a token");
});

await test("no script error, and every refusal is one that was meant", async () => {
  const meant = /blocked by CORS policy/;
  equal(said.errors.filter((text) => !meant.test(text)).join("\n"), "", "errors in the console");
  check(said.errors.length > 0, "nothing was blocked");
});

await close();
process.exit(finish());
