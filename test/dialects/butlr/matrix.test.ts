// Who sees and changes what: every query, mutation and nested field of the schema by every role, with the ids of two
// organizations. Nothing of another organization is visible or changes, and its ids are as those that do not exist.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { getNamedType, type GraphQLField, GraphQLObjectType, type GraphQLSchema, isInputObjectType } from "graphql";
import { createSchema } from "../../../src/dialects/butlr/graphql/schema.ts";
import { generatedModel } from "./assets/generated-model.ts";
import { everyField } from "./assets/every-field.ts";
import { type Answer, type Door, openDoor, principals } from "./api-harness.ts";

const schema: GraphQLSchema = createSchema();
const fieldsOf = (type: string) => Object.values((schema.getType(type) as GraphQLObjectType).getFields());
const readers = ["manager", "viewer", "operator"];
const managers = ["manager", "operator"];
const foreigners = ["foreign", "foreignViewer"];
const outsiders = ["ingest", "building", "tenant"];

/** The ids of one organization by what they name; every one of them begins with its mark. */
type Ids = Readonly<
  Record<
    | "site"
    | "building"
    | "floor"
    | "room"
    | "zone"
    | "sensor"
    | "hive"
    | "tag"
    | "serial"
    | "mac"
    | "webhook"
    | "custom",
    string
  >
>;

const idsOf = (mark: string, webhook: string, tag: string): Ids => ({
  site: `${mark}site_0`,
  building: `${mark}building_0`,
  floor: `${mark}space_0`,
  room: `${mark}room_0`,
  zone: `${mark}zone_0`,
  sensor: `${mark}sensor_0`,
  hive: `${mark}hive_0`,
  tag,
  serial: `${mark}serial_0`,
  mac:
    mark === "a_" ? "00-17-0d-0a-00-00-00-00" : mark === "b_" ? "00-17-0d-0b-00-00-00-00" : "00-17-0d-0c-00-00-00-00",
  webhook,
  custom: `${mark}custom`,
});

function modelOf(organization: string, mark: string) {
  const text = JSON.stringify(generatedModel(organization, { sites: 1, floors: 2, rooms: 6, sensors: 12 }, mark));
  return JSON.parse(
    text
      .replaceAll('"tag_', `"${mark}tag_`)
      .replaceAll('"serialNumber":"2131', `"serialNumber":"${mark}serial_`)
      .replaceAll("00-17-0d-00", `00-17-0d-0${mark[0]}`)
      .replaceAll(/"customID":"[^"]*"/g, `"customID":"${mark}custom"`),
  ) as object;
}

const createWebhook = `mutation($input: [WebhookCreateInput!]!) { createWebhooks(input: $input) { id } }`;
const webhook = (name: string, type = "TRAFFIC") => ({
  name,
  event_types: [type],
  endpoint_config: {
    url: "https://example.com/hook",
    http_timeout: 5,
    api_key: { key: "x-key", value: `${name}secret` },
  },
});

let door: Door;
let ours: Ids;
let theirs: Ids;
const nobody = idsOf("c_", "webhook_000000000000000000000000000", "c_tag_quiet");

before(async () => {
  door = await openDoor();
  const marks = { a_: ["org_1", "manager"], b_: ["org_2", "foreign"] } as const;
  const made: Ids[] = [];
  for (const [mark, [organization, who]] of Object.entries(marks)) {
    await door.put(modelOf(organization, mark));
    const { data } = await door.run(who, createWebhook, { input: [webhook(`${mark}webhook`)] });
    const [{ id }] = data!["createWebhooks"] as [{ id: string }];
    made.push(idsOf(mark, id, `${mark}tag_quiet`));
  }
  [ours, theirs] = made as [Ids, Ids];
});
after(async () => {
  await door.close();
});

const run = (who: string, query: string, variables?: object): Promise<Answer> =>
  door.run(who, query, variables, who === "operator" ? { "belfry-organization": "org_1" } : {});

