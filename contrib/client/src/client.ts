// Calls to Gatehouse: a fresh token for each, one more try with a newer one after 401, patience
// while nobody answers, and an error of its own kind for each thing that can be the matter.

import type {
  Answer, LoginInfo, Preferences, Problem, Profile, QueryOf, ReadablePath, Saved,
} from "./api.js";
import { BACK_OFF, type BackOff, delayOf, pause, retryAfterOf, within } from "./back-off.js";
import { GatehouseError, SignedOut, Unavailable, errorOf } from "./errors.js";

/**
 * Gives the token for one request; null for none, then the browser's cookie goes along instead.
 * `fresh`: the last one was refused, so none that is kept will do. One that throws counts as
 * "nobody knows", not as "signed out".
 */
export type GetToken = (want: { fresh: boolean }) => Token | PromiseLike<Token>;
export type Token = string | null | undefined;

export interface Options extends Partial<BackOff> {
  /** Where Gatehouse is, with base_path if it has one; "" is the page's own origin. */
  baseUrl: string;
  /** Without it the cookie is the credential. */
  getToken?: GetToken | null;
  /** For a whole call: all of its tries, the token, and the waits between. Default 30 s. */
  deadlineMs?: number;
  /** For one try, and for a renewal of the token. Default 10 s. */
  timeoutMs?: number;
  /** In place of the global one. */
  fetch?: typeof fetch;
}

export interface CallOptions extends Partial<BackOff> {
  /** Ends the call, which then rejects with the signal's reason, as fetch() does. */
  signal?: AbortSignal;
  deadlineMs?: number;
  /** Of W3C Trace Context, to find the call in the traces of Gatehouse. */
  traceparent?: string;
}

export interface SignIn {
  /** Where the browser comes back to: a path of the site, or an address on cors.allow_origins. */
  returnTo?: string;
  /** One of several providers, by its name. */
  provider?: string;
}

interface Request {
  method: "GET" | "POST";
  path: string;
  body?: string;
}

interface Patience extends BackOff {
  end: AbortSignal;
  deadline: number;
}

const DEADLINE_MS = 30_000;
const TIMEOUT_MS = 10_000;
/** What asking again can cure; 500 is a fault of the server's own. */
const PASSING: readonly number[] = [0, 429, 502, 503, 504];

export class Client {
  readonly #options: Options;
  #renewing: Promise<Token> | null = null;

  constructor(options: Options) {
    this.#options = { ...options, baseUrl: options.baseUrl.replace(/\/+$/, "") };
  }

  /** Who is signed in, and what they prefer. */
  profile(options?: CallOptions): Promise<Profile> {
    return this.get("/user/profile", options);
  }

  /**
   * Members that are left out keep their value. It is repeated like a GET: saving the same twice
   * is saving it once.
   */
  savePreferences(preferences: Preferences, options?: CallOptions): Promise<Saved> {
    const body = JSON.stringify(preferences);
    return this.#call({ method: "POST", path: "/user/preferences", body }, options);
  }

  /** How and where people sign in here. */
  loginInfo(options?: CallOptions & { returnTo?: string }): Promise<LoginInfo> {
    const path = withQuery("/auth/login-info", { return_to: options?.returnTo });
    return this.#call({ method: "GET", path }, options);
  }

  /** Any GET that answers in JSON. */
  get<P extends ReadablePath>(
    path: P, options?: CallOptions & { query?: QueryOf<P> },
  ): Promise<Answer<P>> {
    return this.#call({ method: "GET", path: withQuery(path, options?.query ?? {}) }, options);
  }

  /** For a link: the provider's page to sign in, or to sign up. */
  loginUrl({ returnTo, provider, registration }: SignIn & { registration?: boolean } = {}): string {
    const page = registration ? { registration: "true" } : {};
    const query = { return_to: returnTo, provider, ...page };
    return this.#options.baseUrl + withQuery("/auth/login", query);
  }

  /** For a link: ends the session, then comes back. */
  logoutUrl({ returnTo, provider }: SignIn = {}): string {
    return this.#options.baseUrl + withQuery("/auth/logout", { return_to: returnTo, provider });
  }

  // ---- one call ------------------------------------------------------------------------------

  async #call<T>(request: Request, options: CallOptions = {}): Promise<T> {
    const patience = this.#patience(options);
    for (let tried = 1; ; tried++) {
      try {
        return (await this.#tryTwice(request, options, patience.end)) as T;
      } catch (error) {
        options.signal?.throwIfAborted();
        const failed = asError(error);
        const wait = waitAfter(failed, tried, patience);
        if (wait === null) throw failed;
        await pause(wait, patience.end).catch(() => options.signal?.throwIfAborted());
      }
    }
  }

