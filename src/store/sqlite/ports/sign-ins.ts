// The port of sign-ins over a client of the engine.

import type { SignInStore } from "../../sign-ins.ts";
import type { Operations } from "../engine.ts";
import type { Client } from "../thread/client.ts";

export function createSignInStore({ call }: Client<Operations>): SignInStore {
  return {
    addSignIn: (signIn, refreshHash, audit) => call("addSignIn", signIn, refreshHash, audit),
    signIn: (id) => call("signIn", id),
    redeemCode: (id, codeHash, proof, renewal) => call("redeemCode", id, codeHash, proof, renewal),
    tradeRefreshToken: (id, hash, client, renewal) => call("tradeRefreshToken", id, hash, client, renewal),
    refreshGeneration: (id, hash) => call("refreshGeneration", id, hash),
    noteUse: (id, generation) => call("noteUse", id, generation),
    endSignIn: (id, audit) => call("endSignIn", id, audit),
    revokeToken: (id, until, audit) => call("revokeToken", id, until, audit),
    isTokenRevoked: (id) => call("isTokenRevoked", id),
  };
}
