// OpenID Connect: a small client of any provider. Authorization code with PKCE, no secret, no
// library; the access token goes to Gatehouse as a bearer token.
//
// Tokens live in sessionStorage: this tab alone, until it is closed.

import { ask } from "./ask.js";

// Some providers give a token to renew with only for the scope offline_access: add it then.
const SCOPE = "openid profile email";
const ABSOLUTE_URI = /^[a-z][a-z0-9+.-]*:[^#]+$/i;
// How long before its end a token is renewed; short-lived ones at half of their time.
const EARLY_MS = 20_000;
const PENDING = "oidc.pending";
const TOKENS = "oidc.tokens";
const NO_PAGES = "You are signed in, but that page cannot be opened with a token.";

const here = () => `${location.origin}/`;

// ---- what is kept ----------------------------------------------------------------------

function kept(name) {
  try {
    return JSON.parse(sessionStorage.getItem(name));
  } catch {
    return null;
  }
}

const keep = (name, value) => sessionStorage.setItem(name, JSON.stringify(value));
const forget = (name) => sessionStorage.removeItem(name);

function keepTokens(answer, before) {
  const life = (answer.expires_in ?? 0) * 1000;
  keep(TOKENS, {
    access: answer.access_token,
    refresh: answer.refresh_token ?? before?.refresh,
    id: answer.id_token ?? before?.id,
    // When to renew it; nothing is said: when the server refuses it.
    due: life && Date.now() + life - Math.min(EARLY_MS, life / 2),
  });
}

// ---- PKCE (RFC 7636) -------------------------------------------------------------------

const base64url = (bytes) =>
  btoa(String.fromCharCode(...bytes)).replace(/\+/g, "-").replace(/\//g, "_").replace(/=/g, "");

const random = () => base64url(crypto.getRandomValues(new Uint8Array(32)));

async function challengeOf(verifier) {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
  return base64url(new Uint8Array(digest));
}

// ---- the client ------------------------------------------------------------------------

class Client {
  #info;
  #found = null;
  #renewing = null;

  constructor(info) {
    this.#info = info;
  }

  /** The provider's own description; only one that is about this issuer. */
  async discover() {
    if (this.#found) return { kind: "ok", body: this.#found };
    const issuer = this.#info.issuer.replace(/\/$/, "");
    const answer = await ask(`${issuer}/.well-known/openid-configuration`);
    if (answer.kind !== "ok") return { ...answer, kind: "unreachable" };
    if (answer.body?.issuer !== this.#info.issuer) {
      return { kind: "refused", message: "The identity provider calls itself by another name." };
    }
    this.#found = answer.body;
    return answer;
  }

  /** RFC 8707: which API the token is for, where that has a name of the standard's form. */
  get #resource() {
    const [audience] = this.#info.audience ?? [];
    return ABSOLUTE_URI.test(audience ?? "") ? { resource: audience } : {};
  }

  /** Goes to the provider's page to sign in, or with "create" to sign up, where it offers that. */
  async begin(prompt = null, page = false) {
    const discovered = await this.discover();
    if (discovered.kind !== "ok") return discovered;
    const pending = { state: random(), verifier: random(), page };
    const offered = discovered.body.prompt_values_supported ?? [];
    const url = new URL(discovered.body.authorization_endpoint);
    const query = {
      response_type: "code", client_id: this.#info.clientId, redirect_uri: here(), scope: SCOPE,
      state: pending.state, code_challenge: await challengeOf(pending.verifier),
      code_challenge_method: "S256", ...this.#resource,
      ...(offered.includes(prompt) ? { prompt } : {}),
    };
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    keep(PENDING, pending);
    location.replace(url);
    return new Promise(() => {});
  }

  /** Back from the provider with a code, or with an error. */
  async finish(query) {
    const pending = kept(PENDING);
    if (!pending || query.get("state") !== pending.state) {
      return { kind: "refused", message: "This sign-in did not begin here. Please try again." };
    }
    // RFC 9207: an answer of another provider is not ours.
    if (query.has("iss") && query.get("iss") !== this.#info.issuer) {
      return { kind: "refused", message: "Another provider answered. Please try again." };
    }
    if (!query.has("code")) {
      forget(PENDING);
      return { kind: "refused",
        message: query.get("error_description") ?? "The provider did not sign you in." };
    }
    const answer = await this.#tokens({ grant_type: "authorization_code", code: query.get("code"),
      redirect_uri: here(), code_verifier: pending.verifier });
    if (answer.kind === "unreachable") return answer;
    forget(PENDING);
    if (answer.kind === "ok") return { kind: "ok", message: pending.page ? NO_PAGES : "" };
    return { kind: "refused", message: "Signing in took too long. Please try again." };
  }

  /** Asks for tokens and keeps them. */
  async #tokens(form) {
    const discovered = await this.discover();
    if (discovered.kind !== "ok") return discovered;
    const before = form.grant_type === "refresh_token" ? kept(TOKENS) : null;
    const answer = await ask(discovered.body.token_endpoint, {
      method: "POST",
      body: new URLSearchParams({ client_id: this.#info.clientId, ...this.#resource, ...form }),
    });
    if (answer.kind === "ok") keepTokens(answer.body, before);
    return answer;
  }

  /** "renewed", "signed-out" or "unreachable"; asked twice at once, done once. */
  renew() {
    this.#renewing ??= this.#renew().finally(() => (this.#renewing = null));
    return this.#renewing;
  }

  async #renew() {
    const refresh = kept(TOKENS)?.refresh;
    if (!refresh) {
      forget(TOKENS);
      return "signed-out";
    }
    const answer = await this.#tokens({ grant_type: "refresh_token", refresh_token: refresh });
    if (answer.kind === "ok") return "renewed";
    if (answer.kind === "unreachable") return "unreachable";
    forget(TOKENS);
    return "signed-out";
  }

  /** Ends the session at the provider as well, on its own page, which leads back here. */
  async end() {
    const discovered = await this.discover();
    if (discovered.kind !== "ok") return false;
    const { id } = kept(TOKENS) ?? {};
    forget(TOKENS);
    const { end_session_endpoint: endpoint } = discovered.body;
    if (!endpoint) return true;
    const url = new URL(endpoint);
    const query = { client_id: this.#info.clientId, post_logout_redirect_uri: here(),
      state: "signed-out", ...(id ? { id_token_hint: id } : {}) };
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    location.replace(url);
    return new Promise(() => {});
  }
}

