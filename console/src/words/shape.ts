// The shapes of status marks. Each can be told apart without its colour.

export type Shape =
  | "delivering"
  | "idle"
  | "backing"
  | "paused"
  | "disabled"
  | "failed"
  | "unknown"
  | "waiting"
  | "cancelled"
  | "silent";
