// The client against a server that misbehaves on command.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Refused, SignedOut, StepUpNeeded, Unavailable, createClient } from "../dist/index.js";
import { OK, PROFILE, UNAUTHENTICATED, problem, stub } from "./stub.mjs";

// A machine may be slow: only what is meant to be over in time has little of it.
const QUICK = { firstDelayMs: 4, longestDelayMs: 1500, deadlineMs: 30_000, timeoutMs: 20_000 };
const LONG = 10_000;
const DOWN = problem(503, "unavailable", null, { "Retry-After": "1" });
const DOWN_LONG = problem(503, "unavailable", null, { "Retry-After": "15" });
const DOWN_AT_ONCE = problem(503, "unavailable", { reason: "database_unavailable" });
const STEP_UP = problem(403, "permission_denied",
  { reason: "second_factor_required", stepUpUrl: "https://id.example/?aal=aal2" });

/** Calls what `ask` does with a client of a server that gives these answers. */
async function play({ answers, ask = (client) => client.profile(), ...options }) {
  const server = await stub(answers);
  const client = createClient({ baseUrl: server.url, ...QUICK, ...options });
  const began = performance.now();
  const end = (outcome) => ({ ...outcome, seen: server.seen, ms: performance.now() - began });
  try {
    return end({ value: await ask(client) });
  } catch (error) {
    return end({ error });
  } finally {
    await server.close();
  }
}

/** Tokens in order, the last one for ever; `asked` has what was wanted. */
function tokens(...list) {
  const asked = [];
  const getToken = ({ fresh }) => {
    asked.push(fresh);
    const token = list[Math.min(asked.length, list.length) - 1];
    if (token instanceof Error) throw token;
    return token;
  };
  return { asked, getToken };
}

const bearer = (token) => token && `Bearer ${token}`;
const bearers = (seen) => seen.map(({ headers }) => headers.authorization ?? null);

for (const [name, { answers, error, kind, tries, more = () => {} }] of Object.entries({
  "an answer": { answers: [OK], tries: 1 },
  "401 is signed out": {
    answers: [UNAUTHENTICATED], error: SignedOut, kind: "signed-out", tries: 1 },
  "503, then an answer": { answers: [DOWN_AT_ONCE, OK], tries: 2 },
  "503 for ever is nobody knows": {
    answers: [DOWN_AT_ONCE], error: Unavailable, kind: "unavailable", tries: 3,
    more: ({ status, code, reason }) => assert.deepEqual(
      [status, code, reason], [503, "unavailable", "database_unavailable"]),
  },
  "502 and 504 of the web server, then an answer": {
    answers: [{ status: 502, text: "<html>" }, { status: 504, text: "" }, OK], tries: 3 },
  "500 is nobody knows, and not asked again": {
    answers: [problem(500, "internal")], error: Unavailable, kind: "unavailable", tries: 1 },
  "429, then an answer": { answers: [problem(429, "resource_exhausted"), OK], tries: 2 },
  "a broken connection, then an answer": { answers: ["reset", OK], tries: 2 },
  "half an answer, then a whole one": { answers: ["half", OK], tries: 2 },
  "half an answer for ever is nobody knows": {
    answers: ["half"], error: Unavailable, kind: "unavailable", tries: 3,
    more: (e) => assert.equal(e.status, 0) },
  "200 that is no JSON is nobody knows": {
    answers: [{ status: 200, text: "<title>Hotel</title>" }], error: Unavailable, tries: 1 },
  "403 for the second factor says where": {
    answers: [STEP_UP], error: StepUpNeeded, kind: "step-up", tries: 1,
    more: (e) => assert.equal(e.stepUpUrl, "https://id.example/?aal=aal2") },
  "another 403 is refused": {
    answers: [problem(403, "permission_denied", { reason: "cross_site" })], error: Refused,
    kind: "refused", tries: 1, more: (e) => assert.equal(e.reason, "cross_site") },
  "403 of somebody else is refused": {
    answers: [{ status: 403, text: "no" }], error: Refused, tries: 1,
    more: (e) => assert.deepEqual([e.code, e.details, e.fields], ["", null, []]) },
})) {
  test(name, async () => {
    const played = await play({ answers });
    assert.equal(played.seen.length, tries, "the number of tries");
    if (!error) {
      assert.deepEqual(played.value, PROFILE);
      return;
    }
    assert.ok(played.error instanceof error, `${played.error?.stack}`);
    if (kind) assert.equal(played.error.kind, kind);
    if (played.error.status > 0) assert.equal(played.error.requestId, "r-1");
    more(played.error);
  });
}