const revisions = async () =>
  Promise.all(["org_1", "org_2"].map(async (id) => (await door.registry.snapshot(id))!.organization.revision));

/** What the arguments of a query are about, by their names. */
const kindOf: Readonly<Record<string, (field: string) => keyof Ids>> = {
  id: (field) => field as keyof Ids,
  customID: () => "custom",
  ids: (field) => field.replace(/s$/, "") as keyof Ids,
  mac_addresses: () => "mac",
  floor_ids: () => "floor",
  room_ids: () => "room",
  hive_ids: () => "hive",
  hive_serials: () => "serial",
  serial_numbers: () => "serial",
  tagIDs: () => "tag",
};

/** Every way to ask a field for records by an argument, as text with the ids in it; without one the field as it stands. */
function callsOf({ name, args }: GraphQLField<unknown, unknown>, ids: Ids): string[] {
  const calls = args.flatMap((arg) => {
    const kind = kindOf[arg.name]?.(name);
    if (kind === undefined) return [];
    const value = JSON.stringify(ids[kind]);
    if (kind === "tag" && arg.name === "tagIDs") {
      return [`${name}(tagIDs: [${value}, ${value.replace("quiet", "office")}], useOR: true)`];
    }
    return [`${name}(${arg.name}: ${String(arg.type).startsWith("[") ? `[${value}]` : value})`];
  });
  const needsOne = args.some((arg) => arg.name === "customID");
  return needsOne || name.endsWith("ByTag") ? calls : [name, ...calls];
}

const selectionOf = (field: GraphQLField<unknown, unknown>, depth: number): string => {
  const named = getNamedType(field.type);
  return named instanceof GraphQLObjectType ? everyField(named, depth) : "";
};

/** Fields with arguments inside others, reached through their records. */
const nestedCalls = (ids: Ids): string[] =>
  Object.values(schema.getTypeMap()).flatMap((type) => {
    if (!(type instanceof GraphQLObjectType) || type.name.startsWith("__") || /^(Query|Mutation)$/.test(type.name))
      return [];
    return Object.values(type.getFields()).flatMap((field) => {
      if (!field.args.some(({ name }) => name === "ids")) return [];
      const list = `${type.name.toLowerCase()}s`;
      const kind = field.name.replace(/s$/, "") as keyof Ids;
      return [`${list} { data { id ${field.name}(ids: ["${ids[kind]}"]) { id } } }`];
    });
  });

const readsOf = (ids: Ids, depth: number): string[] => [
  ...fieldsOf("Query").flatMap((field) =>
    callsOf(field, ids).map((call) => `{ ${call} ${selectionOf(field, depth)} }`),
  ),
  ...nestedCalls(ids).map((call) => `{ ${call} }`),
];

