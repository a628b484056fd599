// A request as a line for the shell; a credential is a variable there, never in the line.

const quote = (text) => `'${text.replaceAll("'", "'\\''")}'`;

/** `headers`: {name: value}; `signed`: with the token that the shell has in $TOKEN. */
export function curl({ method, url, headers = {}, body, signed }) {
  const words = ["curl -i"];
  if (method !== "GET") words.push(`-X ${method}`);
  if (signed) words.push('-H "Authorization: Bearer $TOKEN"');
  for (const [name, value] of Object.entries(headers))
    words.push(`-H ${quote(`${name}: ${value}`)}`);
  if (body !== undefined) words.push(`--data-binary ${quote(body)}`);
  return [...words, quote(url)].join(" ");
}
