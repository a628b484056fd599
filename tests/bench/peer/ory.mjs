// SPDX-License-Identifier: MIT
// Who asks, by an Ory session token.
//
//   PEER_ORY  the URL of the project's public API

import { Configuration, FrontendApi } from "@ory/client";

const ory = new FrontendApi(
  new Configuration({ basePath: process.env.PEER_ORY }),
);

export const provider = "ory";

export async function identify(token) {
  const { data } = await ory.toSession({ xSessionToken: token });
  if (!data.active) {
    throw new Error("not active");
  }
  const { id, traits } = data.identity;
  return { id, email: traits.email, name: traits.name };
}
