// Who signs people in here? Then the page, with that provider's way to call Gatehouse.

import { type LoginInfo, createClient } from "gatehouse-client";
import { type ReactNode, useEffect, useMemo, useState } from "react";
import { App, Page, TroubleBanner } from "./App.js";
import { ClerkProvider, useAuth } from "./clerk.js";
import { GatehouseProvider, type SignedInBy } from "./hooks.js";
import { type Trouble, persist } from "./persist.js";

// "" is the page's own origin: behind Vite's proxy, and on the real site.
const baseUrl: string = import.meta.env.VITE_API_URL ?? "";
const here = `${location.origin}/`;
const anybody = createClient({ baseUrl });

export function Start() {
  const [info, setInfo] = useState<LoginInfo | null>(null);
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  const [refused, setRefused] = useState("");
  useEffect(() => {
    const leaving = new AbortController();
    const { signal } = leaving;
    const ask = () => anybody.loginInfo({ returnTo: here, tries: 1, signal });
    persist(ask, setTrouble, signal).then(setInfo, (error: unknown) => {
      if (!signal.aborted) setRefused(String(error));
    });
    return () => leaving.abort();
  }, []);
  if (info?.provider === "ory") return <Ory><App by="Ory" settings={info.settingsUrl} /></Ory>;
  if (info?.provider === "clerk") {
    return (
      <ClerkProvider info={info}>
        <Clerk><App by="Clerk" settings={info.logoutUrl} /></Clerk>
      </ClerkProvider>
    );
  }
  const said = info ? "This example signs in with Ory or Clerk." : "One moment …";
  return (
    <Page>
      <TroubleBanner trouble={trouble} />
      <p role="status">{refused || said}</p>
    </Page>
  );
}

const links = (provider: LoginInfo["provider"]) => ({
  signInUrl: anybody.loginUrl({ returnTo: here, provider }),
  signUpUrl: anybody.loginUrl({ returnTo: here, provider, registration: true }),
});

/** Ory: the browser's cookie is the credential; Gatehouse asks Ory where the session ends. */
function Ory({ children }: { children: ReactNode }) {
  const by = useMemo((): SignedInBy => ({
    client: anybody,
    ...links("ory"),
    signOut: async () => location.assign(anybody.logoutUrl({ returnTo: here, provider: "ory" })),
  }), []);
  return <GatehouseProvider by={by}>{children}</GatehouseProvider>;
}

/** Clerk: clerk-js keeps a token that lasts a minute, and gets another one when asked to. */
function Clerk({ children }: { children: ReactNode }) {
  const { getToken, signOut } = useAuth();
  const by = useMemo((): SignedInBy => ({
    client: createClient({ baseUrl, getToken: ({ fresh }) => getToken({ skipCache: fresh }) }),
    ...links("clerk"),
    signOut: () => signOut({ redirectUrl: here }),
  }), [getToken, signOut]);
  return <GatehouseProvider by={by}>{children}</GatehouseProvider>;
}
