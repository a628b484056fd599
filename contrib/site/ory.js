// Ory: a session cookie that the browser sends by itself, and pages of Ory's for everything.

/** Gatehouse asks Ory where this session ends, and sends the browser there and back. */
function signOut() {
  const back = encodeURIComponent(`${location.origin}/?state=signed-out`);
  location.assign(`/auth/logout?return_to=${back}`);
  return new Promise(() => {});
}

export const openOry = (info) => ({
  label: "Ory",
  signUp: info.registrationUrl,
  signIn: info.loginUrl,
  settings: info.settingsUrl,
  signOut,
});
