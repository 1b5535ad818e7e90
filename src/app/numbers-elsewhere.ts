// Numbers of organizations that another node owns: what sensing knows is asked of their owner. What the store keeps is read here.

import { createSensorStatus } from "../numbers/sensor-status.ts";
import type { HiveHeard, SensorHeard, SensorStatus } from "../dialects/sensor-status.ts";
import type { BuildingModel } from "../building/building.ts";
import type { Clock } from "../clock.ts";
import type { Calls } from "../nodes/calls.ts";
import type { NumbersPort } from "../numbers/numbers-port.ts";
import type { Engine } from "./engine.ts";
import type { Nodes } from "./nodes.ts";

/** What needs sensing itself. */
const asked = ["now", "explain", "recompute", "setPoint", "watched"] as const;
type Asked = (typeof asked)[number];

interface Question {
  readonly method: Asked;
  readonly given: readonly unknown[];
}

const patienceMs = 10_000;

/** The same port, which asks the owner where that is another node. */
export function askOwners(numbers: NumbersPort, engine: Engine, nodes: Nodes): NumbersPort {
  const { calls, sliceOf } = nodes;
  calls.handle("numbers", async ({ method, given }: Question) =>
    (numbers[method] as (...all: readonly unknown[]) => Promise<unknown>)(...given),
  );
  const ask = <Answer>(organization: string, method: Asked, given: readonly unknown[]): Promise<Answer> =>
    calls.ask<Answer>({ slice: sliceOf(organization) }, "numbers", { method, given }, patienceMs);
  const isHere = (organization: string): boolean => engine.ownerOf(organization) !== undefined;
  return {
    ...numbers,
    async now(spaces) {
      const [first] = spaces;
      return first === undefined || isHere(first.organization)
        ? numbers.now(spaces)
        : ask(first.organization, "now", [spaces]);
    },
    async explain(space, at) {
      return isHere(space.organization) ? numbers.explain(space, at) : ask(space.organization, "explain", [space, at]);
    },
    async recompute(space, from, until) {
      if (isHere(space.organization)) return numbers.recompute(space, from, until);
      return ask(space.organization, "recompute", [space, from, until]);
    },
    async setPoint(space, at, count) {
      if (isHere(space.organization)) return numbers.setPoint(space, at, count);
      await ask(space.organization, "setPoint", [space, at, count]);
    },
    async watched(organization, where, page) {
      if (isHere(organization)) return numbers.watched(organization, where, page);
      return ask(organization, "watched", [organization, where, page]);
    },
  };
}

interface Heard {
  readonly sensors: Readonly<Record<string, SensorHeard>>;
  readonly hives: Readonly<Record<string, HiveHeard>>;
}

const nobody: Heard = { sensors: {}, hives: {} };
/** A list asks for each sensor: they are fetched together, and kept for so long, ms. */
const keptMs = 1_000;

/** When sensors were last heard, of the owner where that is another node. */
export function heardByOwners(
  engine: Engine,
  nodes: Pick<Nodes, "calls" | "sliceOf"> | null,
  model: (organization: string) => Promise<BuildingModel | null>,
  clock: Pick<Clock, "monotonic">,
): SensorStatus {
  const here = createSensorStatus(engine.sensing);
  if (nodes === null) return here;
  answerHeard(nodes.calls, here, model);
  const fetched = new Map<string, { readonly at: number; readonly heard: Promise<Heard> }>();
  const heardIn = (organization: string): Promise<Heard> => {
    const now = clock.monotonic();
    const found = fetched.get(organization);
    if (found !== undefined && now - found.at < keptMs) return found.heard;
    for (const [id, { at }] of fetched) if (now - at >= keptMs) fetched.delete(id);
    const to = { slice: nodes.sliceOf(organization) };
    const heard = nodes.calls.ask<Heard>(to, "heard", { organization }).catch(() => nobody);
    fetched.set(organization, { at: now, heard });
    return heard;
  };
  const isHere = (organization: string): boolean => engine.ownerOf(organization) !== undefined;
  return {
    sensor: (organization, id) =>
      isHere(organization)
        ? here.sensor(organization, id)
        : heardIn(organization).then(({ sensors }) => sensors[id] ?? null),
    hive: (organization, id) =>
      isHere(organization) ? here.hive(organization, id) : heardIn(organization).then(({ hives }) => hives[id] ?? null),
  };
}

function answerHeard(
  calls: Calls,
  here: SensorStatus,
  model: (organization: string) => Promise<BuildingModel | null>,
): void {
  calls.handle("heard", async ({ organization }: { readonly organization: string }) => {
    const found = await model(organization);
    const of = <Each>(things: Iterable<{ readonly id: string }>, heard: (id: string) => Each) =>
      Object.fromEntries([...things].map(({ id }) => [id, heard(id)] as const).filter(([, each]) => each !== null));
    return {
      sensors: of(found?.sensors ?? [], (id) => here.sensor(organization, id)),
      hives: of(found?.hives ?? [], (id) => here.hive(organization, id)),
    };
  });
}
