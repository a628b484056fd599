// The dashboard's tables, migrations, configuration and health.

import { check, equal, eventually } from "./tap.mjs";

const HASHES = { migrations: "0001", config: "public_url", health: "Workers of" };

export async function testSystem(page, board, { shoot, key }) {
  const { test, open, view, search, pane, hash } = board;
  const cells = (n) => view().locator(`tbody tr td:nth-child(${n})`).allTextContents();
  const shown = (text) => view().getByText(text).first().waitFor();

  await test("rows are sorted, turned over and found, and markup in them is text", async () => {
    await open("#/tables");
    await shown("1–50 of 130 rows");
    await page.getByRole("button", { name: "Next" }).click();
    await shown("51–100 of 130 rows");
    await view().getByRole("button", { name: "user_id" }).click();
    await view().getByRole("button", { name: "user_id" }).click();
    await eventually("the last comes first", async () => (await cells(2))[0]?.endsWith("000082"));
    equal(
      await view().getByRole("columnheader", { name: "user_id" }).getAttribute("aria-sort"),
      "descending",
      "aria-sort",
    );
    await search().fill("number 128");
    await shown("1–1 of 1 row");
    equal((await cells(5))[0], "Person number 128 <b>&", "the bio");
    await eventually("it is in the address", async () =>
      (await hash()).includes("find=number+128"),
    );
    await view().locator("tbody tr").first().click();
    await pane().getByText("updated_at").first().waitFor();
    await shoot(page, "dashboard-row");
    await key("Escape");
    await pane().waitFor({ state: "hidden" });
    await search().fill("nowhere");
    await shown("No row has that.");
    await view()
      .getByRole("link", { name: /webhook/ })
      .click();
    await shown("This table is empty.");
  });

  await test("rows are reached by the keyboard", async () => {
    await open("#/tables/user_profile");
    await shown("1–50 of 130 rows");
    await key("j", "j", "Enter");
    await pane().getByText("c4d24c01-feba-4213-858b-000000000002").first().waitFor();
    await key("Escape", "]");
    await shown("51–100 of 130 rows");
    await shoot(page, "dashboard-tables");
  });

  await test("the configuration is searched, and what was changed stands out", async () => {
    await open("#/config");
    await shown("public_url");
    await page.getByRole("button", { name: "Changed from the default" }).click();
    await eventually(
      "the others are gone",
      async () => (await view().locator(".settings > div").count()) === 3,
    );
    await search().fill("webhook");
    await shown("webhook_secret");
    equal(await view().locator(".settings > div").count(), 1, "settings");
    equal(await view().locator(".settings dd code").textContent(), '"********"', "the secret");
  });

  await test("migrations show their state and what they do", async () => {
    await open("#/migrations");
    await shown("pending");
    await view().getByText("What it does").first().click();
    await shown("CREATE TABLE user_profile");
  });

  await test("health says what is not well, and what each worker does", async () => {
    await open("#/health");
    await shown("It works, but not all is well");
    await shown("GET /user/profile");
    await shown("1 is pending");
    const facts = await view().locator(".inline-facts").innerText();
    for (const [label, value] of [
      ["queue", "0 (most 3, limit 128)"],
      ["died", "0"],
    ]) {
      check(facts.replace(/\s+/g, " ").includes(`${label} ${value}`), `${label}: ${facts}`);
    }
  });

  await test("each of these views is for everybody", async () => {
    for (const [name, text] of Object.entries(HASHES)) {
      await open(`#/${name}`);
      await shown(text);
      await shoot(page, `dashboard-${name}`);
    }
  });
}
