// Asking until somebody knows.

import { Unavailable, delayOf } from "gatehouse-client";

/** Nobody answers at the moment. */
export interface Trouble {
  /** When it is tried again, by the clock of Date.now(). */
  retryAt: number;
  tryNow: () => void;
}

const WAITS = { tries: Infinity, firstDelayMs: 1_000, longestDelayMs: 30_000 };
const LONGEST_MS = 60_000;

/** How long until the next try, whatever the server asks for: somebody watches the countdown. */
function waitAfter(tried: number, { retryAfterMs }: Unavailable): number {
  return delayOf(tried, retryAfterMs, WAITS) ?? Math.min(retryAfterMs, LONGEST_MS);
}

/**
 * The first answer that is one: a value, or an error that is not Unavailable. `told` hears of each
 * wait, and null once there is an answer. After `signal` it neither asks nor tells any more.
 */
export async function persist<T>(
  ask: () => Promise<T>, told: (trouble: Trouble | null) => void, signal: AbortSignal,
): Promise<T> {
  for (let tried = 1; ; tried++) {
    try {
      const answer = await ask();
      signal.throwIfAborted();
      told(null);
      return answer;
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof Unavailable)) {
        told(null);
        throw error;
      }
      await nextTry(waitAfter(tried, error), told, signal);
    }
  }
}

async function nextTry(
  ms: number, told: (trouble: Trouble) => void, signal: AbortSignal,
): Promise<void> {
  await new Promise<void>((tryNow) => {
    const timer = setTimeout(tryNow, ms);
    signal.addEventListener("abort", () => (clearTimeout(timer), tryNow()), { once: true });
    told({ retryAt: Date.now() + ms, tryNow });
  });
  signal.throwIfAborted();
}
