// The names that a program uses, out of the types that are generated from the document.

import type { components, paths } from "./schema.js";

type Json<A> = A extends { content: { "application/json": infer B } } ? B : undefined;
type Success<R> = R extends { 200: infer A } ? Json<A> : undefined;
type Responses<O> = O extends { responses: infer R } ? R : never;
type Query<O> = O extends { parameters: { query?: infer Q } } ? NonNullable<Q> : never;

/** The paths that can be read by a script: those whose GET has an answer in JSON, or none. */
export type ReadablePath = {
  [P in keyof paths]: paths[P] extends { get: infer O }
    ? (Responses<O> extends { 200: { content: { "application/json": unknown } } } | { 204: unknown }
      ? P : never)
    : never;
}[keyof paths];

/** What a GET of the path gives; undefined for 204. */
export type Answer<P extends ReadablePath> = Success<Responses<paths[P]["get"]>>;

/** What may stand behind "?" for that path. */
export type QueryOf<P extends ReadablePath> = Query<paths[P]["get"]>;

type Schemas = components["schemas"];

export type Profile = Schemas["Profile"];
export type Preferences = Schemas["Preferences"];
export type Theme = Schemas["Theme"];
export type LoginInfo = Schemas["LoginInfo"];
export type Saved = Schemas["Saved"];

/** How Gatehouse says no: what all refusals have. */
export type Problem = Schemas["Problem"];
export type Code = Problem["code"];
export type Reason = NonNullable<Problem["details"]>["reason"];
/** A field that was not taken, and why. */
export type FieldProblem = Schemas["FieldProblems"][number];

type Detail<S extends { details: object }> = Omit<S["details"], "reason">;
/** What any refusal may say beyond its message. */
export type Details = ({ reason: Reason }
  & Partial<Detail<Schemas["InvalidFields"]> & Detail<Schemas["SecondFactorRequired"]>>) | null;
