// What a person does with guarded pages that run no script of any provider: sign in and come back,
// sign out, be turned away, and have a cookie of Clerk's renewed. SITE_URL is the site of
// tests/integration/sign_world.py, behind the web server SERVER; REVOKE is a program.

import { execFile } from "node:child_process";
import { promisify } from "node:util";
import {
  ARTIFACTS, SITE, SIZES, control, openBrowser, shootBoth, submitProviderForm,
} from "./browser.mjs";
import { check, equal, eventually, finish, test as run } from "./tap.mjs";

const PASSWORD = "correct-horse-battery";
const PAGE = `${SITE}/members/files/any/page`;
const ODD = `${SITE}/members/files/any/${encodeURIComponent("Käse brot")}?q=ü&x=%2F&y=a+b`;
const ADMIN = `${SITE}/members/files/admin/page`;
const BEHIND = new URL(SITE);
BEHIND.hostname = "localhost";
const FOREIGN = BEHIND.origin; // another site for a browser, though the same server
const PLAIN = process.env.SERVER === "nginx"; // it shows pages of its own, not ours

const { page, said, context, close } = await openBrowser();
const test = (name, body) => run(name, body, async (number) => {
  if (ARTIFACTS) await page.screenshot({ path: `${ARTIFACTS}/failure-sign-${number}.png` });
});
const faults = (set) => control("PUT", "faults", set);

const cookie = async (name) =>
  (await context.cookies(SITE)).find((each) => each.name === name)?.value;
const text = () => page.locator("body").innerText();
const guarded = async () => (await text()).startsWith("the content of a guarded file");
const form = () => page.locator('form input[name="password"]').first().waitFor();
const address = () => page.url();

const picture = (name) => shootBoth(page, `sign-${process.env.SERVER}-${name}`);

async function fits() {
  await page.setViewportSize({ width: 320, height: 640 });
  const over = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  await page.setViewportSize(SIZES.desktop);
  check(over <= 0, `the page is ${over} px wider than a small window`);
}

const ada = await control("POST", "users", { email: "ada@example.org", password: PASSWORD });
const signInAsAda = () =>
  submitProviderForm(page, { identifier: ada.email, password: PASSWORD });

// -- Ory --

await test("a guarded page leads to the sign-in page, and from there back to it", async () => {
  await page.goto(PAGE);
  check(address().startsWith(`${SITE}/.ory/`), `this is ${address()}`);
  await form();
  await signInAsAda();
  await page.waitForURL(PAGE);
  check(await guarded(), await text());
});

await test("signing out ends the session, and the page is not open any more", async () => {
  await page.goto(PAGE);
  check(await guarded(), "it is kept for a minute"); // and so the end has to be noticed
  await page.goto(`${SITE}/auth/logout?return_to=/members/files/any/page`);
  await form();
  check(address().startsWith(`${SITE}/.ory/`), `this is ${address()}`);
  await page.goto(PAGE);
  await form();
});

await test("an address with a query and letters of all kinds is come back to as it was", async () => {
  await page.goto(ODD);
  await form();
  await signInAsAda();
  await page.waitForURL((url) => url.pathname.startsWith("/members/"));
  equal(address(), ODD.replace("ü", "%C3%BC"), "the address");
  check(await guarded(), await text());
});

await test("what is not open says so, as whom, and lets somebody else in", async () => {
  const answer = await page.goto(ADMIN);
  equal(answer.status(), 403, "status");
  check(!(await guarded()), "the content");
  if (PLAIN) return;
  check((await text()).includes("signed in as ada@example.org"), await text());
  await fits();
  await picture("not-open");
  await page.getByRole("link", { name: "Sign in as somebody else" }).click();
  await form();
  check(address().startsWith(`${SITE}/.ory/`), `this is ${address()}`);
  await signInAsAda();
  await page.waitForURL(ADMIN);
});

await test("a link on another site only makes us ask", async () => {
  await page.goto(`${FOREIGN}/word.txt`);
  await page.setContent(`<a href="${SITE}/auth/logout?return_to=/members/files/any/page">x</a>`);
  await page.getByRole("link").click();
  await page.getByRole("heading", { name: "Sign out?" }).waitFor();
  await fits();
  await picture("question");
  await page.goto(PAGE);
  check(await guarded(), "still signed in");
  await page.goBack();
  await page.getByRole("link", { name: "Sign out" }).click();
  await form();
});

await test("an outage is shown as one, and nobody has been signed out by it", async () => {
  await signInAsAda();
  await page.waitForURL(PAGE);
  await page.goto(`${SITE}/auth/logout?return_to=/word.txt`);
  await page.waitForURL(`${SITE}/word.txt`);
  await page.goto(PAGE);
  await signInAsAda();
  await page.waitForURL(PAGE);
  await faults({ status: 503, body: "down", only: "all" });
  const end = await page.goto(`${SITE}/auth/logout`);
  equal(end.status(), 503, "status");
  check((await text()).includes("still signed in"), await text());
  await fits();
  await picture("still-signed-in");
  await context.clearCookies();
  await context.addCookies([{ name: "ory_kratos_session", value: "MTIz", url: SITE }]);
  const answer = await page.goto(PAGE);
  equal(answer.status(), 503, "status");
  if (!PLAIN) {
    check((await text()).includes("our trouble, not yours"), await text());
    await fits();
    await picture("unsure");
  }
  await faults({});
  await context.clearCookies();
  await eventually("the sign-in page is back", async () => {
    // a page that was on its way may come in between
    await page.goto(PAGE).catch(() => {});
    return address().startsWith(`${SITE}/.ory/`);
  });
});