describe("every query", () => {
  test("is covered here with every argument, and every nested field with it", () => {
    const unknown = fieldsOf("Query").flatMap(({ name, args }) =>
      args.flatMap((arg) =>
        kindOf[arg.name] === undefined && !/^(useOR|returnPlaceholders)$/.test(arg.name)
          ? [`${name}(${arg.name})`]
          : [],
      ),
    );
    assert.deepEqual(unknown, []);
    const asked = readsOf(ours, 2).join(" ");
    const missing = Object.values(schema.getTypeMap()).flatMap((type) => {
      if (!(type instanceof GraphQLObjectType) || type.name.startsWith("__") || /Mutation|Payload/.test(type.name))
        return [];
      return Object.keys(type.getFields()).filter((name) => !new RegExp(`\\b${name}\\b`).test(asked));
    });
    assert.deepEqual(missing, []);
    assert.ok(readsOf(ours, 2).length > 35);
  });

  test("shows a reader all of their own organization and nothing of another", async () => {
    for (const who of [...readers, ...foreigners]) {
      const isOurs = readers.includes(who);
      for (const query of readsOf(isOurs ? ours : theirs, 2)) {
        const { status, text, data } = await run(who, query);
        assert.equal(status, 200, text);
        assert.doesNotMatch(text, isOurs ? /b_|org_2/ : /a_|org_1/, `${who} ${query.slice(0, 80)}`);
        assert.match(text, isOurs ? /a_/ : /b_/, `${who} ${query.slice(0, 80)}`);
        assert.ok(data);
      }
    }
  });

  test("answers the ids of another organization as ids that do not exist", async () => {
    for (const who of readers) {
      const [foreign, unknown] = [readsOf(theirs, 0), readsOf(nobody, 0)];
      for (const [index, query] of foreign.entries()) {
        const [seen, none] = [await run(who, query), await run(who, unknown[index]!)];
        assert.equal(seen.text, none.text, query);
      }
    }
  });

  test("gives roles that may not read nothing but a refusal, whatever they name", async () => {
    for (const who of outsiders) {
      for (const ids of [ours, theirs, nobody]) {
        for (const query of readsOf(ids, 0)) {
          const { data, errors } = await run(who, query);
          assert.ok(data === null || Object.values(data ?? {}).every((value) => value === null), query);
          assert.deepEqual([...new Set(errors.map(({ extensions }) => extensions.code))], ["FORBIDDEN"], query);
        }
      }
    }
  });

  test("shows what webhooks authenticate with to those who manage them only", async () => {
    const query = "{ webhooks { endpoint_config { api_key { value } basic_auth { password } } signing_secret } }";
    for (const who of readers) {
      const { text } = await run(who, query);
      assert.equal(text.includes("a_webhooksecret"), managers.includes(who), who);
      assert.doesNotMatch(text, /whsec_|b_webhooksecret/);
    }
  });
});

/** Every mutation with what it needs; `fresh` keeps calls apart. */
const mutations: Readonly<Record<string, (ids: Ids, fresh: number) => Record<string, unknown>>> = {
  createWebhooks: (_, fresh) => ({ input: [webhook(`made ${fresh}`, "DETECTIONS")] }),
  updateWebhooks: ({ webhook: id }, fresh) => ({ input: [{ id, name: `named ${fresh}` }] }),
  rotateWebhookSecret: ({ webhook: id }) => ({ id, overlap_s: 0 }),
  pauseWebhooks: ({ webhook: id }) => ({ ids: [id] }),
  resumeWebhooks: ({ webhook: id }) => ({ ids: [id] }),
  retryWebhooks: ({ webhook: id }) => ({ ids: [id] }),
  testWebhook: ({ webhook: id }) => ({ id, type: "ROOM_OCCUPANCY" }),
  deleteWebhooks: ({ webhook: id }) => ({ ids: [id] }),
  createSensors: ({ floor }, fresh) => ({
    sensors: [
      { id: `made_${fresh}`, mac_address: `00-00-00-00-00-00-00-${String(fresh).padStart(2, "0")}`, floor_id: floor },
    ],
  }),
  updateSensors: ({ sensor: id }, fresh) => ({ sensors: [{ id, name: `named ${fresh}` }] }),
  updateBuildingInfo: ({ building: id }, fresh) => ({ input: { id, name: `named ${fresh}` } }),
  updateFloorInfo: ({ floor: id }, fresh) => ({ input: { id, name: `named ${fresh}` } }),
  updateRoomInfo: ({ room: id }, fresh) => ({ input: { id, name: `named ${fresh}` } }),
  updateZoneInfo: ({ zone: id }, fresh) => ({ input: { id, name: `named ${fresh}` } }),
  createTag: (_, fresh) => ({ input: { name: `tag ${fresh}` } }),
  associateTag: ({ tag, floor }) => ({ input: { tag_id: tag, ids: [floor] } }),
  disassociateTag: ({ tag, floor }) => ({ input: { tag_id: tag, ids: [floor] } }),
};

/** Those that name nothing that is there already. */
const makers = ["createWebhooks", "createTag"];

