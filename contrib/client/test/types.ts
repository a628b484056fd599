// What must compile, and behind each @ts-expect-error what must not: run by the type checker alone.

import {
  type GatehouseError, type LoginInfo, type Profile, SignedOut, StepUpNeeded, Unavailable,
  createClient,
} from "../src/index.js";

type Same<A, B> =
  (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true : false;
const same = <A, B>(_: Same<A, B>): void => {};

// A way to get a token: none, at once, or later.
createClient({ baseUrl: "" });
createClient({ baseUrl: "", getToken: null });
createClient({ baseUrl: "", getToken: () => "token" });
createClient({ baseUrl: "", getToken: async ({ fresh }) => (fresh ? "new" : null) });
// @ts-expect-error there is no default address
createClient({});
// @ts-expect-error a token is text
createClient({ baseUrl: "", getToken: () => 1 });
// @ts-expect-error a misspelt option
createClient({ baseUrl: "", getTokens: () => "" });

const client = createClient({ baseUrl: "https://api.example.com", deadlineMs: 5000 });

// The profile.
const profile: Profile = await client.profile({ signal: AbortSignal.timeout(1), tries: 1 });
same<Profile["theme"], "light" | "dark">(true);
same<Profile["notifications"], boolean>(true);
same<Profile["name"], string | undefined>(true);
same<Profile["bio"], string | undefined>(true);
// @ts-expect-error it may be missing
profile.bio.length;
// @ts-expect-error no such member
profile.password;

// Preferences: any of three, each of its kind; the bio alone can be cleared by null.
await client.savePreferences({});
await client.savePreferences({ theme: "dark", notifications: false, bio: null });
await client.savePreferences({ bio: "" });
// @ts-expect-error no such theme
await client.savePreferences({ theme: "blue" });
// @ts-expect-error no null but for the bio
await client.savePreferences({ notifications: null });
// @ts-expect-error what is said is a boolean
await client.savePreferences({ notifications: "yes" });
// @ts-expect-error a misspelt member
await client.savePreferences({ boi: "x" });
// @ts-expect-error not a text
await client.savePreferences('{"theme":"dark"}');

// Any GET that a script can read.
same<Awaited<ReturnType<typeof client.get<"/user/profile">>>, Profile>(true);
const nothing: undefined = await client.get("/auth/check");
await client.get("/auth/login-info", { query: { return_to: "/" } });
// @ts-expect-error no such route
await client.get("/user/profil");
// @ts-expect-error it takes no GET
await client.get("/user/preferences");
// @ts-expect-error a link, nothing to read
await client.get("/auth/login");
// @ts-expect-error no such parameter
await client.get("/auth/login-info", { query: { returnTo: "/" } });

// Which provider: one look at it tells what else is there.
function signIn(info: LoginInfo): string {
  switch (info.provider) {
    case "clerk":
      return info.publishableKey;
    case "ory":
      // @ts-expect-error that is Clerk's
      info.publishableKey;
      return info.settingsUrl;
    default:
      return info.loginUrl;
  }
}

// Errors: by class, or by kind, and none forgotten.
function shown(error: unknown): string {
  if (error instanceof StepUpNeeded) return error.stepUpUrl;
  // @ts-expect-error only "nobody knows" can be waited for
  if (error instanceof SignedOut) return error.retryAfterMs;
  if (error instanceof Unavailable) return `${error.retryAfterMs}`;
  return "";
}

function stateOf(error: GatehouseError): "out" | "more" | "no" | "wait" {
  // @ts-expect-error no such code
  if (error.code === "unauthorised") return "out";
  if (error.code === "unauthenticated") return "out";
  switch (error.kind) {
    case "signed-out":
      return "out";
    case "step-up":
      return "more";
    case "refused":
      return "no";
    case "unavailable":
      return "wait";
  }
}
