import assert from "node:assert/strict";
import { test } from "node:test";
import { fc } from "../../fixtures/properties.ts";
import { judgeAddress } from "../../../src/delivery/guard/address.ts";
import { createPolicy, type Policy } from "../../../src/delivery/guard/policy.ts";
import { ranges } from "../../../src/delivery/guard/ranges.ts";
import { parseNetwork } from "../../../src/delivery/guard/network.ts";
import { StartError } from "../../../src/errors.ts";
import { allowedAddresses, refusedAddresses } from "./vectors.ts";

const closed = createPolicy();
const wideOpen = createPolicy({
  allowNetworks: ["0.0.0.0/0", "::/0"],
  allowLoopback: true,
  allowMetadata: true,
});
const open = (address: string, policy: Policy) => judgeAddress(address, policy).allowed;

const byte = fc.integer({ min: 0, max: 255 });
const bytes = (count: number) => fc.array(byte, { minLength: count, maxLength: count });
/** IPv4 addresses, half of them in or beside a range of the table. */
const anyV4 = fc.oneof(
  bytes(4),
  fc
    .tuple(fc.constantFrom(...ranges.filter(([cidr]) => cidr.includes("."))), byte)
    .map(([[cidr], last]) => [...parseNetwork(cidr)!.bytes.slice(0, 3), last]),
);
const anyPolicy = fc
  .record({
    allowNetworks: fc.subarray(["0.0.0.0/0", "10.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "::/0"]),
    allowLoopback: fc.boolean(),
    allowMetadata: fc.boolean(),
  })
  .map(createPolicy);

test("without settings only public addresses are open", () => {
  for (const address of refusedAddresses) assert.equal(open(address, closed), false, address);
});

test("public addresses beside the closed ranges stay open", () => {
  for (const address of allowedAddresses) assert.equal(open(address, closed), true, address);
});

test("text that is no plain address is refused", () => {
  const texts = [
    "",
    "localhost",
    "127.1",
    "0x7f000001",
    "2130706433",
    "8.8.8.8:443",
    "[2606:4700:4700::1111]",
    "8.8.8",
  ];
  for (const text of [...texts, "2606:4700:4700::1111%eth0", " 8.8.8.8"]) {
    assert.equal(open(text, wideOpen), false, text);
  }
  assert.equal(judgeAddress([8, 8, 8], wideOpen).allowed, false);
});

test("the operator opens private networks by CIDR, and only those named", () => {
  const policy = createPolicy({ allowNetworks: ["10.1.0.0/16", "fd12::/16", "203.0.113.7/32"] });
  for (const address of ["10.1.2.3", "::ffff:10.1.2.3", "64:ff9b::a01:203", "fd12::1", "203.0.113.7"]) {
    assert.equal(open(address, policy), true, address);
  }
  for (const address of ["10.2.0.1", "192.168.0.1", "fd13::1", "203.0.113.8", "127.0.0.1", "169.254.169.254"]) {
    assert.equal(open(address, policy), false, address);
  }
});

test("loopback needs a network and its switch, and neither opens anything alone", () => {
  const networks = { allowNetworks: ["0.0.0.0/8", "127.0.0.0/8", "::1/128"] };
  for (const address of ["0.0.0.0", "127.0.0.1", "::1", "::ffff:127.0.0.1"]) {
    assert.equal(open(address, createPolicy(networks)), false, address);
    assert.equal(open(address, createPolicy({ allowLoopback: true })), false, address);
    assert.equal(open(address, createPolicy({ ...networks, allowMetadata: true })), false, address);
    assert.equal(open(address, createPolicy({ ...networks, allowLoopback: true })), true, address);
  }
  const one = createPolicy({ allowNetworks: ["127.10.0.0/16"], allowLoopback: true });
  assert.equal(open("127.10.3.4", one), true);
  assert.equal(open("127.0.0.1", one), false);
});

test("link-local and metadata addresses need a network and their own switch", () => {
  const networks = { allowNetworks: ["0.0.0.0/0", "::/0"] };
  const addresses = "169.254.169.254 100.100.100.200 168.63.129.16 fe80::1 fd00:ec2::254 fd00:ec2::23 fd20:ce::254";
  for (const address of addresses.split(" ")) {
    assert.equal(open(address, createPolicy(networks)), false, address);
    assert.equal(open(address, createPolicy({ allowMetadata: true })), false, address);
    assert.equal(open(address, createPolicy({ ...networks, allowLoopback: true })), false, address);
    assert.equal(open(address, createPolicy({ ...networks, allowMetadata: true })), true, address);
  }
});

test("no setting opens what is closed for good", () => {
  for (const [cidr, kind] of ranges) {
    if (kind !== "never" || cidr === "::/0") continue;
    const { bytes, bits } = parseNetwork(cidr)!;
    // The last address of the range: beyond every smaller range within it.
    const last = bytes.map((byte, at) => byte | (0xff >> Math.min(8, Math.max(0, bits - at * 8))));
    assert.equal(judgeAddress(last, wideOpen).allowed, false, cidr);
  }
});

test("the operator closes networks that look public", () => {
  const policy = createPolicy({ denyNetworks: ["8.8.8.0/24"], allowNetworks: ["0.0.0.0/0"] });
  for (const address of ["8.8.8.8", "::ffff:8.8.8.8"]) assert.equal(open(address, policy), false);
  assert.equal(open("8.8.4.4", policy), true);
});

test("a mapped or NAT64 address is judged as the IPv4 address in it", () => {
  fc.assert(
    fc.property(anyV4, anyPolicy, (inner, policy) => {
      const verdict = judgeAddress(inner, policy).allowed;
      assert.equal(judgeAddress([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, ...inner], policy).allowed, verdict);
      assert.equal(judgeAddress([0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0, ...inner], policy).allowed, verdict);
    }),
  );
});

test("an ISATAP address is open only if both the IPv4 address in it and its own prefix are", () => {
  fc.assert(
    fc.property(anyV4, bytes(8), fc.constantFrom(0, 2), anyPolicy, (inner, prefix, flag, policy) => {
      const address = [...prefix, flag, 0, 0x5e, 0xfe, ...inner];
      const plain = [...prefix, 1, 1, 1, 1, ...inner];
      const both = judgeAddress(inner, policy).allowed && judgeAddress(plain, policy).allowed;
      assert.equal(judgeAddress(address, policy).allowed, both);
    }),
  );
});

test("6to4 and Teredo are closed whatever they carry and whatever is set", () => {
  fc.assert(
    fc.property(anyV4, bytes(10), anyPolicy, (inner, rest, policy) => {
      assert.equal(judgeAddress([0x20, 0x02, ...inner, ...rest], policy).allowed, false);
      assert.equal(judgeAddress([0x20, 0x01, 0, 0, ...inner, ...rest.slice(2)], policy).allowed, false);
    }),
  );
});

test("IPv6 outside 2000::/3 is never open without settings, but for what it carries", () => {
  fc.assert(
    fc.property(bytes(16), (address) => {
      fc.pre((address[0]! & 0xe0) !== 0x20 && address[0] !== 0);
      assert.equal(judgeAddress(address, closed).allowed, false);
    }),
  );
});

test("text and bytes are judged alike", () => {
  fc.assert(
    fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), anyPolicy, (address, policy) => {
      const network = parseNetwork(`${address}/${address.includes(":") ? 128 : 32}`);
      assert.ok(network);
      assert.equal(judgeAddress(address, policy).allowed, judgeAddress(network.bytes, policy).allowed);
    }),
  );
});

test("a verdict never tells the address", () => {
  const verdict = judgeAddress("127.0.0.1", closed);
  assert.ok(!verdict.allowed);
  assert.equal(verdict.code, "address_forbidden");
  assert.doesNotMatch(verdict.message, /\d/);
});

test("settings that cannot be read stop the start", () => {
  for (const network of ["10.0.0.0", "10.0.0.1/8", "10.0.0.0/33", "::/129", "10/8", "host/8", "", "10.0.0.0/-1"]) {
    assert.throws(() => createPolicy({ allowNetworks: [network] }), StartError, network);
  }
  for (const allowPorts of ["x", "80,", "0", "65536", "12-9", "80;81", "-1"]) {
    assert.throws(() => createPolicy({ allowPorts }), StartError, allowPorts);
  }
});
