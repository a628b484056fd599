// The little of @clerk/clerk-react that is used here, under its names, over clerk-js as the
// instance itself serves it: with an account at Clerk, take the package in place of this file.

import type { LoginInfo } from "gatehouse-client";
import { type ReactNode, createContext, use, useMemo } from "react";

type ClerkInfo = Extract<LoginInfo, { provider: "clerk" }>;

interface ClerkJs {
  load(options: { telemetry: boolean }): Promise<void>;
  session: { getToken(options: { skipCache?: boolean }): Promise<string | null> } | null;
  signOut(options: { redirectUrl: string }): Promise<void>;
}

declare global {
  interface Window { Clerk?: ClerkJs }
}

const SCRIPT = "npm/@clerk/clerk-js@6/dist/clerk.browser.js";
const LOADING_MS = 5_000;
const LOOPBACK = /^(127\.0\.0\.1|localhost)(:\d+)?$/;

/** The instance's own host. A stand-in on this machine is below the page's own origin instead. */
function frontendOf(info: ClerkInfo): URL {
  return LOOPBACK.test(info.frontendApi)
    ? new URL(".", location.origin + new URL(info.loginUrl, location.href).pathname)
    : new URL(`https://${info.frontendApi}/`);
}

function loadScript(info: ClerkInfo): Promise<void> {
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    const failed = () => {
      script.remove();
      reject(new Error("clerk-js cannot be loaded"));
    };
    const timer = setTimeout(failed, LOADING_MS);
    script.src = new URL(SCRIPT, frontendOf(info)).href;
    script.crossOrigin = "anonymous";
    script.dataset.clerkPublishableKey = info.publishableKey;
    script.onload = () => (clearTimeout(timer), resolve());
    script.onerror = () => (clearTimeout(timer), failed());
    document.head.append(script);
  });
}

async function start(info: ClerkInfo): Promise<ClerkJs> {
  if (!window.Clerk) await loadScript(info);
  if (!window.Clerk) throw new Error("this is not clerk-js");
  await window.Clerk.load({ telemetry: false });
  return window.Clerk;
}

/** A failure is not remembered: the next call tries again. */
function once(info: ClerkInfo): () => Promise<ClerkJs> {
  let started: Promise<ClerkJs> | null = null;
  return () => (started ??= start(info).catch((error: unknown) => {
    started = null;
    throw error;
  }));
}

const Context = createContext<() => Promise<ClerkJs>>(() => Promise.reject(new Error("no Clerk")));

export function ClerkProvider({ info, children }: { info: ClerkInfo; children: ReactNode }) {
  return <Context value={useMemo(() => once(info), [info])}>{children}</Context>;
}

export function useAuth() {
  const clerk = use(Context);
  return useMemo(() => ({
    getToken: async (options: { skipCache?: boolean } = {}): Promise<string | null> =>
      (await (await clerk()).session?.getToken(options)) ?? null,
    signOut: async (options: { redirectUrl: string }): Promise<void> =>
      (await clerk()).signOut(options),
  }), [clerk]);
}
