export type {
  Answer, Code, Details, FieldProblem, LoginInfo, Preferences, Problem, Profile, QueryOf,
  ReadablePath, Reason, Saved, Theme,
} from "./api.js";
export { BACK_OFF, type BackOff, delayOf } from "./back-off.js";
export {
  type CallOptions, Client, type GetToken, type Options, type SignIn, type Token, createClient,
} from "./client.js";
export { GatehouseError, Refused, SignedOut, StepUpNeeded, Unavailable } from "./errors.js";
export type { components, operations, paths } from "./schema.js";