await test("whatever it is asked to return to, the browser stays on this site", async () => {
  const attacks = [
    "//evil.example", "/\\evil.example", "/\t/evil.example", "https:evil.example", "\\\\evil.example",
    "/%5Cevil.example", "/%2F/evil.example", "/.evil.example", "/@evil.example",
    `${SITE}@evil.example`, `${SITE}.evil.example`, "javascript:alert(1)",
  ];
  for (const attack of attacks) {
    await page.goto(`${SITE}/auth/logout?return_to=${encodeURIComponent(attack)}`);
    equal(new URL(address()).origin, SITE, attack);
  }
});

await test("who is revoked here has to sign in anew, and does not go in circles", async () => {
  await page.goto(PAGE);
  await signInAsAda();
  await page.waitForURL(PAGE);
  const me = await page.evaluate(async (at) => (await fetch(at)).json(),
    `${SITE}/.ory/sessions/whoami`);
  await promisify(execFile)(process.env.REVOKE, ["ory", me.id]);
  await eventually("it is refused here", async () => {
    await page.goto(PAGE);
    return !(await guarded());
  });
  await form();
  await signInAsAda();
  await page.waitForURL(PAGE);
  check(await guarded(), await text());
});

// -- Clerk --

const eve = await control("POST", "clerk/users",
  { email: "eve@example.org", password: PASSWORD, first_name: "Eve" });
const signInAsEve = async () => {
  await page.goto(`${SITE}/auth/login?provider=clerk&return_to=/members/files/any/page`);
  await form();
  await submitProviderForm(page, { email: eve.email, password: PASSWORD });
  await page.waitForURL(PAGE);
};
const claims = (jwt) => JSON.parse(Buffer.from(jwt.split(".")[1], "base64url"));

/** As if it had not just been renewed. */
const forget = () => page.evaluate(() => sessionStorage.clear());

/** As after a minute in which none of Clerk's scripts ran. */
async function expire() {
  const { sub, sid } = claims(await cookie("__session"));
  const { jwt } = await control("POST", "clerk/tokens", {
    user_id: sub, session_id: sid, expires_in_seconds: -60, claims: { azp: SITE } });
  const held = await context.cookies(SITE);
  await context.addCookies(held.filter(({ name }) => name.startsWith("__session"))
    .map((each) => ({ ...each, value: jwt })));
  return jwt;
}

await test("Clerk: signing in leads back to the guarded page", async () => {
  await context.clearCookies();
  await signInAsEve();
  check(await guarded(), await text());
});

await test("Clerk: a cookie that has expired is renewed, and the page is there", async () => {
  const old = await expire();
  await page.goto(PAGE);
  await page.waitForURL(PAGE);
  check(await guarded(), await text());
  check((await cookie("__session")) !== old, "the cookie is the old one");
  equal(claims(await cookie("__session")).sub, eve.id, "whose cookie it is");
});

await test("Clerk: so is one that is gone", async () => {
  const held = await context.cookies();
  await context.clearCookies();
  await context.addCookies(held.filter(({ name }) => !name.startsWith("__session")));
  await forget();
  await page.goto(PAGE);
  await page.waitForURL(PAGE);
  check(await guarded(), await text());
});

await test("Clerk: who is sent back at once is told, and not sent round and round", async () => {
  const { sid } = claims(await cookie("__session"));
  const jwt = await expire();
  await forget();
  // Clerk says that it has renewed it, and the cookie does not come.
  await page.route("**/client/token", (route) => route.fulfill({
    json: { jwt, session_id: sid, expires_in: 60 } }));
  let rounds = 0;
  page.on("request", (request) => (rounds += request.url().includes("/auth/refresh") ? 1 : 0));
  await page.goto(PAGE);
  await page.getByText("still you were sent back").waitFor();
  equal(rounds, 2, "visits of the page");
  await fits();
  await picture("again");
  await page.unroute("**/client/token");
  await forget();
  await page.getByRole("link", { name: "Try again" }).click();
  await page.waitForURL(PAGE);
});

await test("Clerk: a session that has ended leads to the sign-in page", async () => {
  const { sid } = claims(await cookie("__session"));
  await control("POST", `clerk/sessions/${sid}`, { status: "revoked" });
  await expire();
  await page.goto(PAGE);
  await form();
  check(address().startsWith(`${SITE}/.clerk/sign-in`), `this is ${address()}`);
  await signInAsEve();
});

await test("Clerk: without its script there is a word and a link, and no sign-out", async () => {
  await expire();
  await forget();
  await page.route("**/clerk.browser.js", (route) => route.abort());
  await page.goto(PAGE);
  await page.getByText("could not be renewed").waitFor();
  await fits();
  await picture("away");
  await page.unroute("**/clerk.browser.js");
  await page.getByRole("link", { name: "Try again" }).click();
  await page.waitForURL(PAGE);
  check(await guarded(), await text());
});

await test("Clerk: signing out is at its page, and leads back", async () => {
  await page.goto(`${SITE}/auth/logout?return_to=/word.txt`);
  check(address().startsWith(`${SITE}/.clerk/user`), `this is ${address()}`);
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.waitForURL(`${SITE}/word.txt`);
  await page.goto(PAGE);
  await form();
  check(address().startsWith(`${SITE}/.ory/`), `this is ${address()}`);
});

await test("no script error, nothing blocked by a policy, no remote host", async () => {
  const meant = /clerk\.browser\.js|ERR_FAILED/; // the script that was kept away
  equal(said.errors.filter((each) => !meant.test(each)).join("\n"), "", "errors in the console");
  equal(said.remote.filter((each) => !each.startsWith(FOREIGN)).join("\n"), "",
    "requests elsewhere");
});

await close();
process.exit(finish());
