// One Chromium for the tests: Debian's, driven by playwright-core, with everything it says kept.

import { createRequire } from "node:module";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { audit } from "./axe.mjs";

export const SITE = process.env.SITE_URL;
export const ARTIFACTS = process.env.ARTIFACTS;
export const DEADLINE_MS = 15_000;

export const SIZES = {
  desktop: { width: 1280, height: 860 },
  phone: { width: 390, height: 844 },
};

const FLAGS = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
  "--disable-background-networking", "--disable-component-update", "--disable-sync",
];

/** A browser with a fresh profile; `said` collects what should never happen in its first page, and
 *  in those that `listenTo(page)` is called for.
 *  `foreignCookies`: those of other sites go along, which Debian's Chromium does not let them. */
export async function openBrowser({ colorScheme = "light", foreignCookies = false } = {}) {
  const require = createRequire(path.join(process.env.NPM_DIR, "package.json"));
  const { chromium } = require("playwright-core");
  const profile = mkdtempSync(path.join(tmpdir(), "gatehouse-chromium-"));
  if (foreignCookies) {
    mkdirSync(path.join(profile, "Default"));
    writeFileSync(path.join(profile, "Default", "Preferences"), JSON.stringify(
      { profile: { cookie_controls_mode: 0, block_third_party_cookies: false } }));
  }
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.CHROMIUM,
    headless: true,
    args: FLAGS,
    colorScheme,
    viewport: SIZES.desktop,
  });
  context.setDefaultTimeout(DEADLINE_MS);
  const page = context.pages()[0] ?? (await context.newPage());
  const said = { errors: [], remote: [] };
  const listenTo = (page) => {
    page.on("pageerror", (error) => said.errors.push(`exception: ${error.message}`));
    page.on("console", (message) => {
      // Chromium logs each answer of 400 and above; those are part of the tests.
      const expected = message.text().startsWith("Failed to load resource");
      if (message.type() === "error" && !expected) said.errors.push(message.text());
    });
    page.on("request", (request) => {
      const url = new URL(request.url());
      if (url.protocol !== "data:" && url.origin !== new URL(SITE).origin)
        said.remote.push(url.href);
    });
  };
  listenTo(page);
  const close = async () => {
    await context.close();
    rmSync(profile, { recursive: true, force: true });
  };
  return { context, page, said, listenTo, close };
}

/** A state worth a picture: nobody is kept out of it (axe.mjs), and screenshots at both widths if
 *  they are wanted. The page keeps its state. */
export async function shoot(page, name) {
  await audit(page, name);
  if (ARTIFACTS) await take(page, name);
}

/** The same of a page whose colours are the system's: pictures of the light and of the dark. */
export async function shootBoth(page, name) {
  await audit(page, name);
  if (!ARTIFACTS) return;
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme });
    await take(page, `${name}-${colorScheme}`);
  }
  await page.emulateMedia({ colorScheme: "light" });
}

async function take(page, name) {
  for (const [size, viewport] of Object.entries(SIZES)) {
    await page.setViewportSize(viewport);
    await page.screenshot({ path: path.join(ARTIFACTS, `${name}-${size}.png`), fullPage: true });
  }
  await page.setViewportSize(SIZES.desktop);
}

/** Fills in the provider's page, whatever the names of the optional fields, and sends it. */
export async function submitProviderForm(page, fields) {
  for (const [name, value] of Object.entries(fields)) {
    const field = page.locator(`form input[name="${name}"]`);
    if (value !== undefined && (await field.count()) > 0) await field.first().fill(value);
  }
  await page.locator('form button[value="password"], form button[type="submit"]').first().click();
}

/** A call to the control interface of the local provider; its answer's JSON, null for none. */
export async function control(method, path, body) {
  const answer = await fetch(`${process.env.IDP_ADMIN}/control/${path}`, {
    method,
    headers: { "Content-Type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} /control/${path}: ${answer.status} ${text}`);
  return text ? JSON.parse(text) : null;
}
