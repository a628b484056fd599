// The guarded pages with Clerk, which run none of its script: the cookie __session, good for a
// minute, has to be renewed on the way.

import { SITE, control, shoot, submitProviderForm } from "./browser.mjs";
import { ADMIN, PAGES, openMembers } from "./members.mjs";
import { check, equal } from "./tap.mjs";

const sessionsOf = async (context) =>
  (await context.cookies(SITE)).filter(({ name }) => /^__session(_|$)/.test(name));
const claims = (jwt) => JSON.parse(Buffer.from(jwt.split(".")[1], "base64url"));

/** The browser is signed out, and is again in the end. */
export async function testMembersOfClerk({ page, context, test, user }) {
  const { open, asksToSignIn, shown, signInOnTheWay, refused, fits, member } = openMembers(page);
  const credentials = ({ email, password }) => ({ email, password });

  /** What a minute does: the browser's token is the same session's, and has expired. */
  async function letExpire() {
    const cookies = await sessionsOf(context);
    const { jwt } = await control("POST", "clerk/tokens",
      { session_id: claims(cookies[0].value).sid, expires_in_seconds: -60 });
    await context.addCookies(cookies.map((cookie) => ({ ...cookie, value: jwt })));
    return jwt;
  }

  await test("a guarded page leads a visitor through the sign-in and back to itself", async () => {
    await signInOnTheWay(PAGES.members, "Members", credentials(user));
    equal(await page.evaluate(() => typeof window.Clerk), "undefined", "Clerk's script here");
  });

  await test("a program behind the guard is told who it is", async () => {
    const who = await member();
    equal(JSON.stringify([who.status, who.provider, who.email, who.name, who.roles]),
      JSON.stringify([200, "clerk", user.email, user.name, []]), "what it says");
  });

  await test("a token that has expired is renewed on the way to a guarded page", async () => {
    const old = await letExpire();
    const seen = [];
    page.on("framenavigated", (frame) => seen.push(new URL(frame.url()).pathname));
    await page.getByRole("link", { name: "Who you are" }).click();
    await shown(PAGES.you, `Hello, ${user.name}`);
    page.removeAllListeners("framenavigated");
    equal(seen.join(), "/auth/refresh,/members/you", "the way there");
    check((await sessionsOf(context)).every(({ value }) => value !== old), "the old token is left");
  });

  await test("without a token at all, but signed in at Clerk, it is the same", async () => {
    await context.clearCookies({ name: /^__session(_|$)/ });
    await open(PAGES.members);
    await shown(PAGES.members, "Members");
  });

  await test("who lacks the role is told so, and can come back as who has it", async () => {
    await refused(PAGES.admin, 403, "Not open to you", "clerk-not-open");
    await page.getByRole("link", { name: "Sign in as somebody else" }).click();
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.waitForURL((url) => !url.pathname.startsWith("/.clerk/user"));
    await signInOnTheWay(PAGES.admin, "Administration", credentials(ADMIN));
    equal((await member()).roles.join(), "org:admin", "the role");
    await page.goto(PAGES.you);
    await page.getByRole("button", { name: "Announce" }).click();
    await page.getByText("Announced.").waitFor();
    await fits();
  });

  await test("a session that has ended at Clerk ends here: the sign-in page", async () => {
    const [{ value }] = await sessionsOf(context);
    await control("POST", `clerk/sessions/${claims(value).sid}`, { status: "revoked" });
    await letExpire();
    await page.goto(PAGES.members);
    await asksToSignIn();
    await shoot(page, "clerk-sign-in-again");
    await submitProviderForm(page, credentials(user));
    await shown(PAGES.members, "Members");
  });

  await test("signing out of a guarded page is done on Clerk's own", async () => {
    await page.getByRole("link", { name: "Sign out" }).click();
    await page.getByRole("heading", { name: "Your account" }).waitFor();
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.waitForURL((url) => !url.pathname.startsWith("/.clerk/"));
    await page.goto(PAGES.members);
    await asksToSignIn();
    await page.goto(`${SITE}/`);
  });
}
