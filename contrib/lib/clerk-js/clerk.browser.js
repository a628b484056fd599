// For the local stand-in: the few parts of Clerk's clerk-js that the sample site uses, under the
// address and with the names and promises of the real one. The stand-in itself keeps the cookies
// __session and __client_uat; this asks it for fresh ones in time.
//
//   Clerk.load()                    knows afterwards whether somebody is signed in
//   Clerk.session                   null when nobody is
//   Clerk.session.getToken({skipCache})
//                                   a token that lasts some seconds at least, null when signed
//                                   out meanwhile; throws when nobody answers
//   Clerk.signOut({redirectUrl})    ends the session, then goes there
(() => {
  const TIMEOUT_MS = 10_000;
  // How long before its end a token is replaced; short-lived ones at half of their time.
  const EARLY_S = 10;
  const { src } = document.currentScript;
  const frontend = src.slice(0, src.indexOf("npm/"));

  let token = null;
  let asking = null;
  let timer = 0;

  const call = (path, method) => fetch(frontend + path, {
    method,
    headers: { Accept: "application/json" },
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });

  /** Takes over what the stand-in says; the next token is asked for before this one ends. */
  function take(answer) {
    const life = answer?.expires_in ?? 0;
    const lasts = life - Math.min(EARLY_S, life / 2);
    token = answer && { jwt: answer.jwt, until: performance.now() + lasts * 1000 };
    Clerk.session = token && { id: answer.session_id, getToken };
    clearTimeout(timer);
    if (token) timer = setTimeout(() => refresh().catch(() => {}), lasts * 1000);
  }

  async function ask() {
    const response = await call("client/token", "POST");
    if (response.status === 401) take(null);
    else if (response.ok) take(await response.json());
    else throw new Error(`the stand-in for Clerk answered ${response.status}`);
  }

  const refresh = () => (asking ??= ask().finally(() => (asking = null)));

  async function getToken({ skipCache = false } = {}) {
    if (skipCache || (token && performance.now() > token.until)) await refresh();
    return token?.jwt ?? null;
  }

  async function signOut({ redirectUrl } = {}) {
    const response = await call("client/sign-out", "POST");
    if (!response.ok) throw new Error(`the stand-in for Clerk answered ${response.status}`);
    take(null);
    if (redirectUrl) location.assign(redirectUrl);
  }

  const Clerk = { loaded: false, session: null, signOut };
  Clerk.load = async () => {
    if (!Clerk.loaded) await refresh();
    Clerk.loaded = true;
  };
  window.Clerk = Clerk;
})();
