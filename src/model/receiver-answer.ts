// How a receiver for trying things out answers: an inbox, or `belfry listen`.

/** As somebody chose it. */
export interface AnswerSettings {
  /** Of HTTP, 200 to 599. */
  readonly status: number;
  readonly delayMs: number;
  /** So many attempts of each delivery are answered 503 before that. */
  readonly failFirst: number;
}

export interface ReceiverAnswer {
  readonly status: number;
  readonly delayMs: number;
}

export const usualAnswer: AnswerSettings = { status: 204, delayMs: 0, failFirst: 0 };
