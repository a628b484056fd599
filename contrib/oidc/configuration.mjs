// What the library is told: one client, one API, tokens in the form our API wants.

import { HEADERS, failed, signOut, signedOut } from "./pages.mjs";
import { Accounts } from "./accounts.mjs";

const SCOPES = "openid profile email";
const DAY = 24 * 60 * 60;

function show(ctx, html) {
  ctx.set(HEADERS);
  ctx.body = html;
}

/** The API ("resource server", RFC 8707): access tokens for it are JWTs, signed with RS256. */
const api = (options, { InvalidTarget }) => ({
  enabled: true,
  defaultResource: () => options.audience,
  useGrantedResource: () => true,
  getResourceServerInfo(ctx, indicator) {
    if (indicator !== options.audience) throw new InvalidTarget();
    return {
      scope: SCOPES,
      audience: options.audience,
      accessTokenFormat: "jwt",
      accessTokenTTL: Number(options["token-life"]),
      jwt: { sign: { alg: "RS256" } },
    };
  },
});

/** Our own client needs no consent page: its grant is made when it is first used. */
const grants = (options) => async (ctx) => {
  const { client, session, result, provider } = ctx.oidc;
  const known = result?.consent?.grantId ?? session.grantIdFor(client.clientId);
  if (known) return provider.Grant.find(known);
  const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
  grant.addOIDCScope(SCOPES);
  grant.addResourceScope(options.audience, SCOPES);
  await grant.save();
  return grant;
};

/** "Sign up" as standardised: prompt=create leads to the registration page. */
function prompts({ base, Prompt }) {
  const policy = base();
  policy.add(new Prompt({ name: "create", requestable: true }), 0);
  return policy;
}

const rolesOf = ({ email }, { admin }) => (email === admin?.toLowerCase() ? ["admin"] : []);
const claimsOf = (account) => ({ sub: account.id, ...Accounts.claims(account) });

/** `library` is the oidc-provider module. */
export const configuration = (options, accounts, library) => ({
  clients: [{
    client_id: options["client-id"],
    token_endpoint_auth_method: "none",
    grant_types: ["authorization_code", "refresh_token"],
    response_types: ["code"],
    redirect_uris: options["redirect-uri"],
    post_logout_redirect_uris: options["redirect-uri"],
  }],
  jwks: { keys: accounts.keys },
  cookies: { keys: [accounts.cookieKey] },
  scopes: SCOPES.split(" "),
  claims: { openid: ["sub"], profile: ["name"], email: ["email", "email_verified"] },
  responseTypes: ["code"],
  pkce: { required: () => true, methods: ["S256"] },
  // Pages of the client's own addresses may ask for tokens; nobody else's.
  clientBasedCORS: (ctx, origin, client) =>
    client.redirectUris.some((uri) => new URL(uri).origin === origin),
  findAccount(ctx, id) {
    const account = accounts.find(id);
    return account && { accountId: id, claims: () => claimsOf(account) };
  },
  // The API gets the address, the name and the roles with the token itself.
  extraTokenClaims(ctx, token) {
    const account = token.accountId && accounts.find(token.accountId);
    return account && { ...Accounts.claims(account), roles: rolesOf(account, options) };
  },
  loadExistingGrant: grants(options),
  // A browser page may renew its token, each time with a new refresh token.
  issueRefreshToken: (ctx, client) => client.grantTypeAllowed("refresh_token"),
  rotateRefreshToken: true,
  expiresWithSession: () => true,
  ttl: {
    AuthorizationCode: 60, IdToken: 60 * 60, Interaction: 60 * 60,
    Session: 14 * DAY, Grant: 14 * DAY, RefreshToken: 14 * DAY,
    AccessToken: Number(options["token-life"]),
  },
  interactions: {
    policy: prompts(library.interactionPolicy),
    // Below the issuer's path, wherever that is.
    url: (ctx, interaction) => `${ctx.req.baseUrl}/interaction/${interaction.uid}`,
  },
  discovery: { prompt_values_supported: ["none", "login", "create"] },
  features: {
    devInteractions: { enabled: false },
    resourceIndicators: api(options, library.errors),
    revocation: { enabled: true },
    rpInitiatedLogout: {
      enabled: true,
      logoutSource: (ctx, form) => show(ctx, signOut(options.title, form)),
      postLogoutSuccessSource: (ctx) => show(ctx, signedOut(options.title)),
    },
  },
  renderError: (ctx, out) => show(ctx, failed(options.title, out)),
});
