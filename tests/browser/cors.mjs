// Pages of other origins that call the API: the allowed ones read and write, the foreign ones
// do neither.  The session's cookie goes along from everywhere (SameSite=None), so what keeps
// the foreign pages out is the server and nothing else.
//
// Environment: that of browser.mjs, and ALLOWED_NEAR, ALLOWED_FAR, FOREIGN_NEAR, FOREIGN_FAR
// (origins that serve an empty page), CONTROL (/rows, /log) and USER ({id, token, cookie}).

import { SITE, control, openBrowser } from "./browser.mjs";
import { check, equal, eventually, finish, test } from "./tap.mjs";

const { ALLOWED_NEAR, ALLOWED_FAR, FOREIGN_NEAR, FOREIGN_FAR, CONTROL } = process.env;
const user = JSON.parse(process.env.USER);
const { page, said, context, close } = await openBrowser({ foreignCookies: true });

const told = async (what) => (await fetch(`${CONTROL}/${what}`)).json();
const rows = async () => JSON.stringify(await told("rows"));

/** The lines Gatehouse logs while `act` runs, about `path`, when there are `least` of them. */
async function arrivals(path, least, act) {
  const before = (await told("log")).length;
  await act();
  let lines = [];
  await eventually(`${least} requests for ${path}`, async () => {
    lines = (await told("log")).slice(before).filter((line) => line.path === path);
    return lines.length >= least;
  });
  return lines;
}

/** fetch() in a page of `origin`: what its script learns. */
async function ask(origin, path, init = {}) {
  if (new URL(page.url(), SITE).origin !== origin) await page.goto(`${origin}/`);
  return page.evaluate(async ({ url, init }) => {
    try {
      const answer = await fetch(url, { credentials: "include", ...init });
      const text = await answer.text();
      return {
        type: answer.type, status: answer.status, text,
        headers: Object.fromEntries(answer.headers), json: text ? JSON.parse(text) : null,
      };
    } catch (error) {
      return { failed: error.message };
    }
  }, { url: SITE + path, init });
}

async function signIn(sameSite) {
  await context.clearCookies();
  const [name, value] = user.cookie.split("=");
  await context.addCookies([{
    name, value, domain: "localhost", path: "/", httpOnly: true, sameSite,
    secure: sameSite === "None",
  }]);
}

const bearer = { Authorization: `Bearer ${user.token}` };
const json = { "Content-Type": "application/json" };
const write = (body, headers = {}, more = {}) =>
  ({ method: "POST", headers: { ...json, ...headers }, body: JSON.stringify(body), ...more });
const stored = async () => (await told("rows"))[0];

await signIn("None");

// ---- allowed origins -------------------------------------------------------------------

for (const [origin, where] of [[ALLOWED_NEAR, "near"], [ALLOWED_FAR, "far"]]) {
  await test(`allowed, ${where}: reads and writes with the cookie`, async () => {
    const read = await ask(origin, "/user/profile");
    equal(read.status, 200, "status");
    equal(read.json.userId, user.id, "who");
    check(read.headers["x-request-id"], "X-Request-Id cannot be read");
    const theme = where === "near" ? "dark" : "light";
    const wrote = await ask(origin, "/user/preferences", write({ theme, bio: where }));
    equal(wrote.text, '{"success":true}', "answer");
    equal(`${(await stored()).theme} ${(await stored()).bio}`, `${theme} ${where}`, "the row");
  });

  await test(`allowed, ${where}: reads and writes with a token and no cookie`, async () => {
    const read = await ask(origin, "/user/profile", { credentials: "omit", headers: bearer });
    equal(read.json?.userId, user.id, "who");
    const headers = {
      "X-Session-Token": user.token, "X-Request-Id": "from-a-page",
      traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    };
    const wrote = await ask(origin, "/user/preferences",
      write({ bio: `token ${where}` }, headers, { credentials: "omit" }));
    equal(wrote.status, 200, "status");
    equal(wrote.headers["x-request-id"], "from-a-page", "X-Request-Id");
    equal((await stored()).bio, `token ${where}`, "bio");
  });
}

