// The pages people see: plain HTML, no script, light and dark. Text from outside goes through
// `esc`, always.

const CSS = `
:root{color-scheme:light dark;--page:#f2f2f6;--card:#fff;--ink:#1c1b22;--soft:#5b5966;
--line:#8a8795;--accent:#5b3fb8;--on:#fff;--bad:#b3261e;--badbg:#fdecea}
@media (prefers-color-scheme:dark){:root{--page:#131218;--card:#1d1b24;--ink:#e9e7ee;
--soft:#a8a4b3;--line:#6f6b7b;--accent:#bfaaff;--on:#1c1138;--bad:#ffb4ab;--badbg:#3c1512}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:flex;flex-direction:column;align-items:center;
justify-content:center;padding:2rem 1rem;background:var(--page);color:var(--ink);
font:1rem/1.5 system-ui,"Segoe UI",Roboto,sans-serif}
main{width:100%;max-width:26rem;background:var(--card);border-radius:1rem;padding:2rem;
box-shadow:0 1px 2px #0003,0 8px 24px #0001}
h1{margin:0 0 .25rem;font-size:1.5rem;line-height:1.25}
p{margin:.5rem 0}
.soft{color:var(--soft)}
label{display:block;margin:1rem 0 .25rem;font-weight:600}
input{width:100%;min-height:2.75rem;padding:.5rem .75rem;font:inherit;color:inherit;
background:transparent;border:1px solid var(--line);border-radius:.6rem}
button{width:100%;min-height:2.9rem;margin-top:1.5rem;font:inherit;font-weight:600;cursor:pointer;
color:var(--on);background:var(--accent);border:0;border-radius:.6rem}
button:hover{filter:brightness(1.08)}
button.plain{margin-top:.75rem;color:var(--ink);background:transparent;border:1px solid var(--line)}
a{color:var(--accent)}
form+p{margin-top:1.25rem}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
.wrong{padding:.6rem .8rem;border-radius:.6rem;background:var(--badbg);color:var(--bad)}
footer{margin-top:1.5rem;color:var(--soft);font-size:.875rem;text-align:center}
`;

/** For every page; no form-action, as browsers apply it to the redirect behind a form too. */
export const HEADERS = {
  "Content-Type": "text/html; charset=utf-8",
  "Content-Security-Policy":
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "same-origin",
  "Cache-Control": "no-store",
};

const ENTITIES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
const esc = (text) => String(text).replace(/[&<>"']/g, (character) => ENTITIES[character]);

const page = (title, heading, ...parts) => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${esc(heading)} · ${esc(title)}</title>
<style>${CSS}</style>
</head>
<body>
<main>
<h1>${esc(heading)}</h1>
${parts.filter(Boolean).join("\n")}
</main>
<footer>${esc(title)}<br>This is a local OpenID provider for development.
Not for real accounts.</footer>
</body>
</html>
`;

const wrong = (text) => text && `<p class="wrong" role="alert">${esc(text)}</p>`;

function field(label, name, type, { value = "", autocomplete, focus, optional }) {
  const attributes = [
    value && `value="${esc(value)}"`, `autocomplete="${autocomplete}"`,
    !optional && "required", focus && "autofocus"];
  return `<label for="${name}">${label}</label>
<input id="${name}" name="${name}" type="${type}" ${attributes.filter(Boolean).join(" ")}>`;
}

/** `at` is the address of the interaction; `typed` and `problem` those of a refused try. */
export const signIn = (title, at, typed = {}, problem = "") => page(title, "Sign in",
  wrong(problem),
  `<form method="post" action="${esc(at)}/login">`,
  field("E-mail", "email", "email",
    { value: typed.email, autocomplete: "username", focus: !typed.email }),
  field("Password", "password", "password",
    { autocomplete: "current-password", focus: Boolean(typed.email) }),
  `<button type="submit">Sign in</button>
</form>
<p class="soft">No account yet? <a href="${esc(at)}/register">Sign up</a></p>`);

export const signUp = (title, at, typed = {}, problem = "") => page(title, "Sign up",
  wrong(problem),
  `<form method="post" action="${esc(at)}/register">`,
  field("E-mail", "email", "email",
    { value: typed.email, autocomplete: "username", focus: true }),
  field("Name (optional)", "name", "text",
    { value: typed.name, autocomplete: "name", optional: true }),
  field("Password", "password", "password", { autocomplete: "new-password" }),
  `<button type="submit">Sign up</button>
</form>
<p class="soft">No mail is sent. Have an account? <a href="${esc(at)}/login">Sign in</a></p>`);

/** `form` is the library's own form, which the buttons belong to. */
export const signOut = (title, form) => page(title, "Sign out?",
  `<p class="soft">This ends your session at this provider too: the next sign-in asks for your
password again.</p>`,
  form,
  `<button type="submit" form="op.logoutForm" name="logout" value="yes">Sign out</button>
<button type="submit" form="op.logoutForm" class="plain">Stay signed in here</button>`);

export const signedOut = (title) => page(title, "You are signed out",
  `<p class="soft">You may close this page.</p>`);

export const failed = (title, { error, error_description: description }) =>
  page(title, "This did not work",
    `<p>${esc(description ?? error)}</p>`,
    `<p class="soft">Go back to the site you came from and try again. (${esc(error)})</p>`);
