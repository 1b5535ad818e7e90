// What acceptance is measured against: a bare Fastify route that validates the same body, answers the same, and keeps
// nothing.

import { fastify } from "fastify";

const text = { type: "string", minLength: 1, maxLength: 200 };
const body = {
  type: "object",
  required: ["id", "type", "timestamp", "metadata", "data"],
  properties: {
    id: { type: "string", pattern: "^[A-Za-z0-9_-]{1,128}$" },
    type: { type: "string" },
    timestamp: { type: "integer", minimum: 0 },
    version: text,
    metadata: {
      type: "object",
      required: ["org_id", "room_id"],
      properties: { org_id: text, site_id: text, building_id: text, floor_id: text, room_id: text, room_name: text },
    },
    data: { type: "number" },
  },
};
const answer = {
  type: "object",
  properties: { accepted: { type: "integer" }, duplicates: { type: "integer" }, rejected: { type: "array" } },
};

const app = fastify({ logger: false });
app.post("/v1/events", { schema: { body, response: { 202: answer } } }, async (_, reply) => {
  reply.code(202);
  return { accepted: 1, duplicates: 0, rejected: [] };
});
process.send!(await app.listen({ host: "127.0.0.1", port: 0 }));
process.once("disconnect", () => process.exit(0));
