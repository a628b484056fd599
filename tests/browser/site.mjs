// The sample site as a test sees it: words for what is on the page, whoever signs users in.

import path from "node:path";
import { ARTIFACTS, SITE } from "./browser.mjs";
import { check, test as run } from "./tap.mjs";

export function openSite(page) {
  const test = (name, body) =>
    run(name, body, async (number) => ARTIFACTS &&
      page.screenshot({ path: path.join(ARTIFACTS, `failure-${number}.png`), fullPage: true }));

  const view = (name) => page.locator(`#${name}`);
  const theme = () => page.locator("html").getAttribute("data-theme");
  const fact = async (name) => (await view(`profile-${name}`).textContent()).trim();
  const saved = () => page.getByText("Saved", { exact: true }).waitFor();
  const statusOf = (url) => page.evaluate(async (at) => (await fetch(at)).status, url);

  async function save() {
    await page.getByRole("button", { name: "Save" }).click();
    await saved();
  }

  /** The page tries by itself, too, and may be quicker. */
  async function tryNow() {
    const ways = [
      page.getByRole("button", { name: "Try now" }).click(),
      view("trouble").waitFor({ state: "hidden" }),
    ];
    await Promise.race(ways.map((way) => way.catch(() => {})));
  }

  async function signedIn() {
    await page.waitForURL(`${SITE}/`);
    await view("signed-in").waitFor();
  }

  async function signedOut() {
    await page.waitForURL(`${SITE}/`);
    await view("signed-out").waitFor();
  }

  async function fitsTheWidth() {
    const over = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    check(over <= 0, `the page is ${over} px wider than the window`);
  }

  /** Presses Tab until the wanted element has the focus; every stop must be visible as one. */
  async function tabTo(id) {
    for (let presses = 0; presses < 25; presses++) {
      await page.keyboard.press("Tab");
      const stop = await page.evaluate(() => {
        const here = document.activeElement;
        const shown = [here, here.closest("label")].filter(Boolean)
          .some((element) => getComputedStyle(element).outlineStyle !== "none");
        const id = here.id || here.value || here.textContent.trim();
        return { id, body: here === document.body, shown };
      });
      check(stop.body || stop.shown, `the focus cannot be seen on "${stop.id}"`);
      if (stop.id === id) return;
    }
    check(false, `Tab never reaches ${id}`);
  }

  return {
    test, view, theme, fact, saved, save, tryNow, statusOf, signedIn, signedOut, fitsTheWidth, tabTo,
  };
}
