// The dashboard's documentation of the API, and trying it.

import { check, equal, eventually } from "./tap.mjs";

const TOKEN = "ory_st_pasted-by-hand";

export async function testApi(page, board, { stub, control, shoot }) {
  const { test, open, view, pane } = board;
  const last = async () => (await control("asked")).at(-1);
  const send = () => view().getByRole("button", { name: "Send" }).click();
  const answer = () => view().locator(".try-answer");

  await test("every operation is documented, with each answer", async () => {
    await open("#/api");
    const links = view().locator(".operation-link");
    await links.first().waitFor();
    const count = await links.count();
    check(count >= 10, `${count} operations`);
    for (let n = 0; n < count; n++) {
      await links.nth(n).click();
      const title = await links.nth(n).locator(".route").textContent();
      await view().locator(".operation-title").getByText(title, { exact: true }).waitFor();
      check((await view().locator(".answer").count()) > 0, `${title} has no answer`);
    }
    await view().locator(".answer summary").last().click();
    await view().locator(".answer").last().locator(".code").first().waitFor();
    await open("#/api/savePreferences");
    for (const text of ["Saves preferences", "notifications", "at most 2000 characters", "415"]) {
      await view().getByText(text).first().waitFor();
    }
    await shoot(page, "dashboard-api");
  });

  await test("an operation is tried with the signed-in session, and its trace found", async () => {
    await page.context().addCookies([{ name: "session", value: "of-the-site", url: stub }]);
    await open("#/api/getProfile");
    await send();
    await answer().getByText("ada@example.org").waitFor();
    const asked = await last();
    equal(asked.path, "/user/profile", "the path");
    check(asked.headers.cookie.includes("session=of-the-site"), "the cookie was not sent");
    equal(asked.headers.authorization, undefined, "Authorization");
    const [, id] = asked.headers.traceparent.split("-");
    await shoot(page, "dashboard-try");
    await answer().getByRole("link", { name: "See its trace" }).click();
    await pane().getByText(id).waitFor();
  });

  await test("a body goes along as it was written", async () => {
    await open("#/api/savePreferences");
    await view().getByRole("textbox", { name: /^Body/ }).fill('{"theme":"dark"}');
    await send();
    await answer().locator(".pill").waitFor();
    const { body, method, headers } = await last();
    equal(`${method} ${body}`, 'POST {"theme":"dark"}', "the request");
    equal(headers["content-type"], "application/json", "Content-Type");
  });

  await test("a pasted token is sent, the cookie is not, and nothing keeps the token", async () => {
    await open("#/api/getProfile");
    await view().getByRole("combobox", { name: "Credential" }).selectOption("Bearer token");
    await view().getByLabel("Token", { exact: true }).fill(TOKEN);
    await send();
    await answer().locator(".pill").waitFor();
    const { headers } = await last();
    equal(headers.authorization, `Bearer ${TOKEN}`, "Authorization");
    equal(headers.cookie, undefined, "the cookie");
    const kept = await page.evaluate(() =>
      JSON.stringify([
        { ...localStorage },
        { ...sessionStorage },
        document.cookie,
        location.href,
        history.state,
      ]),
    );
    check(!kept.includes(TOKEN), `it is kept: ${kept}`);
    await page.reload();
    await view().getByRole("combobox", { name: "Credential" }).waitFor();
    equal(
      await view().getByLabel("Token", { exact: true }).inputValue(),
      "",
      "the field after a reload",
    );
  });

  await test("without a credential the refusal is shown as it is", async () => {
    await view().getByRole("combobox", { name: "Credential" }).selectOption("None");
    await send();
    await answer().getByText("missing session token").waitFor();
    equal(await answer().locator(".pill").textContent(), "401", "the status");
    equal((await last()).headers.cookie, undefined, "the cookie");
  });

  await test("parameters go into the address", async () => {
    await open("#/api/getLoginInfo");
    await view()
      .getByLabel(/return_to/)
      .fill("http://localhost/a b&c");
    await send();
    await eventually(
      "it was asked",
      async () =>
        (await last()).path === "/auth/login-info?return_to=http%3A%2F%2Flocalhost%2Fa+b%26c",
    );
  });
}
