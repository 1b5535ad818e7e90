import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createLookupSlots } from "../../../src/delivery/guard/lookup-slots.ts";

interface Ticket {
  readonly slow: boolean;
  leave: () => void;
}

interface Taken {
  readonly slow: boolean;
  readonly giveBack: () => void;
}

/** Slots with a book of who stands in line and who has one. */
function bookkept(count: number) {
  const slots = createLookupSlots(count);
  const books = new Map<string, { readonly line: Set<Ticket>; readonly taken: Taken[] }>();
  const of = (organization: string) => {
    const book = books.get(organization) ?? { line: new Set(), taken: [] };
    books.set(organization, book);
    return book;
  };
  const pick = <Item>(items: readonly Item[], number: number): Item | undefined => items[number % items.length];
  /** The order in which slots were given. */
  const begun: string[] = [];
  return {
    begun,
    has: (organization: string) => of(organization).taken.length,
    waits: (organization: string) => of(organization).line.size,
    quickWaits: (organization: string) => [...of(organization).line].some(({ slow }) => !slow),
    free: () => count - [...books.values()].reduce((sum, { taken }) => sum + taken.length, 0),
    slow: () => [...books.values()].flatMap(({ taken }) => taken).filter(({ slow }) => slow).length,
    organizations: () => [...books.keys()].filter((each) => of(each).line.size + of(each).taken.length > 0),
    ask(organization: string, slow = false) {
      const { line, taken } = of(organization);
      const ticket: Ticket = { slow, leave: () => {} };
      line.add(ticket);
      ticket.leave = slots.wait(organization, slow, (giveBack) => {
        assert.ok(line.delete(ticket), "begun once, and not after it left");
        taken.push({ slow, giveBack });
        begun.push(organization);
      });
    },
    /** Ends one of the look-ups under way. */
    end(organization: string, number = 0) {
      const { taken } = of(organization);
      const ending = pick(taken, number);
      if (ending === undefined) return;
      taken.splice(taken.indexOf(ending), 1);
      ending.giveBack();
    },
    leave(organization: string, number: number) {
      const { line } = of(organization);
      const ticket = pick([...line], number);
      if (ticket === undefined) return;
      line.delete(ticket);
      ticket.leave();
    },
  };
}

interface Step {
  readonly organization: string;
  readonly what:
    | { readonly asks: number; readonly slow: boolean }
    | { readonly ends: number }
    | { readonly leaves: number };
}

const steps = (organizations: number) =>
  fc.array<Step>(
    fc.record({
      organization: fc.nat(organizations - 1).map((number) => `org_${number}`),
      what: fc.oneof(
        fc.record({ asks: fc.integer({ min: 1, max: 40 }), slow: fc.boolean() }),
        fc.record({ ends: fc.nat() }),
        fc.record({ leaves: fc.nat() }),
      ),
    }),
    { maxLength: 80, size: "max" },
  );

function take(slots: ReturnType<typeof bookkept>, { organization, what }: Step): void {
  if ("ends" in what) slots.end(organization, what.ends);
  else if ("leaves" in what) slots.leave(organization, what.leaves);
  else for (let number = 0; number < what.asks; number++) slots.ask(organization, what.slow);
}

test("who waits has a look-up under way, whatever up to log2 of the slots other organizations do", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 64 }), steps(9), (count, all) => {
      const slots = bookkept(count);
      const most = Math.floor(Math.log2(count)) + 1;
      for (const step of all) {
        const there = slots.organizations();
        if (there.length === most && !there.includes(step.organization)) continue;
        take(slots, step);
        for (const each of slots.organizations()) {
          assert.ok(!slots.quickWaits(each) || slots.has(each) > 0, `${each} waits for others`);
          // Those known to be slow share half of the slots, and so bear one less.
          if (slots.organizations().length < Math.max(most, 2)) assert.ok(slots.has(each) > 0, `${each} waits slowly`);
        }
      }
    }),
    { numRuns: 500 },
  );
});

test("however many organizations there are, none has more than half, and no slot is idle that somebody may have", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 64 }), steps(20), (count, all) => {
      const slots = bookkept(count);
      for (const step of all) {
        take(slots, step);
        assert.ok(slots.free() >= 0);
        assert.ok(slots.slow() <= Math.max(1, count / 2), "the slow have too many");
        for (const each of slots.organizations()) {
          assert.ok(slots.has(each) <= Math.ceil(count / 2), `${each} has too many`);
          assert.ok(!slots.quickWaits(each) || slots.has(each) >= slots.free(), `${each} waits though it may begin`);
          const idle = Math.min(slots.free(), Math.floor(count / 2) - slots.slow());
          assert.ok(slots.waits(each) === 0 || slots.has(each) >= idle, `${each} waits for nothing`);
        }
      }
    }),
    { numRuns: 500 },
  );
});

test("when all slots hang, each that is given back goes to the next organization that has none, in turn", () => {
  const slots = bookkept(4);
  for (const organization of ["org_a", "org_b", "org_c"]) for (let n = 0; n < 9; n++) slots.ask(organization);
  assert.deepEqual(slots.begun, ["org_a", "org_a", "org_b", "org_c"]);
  for (const organization of ["org_d", "org_e", "org_d", "org_e"]) slots.ask(organization);
  slots.begun.length = 0;
  slots.end("org_a", 0);
  slots.end("org_b", 0);
  slots.end("org_d", 0);
  assert.deepEqual(slots.begun, ["org_d", "org_e", "org_b"]);
});

test("names that are slow for many organizations leave half of the slots to those that are not", () => {
  const slots = bookkept(8);
  for (let n = 0; n < 20; n++) for (let again = 0; again < 5; again++) slots.ask(`org_${n}`, true);
  assert.deepEqual([slots.slow(), slots.free()], [4, 4]);
  slots.ask("org_quick");
  assert.equal(slots.has("org_quick"), 1);
});

test("names known to be slow take half of what their organization may, and no more of the line than that", () => {
  const slots = bookkept(8);
  for (let n = 0; n < 9; n++) slots.ask("org_a", true);
  assert.equal(slots.has("org_a"), 2);
  slots.ask("org_a");
  slots.ask("org_a");
  slots.ask("org_a");
  assert.deepEqual([slots.has("org_a"), slots.waits("org_a")], [4, 8]);
  slots.end("org_a", 2);
  assert.equal(slots.quickWaits("org_a"), false, "the quick one that waited has the slot");
});

test("one slot is shared, too", () => {
  const slots = bookkept(1);
  slots.ask("org_a", true);
  slots.ask("org_a");
  slots.ask("org_b", true);
  assert.deepEqual(slots.begun, ["org_a"]);
  slots.end("org_a", 0);
  slots.end("org_b", 0);
  slots.end("org_a", 0);
  assert.deepEqual(slots.begun, ["org_a", "org_b", "org_a"]);
});
