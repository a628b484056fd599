// The dashboard's page as a test sees it.

import path from "node:path";
import { ARTIFACTS, SIZES } from "./browser.mjs";
import { check, equal, test as run } from "./tap.mjs";

/** `url`: the dashboard's. */
export function openBoard(page, url) {
  const test = (name, body) =>
    run(
      name,
      body,
      async (number) =>
        ARTIFACTS &&
        page.screenshot({ path: path.join(ARTIFACTS, `failure-dashboard-${number}.png`) }),
    );

  /** Goes to a view as a kept address leads there. */
  async function open(hash) {
    await page.goto("about:blank");
    await page.goto(`${url}/${hash}`);
    await page.locator("main > section:not([hidden]) h1").waitFor({ state: "attached" });
  }

  const view = () => page.locator("main > section:not([hidden])");
  const rows = () => view().locator("[role=option]:not([hidden])");
  const search = () => view().getByRole("searchbox");
  const pane = () => view().locator(".pane");
  const hash = () => page.evaluate(() => decodeURIComponent(location.hash));
  /** The count that the summary says. */
  const found = async () =>
    Number((await view().locator(".summary b").first().textContent()).replaceAll(",", ""));

  /** Neither does the page scroll sideways, nor is a text cut off at the window's edge. */
  async function fitsTheWidth(what) {
    const over = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    check(over <= 0, `${what} is ${over} px wider than the window`);
    const cut = await page.evaluate(() =>
      [...document.querySelectorAll("body *")]
        .filter((node) => {
          const box = node.getBoundingClientRect();
          const texts = [...node.childNodes].some(
            (child) => child.nodeType === 3 && child.data.trim(),
          );
          if (!texts || !box.width || box.right <= innerWidth + 1) return false;
          // What lies in a box of its own that scrolls or ends in dots is not lost.
          for (
            let up = node;
            up && up.tagName !== "SECTION" && up.tagName !== "MAIN";
            up = up.parentElement
          ) {
            if (getComputedStyle(up).overflowX !== "visible") return false;
          }
          return true;
        })
        .map((node) => node.textContent.slice(0, 60)),
    );
    check(cut.length === 0, `${what}: cut off at the edge: ${cut.slice(0, 3).join(" | ")}`);
  }

  /** What the parts and the spans of the trace in sight took, in microseconds. */
  const times = () =>
    pane().evaluate((element) => {
      const sum = (selector, key) =>
        [...element.querySelectorAll(selector)].reduce(
          (total, node) => total + Number(node.dataset[key]),
          0,
        );
      return {
        parts: sum(".spent-list li", "us"),
        together: sum(".sum", "us"),
        selves: sum(".waterfall li", "self"),
      };
    });

  /** The parts add up to the whole, and so do the spans' own times. */
  async function addsUp() {
    const { parts, together, selves } = await times();
    check(together > 0, "the trace took no time");
    equal(parts, together, "the sum of the parts, in µs");
    equal(selves, together, "the sum of the spans' own times, in µs");
  }

  /** Pictures at both widths, light and dark, of the window as it is. */
  async function pictures(name) {
    if (!ARTIFACTS) return;
    const size = page.viewportSize();
    const theme = () => page.locator("#theme").click();
    for (const scheme of ["light", "dark"]) {
      for (const [width, viewport] of Object.entries(SIZES)) {
        await page.setViewportSize(viewport);
        await page.screenshot({ path: path.join(ARTIFACTS, `${name}-${width}-${scheme}.png`) });
      }
      await theme();
    }
    await page.setViewportSize(size);
  }

  return { test, open, view, rows, search, pane, hash, found, fitsTheWidth, addsUp, pictures };
}
