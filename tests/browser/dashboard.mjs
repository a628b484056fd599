// What a developer does with the dashboard, in a real browser, on canned data.
//
// Environment: SITE_URL (the dashboard), STUB_URL (the site that it belongs to, a stub with
// /control/), CHROMIUM, NPM_DIR, ARTIFACTS as for flow.mjs.

import { SITE, openBrowser, shoot } from "./browser.mjs";
import { openBoard } from "./board.mjs";
import { testApi } from "./dashboard_api.mjs";
import { testSystem } from "./dashboard_system.mjs";
import { check, equal, eventually, finish } from "./tap.mjs";

const STUB = process.env.STUB_URL;
const FEW = 120;
const { page, said, context, close } = await openBrowser();
const board = openBoard(page, SITE);
const { test, open, view, rows, search, pane, hash, found, fitsTheWidth, addsUp } = board;
const key = (...names) =>
  names.reduce((done, name) => done.then(() => page.keyboard.press(name)), Promise.resolve());
const control = async (what, body) =>
  (
    await fetch(`${STUB}/control/${what}`, {
      method: body ? "PUT" : "GET",
      body: body && JSON.stringify(body),
    })
  ).json();
const request = (method, route, status, verdict = "allowed") =>
  control("request", { method, route, status, verdict });

// ---- traces ----------------------------------------------------------------------------------

await test("thousands of traces are one short list of rows, newest first", async () => {
  await open("#/traces");
  await eventually("all are counted", async () => (await found()) === 1500);
  const count = await rows().count();
  check(count > 5 && count < FEW, `${count} rows exist`);
  const times = await rows().locator(".at").allTextContents();
  const sorted = await rows().evaluateAll((all) =>
    all
      .sort((a, b) => a.ariaPosInSet - b.ariaPosInSet)
      .map((row) => row.querySelector(".at").textContent),
  );
  check(
    times.length === count && sorted.every((at, n) => !n || at <= sorted[n - 1]),
    `order: ${sorted}`,
  );
  await shoot(page, "dashboard-traces");
});

await test("a request shows by itself, and not while the list is held", async () => {
  await request("GET", "/just/now", 204);
  await rows().filter({ hasText: "/just/now" }).waitFor();
  await page.getByRole("button", { name: "Pause" }).click();
  await request("GET", "/while/held", 204);
  await page.getByRole("button", { name: /Resume \(1 new\)/ }).waitFor();
  equal(await rows().filter({ hasText: "/while/held" }).count(), 0, "rows of it while held");
  await page.getByRole("button", { name: /Resume/ }).click();
  await rows().filter({ hasText: "/while/held" }).waitFor();
});

await test("what is being read stays in place when requests come", async () => {
  await view()
    .locator(".list")
    .evaluate((list) => (list.scrollTop = 3400));
  const place = () =>
    view()
      .locator(".list")
      .evaluate((list) => {
        const top = list.getBoundingClientRect().top;
        return [...list.querySelectorAll("[role=option]:not([hidden])")]
          .map((row) => [row.getBoundingClientRect().top - top, row.textContent])
          .filter(([at]) => at >= 0)
          .sort((a, b) => a[0] - b[0])[0]
          ?.join(" ");
      });
  await eventually("rows are drawn there", place);
  const before = await place();
  const count = await found();
  await request("GET", "/in/between", 200);
  await eventually("it is counted", async () => (await found()) === count + 1);
  equal(await place(), before, "the first row in sight");
});

await test("a search finds by status, duration, route, user and text, and is in the address", async () => {
  const all = await found();
  const count = async (text, expected) => {
    await search().fill(text);
    await eventually(`${text} is in the address`, async () =>
      (await hash()).replaceAll("+", " ").includes(text),
    );
    const bad = await rows().evaluateAll((list) => list.map((row) => row.textContent));
    const sum = await found();
    check(sum > 0 && sum < all, `${text} finds ${sum} of ${all}`);
    for (const line of bad) check(expected.test(line), `${text} finds ${line}`);
    return sum;
  };
  const errors = await count("status:5xx", /503/);
  equal(await count("status:>=500", /503/), errors, "status:>=500");
  equal(await count("is:error", /503/), errors, "is:error");
  await count("route:/user/preferences method:POST", /POST\/user\/preferences/);
  await count("verdict:denied", /401.*denied/);
  await count("duration:>30ms", /(3\d|4\d)\.\d ms/);
  await count("000000000007", /ory:…00000007/);
  const without = await count("-route:/user", /(\/auth|\/readyz|\/just|\/while|\/in\/)/);
  equal(without + (await count("route:/user", /\/user/)), all, "with and without");
});

