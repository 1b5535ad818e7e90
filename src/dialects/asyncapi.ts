// An AsyncAPI 3 document of the deliveries of a dialect, made of its messages and of nothing else. Pure.

type Schema = Readonly<Record<string, unknown>>;

export interface Message {
  readonly title: string;
  readonly payload: Schema;
  readonly examples: readonly { readonly name: string; readonly payload: object }[];
  /** Absent: the URL of the webhook. */
  readonly channel?: string;
  /** Absent: those of a delivery. */
  readonly headers?: Schema;
}

export interface Deliveries {
  readonly title: string;
  readonly description: string;
  /** Of Belfry. */
  readonly version: string;
  /** By name: where messages go, such as `webhook`, and what that is. */
  readonly channels: Readonly<Record<string, string>>;
  readonly messages: Readonly<Record<string, Message>>;
  /** Schemas that payloads refer to, beside one for each message. */
  readonly schemas: Readonly<Record<string, Schema>>;
}

export const schemaRef = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });

export function asyncApiOf({ title, description, version, channels, messages, schemas }: Deliveries): object {
  const channelOf = ({ channel = "webhook" }: Message): string => channel;
  const each = <Value>(make: (name: string, message: Message) => Value): Record<string, Value> =>
    Object.fromEntries(Object.entries(messages).map(([name, message]) => [name, make(name, message)]));
  return {
    asyncapi: "3.0.0",
    info: { title, version, description },
    defaultContentType: "application/json",
    channels: Object.fromEntries(
      Object.entries(channels).map(([channel, tells]) => {
        const here = Object.entries(messages).filter(([, message]) => channelOf(message) === channel);
        const named = here.map(([name]) => [name, { $ref: `#/components/messages/${name}` }]);
        return [channel, { address: null, description: tells, messages: Object.fromEntries(named) }];
      }),
    ),
    operations: each((name, message) => ({
      action: "send",
      title: message.title,
      channel: { $ref: `#/channels/${channelOf(message)}` },
      messages: [{ $ref: `#/channels/${channelOf(message)}/messages/${name}` }],
    })),
    components: {
      messages: each((name, message) => ({
        name,
        title: message.title,
        contentType: "application/json",
        headers: message.headers ?? schemaRef("headers"),
        payload: schemaRef(name),
        examples: message.examples,
      })),
      schemas: { headers, ...schemas, ...each((_, { payload }) => payload) },
    },
  };
}

const text = (description: string) => ({ type: "string", description });

export const signatureHeaders = {
  "webhook-id": text("Id of the event: ignore one that you have seen."),
  "webhook-timestamp": text("When this attempt was signed, seconds since 1970."),
  "webhook-signature": text("`v1,` and an HMAC-SHA256 in base64, as Standard Webhooks has it."),
};

/** docs/deliveries.md tells more of each. */
const headers = {
  type: "object",
  required: [...Object.keys(signatureHeaders), "belfry-attempt", "belfry-delivery"],
  properties: {
    ...signatureHeaders,
    "belfry-attempt": text("1, 2, 3, …"),
    "belfry-delivery": text("Id of the delivery."),
    "belfry-sequence": text("The number of the event in the subscription, without holes; absent: it has none."),
    "belfry-sequence-skipped": text("Such as `6-7`: numbers before this one that something newer has superseded."),
    "belfry-revision": text("Only on corrections: 1, 2, … for an event that replaces an earlier one."),
    "belfry-previous-value": text("Only on corrections: the value that it replaces, as JSON."),
  },
};
