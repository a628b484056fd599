// The guarded pages of the sample site, as a browser opens them: words for what is the same
// whoever signs users in.

import { SITE, SIZES, shootBoth, submitProviderForm } from "./browser.mjs";
import { check, equal } from "./tap.mjs";

const MEMBERS = `${SITE}/members/`;

/** Addresses that have to come back as they were: a query, letters that are not ASCII. */
export const PAGES = {
  members: `${MEMBERS}?from=${encodeURIComponent("Zürich & Köln")}`,
  admin: `${MEMBERS}admin/?a=%2F&b=1`,
  vault: `${MEMBERS}vault/`,
  you: `${MEMBERS}you`,
};
export const ADMIN = {
  email: process.env.ADMIN_EMAIL,
  password: process.env.ADMIN_PASSWORD,
};

export function openMembers(page) {
  /** Opens a page by its address; the status of the answer that it ends with. */
  const open = async (url) => (await page.goto(url)).status();
  const asksToSignIn = () => page.locator('form input[name="password"]').waitFor();

  /** Waits for that page at that address. */
  async function shown(url, heading) {
    await page.waitForURL(url);
    await page.getByRole("heading", { name: heading, level: 1 }).waitFor();
  }

  /** Opened by a visitor: the provider's page, and from there back to what was opened. */
  async function signInOnTheWay(url, heading, fields) {
    await page.goto(url);
    await asksToSignIn();
    await submitProviderForm(page, fields);
    await shown(url, heading);
  }

  /** The page for people that is shown in place of a guarded one. */
  async function refused(url, status, heading, name) {
    equal(await open(url), status, `the status of ${url}`);
    equal(page.url(), url, "the address");
    await page.getByRole("heading", { name: heading, level: 1 }).waitFor();
    await shootBoth(page, name);
    await fits();
  }

  /** No wider than a small phone. */
  async function fits() {
    await page.setViewportSize({ width: 320, height: 640 });
    const over = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    check(over <= 0, `${page.url()} is ${over} px wider than a phone`);
    await page.setViewportSize(SIZES.desktop);
  }

  /** What the program behind the guard was told of this user. */
  const member = () => page.evaluate(async (url) => {
    const answer = await fetch(url, { headers: { Accept: "application/json" } });
    return { status: answer.status, ...(await answer.json()) };
  }, PAGES.you);

  return { open, asksToSignIn, shown, signInOnTheWay, refused, fits, member };
}
