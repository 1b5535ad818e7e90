// @belfry/receiver: verify webhooks of a building. No dependencies but Node.

export { WebhookVerificationError, type VerificationCode } from "./error.ts";
export { newSecret, prepareSecret, type Secret } from "./secret.ts";
export { sign, type Message } from "./sign.ts";
export { verify, type HeaderSource, type Verification, type Verified } from "./verify.ts";