// ---- the session -----------------------------------------------------------------------

export function openOidc(info) {
  const client = new Client(info);

  /** What the address asks for; see the links below. */
  async function arrive() {
    const query = new URLSearchParams(location.search);
    // The guard of another page sent the browser here.
    const page = !["/", here(), null].includes(query.get("return_to"));
    if (page && kept(TOKENS)) return { kind: "ok", message: NO_PAGES };
    if (query.has("sign-in")) return client.begin(null, page);
    if (query.has("sign-up")) return client.begin("create");
    if (query.has("sign-out")) return { kind: (await client.end()) ? "ok" : "unreachable" };
    const answered = query.has("state") && (query.has("code") || query.has("error"));
    return answered ? client.finish(query) : { kind: "ok" };
  }

  return {
    label: "the OpenID provider",
    pages: false,
    signUp: info.clientId ? "?sign-up" : info.registrationUrl,
    signIn: info.clientId ? "?sign-in" : info.loginUrl,
    arrive,

    async prepare() {
      const tokens = kept(TOKENS);
      // When that does not work, the server says what the old one is still good for.
      if (tokens?.refresh && tokens.due && tokens.due < Date.now()) await client.renew();
    },

    headers() {
      const tokens = kept(TOKENS);
      return tokens ? { Authorization: `Bearer ${tokens.access}` } : {};
    },

    renew: () => client.renew(),
    signOut: () => client.end(),
  };
}
