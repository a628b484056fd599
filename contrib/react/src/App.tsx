// The page: one view for each state of the session, and the banner for "nobody answers".

import type { Profile } from "gatehouse-client";
import { type ReactNode, useEffect, useState } from "react";
import type { Session } from "./account.js";
import { useCountdown, useProfile, useSession } from "./hooks.js";
import type { Trouble } from "./persist.js";
import { PreferencesForm } from "./PreferencesForm.js";

export function Page({ account, children }: { account?: ReactNode; children: ReactNode }) {
  return (
    <>
      <a className="skip" href="#content">Skip to the content</a>
      <header>
        <strong>A React front end</strong>
        {account}
      </header>
      <main id="content" tabIndex={-1}>{children}</main>
    </>
  );
}

export function App({ by, settings }: { by: string; settings: string }) {
  const { session, trouble } = useSession();
  const theme = useProfile()?.theme;
  useEffect(() => {
    document.documentElement.dataset.theme = theme ?? "";
  }, [theme]);
  return (
    <Page account={session.is === "signed-in" && <AccountMenu profile={session.profile} />}>
      <TroubleBanner trouble={trouble} />
      <View session={session} waiting={trouble !== null} by={by} settings={settings} />
    </Page>
  );
}

interface ViewProps {
  session: Session;
  waiting: boolean;
  by: string;
  settings: string;
}

function View({ session, waiting, by, settings }: ViewProps) {
  switch (session.is) {
    case "loading":
      return waiting ? <Unavailable /> : <p role="status">One moment …</p>;
    case "signed-out":
      return <SignedOut by={by} ended={session.ended} />;
    case "step-up":
      return <StepUp url={session.url} />;
    case "refused":
      return <p role="alert">The server refused: {session.why}</p>;
    case "signed-in":
      return (
        <div className="columns">
          <ProfileCard profile={session.profile} settings={settings} />
          <PreferencesForm />
        </div>
      );
  }
}

/** Read out once; the seconds are for the eyes alone. */
export function TroubleBanner({ trouble }: { trouble: Trouble | null }) {
  return (
    <div className="banner" role="status">
      {trouble && <p>The server cannot be reached right now. You have not been signed out.</p>}
      {trouble && <Countdown trouble={trouble} />}
    </div>
  );
}

function Countdown({ trouble }: { trouble: Trouble }) {
  const seconds = useCountdown(trouble);
  return (
    <>
      <span aria-hidden="true">Trying again in {seconds} s</span>
      <button type="button" onClick={trouble.tryNow}>Try now</button>
    </>
  );
}

function Unavailable() {
  return (
    <section className="hero">
      <h1>One moment, please</h1>
      <p>Whether you are signed in will be known as soon as the server answers.</p>
    </section>
  );
}

function SignedOut({ by, ended }: { by: string; ended: boolean }) {
  const { signInUrl, signUpUrl } = useSession();
  return (
    <section className="hero">
      <h1>You are not signed in</h1>
      {ended && <p role="status">Your session has ended. Please sign in again.</p>}
      <p>{by} knows who you are; Gatehouse keeps what you prefer.</p>
      <p className="actions">
        <a className="button primary" href={signInUrl}>Sign in</a>
        <a className="button" href={signUpUrl}>Sign up</a>
      </p>
    </section>
  );
}

function StepUp({ url }: { url: string }) {
  return (
    <section className="hero">
      <h1>One more step</h1>
      <p>Your account asks for a second factor.</p>
      <p className="actions">
        {url && <a className="button primary" href={url}>Confirm it is you</a>}
      </p>
    </section>
  );
}

function AccountMenu({ profile }: { profile: Profile }) {
  const { signOut } = useSession();
  const [failed, setFailed] = useState(false);
  const leave = () => signOut().catch(() => setFailed(true));
  return (
    <div className="account">
      <span>{profile.name ?? (profile.email || profile.userId)}</span>
      <button type="button" onClick={leave}>Sign out</button>
      <span role="status">{failed && "Signing out did not work. Please try again."}</span>
    </div>
  );
}

function ProfileCard({ profile, settings }: { profile: Profile; settings: string }) {
  const facts: [string, string][] = [
    ["Email", profile.email || "not given"],
    ["Name", profile.name ?? "not given"],
    ["Theme", profile.theme === "dark" ? "Dark" : "Light"],
    ["Notifications", profile.notifications ? "On" : "Off"],
    ["Bio", profile.bio ?? "nothing yet"],
  ];
  return (
    <section className="card" aria-labelledby="profile">
      <h1 id="profile">Profile</h1>
      <dl>
        {facts.map(([name, value]) => <div key={name}><dt>{name}</dt><dd>{value}</dd></div>)}
      </dl>
      {settings && <p><a href={settings}>Manage your account</a></p>}
    </section>
  );
}