test("all wrong fields are named", async () => {
  const fields = [{ field: "theme", problem: "must be light or dark" }];
  const { error } = await play({
    answers: [problem(400, "invalid_argument", { reason: "invalid_fields", fields })],
    ask: (client) => client.savePreferences({ bio: "x" }) });
  assert.ok(error instanceof Refused);
  assert.deepEqual(error.fields, fields);
  assert.equal(error.message, "it is invalid_argument");
});

test("nobody there at all is nobody knows", async () => {
  const server = await stub([OK]);
  await server.close();
  const client = createClient({ baseUrl: server.url, ...QUICK });
  await assert.rejects(client.profile(),
    (e) => e instanceof Unavailable && e.cause instanceof TypeError);
});

// ---- tokens ------------------------------------------------------------------------------------

test("each call asks for its token, and sends no cookie beside it", async () => {
  const { asked, getToken } = tokens("one", Promise.resolve("two"));
  const sent = [];
  const { seen } = await play({
    answers: [OK], getToken,
    fetch: (url, init) => (sent.push(init.credentials), fetch(url, init)),
    ask: async (client) => [await client.profile(), await client.profile()] });
  assert.deepEqual(bearers(seen), ["Bearer one", "Bearer two"]);
  assert.deepEqual([asked, sent], [[false, false], ["omit", "omit"]]);
});

test("without a token the cookie goes along", async () => {
  for (const getToken of [undefined, null, () => null, async () => undefined]) {
    const sent = [];
    const { seen } = await play({
      answers: [OK], getToken,
      fetch: (url, init) => (sent.push(init.credentials), fetch(url, init)) });
    assert.deepEqual([bearers(seen), sent], [[null], ["include"]]);
  }
});

for (const [name, { answers, list, want, kind }] of Object.entries({
  "a refused token is renewed once, then it works": {
    answers: [UNAUTHENTICATED, OK], list: ["old", "new"], want: ["old", "new"] },
  "refused again it is signed out": {
    answers: [UNAUTHENTICATED], list: ["old", "new"], want: ["old", "new"], kind: "signed-out" },
  "no new token is signed out": {
    answers: [UNAUTHENTICATED], list: ["old", null], want: ["old"], kind: "signed-out" },
  "no token at all is not renewed": {
    answers: [UNAUTHENTICATED], list: [null], want: [null], kind: "signed-out" },
  "a provider that cannot renew says nothing about the user": {
    answers: [UNAUTHENTICATED], list: ["old", new Error("offline")], want: ["old"],
    kind: "unavailable" },
  "a provider that gives no token at first, then does": {
    answers: [OK], list: [new Error("offline"), "new"], want: ["new"] },
  "an outage after the renewal is an outage": {
    answers: [UNAUTHENTICATED, DOWN_AT_ONCE, OK], list: ["old", "new"],
    want: ["old", "new", "new"] },
})) {
  test(name, async () => {
    const { getToken } = tokens(...list);
    const { value, error, seen } = await play({ answers, getToken });
    assert.deepEqual(bearers(seen), want.map(bearer));
    assert.equal(error?.kind, kind, `${error?.stack}`);
    if (!kind) assert.deepEqual(value, PROFILE);
  });
}

test("calls that are refused together renew the token once", async () => {
  let renewals = 0;
  const getToken = async ({ fresh }) => {
    if (!fresh) return "old";
    renewals++;
    await new Promise((done) => setTimeout(done, 50));
    return "new";
  };
  const { value } = await play({
    answers: [UNAUTHENTICATED, UNAUTHENTICATED, UNAUTHENTICATED, OK], getToken,
    ask: (client) => Promise.all([client.profile(), client.profile(), client.profile()]) });
  assert.deepEqual([value.length, renewals], [3, 1]);
});

test("a renewal that never ends is given up, and the next call has one of its own", async () => {
  let renewals = 0;
  const getToken = ({ fresh }) => {
    if (!fresh) return "old";
    return ++renewals === 1 ? new Promise(() => {}) : "new";
  };
  const { value, seen } = await play({
    answers: [UNAUTHENTICATED, UNAUTHENTICATED, OK], getToken, timeoutMs: 600, deadlineMs: LONG,
    ask: async (client) => {
      await assert.rejects(client.profile({ tries: 1 }), Unavailable);
      return client.profile();
    } });
  assert.deepEqual([value, bearers(seen)], [PROFILE, ["old", "old", "new"].map(bearer)]);
});

// ---- patience ----------------------------------------------------------------------------------

test("it waits as long as Retry-After says, not less", async () => {
  const { ms, seen } = await play({ answers: [DOWN, OK] });
  assert.equal(seen.length, 2);
  assert.ok(ms >= 1000, `it came back after ${ms} ms`);
});

test("what wants a longer wait than allowed fails at once, and tells how long", async () => {
  const { error, seen, ms } = await play({
    answers: [problem(429, "resource_exhausted", null, { "Retry-After": "15" })] });
  assert.ok(error instanceof Unavailable);
  assert.deepEqual([error.retryAfterMs, seen.length], [15_000, 1]);
  assert.ok(ms < LONG, `after ${ms} ms`);
});

