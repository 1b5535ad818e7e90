// Statements of sign-ins. A sign-in that ends loses its rows: a token without a row counts for nothing.

import { type CodeProof, judgeCode, judgeRefreshToken, type SignIn } from "../../../model/sign-in.ts";
import { sameBytes } from "../../../same-secret.ts";
import type { AuditEntry } from "../../registry.ts";
import type { Renewal, Trade } from "../../sign-ins.ts";
import type { WriteAudit } from "./audit.ts";
import { type EngineContext, plain } from "./engine-context.ts";

export interface SignInOperations {
  addSignIn(signIn: SignIn, refreshHash: Uint8Array | null, audit: AuditEntry): void;
  signIn(id: string): SignIn | null;
  redeemCode(id: string, codeHash: Uint8Array, proof: CodeProof, renewal: Renewal): Trade;
  tradeRefreshToken(id: string, hash: Uint8Array, client: string, renewal: Renewal): Trade;
  refreshGeneration(id: string, hash: Uint8Array): number | null;
  noteUse(id: string, generation: number): void;
  endSignIn(id: string, audit: AuditEntry): boolean;
  revokeToken(id: string, until: number, audit: AuditEntry): void;
  isTokenRevoked(id: string): boolean;
}

/** Refresh tokens older than so many generations are forgotten: traded again, they are refused without ending anything. */
const remembered = 32;

export function createSignIns(context: EngineContext, writeAudit: WriteAudit): SignInOperations {
  const rows = createRows(context);
  const revoke = context.prepare("insert or ignore into revoked_token values (?, ?)");
  const revoked = context.prepare("select 1 from revoked_token where id = ?");
  const keyOrganization = context.prepare("select organization from key where id = ?");

  const audit = (entry: AuditEntry, key: string): void => {
    const number = keyOrganization.get(key)?.["organization"] ?? null;
    writeAudit(entry, number === null ? null : Number(number));
  };
  const end = (signIn: SignIn, entry: AuditEntry): void => {
    rows.remove(signIn.id);
    audit(entry, signIn.key);
  };
  const endReused = (signIn: SignIn, what: string, at: number): "reused" => {
    const detail = JSON.stringify({ reason: `${what}_reused`, client: signIn.client });
    end(signIn, { at, actor: "system", action: "sign_in.end", object: signIn.id, detail });
    return "reused";
  };

  return {
    addSignIn(signIn, refreshHash, entry) {
      rows.insert(signIn);
      if (refreshHash !== null) rows.addToken(signIn.id, refreshHash, 0);
      audit(entry, signIn.key);
    },
    signIn: rows.find,
    redeemCode(id, codeHash, proof, { hash, now, until }) {
      const signIn = rows.find(id);
      if (signIn === null || signIn.codeHash === null || !sameBytes(signIn.codeHash, codeHash)) return "refused";
      const verdict = judgeCode(signIn, proof, now);
      if (verdict === "reused") return endReused(signIn, "code", now);
      if (verdict === "refused") return "refused";
      rows.renew(id, 0, until);
      rows.addToken(id, hash, 0);
      return { ...signIn, redeemed: true, until };
    },
    tradeRefreshToken(id, given, client, { hash, now, until }) {
      const signIn = rows.find(id);
      const generation = rows.generationOf(id, given);
      if (signIn === null || generation === null) return "refused";
      const verdict = judgeRefreshToken(signIn, generation, client, now);
      if (verdict === "reused") return endReused(signIn, "refresh_token", now);
      if (verdict === "refused") return "refused";
      const next = generation + 1;
      rows.renew(id, next, until);
      rows.addToken(id, hash, next);
      rows.dropTokens(id, next - remembered);
      return { ...signIn, generation: next, until };
    },
    refreshGeneration: rows.generationOf,
    noteUse: rows.noteUse,
    endSignIn(id, entry) {
      const signIn = rows.find(id);
      if (signIn === null) return false;
      end(signIn, entry);
      return true;
    },
    revokeToken(id, until, entry) {
      if (revoke.run(id, Math.floor(until)).changes > 0) audit(entry, entry.actor);
    },
    isTokenRevoked: (id) => revoked.get(id) !== undefined,
  };
}

interface Rows {
  insert(signIn: SignIn): void;
  find(id: string): SignIn | null;
  /** Redeemed, of this generation, and good until then. */
  renew(id: string, generation: number, until: number): void;
  noteUse(id: string, generation: number): void;
  remove(id: string): void;
  addToken(id: string, hash: Uint8Array, generation: number): void;
  generationOf(id: string, hash: Uint8Array): number | null;
  /** Those of older generations than this. */
  dropTokens(id: string, generation: number): void;
}

function createRows({ prepare }: EngineContext): Rows {
  const insert = prepare("insert into sign_in values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  const one = prepare(
    "select id, key, client, redirect, challenge, code_hash as codeHash, redeemed, generation, used," +
      " created_at as createdAt, until from sign_in where id = ?",
  );
  const renew = prepare("update sign_in set redeemed = 1, generation = ?, until = ? where id = ?");
  const use = prepare("update sign_in set used = max(used, ?) where id = ?");
  const remove = prepare("delete from sign_in where id = ?");
  const addToken = prepare("insert into refresh_token values (?, ?, ?)");
  const generation = prepare("select generation from refresh_token where sign_in = ? and hash = ?");
  const dropTokens = prepare("delete from refresh_token where sign_in = ? and generation < ?");
  const removeTokens = prepare("delete from refresh_token where sign_in = ?");
  return {
    insert({ id, key, client, redirect, challenge, codeHash, redeemed, generation, used, createdAt, until }) {
      const [made, end] = [Math.floor(createdAt), Math.floor(until)];
      insert.run(id, key, client, redirect, challenge, codeHash, Number(redeemed), generation, used, made, end);
    },
    find(id) {
      const row = one.get(id);
      return row === undefined ? null : { ...(plain(row) as SignIn), redeemed: row["redeemed"] === 1 };
    },
    renew: (id, generation, until) => void renew.run(generation, Math.floor(until), id),
    noteUse: (id, generation) => void use.run(generation, id),
    remove(id) {
      remove.run(id);
      removeTokens.run(id);
    },
    addToken: (id, hash, generation) => void addToken.run(id, hash, generation),
    generationOf(id, hash) {
      const found = generation.get(id, hash);
      return found === undefined ? null : Number(found["generation"]);
    },
    dropTokens: (id, generation) => void dropTokens.run(id, generation),
  };
}
