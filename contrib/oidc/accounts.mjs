// The accounts of the demonstration provider, and what else has to survive a restart: its
// signing key and the key of its cookies. One small file, or nothing but memory.

import {
  generateKeyPairSync, randomBytes, randomUUID, scryptSync, timingSafeEqual,
} from "node:crypto";
import { readFileSync, renameSync, writeFileSync } from "node:fs";

const EMAIL = /^[^\s@]{1,64}@[^\s@]{1,190}$/;
const PASSWORD_MIN = 8;
const NAME_MAX = 100;

/** What is wrong with what a person typed; the text is shown to them. */
export class Wrong extends Error {}

function newKey() {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  return { ...privateKey.export({ format: "jwk" }), kid: randomUUID(), alg: "RS256", use: "sig" };
}

const hash = (password, salt) => scryptSync(password, salt, 32).toString("base64url");

function same(a, b) {
  const left = Buffer.from(a);
  const right = Buffer.from(b);
  return left.length === right.length && timingSafeEqual(left, right);
}

export class Accounts {
  #file;
  #state;

  /** `file` is where they are kept (mode 0600); without one they end with the process. */
  constructor(file) {
    this.#file = file;
    this.#state = this.#load() ??
      { keys: [newKey()], cookieKey: randomBytes(32).toString("base64url"), accounts: [] };
    this.#save();
  }

  #load() {
    if (!this.#file) return null;
    try {
      return JSON.parse(readFileSync(this.#file, "utf8"));
    } catch (error) {
      if (error.code === "ENOENT") return null;
      throw new Error(`${this.#file}: ${error.message}`);
    }
  }

  #save() {
    if (!this.#file) return;
    const part = `${this.#file}.part`;
    writeFileSync(part, `${JSON.stringify(this.#state)}\n`, { mode: 0o600 });
    renameSync(part, this.#file);
  }

  get keys() {
    return this.#state.keys;
  }

  get cookieKey() {
    return this.#state.cookieKey;
  }

  find(id) {
    return this.#state.accounts.find((account) => account.id === id);
  }

  #byEmail(email) {
    return this.#state.accounts.find((account) => account.email === email);
  }

  /** A new account; Wrong says what to correct. */
  register({ email = "", name = "", password = "" }) {
    email = email.trim().toLowerCase();
    name = name.trim();
    if (!EMAIL.test(email)) throw new Wrong("This is no e-mail address.");
    if ([...name].length > NAME_MAX) throw new Wrong(`A name has at most ${NAME_MAX} characters.`);
    if (password.length < PASSWORD_MIN) {
      throw new Wrong(`A password has at least ${PASSWORD_MIN} characters.`);
    }
    if (this.#byEmail(email)) throw new Wrong("There is an account with this address already.");
    const salt = randomBytes(16).toString("base64url");
    const account = { id: randomUUID(), email, name, salt, hash: hash(password, salt) };
    this.#state.accounts.push(account);
    this.#save();
    return account;
  }

  /** The account of an address and its password; who is unknown hears the same as who errs. */
  verify({ email = "", password = "" }) {
    const account = this.#byEmail(email.trim().toLowerCase());
    const given = hash(password, account?.salt ?? "nobody");
    if (!account || !same(given, account.hash)) throw new Wrong("Address or password is wrong.");
    return account;
  }

  /** What its tokens say about an account. */
  static claims(account) {
    const name = account.name ? { name: account.name } : {};
    return { email: account.email, email_verified: true, ...name };
  }
}
