import assert from "node:assert/strict";
import { test } from "node:test";
import { contrast, isColour, mixed } from "../../src/model/contrast.ts";

test("contrast is as WCAG has it: 21 between black and white, 1 between equals, the same both ways", () => {
  assert.equal(contrast("#000000", "#ffffff").toFixed(2), "21.00");
  assert.equal(contrast("#0a6b72", "#0a6b72"), 1);
  // The example that WCAG's own tools give for grey on white: the lightest that passes, and one step lighter.
  assert.ok(contrast("#767676", "#ffffff") >= 4.5 && contrast("#777777", "#ffffff") < 4.5);
  assert.equal(contrast("#0a6b72", "#ffffff"), contrast("#ffffff", "#0a6b72"));
});

test("a mixture is between its colours, by its share", () => {
  assert.deepEqual(
    [mixed("#000000", 0.1, "#ffffff"), mixed("#ff0000", 1, "#0000ff"), mixed("#ff0000", 0, "#0000ff")],
    ["#e6e6e6", "#ff0000", "#0000ff"],
  );
});

test("a colour is # and six digits, and nothing else that CSS takes", () => {
  assert.ok(isColour("#0a6B72"));
  for (const text of ["#fff", "red", "#0a6b72ff", "0a6b72", "#0a6b7g", "#0a6b72;", "var(--x)"])
    assert.ok(!isColour(text), text);
});