await test("a filter is pressed in and out, and a kept address restores it", async () => {
  await search().fill("route:/user");
  await page.getByRole("button", { name: "5xx" }).click();
  equal(await search().inputValue(), "route:/user status:5xx", "the search");
  await page.getByRole("button", { name: "4xx" }).click();
  equal(await search().inputValue(), "route:/user status:4xx", "the search, of one group");
  const sum = await found();
  await eventually("it is in the address", async () => (await hash()).includes("status:4xx"));
  await open(await hash());
  equal(await search().inputValue(), "route:/user status:4xx", "the search after a reload");
  await eventually("the same are found", async () => (await found()) === sum);
  equal(
    await page.getByRole("button", { name: "4xx" }).getAttribute("aria-pressed"),
    "true",
    "pressed",
  );
});

await test("nonsense in a search is named, and nothing found is explained", async () => {
  await search().fill("status:many");
  await view().getByText("Not understood: status:many").waitFor();
  await search().fill("status:418");
  await view().getByText("No trace matches.").waitFor();
  await page.getByRole("button", { name: "Clear the search" }).click();
  await rows().first().waitFor();
});

await test("a trace's durations add up, and its statement is shown", async () => {
  const id = await request("GET", "/user/profile", 200);
  await open(`#/traces/${id}`);
  await pane().locator(".waterfall").waitFor();
  await addsUp();
  const statement = pane().getByRole("button", { name: /profile_get/ });
  await statement.click();
  const text = await pane().getByRole("group", { name: "SQL" }).textContent();
  check(text.startsWith("SELECT theme, notifications, bio"), `SQL: ${text}`);
  equal(await statement.getAttribute("aria-expanded"), "true", "aria-expanded");
  check(await pane().getByText("db.system.name").isVisible(), "its attributes are not shown");
  await shoot(page, "dashboard-trace");
});

await test("every kind of request adds up", async () => {
  for (const [route, status, verdict] of [
    ["/user/profile", 503, "unsure"],
    ["/user/profile", 401, "anonymous"],
    ["/readyz", 200, ""],
    ["/auth/check", 204, "allowed"],
  ]) {
    const id = await request("GET", route, status, verdict);
    await page.evaluate((to) => (location.hash = to), `#/traces/${id}`);
    await pane().getByText(id).waitFor();
    await addsUp();
  }
});

await test("the keyboard alone finds, opens, walks and leaves", async () => {
  await open("#/traces");
  await rows().first().waitFor();
  await key("/");
  equal(await page.evaluate(() => document.activeElement.type), "search", "the focus after /");
  await page.keyboard.type("status:503");
  await key("Escape", "j", "j", "Enter");
  await pane().locator(".waterfall").waitFor();
  check((await pane().locator(".pane-title").textContent()).includes("503"), "another trace");
  const first = await hash();
  await key("j");
  await eventually("the next one is open", async () => (await hash()) !== first);
  await pane().locator(".waterfall").waitFor();
  await key("k");
  await eventually("the first one again", async () => (await hash()) === first);
  await key("Escape");
  await pane().waitFor({ state: "hidden" });
  check((await hash()).includes("status:503"), "the search is lost");
  for (const [press, name] of [
    [["3"], "logs"],
    [["g", "h"], "health"],
    [["g", "a"], "api"],
    [["1"], "traces"],
  ]) {
    await key(...press);
    await page.locator(`.view-${name}:not([hidden])`).waitFor();
    equal(
      await page.locator("nav [aria-current=page]").getAttribute("data-view"),
      name,
      "the present view",
    );
  }
  await key("?");
  await page.getByRole("dialog", { name: "Keys" }).waitFor();
  await shoot(page, "dashboard-keys");
  await key("Escape");
  await page.getByRole("dialog").waitFor({ state: "hidden" });
});

await test("what is selected is what is marked, whatever is found and held meanwhile", async () => {
  const list = () => view().locator(".list");
  const marked = () => rows().and(page.locator("[aria-selected=true]"));
  await open("#/traces");
  await rows().first().waitFor();
  await list().focus();
  await key("End");
  await marked().waitFor();
  await search().fill("status:503");
  await eventually("few are left", async () => (await found()) < FEW);
  equal(await marked().count(), 0, "marked rows when the marked one is not found");
  await list().focus();
  await key("Enter");
  equal(said.errors.join("\n"), "", "errors");
  check(await pane().isHidden(), "a trace is open that nobody sees");
  await search().fill("");
  await eventually("all are back", async () => (await found()) > 1000);
  await list().focus();
  await key("Home", "j", "j", "p");
  await page.getByRole("button", { name: "Resume" }).waitFor();
  const before = await marked().textContent();
  await request("GET", "/while/marked", 204);
  await page.getByRole("button", { name: /Resume \(1 new\)/ }).waitFor();
  await key("p");
  await rows().filter({ hasText: "/while/marked" }).waitFor();
  equal(await marked().textContent(), before, "the marked row");
});

