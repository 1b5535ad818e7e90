// PINs: made by chance, or as a client wants them. What anybody would try first is refused, as the vendor does [butterflymx.md
// §2.4].

import type { Random } from "../../../clock.ts";
import type { Problem } from "../../../errors.ts";
import type { Body } from "./pass-fields.ts";

/** Digits of a PIN that is made here. */
export const pinDigits = 6;

export function newPin(random: Random): string {
  for (;;) {
    const number = Buffer.from(random.bytes(6)).readUIntBE(0, 6) % 10 ** pinDigits;
    const pin = String(number).padStart(pinDigits, "0");
    if (isStrong(pin)) return pin;
  }
}

/** Undefined: absent, empty or null, which leaves it to chance. `lengths`: how many digits it may have. */
export function pinOf(body: Body, field: string, lengths: readonly number[], faults: Problem[]): string | undefined {
  const given = body[field] ?? "";
  if (given === "") return undefined;
  const fault = (code: string, message: string): undefined => void faults.push({ path: field, code, message });
  if (typeof given !== "string" || !/^\d+$/.test(given)) return fault("invalid", "must be digits, as text");
  if (!lengths.includes(given.length)) {
    return fault("wrong_length", `is the wrong length (should be ${lengths.join(" or ")} characters)`);
  }
  return isStrong(given) ? given : fault("low_entropy", "isn't strong enough, try a different value");
}

/** Neither one digit again and again nor a run such as 123456. With four digits a unit's label is asked for as well. */
function isStrong(pin: string): boolean {
  if (pin.length === 4) return true;
  const digits = pin.split("").map(Number);
  const steps = new Set(digits.slice(1).map((digit, index) => digit - digits[index]!));
  return steps.size > 1 || (!steps.has(0) && !steps.has(1) && !steps.has(-1));
}
