// What this page knows of who is signed in, and what it is changing: a store that no framework
// is needed for. hooks.tsx is how React looks into it.

import {
  type Client, GatehouseError, type Preferences, type Profile, Refused, SignedOut, StepUpNeeded,
} from "gatehouse-client";
import { type Trouble, persist } from "./persist.js";

export type Session =
  | { is: "loading" }
  | { is: "signed-in"; profile: Profile }
  /** `ended`: it was not, a moment ago. */
  | { is: "signed-out"; ended: boolean }
  | { is: "step-up"; url: string }
  | { is: "refused"; why: string };

/** Replaced as a whole by each change. */
export interface View {
  session: Session;
  /** Nobody answers: `session` is what was known last, and "loading" if nothing was. */
  trouble: Trouble | null;
  saving: boolean;
}

type Answers = Pick<Client, "profile" | "savePreferences">;

/** The profile as it will be: an empty bio is none. */
function changed(profile: Profile, { bio, ...others }: Preferences): Profile {
  const { bio: before, ...rest } = { ...profile, ...others };
  const now = bio === undefined ? before : bio;
  return now ? { ...rest, bio: now } : rest;
}

function sessionAfter(error: unknown, was: Session): Session {
  if (error instanceof SignedOut) return { is: "signed-out", ended: was.is === "signed-in" };
  if (error instanceof StepUpNeeded) return { is: "step-up", url: error.stepUpUrl };
  return { is: "refused", why: error instanceof Error ? error.message : String(error) };
}

export class Account {
  #view: View = { session: { is: "loading" }, trouble: null, saving: false };
  readonly #client: Answers;
  readonly #watchers = new Set<() => void>();
  /** null: nothing is asked. */
  #loading: AbortController | null = null;
  /** As the server has it; what is on its way there is laid over it. */
  #confirmed: Profile | null = null;
  #pending: readonly Preferences[] = [];
  #queue: Promise<unknown> = Promise.resolve();

  constructor(client: Answers) {
    this.#client = client;
  }

  readonly view = (): View => this.#view;

  readonly subscribe = (watcher: () => void): (() => void) => {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  };

  /** Asks the server, for as long as it takes; a later call replaces the one that waits. */
  readonly load = async (): Promise<void> => {
    this.close();
    const { signal } = (this.#loading = new AbortController());
    try {
      // Once each: the waits are shown.
      const ask = () => this.#client.profile({ tries: 1, signal });
      const profile = await persist(ask, (trouble) => this.#show({ trouble }), signal);
      // Whoever was told may have asked anew: then that one counts.
      signal.throwIfAborted();
      this.#confirmed = profile;
      this.#loading = null;
      this.#showProfile();
    } catch (error) {
      if (!signal.aborted) this.#lose(error);
    }
  };

  /** Stops asking. */
  readonly close = (): void => {
    this.#loading?.abort();
    this.#loading = null;
    if (this.#view.trouble) this.#show({ trouble: null });
  };

  /**
   * Shown at once, taken back if it is not taken: null, or why not. One after the other, so that
   * the last word is the last one said.
   */
  readonly save = async (change: Preferences): Promise<GatehouseError | null> => {
    this.#pending = [...this.#pending, change];
    this.#showProfile();
    const turn = this.#queue.then(() => this.#client.savePreferences(change));
    this.#queue = turn.catch(() => {});
    const error = await turn.then(() => null, (reason: unknown) => reason);
    this.#pending = this.#pending.filter((each) => each !== change);
    if (error === null && this.#confirmed) this.#confirmed = changed(this.#confirmed, change);
    this.#showProfile();
    // What is on its way here may be from before.
    if (error === null && this.#loading) void this.load();
    if (error instanceof SignedOut || error instanceof StepUpNeeded) this.#lose(error);
    if (error === null || error instanceof GatehouseError) return error;
    throw error;
  };

  #lose(error: unknown): void {
    this.close();
    this.#confirmed = null;
    this.#show({ session: sessionAfter(error, this.#view.session) });
  }

  #showProfile(): void {
    const saving = this.#pending.length > 0;
    if (this.#confirmed === null) return this.#show({ saving });
    const profile = this.#pending.reduce(changed, this.#confirmed);
    this.#show({ session: { is: "signed-in", profile }, saving });
  }

  #show(change: Partial<View>): void {
    this.#view = { ...this.#view, ...change };
    for (const watcher of this.#watchers) watcher();
  }
}

/** The problem of a field; "" when there is none. */
export const problemOf = (error: GatehouseError | null, field: string): string =>
  (error instanceof Refused && error.fields.find((each) => each.field === field)?.problem) || "";
