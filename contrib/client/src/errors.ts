// What comes instead of an answer. Four classes, for four things that a page does about it:
//
//   SignedOut     401: nobody is signed in. Offer to sign in.
//   StepUpNeeded  403: somebody is, but has to show a second factor first. Lead to stepUpUrl.
//   Refused       other 4xx: no. Say why; asking again changes nothing.
//   Unavailable   429, 5xx, no answer, or none that can be read: nobody knows. Nobody was signed
//                 out: keep what is shown and what was typed, ask again later.

import type { Code, Details, FieldProblem, Problem, Reason } from "./api.js";

/** Where an error comes from: the answer, if there was one. */
export interface From {
  status?: number;
  problem?: Problem | null;
  requestId?: string | null;
  retryAfterMs?: number;
  cause?: unknown;
}

export abstract class GatehouseError extends Error {
  abstract readonly kind: "signed-out" | "step-up" | "refused" | "unavailable";
  /** Of HTTP; 0 when there was no answer. */
  readonly status: number;
  /** "unauthenticated", "invalid_argument" ...; "" when the answer was not Gatehouse's. */
  readonly code: Code | "";
  readonly details: Details;
  /** Under which the server's log has this request. */
  readonly requestId: string | null;

  constructor(message: string, from: From = {}) {
    super(message, from.cause === undefined ? undefined : { cause: from.cause });
    this.name = new.target.name;
    this.status = from.status ?? 0;
    this.code = from.problem?.code ?? "";
    this.details = from.problem?.details ?? null;
    this.requestId = from.requestId ?? null;
  }

  /** details.reason: "second_factor_required", "cross_site" ...; "" for none. */
  get reason(): Reason | "" {
    return this.details?.reason ?? "";
  }
}

export class SignedOut extends GatehouseError {
  readonly kind = "signed-out";
}

export class StepUpNeeded extends GatehouseError {
  readonly kind = "step-up";

  /** The provider's page for the second factor; "" when it has none. */
  get stepUpUrl(): string {
    return this.details?.stepUpUrl ?? "";
  }
}

export class Refused extends GatehouseError {
  readonly kind = "refused";

  /** Each field that was wrong; empty when it was not a matter of fields. */
  get fields(): readonly FieldProblem[] {
    return this.details?.fields ?? [];
  }
}

export class Unavailable extends GatehouseError {
  readonly kind = "unavailable";
  /** How long the server wants to be left alone, in milliseconds; 0 when it did not say. */
  readonly retryAfterMs: number;

  constructor(message: string, from: From = {}) {
    super(message, from);
    this.retryAfterMs = from.retryAfterMs ?? 0;
  }
}

/** The error for an answer that is not a success. */
export function errorOf(from: From & { status: number }): GatehouseError {
  const message = from.problem?.message ?? `the server answered ${from.status}`;
  if (from.status === 401) return new SignedOut(message, from);
  if (from.status === 429 || from.status >= 500) return new Unavailable(message, from);
  if (from.problem?.details?.reason === "second_factor_required") {
    return new StepUpNeeded(message, from);
  }
  return new Refused(message, from);
}
