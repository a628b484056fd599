// Calls to Gatehouse, each with the credential of the session that the page has.

import { UNREACHABLE, ask } from "./ask.js";

let session = null;

/** From now on calls are made for this session (see session.js). */
export function useSession(opened) {
  session = opened;
}

/** A refused credential is renewed once; refused again, or not renewable, means signed out. */
async function call(url, options = {}) {
  await session.prepare();
  const send = () =>
    ask(url, { ...options, headers: { ...options.headers, ...session.headers() } });
  const answer = await send();
  if (answer.kind !== "signed-out") return answer;
  switch (await session.renew()) {
    case "renewed":
      return send();
    case "unreachable":
      return UNREACHABLE;
    default:
      return answer;
  }
}

export const getLoginInfo = () =>
  ask(`/auth/login-info?return_to=${encodeURIComponent(`${location.origin}/`)}`);

export const getProfile = () => call("/user/profile");

/** Who this is to a program behind the guard: contrib/guard/samples. */
export const getMember = () => call("/members/you");

export const savePreferences = (preferences) =>
  call("/user/preferences", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(preferences),
  });