function documentOf(field: GraphQLField<unknown, unknown>): string {
  const declared = field.args.map((arg) => `$${arg.name}: ${String(arg.type)}`).join(", ");
  const given = field.args.map((arg) => `${arg.name}: $${arg.name}`).join(", ");
  return `mutation(${declared}) { ${field.name}(${given}) ${selectionOf(field, 0)} }`;
}

describe("every mutation", () => {
  test("is covered here", () => {
    assert.deepEqual(
      Object.keys(mutations).toSorted(),
      fieldsOf("Mutation")
        .map(({ name }) => name)
        .toSorted(),
    );
    for (const { args } of fieldsOf("Mutation")) {
      for (const { type } of args)
        assert.ok(isInputObjectType(getNamedType(type)) || /ID|Int|EventType/.test(String(type)));
    }
  });

  test("is refused to those who may only read or less, and changes nothing", async () => {
    const before = await revisions();
    for (const who of ["viewer", "foreignViewer", ...outsiders]) {
      for (const field of fieldsOf("Mutation")) {
        for (const ids of [ours, theirs, nobody]) {
          const { data, errors } = await run(who, documentOf(field), mutations[field.name]!(ids, 1));
          assert.ok(data === null || Object.values(data ?? {}).every((value) => value === null), field.name);
          assert.deepEqual(
            errors.map(({ extensions }) => extensions.code),
            ["FORBIDDEN"],
            `${who} ${field.name}`,
          );
        }
      }
    }
    assert.deepEqual(await revisions(), before);
  });

  test("answers the ids of another organization as ids that do not exist, and changes nothing", async () => {
    const before = await revisions();
    const plain = (answer: Answer, ids: Ids): string =>
      Object.entries(ids).reduce((text, [kind, id]) => text.replaceAll(id, kind), answer.text);
    for (const who of managers) {
      for (const field of fieldsOf("Mutation").filter(({ name }) => !makers.includes(name))) {
        const call = async (ids: Ids) => plain(await run(who, documentOf(field), mutations[field.name]!(ids, 2)), ids);
        const seen = await call(theirs);
        assert.equal(seen, await call(nobody), field.name);
        assert.match(seen, /"code":"(NOT_FOUND|FLOOR_REQUIRED)"/, field.name);
      }
    }
    assert.deepEqual(await revisions(), before);
  });

  test("works for those who manage the organization, and changes that one only", async () => {
    let fresh = 10;
    for (const who of managers) {
      for (const field of fieldsOf("Mutation").filter(({ name }) => name !== "deleteWebhooks")) {
        const before = await revisions();
        const { text, errors } = await run(who, documentOf(field), mutations[field.name]!(ours, fresh++));
        assert.deepEqual(errors, [], `${who} ${field.name} ${text}`);
        assert.doesNotMatch(text, /b_|org_2/);
        const now = await revisions();
        const again = field.name === "associateTag" && who !== "manager";
        const isStored = !["retryWebhooks", "testWebhook"].includes(field.name);
        const wasStored = now[0]! > before[0]!;
        assert.ok(again || wasStored === isStored, field.name);
        assert.equal(now[1], before[1]);
        if (field.name !== "createWebhooks") continue;
        const { data } = await run(who, "{ webhooks { id event_types } }");
        const made = (data!["webhooks"] as { id: string; event_types: string[] }[]).find(
          ({ event_types }) => event_types[0] === "DETECTIONS",
        );
        assert.deepEqual(
          (await run(who, "mutation($ids: [ID!]!) { deleteWebhooks(ids: $ids) }", { ids: [made!.id] })).errors,
          [],
        );
      }
    }
  });
});

test("the roles here are all there are", () => {
  const roles = new Set(Object.values(principals).map(({ role }) => role));
  assert.deepEqual([...roles].toSorted(), ["building", "ingest", "operator", "organization", "tenant", "viewer"]);
});
