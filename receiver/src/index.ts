// @belfry/receiver: receives the webhooks of a building. Verifies, drops duplicates, puts in order; typed events. Depends on
// nothing but node:crypto.

export type { Credentials } from "./credentials.ts";
export { WebhookVerificationError, type VerificationCode } from "./error.ts";
export {
  type EventName,
  eventNames,
  type Payloads,
  type Received,
  type ReceivedMessage,
  type ReceivedUnknown,
} from "./event.ts";
export type { Gap, GapOptions } from "./gaps.ts";
export type { HeaderSource } from "./headers.ts";
export type { Key, Tag } from "./key.ts";
export { createLatest, type Freshness, type LatestOptions } from "./latest.ts";
export { memorySeen, type MemorySeenOptions } from "./memory-seen.ts";
export { type FetchMissed, missedFrom, type MissedItem, type MissedOptions, type MissedPage } from "./missed.ts";
export type { RawRequest } from "./raw-request.ts";
export { type Answer, createReceiver, type Receiver, type ReceiverOptions } from "./receiver.ts";
export { newSecret, newSigningKey, prepareSecret, publicKeyOf, type Secret } from "./secret.ts";
export type { Claim, NumberStore, Seen } from "./seen.ts";
export { type Message, sign } from "./sign.ts";
export { type State, stateOf } from "./state.ts";
export { verify, type Verification, type Verified } from "./verify.ts";
