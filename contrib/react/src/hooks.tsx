// How components look at the account: useSession, useProfile, usePreferences.

import type { Client, GatehouseError, Preferences, Profile } from "gatehouse-client";
import {
  type ReactNode, createContext, use, useEffect, useMemo, useState, useSyncExternalStore,
} from "react";
import { Account, type View } from "./account.js";
import type { Trouble } from "./persist.js";

export interface SignedInBy {
  client: Client;
  /** Leads away from the page, or throws when that cannot be done now. */
  signOut: () => Promise<void>;
  signInUrl: string;
  signUpUrl: string;
}

const Context = createContext<{ account: Account; by: SignedInBy } | null>(null);

/** `by` has to be the same object for as long as it is the same user's browser. */
export function GatehouseProvider({ by, children }: { by: SignedInBy; children: ReactNode }) {
  const account = useMemo(() => new Account(by.client), [by]);
  useEffect(() => {
    void account.load();
    return account.close;
  }, [account]);
  useEffect(() => whenBack(account.load), [account]);
  return <Context value={{ account, by }}>{children}</Context>;
}

/** From another tab, or by the browser's "back": who is it now? */
function whenBack(load: () => void): () => void {
  const shown = () => document.visibilityState === "visible" && load();
  const restored = (event: PageTransitionEvent) => event.persisted && load();
  document.addEventListener("visibilitychange", shown);
  addEventListener("pageshow", restored);
  return () => {
    document.removeEventListener("visibilitychange", shown);
    removeEventListener("pageshow", restored);
  };
}

function useGatehouse(): { account: Account; by: SignedInBy; view: View } {
  const context = use(Context);
  if (context === null) throw new Error("a component outside of GatehouseProvider");
  const view = useSyncExternalStore(context.account.subscribe, context.account.view);
  return { ...context, view };
}

/** Who is signed in, what keeps it from being known, and the ways in and out. */
export function useSession() {
  const { view: { session, trouble }, by: { signOut, signInUrl, signUpUrl } } = useGatehouse();
  return { session, trouble, signOut, signInUrl, signUpUrl };
}

/** The profile of who is signed in, what is being saved included; else null. */
export function useProfile(): Profile | null {
  const { session } = useGatehouse().view;
  return session.is === "signed-in" ? session.profile : null;
}

export interface UsePreferences {
  preferences: Required<Pick<Profile, "theme" | "notifications" | "bio">> | null;
  /** Shown at once; taken back, and the reason given, when it was not taken. */
  save: (change: Preferences) => Promise<GatehouseError | null>;
  saving: boolean;
}

export function usePreferences(): UsePreferences {
  const { account, view: { saving } } = useGatehouse();
  const profile = useProfile();
  const preferences = profile && {
    theme: profile.theme, notifications: profile.notifications, bio: profile.bio ?? "" };
  return { preferences, save: account.save, saving };
}

/** Whole seconds until the next try. */
export function useCountdown({ retryAt }: Trouble): number {
  const left = () => Math.max(0, Math.ceil((retryAt - Date.now()) / 1000));
  const [seconds, setSeconds] = useState(left);
  useEffect(() => {
    setSeconds(left());
    const timer = setInterval(() => setSeconds(left()), 250);
    return () => clearInterval(timer);
  }, [retryAt]);
  return seconds;
}
