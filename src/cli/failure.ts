// How a command ends when it cannot go on: one sentence for the person at the keyboard, and an exit code. Everything
// else that is thrown in a command is a bug and shows its stack.

/** `message` says what is wrong and what to do. Exit code 1 unless stated. */
export class CommandFailure extends Error {
  override readonly name = "CommandFailure";
  readonly exitCode: number;

  constructor(message: string, options: { exitCode?: number; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.exitCode = options.exitCode ?? 1;
  }
}
