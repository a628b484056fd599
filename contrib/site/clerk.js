// Clerk: a token in the cookie __session, good for a minute, that Clerk's own script clerk-js
// keeps fresh. The script comes from the instance that the publishable key belongs to.

const SCRIPT = "npm/@clerk/clerk-js@6/dist/clerk.browser.js";
const LOADING_MS = 5_000;
const LOOPBACK = /^(127\.0\.0\.1|localhost)(:\d+)?$/;

/**
 * The Frontend API: the instance's own host. A stand-in on this machine is reached through this
 * site instead, beside its sign-in page.
 */
function frontendOf(info) {
  return LOOPBACK.test(info.frontendApi)
    ? new URL(".", new URL(info.loginUrl, location.href))
    : new URL(`https://${info.frontendApi}/`);
}

function loadScript(src, publishableKey) {
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    const timer = setTimeout(() => script.onerror(), LOADING_MS);
    script.src = src;
    script.async = true;
    script.crossOrigin = "anonymous";
    script.dataset.clerkPublishableKey = publishableKey;
    script.onload = () => (clearTimeout(timer), resolve());
    script.onerror = () => {
      clearTimeout(timer);
      script.remove();
      reject(new Error("clerk-js cannot be loaded"));
    };
    document.head.append(script);
  });
}

async function start(info) {
  if (!window.Clerk) await loadScript(new URL(SCRIPT, frontendOf(info)).href, info.publishableKey);
  await window.Clerk.load({ telemetry: false });
  return window.Clerk;
}

/** Where Clerk sends the browser back to. */
function returning(url, to) {
  if (!url) return "";
  const address = new URL(url, location.href);
  if (!address.searchParams.has("redirect_url")) address.searchParams.set("redirect_url", to);
  return address.href;
}

export function openClerk(info) {
  let started = null;
  let renewed = null;

  /** clerk-js, loaded; a failure is not remembered. */
  const clerk = () => (started ??= start(info).catch((error) => {
    started = null;
    throw error;
  }));

  return {
    label: "Clerk",
    signUp: returning(info.registrationUrl, `${location.origin}/`),
    signIn: returning(info.loginUrl, `${location.origin}/`),
    settings: returning(info.logoutUrl, `${location.origin}/`),

    async prepare() {
      renewed = null;
      // Without clerk-js, the cookie may still be good: let the server say.
      await clerk().then(({ session }) => session?.getToken()).catch(() => {});
    },

    // The browser sends the cookie; once that was refused, the token is shown itself.
    headers: () => (renewed ? { Authorization: `Bearer ${renewed}` } : {}),

    async renew() {
      try {
        const { session } = await clerk();
        renewed = (await session?.getToken({ skipCache: true })) ?? null;
        return renewed ? "renewed" : "signed-out";
      } catch {
        return "unreachable";
      }
    },

    async signOut() {
      const back = `${location.origin}/?state=signed-out`;
      try {
        await (await clerk()).signOut({ redirectUrl: back });
      } catch {
        return false;
      }
      location.assign(back);
      return new Promise(() => {});
    },
  };
}
