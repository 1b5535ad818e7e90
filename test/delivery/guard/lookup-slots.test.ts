import assert from "node:assert/strict";
import { test } from "node:test";
import { fc } from "../../fixtures/properties.ts";
import { createLookupSlots } from "../../../src/delivery/guard/lookup-slots.ts";

interface Ticket {
  leave: () => void;
}

/** Slots, and a record of who waits and who has one. */
function recorded(count: number) {
  const slots = createLookupSlots(count);
  const records = new Map<string, { readonly queue: Set<Ticket>; readonly taken: (() => void)[] }>();
  const of = (organization: string) => {
    const record = records.get(organization) ?? { queue: new Set(), taken: [] };
    records.set(organization, record);
    return record;
  };
  /** The order in which slots were given. */
  const begun: string[] = [];
  return {
    begun,
    has: (organization: string) => of(organization).taken.length,
    waits: (organization: string) => of(organization).queue.size,
    free: () => count - [...records.values()].reduce((sum, { taken }) => sum + taken.length, 0),
    organizations: () => [...records.keys()].filter((each) => of(each).queue.size + of(each).taken.length > 0),
    ask(organization: string) {
      const { queue, taken } = of(organization);
      const ticket: Ticket = { leave: () => {} };
      queue.add(ticket);
      ticket.leave = slots.wait(organization, (giveBack) => {
        assert.ok(queue.delete(ticket), "begun once, and not after it left");
        taken.push(giveBack);
        begun.push(organization);
      });
    },
    /** Ends one of the look-ups under way. */
    end(organization: string, number = 0) {
      const { taken } = of(organization);
      const [giveBack] = taken.length === 0 ? [] : taken.splice(number % taken.length, 1);
      giveBack?.();
    },
    leave(organization: string, number: number) {
      const { queue } = of(organization);
      const ticket = [...queue][number % Math.max(queue.size, 1)];
      if (ticket === undefined) return;
      queue.delete(ticket);
      ticket.leave();
    },
  };
}

interface Step {
  readonly organization: string;
  readonly what: { readonly asks: number } | { readonly ends: number } | { readonly leaves: number };
}

const steps = (organizations: number) =>
  fc.array<Step>(
    fc.record({
      organization: fc.nat(organizations - 1).map((number) => `org_${number}`),
      what: fc.oneof(
        fc.record({ asks: fc.integer({ min: 1, max: 40 }) }),
        fc.record({ ends: fc.nat() }),
        fc.record({ leaves: fc.nat() }),
      ),
    }),
    { maxLength: 80, size: "max" },
  );

function take(slots: ReturnType<typeof recorded>, { organization, what }: Step): void {
  if ("ends" in what) slots.end(organization, what.ends);
  else if ("leaves" in what) slots.leave(organization, what.leaves);
  else for (let number = 0; number < what.asks; number++) slots.ask(organization);
}

/** What the random runs are there for, once by name: three organizations hang with all they have. */
const threeHang: Step[] = ["org_0", "org_1", "org_2", "org_3"].map((organization) => ({
  organization,
  what: { asks: 40 },
}));

test("an organization that waits has a look-up under way, whatever three others do", () => {
  fc.assert(
    fc.property(fc.integer({ min: 4, max: 64 }), steps(4), (count, all) => {
      const slots = recorded(count);
      for (const step of all) {
        take(slots, step);
        for (const each of slots.organizations()) assert.ok(slots.has(each) > 0, `${each} waits for others`);
      }
    }),
    {
      numRuns: 500,
      examples: [
        [4, threeHang],
        [64, threeHang],
      ],
    },
  );
});

test("no organization has more than a quarter, and no slot is idle that somebody may have", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 64 }), steps(20), (count, all) => {
      const slots = recorded(count);
      const most = Math.max(1, Math.floor(count / 4));
      for (const step of all) {
        take(slots, step);
        assert.ok(slots.free() >= 0);
        for (const each of slots.organizations()) {
          assert.ok(slots.has(each) <= most, `${each} has too many`);
          const may = slots.free() > 0 && slots.has(each) < most;
          assert.ok(slots.waits(each) === 0 || !may, `${each} waits for nothing`);
        }
      }
    }),
    {
      numRuns: 500,
      examples: [
        [64, threeHang],
        [1, threeHang],
      ],
    },
  );
});

test("when all slots hang, each that comes back goes to the next organization that has fewest, in turn", () => {
  const slots = recorded(8);
  for (const organization of ["org_a", "org_b", "org_c", "org_d"]) for (let n = 0; n < 9; n++) slots.ask(organization);
  assert.deepEqual(slots.begun, ["org_a", "org_a", "org_b", "org_b", "org_c", "org_c", "org_d", "org_d"]);
  for (const organization of ["org_e", "org_f", "org_e", "org_f"]) slots.ask(organization);
  slots.begun.length = 0;
  slots.end("org_a");
  slots.end("org_b");
  slots.end("org_c");
  slots.end("org_e");
  assert.deepEqual(slots.begun, ["org_e", "org_f", "org_e", "org_f"]);
});

test("an organization that left its place in the queue begins nothing", () => {
  const slots = recorded(4);
  slots.ask("org_a");
  slots.ask("org_a");
  slots.leave("org_a", 0);
  slots.end("org_a");
  assert.deepEqual([slots.begun, slots.free()], [["org_a"], 4]);
});

test("one slot is shared in turn", () => {
  const slots = recorded(1);
  slots.ask("org_a");
  slots.ask("org_a");
  slots.ask("org_b");
  slots.end("org_a");
  slots.end("org_b");
  slots.end("org_a");
  assert.deepEqual(slots.begun, ["org_a", "org_b", "org_a"]);
});
