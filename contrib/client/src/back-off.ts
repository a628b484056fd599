// When to ask again, and waiting until then.

export interface BackOff {
  /** How often a call is sent at most, if it may be repeated at all. */
  tries: number;
  /** Before the second try; doubled for each further one. */
  firstDelayMs: number;
  /** No wait is longer. When the server wants a longer one, the call fails at once instead. */
  longestDelayMs: number;
}

export const BACK_OFF: BackOff = { tries: 3, firstDelayMs: 500, longestDelayMs: 10_000 };

/**
 * How long to wait after try number `tried` (from 1), in milliseconds; null: not worth it. Spread,
 * so that all the pages that are open do not come back in the same instant; never shorter than what
 * the server said.
 */
export function delayOf(
  tried: number, retryAfterMs: number, { firstDelayMs, longestDelayMs }: BackOff,
): number | null {
  if (retryAfterMs > longestDelayMs) return null;
  const own = firstDelayMs * 2 ** (tried - 1);
  const delay = Math.max(own * (0.5 + Math.random() / 2), retryAfterMs * (1 + Math.random() / 4));
  return Math.min(delay, longestDelayMs);
}

/** Retry-After in milliseconds, whichever form it has (RFC 9110, 10.2.3); 0 when there is none. */
export function retryAfterOf(headers: Headers): number {
  const value = headers.get("Retry-After") ?? "";
  const ms = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now();
  return Number.isFinite(ms) ? Math.max(0, ms) : 0;
}

/** Rejects with the signal's reason when that is aborted first; `work` then goes on unseen. */
export async function within<T>(signal: AbortSignal, work: PromiseLike<T> | T): Promise<T> {
  let stop = () => {};
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason);
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop);
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    await within(signal, new Promise<void>((done) => (timer = setTimeout(done, ms))));
  } finally {
    clearTimeout(timer);
  }
}
