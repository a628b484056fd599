// contrib/guard/signin.html, which stands where a web server cannot show what Gatehouse says to
// people. SITE_URL is a site behind the web server SERVER with guarded folders any, admin, vault.

import { ARTIFACTS, SITE, SIZES, control, openBrowser, shootBoth, submitProviderForm }
  from "./browser.mjs";
import { check, equal, eventually, finish, test as run } from "./tap.mjs";

const PASSWORD = "correct-horse-battery";
const at = (folder) => `${SITE}/members/files/${folder}/page`;
const { page, said, context, close } = await openBrowser();
const test = (name, body) => run(name, body, async (number) => {
  if (ARTIFACTS) await page.screenshot({ path: `${ARTIFACTS}/failure-signin-${number}.png` });
});
const heading = (text) => page.getByRole("heading", { name: text }).waitFor();
const form = () => page.locator('form input[name="password"]').first().waitFor();
const content = async () => (await page.locator("body").innerText()).startsWith("the content of");

async function looksRight(name) {
  await shootBoth(page, `signin-${process.env.SERVER}-${name}`);
  await page.setViewportSize({ width: 320, height: 640 });
  const over = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  await page.setViewportSize(SIZES.desktop);
  check(over <= 0, `the page is ${over} px wider than a small window`);
}

const ada = await control("POST", "users", { email: "ada@example.org", password: PASSWORD });
const signIn = () => submitProviderForm(page, { identifier: ada.email, password: PASSWORD });

await test("who is not signed in is sent to do so, and comes back", async () => {
  await page.goto(`${at("any")}?a=1&b=%C3%A9`);
  await form();
  check(page.url().startsWith(`${SITE}/.ory/`), `this is ${page.url()}`);
  await signIn();
  await page.waitForURL(`${at("any")}?a=1&b=%C3%A9`);
  check(await content(), "the page");
});

await test("who may not see a page is told so, and can become somebody else", async () => {
  await page.goto(at("admin"));
  await heading("This page is not open to you");
  check(!(await content()), "the content");
  await looksRight("not-open");
  await page.getByRole("link", { name: "Sign in as somebody else" }).click();
  await form();
  await signIn();
  await page.waitForURL(at("admin"));
});

await test("a second factor that is missing is asked for, or offered", async () => {
  await page.goto(at("vault"));
  const offer = page.getByRole("link", { name: "Show a second factor" });
  await eventually("a way to the second factor", async () =>
    page.url().startsWith(`${SITE}/.ory/`) || (await offer.count()) > 0);
  if (!page.url().startsWith(`${SITE}/.ory/`)) {
    await looksRight("second-factor");
    check((await offer.getAttribute("href")).includes("aal=aal2"), "where it leads");
  }
});

await test("an ambiguous address is not called a matter of signing in", async () => {
  await page.goto(`${SITE}/members/files/any;x/page`);
  if (process.env.SERVER === "nginx") await heading("This address is not clear");
  else await heading("This page is not open to you"); // it is 401 for mod_fcgid
});

await test("an outage is called one, and is over when it is over", async () => {
  await context.clearCookies();
  await context.addCookies([{ name: "ory_kratos_session", value: "MTIz", url: SITE }]);
  await control("PUT", "faults", { status: 503 });
  await page.goto(at("any"));
  await heading("We could not check who you are");
  check(!(await content()), "the content");
  await looksRight("trouble");
  await control("PUT", "faults", {});
  await context.clearCookies();
  await eventually("the sign-in page is back", async () => {
    await page.goto(at("any"));
    await page.waitForLoadState("networkidle");
    return page.url().startsWith(`${SITE}/.ory/`);
  });
});

await test("who comes back as they went does not go in circles", async () => {
  let visits = 0;
  await context.route(`${SITE}/auth/login?*`, (route) => {
    visits++;
    return route.fulfill({ status: 303, headers: { Location: at("any") } });
  });
  await context.route(`${SITE}/.ory/**`, (route) => route.abort());
  if (process.env.SERVER === "nginx") return; // it redirects by itself
  await page.evaluate(() => sessionStorage.clear()).catch(() => {});
  await page.goto(at("any"));
  await page.getByRole("link", { name: "Sign in" }).waitFor();
  equal(visits, 1, "visits to the sign-in page");
  await looksRight("circle");
});

await test("the pages break no policy, throw nothing and load nothing from elsewhere", async () => {
  equal(JSON.stringify(said), JSON.stringify({ errors: [], remote: [] }), "complaints");
});

await close();
process.exit(finish());
