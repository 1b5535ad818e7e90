// Statements of sign-ins. A sign-in that ends loses its rows: a token without a row counts for nothing. Each operation is one
// transaction. What may leave an entry in the audit is an ordered write, so of two nodes that trade the same code one comes first.

import { timingSafeEqual } from "node:crypto";
import { judgeCode, judgeRefreshToken, type SignIn } from "../../../model/sign-in.ts";
import type { AuditEntry } from "../../registry.ts";
import type { Renewal, SignInStore, Trade } from "../../sign-ins.ts";
import type { Context } from "../context.ts";
import type { OrderedWrite } from "../ordered-writes.ts";
import { writeAudit } from "./audit.ts";
import { noteChanges } from "./changes.ts";
import { addSignIn, findSignIn, generationOf, heldSignIn, noteUse, removeSignIn, renewSignIn } from "./sign-in-rows.ts";

export function createSignInStatements({ database: { session }, ordered }: Context): SignInStore {
  return {
    addSignIn: (signIn, refreshHash, audit) =>
      ordered.run(async (write) => {
        await addSignIn(write, signIn, refreshHash);
        await auditOf(write, audit, signIn.key);
      }),
    signIn: (id) => findSignIn(session, id),
    redeemCode: (id, codeHash, proof, renewal) =>
      ordered.run(async (write): Promise<Trade> => {
        const signIn = (await heldSignIn(write, id, renewal.hash))?.signIn;
        if (signIn?.codeHash == null || !sameBytes(signIn.codeHash, codeHash)) return "refused";
        const verdict = judgeCode(signIn, proof, renewal.now);
        if (verdict === "reused") return await endReused(write, signIn, "code", renewal);
        if (verdict === "refused") return "refused";
        await renewSignIn(write, id, 0, renewal);
        return { ...signIn, redeemed: true, until: renewal.until };
      }),
    tradeRefreshToken: (id, hash, client, renewal) =>
      ordered.run(async (write): Promise<Trade> => {
        const held = await heldSignIn(write, id, hash);
        if (held === null || held.generation === null) return "refused";
        const { signIn, generation } = held;
        const verdict = judgeRefreshToken(signIn, generation, client, renewal.now);
        if (verdict === "reused") return await endReused(write, signIn, "refresh_token", renewal);
        if (verdict === "refused") return "refused";
        await renewSignIn(write, id, generation + 1, renewal);
        return { ...signIn, generation: generation + 1, until: renewal.until };
      }),
    refreshGeneration: (id, hash) => generationOf(session, id, hash),
    noteUse: (id, generation) => noteUse(session, id, generation),
    endSignIn: (id, audit) =>
      ordered.run(async (write) => {
        const signIn = await findSignIn(write, id);
        if (signIn === null) return false;
        await end(write, signIn, audit);
        return true;
      }),
    revokeToken: (id, until, audit) =>
      ordered.run(async (write) => {
        const revoked = await write.run(
          "insert into revoked_token (id, until) values ($1, $2) on conflict (id) do nothing",
          [id, Math.floor(until)],
        );
        if (revoked === 0) return;
        await auditOf(write, audit, audit.actor);
        await noteChanges(write, "token", [id]);
      }),
    isTokenRevoked: async (id) => (await session.row("select 1 from revoked_token where id = $1", [id])) !== undefined,
  };
}

async function end(write: OrderedWrite, signIn: SignIn, audit: AuditEntry): Promise<void> {
  await removeSignIn(write, signIn.id);
  await auditOf(write, audit, signIn.key);
  await noteChanges(write, "sign_in", [signIn.id]);
}

async function endReused(write: OrderedWrite, signIn: SignIn, what: string, { now }: Renewal): Promise<"reused"> {
  const detail = JSON.stringify({ reason: `${what}_reused`, client: signIn.client });
  await end(write, signIn, { at: now, actor: "system", action: "sign_in.end", object: signIn.id, detail });
  return "reused";
}

/** An entry of the organization whose key this is. */
async function auditOf(write: OrderedWrite, entry: AuditEntry, key: string): Promise<void> {
  const found = await write.row<{ organization: number | null }>("select organization from key where id = $1", [key]);
  await writeAudit(write, [entry], found?.organization ?? null);
}

const sameBytes = (one: Uint8Array, other: Uint8Array): boolean =>
  one.byteLength === other.byteLength && timingSafeEqual(one, other);