await test("allowed: every error can be read, and what to do about it", async () => {
  const errors = [
    [401, "/user/profile", { credentials: "omit" }],
    [401, "/user/profile", { credentials: "omit", headers: { Authorization: "Bearer no" } }],
    [404, "/user/nothing", {}],
    [405, "/user/preferences", {}],
    [413, "/user/preferences", write({ bio: "x".repeat(70_000) })],
    [415, "/user/preferences", { method: "POST", body: '{"theme":"dark"}' }],
    [400, "/user/preferences", write({ theme: "pink" })],
  ];
  for (const [status, path, init] of errors) {
    const got = await ask(ALLOWED_NEAR, path, init);
    equal(got.status, status, `${path} ${JSON.stringify(init).slice(0, 80)}`);
    check(got.json.code && got.json.message, `no triple: ${got.text}`);
    if (status === 401) equal(got.headers["www-authenticate"], "Bearer", "WWW-Authenticate");
    if (status === 405) equal(got.headers.allow, "POST, OPTIONS", "Allow");
  }
});

await test("allowed: an outage can be told from being signed out", async () => {
  await control("PUT", "faults", { status: 503, body: "down" });
  const got = await ask(ALLOWED_FAR, "/user/profile");
  await control("PUT", "faults", {});
  equal(got.status, 503, "status");
  equal(got.json.details.reason, "provider_unavailable", "reason");
  check(Number(got.headers["retry-after"]) >= 1, "Retry-After cannot be read");
  await eventually("the end of the outage",
    async () => (await ask(ALLOWED_FAR, "/user/profile")).status === 200);
});

await test("allowed: one preflight serves many requests", async () => {
  const path = "/user/preferences";
  const lines = await arrivals(path, 3, async () => {
    for (const bio of ["one", "two", "three"])
      equal((await ask(ALLOWED_NEAR, path, write({ bio }))).status, 200, bio);
  });
  const preflights = lines.filter((line) => line.method === "OPTIONS").length;
  check(preflights <= 1, `${preflights} preflights`);
});

await test("allowed: a header that is not on the list is not sent", async () => {
  const lines = await arrivals("/user/profile", 1, async () => {
    const got = await ask(ALLOWED_NEAR, "/user/profile", { headers: { "X-Auth-User": "root" } });
    check(got.failed, `answered ${got.status}`);
  });
  equal(lines.map((line) => line.method).join(), "OPTIONS", "what arrived");
});

await test("allowed, but far: a cookie of SameSite=Lax stays at home, and 401 says so", async () => {
  await signIn("Lax");
  equal((await ask(ALLOWED_FAR, "/user/profile")).status, 401, "far");
  equal((await ask(ALLOWED_NEAR, "/user/profile")).status, 200, "near");
  await signIn("None");
});

// ---- foreign origins -------------------------------------------------------------------

/** Something done by a foreign page; then the rows are as before. */
async function harmless(what) {
  const before = await rows();
  await what();
  equal(await rows(), before, "the rows");
}