test("Retry-After may be a date", async () => {
  const at = new Date(Date.now() + 60_000).toUTCString();
  const { error } = await play({
    answers: [problem(503, "unavailable", null, { "Retry-After": at })] });
  assert.ok(error.retryAfterMs > 50_000 && error.retryAfterMs <= 60_000, `${error.retryAfterMs}`);
});

test("no try begins that would end after the deadline", async () => {
  const { error, seen } = await play({ answers: [DOWN], deadlineMs: 900 });
  assert.ok(error instanceof Unavailable && error.status === 503, `${error}`);
  assert.equal(seen.length, 1);
});

test("a server that never answers: a try ends in time, the call at its deadline", async () => {
  const one = await play({ answers: ["hang", OK], timeoutMs: 600 });
  assert.deepEqual([one.value, one.seen.length], [PROFILE, 2]);
  const { signal } = new AbortController();
  for (const options of [{}, { signal }]) {
    const all = await play({
      answers: ["hang"], deadlineMs: 600, ask: (client) => client.profile(options) });
    assert.ok(all.error instanceof Unavailable);
    assert.equal(all.seen.length, 1);
    assert.ok(all.ms < LONG, `after ${all.ms} ms`);
  }
});

test("a token that never comes ends at the deadline", async () => {
  const { error, seen } = await play({
    answers: [OK], getToken: () => new Promise(() => {}), deadlineMs: 80 });
  assert.ok(error instanceof Unavailable);
  assert.equal(seen.length, 0);
});

test("tries: 1 asks once, for a page that waits by itself", async () => {
  const { seen } = await play({ answers: [DOWN_AT_ONCE], ask: (c) => c.profile({ tries: 1 }) });
  assert.equal(seen.length, 1);
});

for (const [when, answers] of [["an answer", ["hang"]], ["the next try", [DOWN_LONG]]]) {
  test(`whoever called can end it while it waits for ${when}`, async () => {
    const why = new Error("the page was left");
    const hand = new AbortController();
    const { error, ms } = await play({ answers, longestDelayMs: 20_000, ask: (client) => {
      setTimeout(() => hand.abort(why), 200);
      return client.profile({ signal: hand.signal });
    } });
    assert.equal(error, why);
    assert.ok(ms < LONG, `after ${ms} ms`);
  });
}

test("what was ended before it began asks nobody", { timeout: LONG }, async () => {
  const fails = () => Promise.reject(new Error("offline"));
  for (const getToken of [null, () => new Promise(() => {}), fails]) {
    const { error, seen } = await play({
      answers: [OK], getToken, ask: (c) => c.profile({ signal: AbortSignal.abort() }) });
    assert.deepEqual([error.name, seen.length], ["AbortError", 0]);
  }
});

// ---- what is sent ------------------------------------------------------------------------------

test("a write is JSON, and is repeated as it was", async () => {
  const { value, seen } = await play({
    answers: [DOWN_AT_ONCE, { status: 200, body: { success: true } }],
    ask: (client) => client.savePreferences({ theme: "dark", bio: null }) });
  assert.deepEqual(value, { success: true });
  assert.deepEqual(seen.map((s) => [s.method, s.url, s.headers["content-type"], s.body]),
    Array(2).fill(
      ["POST", "/user/preferences", "application/json", '{"theme":"dark","bio":null}']));
});

test("traceparent goes along where it is given", async () => {
  const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  const { seen } = await play({ answers: [OK], ask: async (client) => {
    await client.profile({ traceparent });
    await client.profile();
  } });
  assert.deepEqual(seen.map((s) => s.headers.traceparent), [traceparent, undefined]);
});

test("204 is an answer without a value", async () => {
  const { value, error } = await play({
    answers: [{ status: 204 }], ask: (client) => client.get("/auth/check") });
  assert.deepEqual([value, error], [undefined, undefined]);
});

test("addresses: of the API, with a base path, and of links", async () => {
  const { seen } = await play({ answers: [OK], ask: (client) =>
    client.loginInfo({ returnTo: "https://a.example/?b=c&d" }) });
  assert.equal(seen[0].url, "/auth/login-info?return_to=https%3A%2F%2Fa.example%2F%3Fb%3Dc%26d");
  const client = createClient({ baseUrl: "/gate/" });
  assert.equal(client.loginUrl(), "/gate/auth/login");
  assert.equal(client.loginUrl({ returnTo: "/a?b", provider: "ory", registration: true }),
    "/gate/auth/login?return_to=%2Fa%3Fb&provider=ory&registration=true");
  assert.equal(createClient({ baseUrl: "" }).logoutUrl({ returnTo: "/" }),
    "/auth/logout?return_to=%2F");
});
