// Accessibility of a page as it is now: axe-core finds nothing that keeps people out.

import { readFileSync } from "node:fs";
import path from "node:path";
import { Failed } from "./tap.mjs";

const AXE = readFileSync(
  path.join(process.env.NPM_DIR, "node_modules", "axe-core", "axe.min.js"), "utf8");
// Best practices count as well: headings, landmarks, and where the focus starts.
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
// Colours follow the theme and little else, the rest follows the width: each is looked at once.
const LOOKS = [
  { colorScheme: "light", width: 1280, height: 860 },
  { colorScheme: "dark", width: 390, height: 844 },
];

function inPage(rules) {
  return window.axe.run(document, {
    runOnly: { type: "tag", values: rules }, resultTypes: ["violations"],
    // For style sheets of other origins, of which there are none.
    iframes: false, preload: false,
  });
}

/** The page's own way to be dark, where it has one: what html[data-theme] says. */
function setTheme(theme) {
  const { dataset } = document.documentElement;
  const was = dataset.theme;
  if (was !== undefined) dataset.theme = theme ?? was;
  return { theme: was, dark: matchMedia("(prefers-color-scheme: dark)").matches };
}

const told = ({ id, impact, help, nodes }) => `${id} (${impact}): ${help}\n` + nodes.slice(0, 5)
  .map(({ target, failureSummary = "" }) =>
    `  ${target.join(" ")}: ${failureSummary.split("\n").slice(1).join(";").trim()}`).join("\n");

/** What axe-core finds, however small, as lines of text. */
async function findings(page) {
  // By the debugger: no policy of the page's is in the way, and none is weakened.
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(inPage, RULES);
  return violations.map(told);
}

/** Fails for a page with any finding: light and wide, or dark and as on a phone. */
export async function audit(page, name) {
  const size = page.viewportSize();
  const was = await page.evaluate(setTheme);
  const found = [];
  for (const { colorScheme, width, height } of LOOKS) {
    // Colours that are on their way from one to another have no contrast worth measuring.
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await page.setViewportSize({ width, height });
    await page.evaluate(setTheme, colorScheme);
    for (const text of await findings(page)) found.push(`${name}, ${colorScheme}: ${text}`);
  }
  await page.emulateMedia({ colorScheme: was.dark ? "dark" : "light", reducedMotion: null });
  await page.setViewportSize(size);
  await page.evaluate(setTheme, was.theme);
  if (found.length > 0) throw new Failed(found.join("\n"));
}