for (const [origin, where] of [[FOREIGN_NEAR, "near"], [FOREIGN_FAR, "far"]]) {
  await test(`foreign, ${where}: the cookie arrives, the answer cannot be read`, async () => {
    const [line] = await arrivals("/user/profile", 1, async () => {
      const got = await ask(origin, "/user/profile");
      equal(got.failed, "Failed to fetch", "fetch");
    });
    equal(`${line.status} ${line.verdict}`, "200 allowed", "what the server did");
    // Not even as bytes that no script can see (Cross-Origin-Resource-Policy).
    equal((await ask(origin, "/user/profile", { mode: "no-cors" })).failed, "Failed to fetch",
      "no-cors");
  });

  await test(`foreign, ${where}: a JSON write ends at the preflight`, () => harmless(async () => {
    const lines = await arrivals("/user/preferences", 1, async () =>
      equal((await ask(origin, "/user/preferences", write({ bio: "evil" }))).failed,
        "Failed to fetch", "fetch"));
    equal(lines.map((line) => line.method).join(), "OPTIONS", "what arrived");
  }));

  await test(`foreign, ${where}: not even with a token of its own`, () => harmless(async () => {
    const got = await ask(origin, "/user/preferences",
      write({ bio: "evil" }, bearer, { credentials: "omit" }));
    equal(got.failed, "Failed to fetch", "fetch");
    equal((await ask(origin, "/user/profile", { credentials: "omit", headers: bearer })).failed,
      "Failed to fetch", "reading");
  }));

  await test(`foreign, ${where}: what needs no preflight is refused`, () => harmless(async () => {
    const body = '{"bio":"evil"}';
    const lines = await arrivals("/user/preferences", 3, async () => {
      for (const type of ["text/plain", "application/x-www-form-urlencoded"])
        await ask(origin, "/user/preferences",
          { method: "POST", mode: "no-cors", headers: { "Content-Type": type }, body });
      await page.evaluate(([url, body]) => navigator.sendBeacon(url, body),
        [`${SITE}/user/preferences`, body]);
    });
    for (const line of lines)
      equal(`${line.method} ${line.status} ${line.origin}`, `POST 403 ${origin}`, "what arrived");
  }));

  await test(`foreign, ${where}: a beacon of JSON is not sent`, () => harmless(async () => {
    const lines = await arrivals("/user/preferences", 1, () => page.evaluate((url) =>
      navigator.sendBeacon(url, new Blob(['{"bio":"evil"}'], { type: "application/json" })),
      `${SITE}/user/preferences`));
    equal(lines.map((line) => line.method).join(), "OPTIONS", "what arrived");
  }));

  for (const type of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
    await test(`foreign, ${where}: a form of ${type} is refused`, () => harmless(async () => {
      await page.goto(`${origin}/`);
      const [line] = await arrivals("/user/preferences", 1, async () => {
        await page.evaluate(([action, type]) => {
          const form = document.createElement("form");
          Object.assign(form, { action, method: "post", enctype: type });
          const field = document.createElement("input");
          // As text/plain the body is JSON but for the line's end.
          Object.assign(field, { name: '{"bio":"evil","x":"', value: '"}' });
          form.append(field);
          document.body.append(form);
          form.submit();
        }, [`${SITE}/user/preferences`, type]);
        await page.waitForURL(`${SITE}/user/preferences`);
      });
      equal(`${line.status} ${line.origin}`, `403 ${origin}`, "the answer");
    }));

  await test(`foreign, ${where}: nothing comes of images, scripts and frames`, () =>
    harmless(async () => {
      await page.goto(`${origin}/`);
      const lines = await arrivals("/user/profile", 3, async () => {
        const seen = await page.evaluate((url) => Promise.all(["img", "script"].map((tag) =>
          new Promise((resolve) => {
            const element = document.createElement(tag);
            element.onload = () => resolve("loaded");
            element.onerror = () => resolve("error");
            element.src = url;
            document.body.append(element);
          }))), `${SITE}/user/profile`);
        equal(seen.join(), "error,error", "image and script");
        await page.evaluate((url) => {
          const frame = document.createElement("iframe");
          frame.src = url;
          document.body.append(frame);
        }, `${SITE}/user/profile`);
      });
      for (const line of lines) equal(`${line.method} ${line.status}`, "GET 200", "what arrived");
      await eventually("the frame is blocked",
        async () => said.errors.some((text) => text.includes("frame-ancestors")));
      said.errors.length = 0;
    }));
}

await test("foreign: an origin of null is nobody's", () => harmless(async () => {
  await page.goto(`${FOREIGN_NEAR}/`);
  let seen;
  const lines = await arrivals("/user/preferences", 1, async () => {
    seen = await page.evaluate((site) => new Promise((resolve) => {
      addEventListener("message", (event) => resolve(event.data), { once: true });
      const frame = document.createElement("iframe");
      frame.sandbox = "allow-scripts";
      frame.srcdoc = `<script>(async () => {
        const ask = (path, init) => fetch("${site}" + path, { credentials: "include", ...init })
          .then((answer) => answer.text(), (error) => error.message);
        await ask("/user/preferences", { method: "POST", mode: "no-cors", body: '{"bio":"evil"}' });
        parent.postMessage(self.origin + " " + await ask("/user/profile"), "*");
      })()</script>`;
      document.body.append(frame);
    }), SITE);
  });
  equal(seen, "null Failed to fetch", "what the frame saw");
  equal(`${lines[0].status} ${lines[0].origin}`, "403 null", "what arrived");
}));

await test("at the end the user's own pages still work", async () => {
  const got = await ask(SITE, "/user/preferences", write({ bio: "mine" }));
  equal(got.status, 200, "status");
  equal((await stored()).bio, "mine", "bio");
  equal((await told("rows")).length, 1, "rows");
});

await close();
process.exit(finish());
