// The port SignInStore on PostgreSQL.

import type { SignInStore } from "../../sign-ins.ts";
import type { Context } from "../context.ts";
import { notYet } from "../not-yet.ts";

export function createSignInStore(_context: Context): SignInStore {
  return {
    addSignIn: () => notYet("addSignIn"),
    signIn: () => notYet("signIn"),
    redeemCode: () => notYet("redeemCode"),
    tradeRefreshToken: () => notYet("tradeRefreshToken"),
    refreshGeneration: () => notYet("refreshGeneration"),
    noteUse: () => notYet("noteUse"),
    endSignIn: () => notYet("endSignIn"),
    revokeToken: () => notYet("revokeToken"),
    isTokenRevoked: () => notYet("isTokenRevoked"),
  };
}
