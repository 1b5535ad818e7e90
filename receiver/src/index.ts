// @belfry/receiver: receive webhooks of a building. Verify, drop duplicates, order; typed events. No dependencies.

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
export type { HeaderSource } from "./headers.ts";
export { createLatest, type LatestOptions, type Standing, type State, stateOf } from "./latest.ts";
export { type Answer, createReceiver, type RawRequest, type Receiver, type ReceiverOptions } from "./receiver.ts";
export { type Key, newSecret, newSigningKey, prepareSecret, publicKeyOf, type Secret, type Tag } from "./secret.ts";
export { type Claim, memorySeen, type MemorySeenOptions, type Seen } from "./seen.ts";
export { type Message, sign } from "./sign.ts";
export { verify, type Verification, type Verified } from "./verify.ts";
