// SPDX-License-Identifier: MIT
// Who asks, by a Clerk session token, verified by a configured key: no network.
//
//   PEER_KEY    a PEM file: the instance's public key (jwtKey)
//   PEER_PARTY  the one authorized party (azp)

import { readFileSync } from "node:fs";
import { verifyToken } from "@clerk/backend";

const { PEER_KEY, PEER_PARTY } = process.env;

const options = {
  jwtKey: readFileSync(PEER_KEY, "utf8"),
  authorizedParties: [PEER_PARTY],
};

export const provider = "clerk";

export async function identify(token) {
  const { sub, email } = await verifyToken(token, options);
  return { id: sub, email };
}
