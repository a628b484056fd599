// The guarded pages with Ory: sign-in on the way, roles, the second factor on the way, an outage.

import { SITE, control, shoot, submitProviderForm } from "./browser.mjs";
import { ADMIN, PAGES, openMembers } from "./members.mjs";
import { equal } from "./tap.mjs";

const SIGN_IN_AS_ANOTHER = "Sign in as somebody else";
const identified = ({ email, password }) => ({ identifier: email, password });

/** The browser is signed out, and is again in the end. `outage` takes a user's id. */
export async function testMembersOfOry({ page, test, outage, tabTo }) {
  const user = {
    email: `zoe-${Date.now()}@example.org`,
    name: "Zoë <Ångström>, 100%",
    password: "yellow submarine",
  };
  await control("POST", "users", { ...user, verified: true });
  const { open, asksToSignIn, shown, signInOnTheWay, refused, fits, member } = openMembers(page);

  /** The code that the page of the local provider shows, typed in. */
  async function showSecondFactor() {
    const code = await page.locator("code").filter({ hasText: /^\d{6}$/ }).textContent();
    await page.locator('input[name="totp_code"]').fill(code);
    await page.locator('button[value="totp"]').click();
  }

  await test("a guarded page leads a visitor through the sign-in and back to itself", async () => {
    await signInOnTheWay(PAGES.members, "Members", identified(user));
    await fits();
    await shoot(page, "members-light");
  });

  await test("a program behind the guard is told who it is", async () => {
    const who = await member();
    equal(JSON.stringify([who.status, who.provider, who.email, who.name, who.roles]),
      JSON.stringify([200, "ory", user.email, user.name, []]), "what it says");
    await page.getByRole("link", { name: "Who you are" }).click();
    await shown(PAGES.you, `Hello, ${user.name}`);
    equal(await page.getByRole("button", { name: "Announce" }).count(), 0, "the admin's button");
    await fits();
    await shoot(page, "member");
  });

  await test("who lacks the role is told so, and can come back as who has it", async () => {
    await refused(PAGES.admin, 403, "Not open to you", "not-open");
    await tabTo(SIGN_IN_AS_ANOTHER);
    await page.keyboard.press("Enter");
    await asksToSignIn();
    await submitProviderForm(page, identified(ADMIN));
    await shown(PAGES.admin, "Administration");
    await shoot(page, "administration");
  });

  await test("a role opens what the application has for it", async () => {
    await page.goto(PAGES.you);
    await page.getByRole("button", { name: "Announce" }).click();
    await page.getByText("Announced.").waitFor();
  });

  await test("signing out of a guarded page ends the session", async () => {
    await open(PAGES.members);
    await tabTo("Sign out");
    await page.keyboard.press("Enter");
    await page.getByText("You are signed out.").waitFor();
    equal(page.url(), `${SITE}/`, "where it ends");
    await page.goto(PAGES.members);
    await asksToSignIn();
  });

  await test("a page that wants a second factor leads to it, and back", async () => {
    await signInOnTheWay(PAGES.members, "Members", identified(user));
    await page.getByRole("link", { name: "The vault" }).click();
    await page.getByText("no second factor yet").waitFor();
    await shoot(page, "no-second-factor");
    await page.getByRole("link", { name: "Set one up" }).click();
    await page.locator('input[name="totp_code"]').waitFor();
    await shoot(page, "provider-settings");
    await showSecondFactor();
    await shown(PAGES.vault, "The vault");
    await shoot(page, "vault");
  });

  await test("a session that has not shown it is led there, too", async () => {
    await control("PUT", "config", { required_aal: "aal1" });
    await page.getByRole("link", { name: "Sign out" }).click();
    await page.getByText("You are signed out.").waitFor();
    await signInOnTheWay(PAGES.members, "Members", identified(user));
    await page.goto(PAGES.vault);
    await page.getByRole("heading", { name: "Second step" }).waitFor();
    await shoot(page, "second-step");
    await showSecondFactor();
    await shown(PAGES.vault, "The vault");
    await control("PUT", "config", { required_aal: "highest_available" });
  });

  await test("while the provider is down nobody gets in, and nobody is signed out", async () => {
    await open(PAGES.members);
    await outage((await member()).user);
    await refused(PAGES.members, 503, "One moment, please", "guard-trouble");
    await control("PUT", "faults", {});
    await page.getByRole("link", { name: "Try again" }).click();
    await shown(PAGES.members, "Members");
  });

  await test("the guarded pages work by keyboard alone", async () => {
    await tabTo("The vault");
    await page.keyboard.press("Enter");
    await shown(PAGES.vault, "The vault");
    await tabTo("Sign out");
    await page.keyboard.press("Enter");
    await page.getByText("You are signed out.").waitFor();
  });
}
