// Rows of sign-ins and of their refresh tokens.

import type { SignIn } from "../../../model/sign-in.ts";
import type { Renewal } from "../../sign-ins.ts";
import type { Session, Transaction } from "../database.ts";

/** Refresh tokens older than so many generations are forgotten: traded again, they are refused without ending anything. */
const remembered = 32;

type SignInRow = Omit<SignIn, "redeemed"> & { readonly redeemed: number };

const columns =
  's.id, s.key, s.client, s.redirect, s.challenge, s.code_hash as "codeHash", s.redeemed, s.generation, s.used,' +
  ' s.created_at as "createdAt", s.until';

export async function findSignIn(session: Session, id: string): Promise<SignIn | null> {
  const found = await session.row<SignInRow>(`select ${columns} from sign_in s where s.id = $1`, [id]);
  return found === undefined ? null : signInOf(found);
}

/** Nobody else changes it before the transaction ends. `generation`: of the refresh token with this hash; null: there is none. */
export async function heldSignIn(
  transaction: Transaction,
  id: string,
  hash: Uint8Array,
): Promise<{ readonly signIn: SignIn; readonly generation: number | null } | null> {
  const held = await transaction.row<SignInRow>(`select ${columns} from sign_in s where s.id = $1 for update`, [id]);
  if (held === undefined) return null;
  return { signIn: signInOf(held), generation: await generationOf(transaction, id, hash) };
}

export async function generationOf(session: Session, id: string, hash: Uint8Array): Promise<number | null> {
  const found = await session.row<{ generation: number }>(
    "select generation from refresh_token where sign_in = $1 and hash = $2",
    [id, hash],
  );
  return found?.generation ?? null;
}

export async function addSignIn(
  transaction: Transaction,
  { id, key, client, redirect, challenge, codeHash, redeemed, generation, used, createdAt, until }: SignIn,
  refreshHash: Uint8Array | null,
): Promise<void> {
  const [made, end] = [Math.floor(createdAt), Math.floor(until)];
  await transaction.run(
    "insert into sign_in (id, key, client, redirect, challenge, code_hash, redeemed, generation, used, created_at, until)" +
      " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
    [id, key, client, redirect, challenge, codeHash, Number(redeemed), generation, used, made, end],
  );
  if (refreshHash !== null) await addToken(transaction, id, refreshHash, 0);
}

/** Redeemed, of this generation, and with a fresh refresh token. */
export async function renewSignIn(
  transaction: Transaction,
  id: string,
  generation: number,
  { hash, until }: Renewal,
): Promise<void> {
  await transaction.run("update sign_in set redeemed = 1, generation = $2, until = $3 where id = $1", [
    id,
    generation,
    Math.floor(until),
  ]);
  await addToken(transaction, id, hash, generation);
  await transaction.run("delete from refresh_token where sign_in = $1 and generation < $2", [
    id,
    generation - remembered,
  ]);
}

/** A use is never taken back. */
export async function noteUse(session: Session, id: string, generation: number): Promise<void> {
  await session.run("update sign_in set used = $2 where id = $1 and used < $2", [id, generation]);
}

export async function removeSignIn(transaction: Transaction, id: string): Promise<void> {
  await transaction.run("delete from sign_in where id = $1", [id]);
  await transaction.run("delete from refresh_token where sign_in = $1", [id]);
}

async function addToken(transaction: Transaction, id: string, hash: Uint8Array, generation: number): Promise<void> {
  await transaction.run("insert into refresh_token (sign_in, hash, generation) values ($1, $2, $3)", [
    id,
    hash,
    generation,
  ]);
}

const signInOf = ({ redeemed, codeHash, ...rest }: SignInRow): SignIn => ({
  ...rest,
  codeHash: codeHash && new Uint8Array(codeHash),
  redeemed: redeemed === 1,
});
