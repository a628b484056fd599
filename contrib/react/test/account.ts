// All that account.test.mjs needs, in one file: the same classes of errors among it.
export * from "../src/account.js";
export * from "gatehouse-client";