await test("a trace leads to its log line and back, and to the row of its user", async () => {
  const id = await request("GET", "/user/profile", 200);
  await open(`#/traces/${id}`);
  await pane().getByRole("link", { name: "Log line" }).click();
  await page.locator(".view-logs:not([hidden])").waitFor();
  await eventually("one line is left", async () => (await found()) === 1);
  await rows().first().click();
  await pane().getByText(id).first().waitFor();
  await shoot(page, "dashboard-log");
  await key("t");
  await page.locator(".view-traces:not([hidden])").waitFor();
  check((await hash()).includes(id), `at ${await hash()}`);
  const user = await pane().locator(".ids code").first().textContent();
  await pane().getByRole("link", { name: "See the row" }).click();
  await page.locator(".view-tables:not([hidden])").waitFor();
  await pane()
    .getByText(user.slice(user.indexOf(":") + 1))
    .first()
    .waitFor();
});

await test("a command to repeat a request has no credential in it", async () => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"], {
    origin: new URL(SITE).origin,
  });
  const id = await request("POST", "/user/preferences", 200);
  await open(`#/traces/${id}`);
  await pane().getByRole("button", { name: "As curl" }).click();
  await page.getByText("Command copied").waitFor();
  equal(
    await page.evaluate(() => navigator.clipboard.readText()),
    `curl -i -X POST -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' ` +
      `--data-binary '{}' '${STUB}/user/preferences'`,
    "the command",
  );
});

await test("a trace that is no longer kept is said to be gone", async () => {
  await open(`#/traces/${"0".repeat(32)}`);
  await pane().getByText("This trace is not here.").waitFor();
});

// ---- logs ------------------------------------------------------------------------------------

await test("logs are found by level, status and text, and a click leads to the trace", async () => {
  await open("#/logs");
  await eventually("there are lines", async () => (await found()) > 1500);
  await page.getByRole("button", { name: "Warnings and worse" }).click();
  await eventually("fewer are left", async () => (await found()) < 1000);
  const levels = await rows().locator(".level").allTextContents();
  check(levels.length > 0 && levels.every((level) => level === "warn"), `levels: ${levels}`);
  await search().fill("level:warn no answer within");
  check((await found()) > 0, "the text is not found");
  await rows().first().locator(".to-trace").click();
  await page.locator(".view-traces:not([hidden]) .waterfall").waitFor();
  await shoot(page, "dashboard-failed-trace");
});

await testApi(page, board, { stub: STUB, control, shoot });
await testSystem(page, board, { shoot, key });

// ---- the whole -------------------------------------------------------------------------------

await test("a server that goes away is told of, and found again by itself", async () => {
  await open("#/traces");
  await rows().first().waitFor();
  await control("away", { away: true });
  try {
    await page.getByRole("alert").getByText("does not answer").waitFor();
    check((await rows().count()) > 5, "what was shown is gone");
    await shoot(page, "dashboard-away");
  } finally {
    await control("away", { away: false });
  }
  await page.locator("#banner").waitFor({ state: "hidden" });
  await request("GET", "/after/all", 204);
  await rows().filter({ hasText: "/after/all" }).waitFor();
});

await test("on a narrow phone nothing is wider than the window", async () => {
  await page.setViewportSize({ width: 360, height: 700 });
  const id = await request("GET", "/user/profile", 200);
  for (const to of [
    "#/traces",
    `#/traces/${id}`,
    "#/api",
    "#/logs",
    "#/tables",
    "#/tables/user_profile?row=1",
    "#/migrations",
    "#/config",
    "#/health",
  ]) {
    await open(to);
    await page.locator("main [aria-busy=true]").first().waitFor({ state: "detached" });
    await fitsTheWidth(to);
  }
});

await test("colours are chosen by a button, and stay", async () => {
  await page.setViewportSize({ width: 1280, height: 860 });
  await open("#/health");
  const theme = () => page.locator("html").getAttribute("data-theme");
  equal(await theme(), "light", "the system's");
  await page.getByRole("button", { name: "Dark colours" }).click();
  equal(await theme(), "dark", "after the button");
  await page.reload();
  equal(await theme(), "dark", "after a reload");
});

await test("no script failed, and no other host was asked", async () => {
  equal(said.errors.join("\n"), "", "errors");
  const strange = said.remote.filter(
    (url) => new URL(url).origin !== new URL(STUB).origin && url !== "about:blank",
  );
  equal(strange.join(" "), "", "other hosts");
});

await close();
process.exit(finish());
