// The store of the page, with a client that answers when it is told to.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Account, Refused, SignedOut, StepUpNeeded, Unavailable } from "./built/account.js";

const PROFILE = { userId: "1", email: "", theme: "light", notifications: true, bio: "old" };
const soon = () => new Promise((done) => setTimeout(done, 10));

/** Calls wait in `waiting` until the test answers them, by a value or by an error. */
function client() {
  const waiting = [];
  const call = (what) => (given) => new Promise((resolve, reject) => waiting.push({ what, given,
    answer: async (with_) => {
      (with_ instanceof Error ? reject : resolve)(with_);
      await soon();
    } }));
  return { waiting, profile: call("profile"), savePreferences: call("save") };
}

/** An account that has been loaded. */
async function loaded() {
  const { waiting, ...calls } = client();
  const account = new Account(calls);
  void account.load();
  await waiting.shift().answer(PROFILE);
  return { account, waiting, profile: () => account.view().session.profile };
}

test("a change is shown at once, and stays once it is saved", async () => {
  const { account, waiting, profile } = await loaded();
  const saved = account.save({ theme: "dark" });
  assert.deepEqual([profile().theme, account.view().saving], ["dark", true]);
  await soon();
  await waiting.shift().answer({ success: true });
  assert.equal(await saved, null);
  assert.deepEqual([profile().theme, account.view().saving], ["dark", false]);
});

test("of two changes the refused one is taken back, the other one stays", async () => {
  const { account, waiting, profile } = await loaded();
  const saves = [account.save({ theme: "dark" }), account.save({ bio: "new" })];
  assert.deepEqual([profile().theme, profile().bio], ["dark", "new"]);
  await soon();
  assert.equal(waiting.length, 1, "one after the other");
  await waiting.shift().answer(new Refused("no"));
  assert.deepEqual([profile().theme, profile().bio], ["light", "new"]);
  await waiting.shift().answer({ success: true });
  const [first, second] = await Promise.all(saves);
  assert.ok(first instanceof Refused);
  assert.deepEqual([second, profile().theme, profile().bio], [null, "light", "new"]);
});

test("an empty bio is none", async () => {
  const { account, waiting, profile } = await loaded();
  void account.save({ bio: "" });
  assert.equal("bio" in profile(), false);
  await soon();
  await waiting.shift().answer({ success: true });
  assert.equal("bio" in profile(), false);
});

test("a profile from before a save does not undo it", async () => {
  const { account, waiting, profile } = await loaded();
  void account.load();
  const old = waiting.shift();
  void account.save({ theme: "dark" });
  await soon();
  await waiting.shift().answer({ success: true });
  await old.answer(PROFILE);
  assert.equal(profile().theme, "dark");
  assert.equal(waiting[0].what, "profile", "it is asked for anew");
});

test("while nobody answers the profile stays, and it is asked again when told to", async () => {
  const { account, waiting, profile } = await loaded();
  void account.load();
  const from = Date.now();
  await waiting.shift().answer(new Unavailable("down", { status: 503, retryAfterMs: 7000 }));
  const { trouble } = account.view();
  assert.ok(trouble.retryAt >= from + 7000 && trouble.retryAt <= Date.now() + 60_000);
  assert.equal(profile().bio, "old");
  trouble.tryNow();
  await soon();
  await waiting.shift().answer({ ...PROFILE, bio: "newer" });
  assert.deepEqual([account.view().trouble, profile().bio], [null, "newer"]);
});

test("whatever the server asks for, the next try is a minute away at most", async () => {
  const { account, waiting } = await loaded();
  void account.load();
  const from = Date.now();
  await waiting.shift().answer(new Unavailable("down", { status: 503, retryAfterMs: 3_600_000 }));
  const { retryAt } = account.view().trouble;
  account.close();
  assert.ok(retryAt >= from + 30_000 && retryAt <= Date.now() + 60_000, `${retryAt - from} ms`);
});

test("whoever asks anew while an answer is told gets the newer one", async () => {
  const { account, waiting, profile } = await loaded();
  void account.load();
  const stop = account.subscribe(() => (stop(), void account.load()));
  await waiting.shift().answer({ ...PROFILE, bio: "older" });
  assert.equal(profile().bio, "old");
  await waiting.shift().answer({ ...PROFILE, bio: "newer" });
  assert.deepEqual([profile().bio, waiting.length], ["newer", 0]);
});

test("what is closed asks no more, and says nothing", async () => {
  const { account, waiting } = await loaded();
  void account.load();
  await waiting.shift().answer(new Unavailable("down", { retryAfterMs: 1000 }));
  const before = account.view().session;
  account.close();
  await soon();
  assert.deepEqual([account.view().trouble, waiting.length], [null, 0]);
  assert.equal(account.view().session, before);
});

test("a session that has ended says so; one that never was does not", async () => {
  const { account, waiting } = await loaded();
  void account.save({ theme: "dark" });
  await soon();
  await waiting.shift().answer(new SignedOut("over"));
  assert.deepEqual(account.view().session, { is: "signed-out", ended: true });
  void account.load();
  await waiting.shift().answer(new SignedOut("nobody"));
  assert.deepEqual(account.view().session, { is: "signed-out", ended: false });
});

test("a save that needs a second factor leads to it", async () => {
  const url = "https://id.example/?aal=aal2";
  const { account, waiting } = await loaded();
  const saved = account.save({ theme: "dark" });
  await soon();
  const problem = { details: { stepUpUrl: url } };
  await waiting.shift().answer(new StepUpNeeded("more", { problem }));
  assert.ok((await saved) instanceof StepUpNeeded);
  assert.deepEqual(account.view().session, { is: "step-up", url });
});
