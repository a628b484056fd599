// The form: what is typed stays until it is saved, whatever happens in between.

import { type GatehouseError, type Preferences, Unavailable } from "gatehouse-client";
import { type FormEvent, type ReactNode, useEffect, useId, useRef, useState } from "react";
import { problemOf } from "./account.js";
import { usePreferences } from "./hooks.js";

const THEMES = [["light", "Light"], ["dark", "Dark"]] as const;

function said(error: GatehouseError | null): string {
  if (error === null) return "Saved";
  if (error instanceof Unavailable) {
    return "Not saved: the server cannot be reached. What you typed is still here.";
  }
  return `Not saved: ${error.message}`;
}

export function PreferencesForm() {
  const { preferences, save, saving } = usePreferences();
  const [draft, setDraft] = useState<Preferences>({});
  const [error, setError] = useState<GatehouseError | null>(null);
  const [note, setNote] = useState("");
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => form.current?.querySelector<HTMLElement>("[aria-invalid]")?.focus(), [error]);
  if (preferences === null) return null;
  const shown = { ...preferences, ...draft };

  const change = (part: Preferences) => {
    setDraft({ ...draft, ...part });
    setNote("");
  };

  async function submit(event: FormEvent) {
    event.preventDefault();
    setNote("Saving …");
    const refusal = await save(draft);
    setError(refusal);
    setNote(said(refusal));
    // What was typed meanwhile is not saved yet.
    if (refusal === null) setDraft((now) => (now === draft ? {} : now));
  }

  return (
    <section className="card" aria-labelledby="preferences">
      <h2 id="preferences">Preferences</h2>
      <form ref={form} onSubmit={submit} noValidate>
        <fieldset>
          <legend>Theme</legend>
          {THEMES.map(([theme, name]) => (
            <label key={theme}>
              <input type="radio" name="theme" checked={shown.theme === theme}
                onChange={() => change({ theme })} /> {name}
            </label>
          ))}
          <Problem text={problemOf(error, "theme")} />
        </fieldset>
        <label>
          <input type="checkbox" checked={shown.notifications}
            onChange={(event) => change({ notifications: event.target.checked })} /> Notifications
        </label>
        <Field label="Bio" problem={problemOf(error, "bio")}>{(props) => (
          <textarea {...props} rows={5} value={shown.bio ?? ""}
            onChange={(event) => change({ bio: event.target.value })} />
        )}</Field>
        <p className="actions">
          <button type="submit" className="button primary" disabled={saving}>Save</button>
          <span role="status">{note}</span>
        </p>
      </form>
    </section>
  );
}

interface FieldProps {
  label: string;
  problem: string;
  children: (props: object) => ReactNode;
}

/** A labelled field that says what is wrong with it. */
function Field({ label, problem, children }: FieldProps) {
  const id = useId();
  const wrong = { "aria-invalid": true, "aria-describedby": `${id}-problem` };
  return (
    <div>
      <label htmlFor={id}>{label}</label>
      {children({ id, ...(problem ? wrong : {}) })}
      <Problem id={`${id}-problem`} text={problem} />
    </div>
  );
}

function Problem({ text, id }: { text: string; id?: string }) {
  return text ? <p className="problem" id={id}>{text}</p> : null;
}