  #patience(options: CallOptions): Patience {
    const all = { ...BACK_OFF, ...defined(this.#options), ...defined(options) };
    const deadlineMs = all.deadlineMs ?? DEADLINE_MS;
    const over = AbortSignal.timeout(deadlineMs);
    return {
      ...all,
      end: options.signal ? AbortSignal.any([options.signal, over]) : over,
      deadline: performance.now() + deadlineMs,
    };
  }

  /** Once more with a new token, if the first one was refused. */
  async #tryTwice(request: Request, options: CallOptions, end: AbortSignal): Promise<unknown> {
    const token = await within(end, this.#options.getToken?.({ fresh: false }));
    try {
      return await this.#send(request, token, options, end);
    } catch (error) {
      if (!(error instanceof SignedOut) || !token) throw error;
      const renewed = await within(end, this.#renew());
      if (!renewed) throw error;
      return this.#send(request, renewed, options, end);
    }
  }

  /** Calls that are refused at the same time renew the token once. */
  #renew(): Promise<Token> {
    // Shared: one that never ends must not hold up all calls that come after it.
    this.#renewing ??= within(this.#timeout(), this.#options.getToken?.({ fresh: true }))
      .finally(() => (this.#renewing = null));
    return this.#renewing;
  }

  #timeout(): AbortSignal {
    return AbortSignal.timeout(this.#options.timeoutMs ?? TIMEOUT_MS);
  }

  async #send(
    { method, path, body }: Request, token: Token, { traceparent }: CallOptions, end: AbortSignal,
  ): Promise<unknown> {
    const ask = this.#options.fetch ?? fetch;
    const response = await ask(this.#options.baseUrl + path, {
      method,
      headers: {
        Accept: "application/json",
        // Also without a byte to spare: a cookie's write of any other type is 415.
        ...(body === undefined ? {} : { "Content-Type": "application/json" }),
        ...(token ? { Authorization: `Bearer ${token}` } : {}),
        ...(traceparent ? { traceparent } : {}),
      },
      ...(body === undefined ? {} : { body }),
      // Another person's cookie must not speak where a token does.
      credentials: token ? "omit" : "include",
      signal: AbortSignal.any([end, this.#timeout()]),
    });
    return read(response);
  }
}

/** See Options. */
export const createClient = (options: Options): Client => new Client(options);

// ---- answers ---------------------------------------------------------------------------------

async function read(response: Response): Promise<unknown> {
  const { status, headers } = response;
  const requestId = headers.get("X-Request-Id");
  const text = await response.text();
  if (status === 204) return undefined;
  const body = parsed(text);
  if (response.ok && isObject(body)) return body;
  // An error page of the web server, a login page of the hotel.
  const from = { status, requestId, retryAfterMs: retryAfterOf(headers) };
  if (response.ok) throw new Unavailable("the answer is not Gatehouse's", from);
  throw errorOf({ ...from, problem: asProblem(body) });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Only what has the form of one is taken for one. */
function asProblem(body: unknown): Problem | null {
  if (!isObject(body) || typeof body.code !== "string") return null;
  if (typeof body.message !== "string") return null;
  return { ...body, details: isObject(body.details) ? body.details : null } as unknown as Problem;
}

/** What fetch() or getToken() throws is no answer: nobody knows. */
function asError(error: unknown): GatehouseError {
  if (error instanceof GatehouseError) return error;
  return new Unavailable("no answer", { cause: error });
}

function waitAfter(error: GatehouseError, tried: number, patience: Patience): number | null {
  if (!(error instanceof Unavailable) || !PASSING.includes(error.status)) return null;
  if (tried >= patience.tries || patience.end.aborted) return null;
  const wait = delayOf(tried, error.retryAfterMs, patience);
  return wait !== null && performance.now() + wait < patience.deadline ? wait : null;
}

// ---- small things ----------------------------------------------------------------------------

function withQuery(path: string, query: object): string {
  const given = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null) given.set(name, String(value));
  }
  return given.size > 0 ? `${path}?${given}` : path;
}

/** Without the members that are undefined, which would hide a default. */
function defined<T extends object>(options: T): Partial<T> {
  return Object.fromEntries(
    Object.entries(options).filter(([, value]) => value !== undefined)) as Partial<T>;
}
