import assert from "node:assert/strict";
import { test } from "node:test";
import { pageOf } from "../../../src/dialects/butterflymx/page.ts";
import { BelfryError } from "../../../src/errors.ts";

const seven = [1, 2, 3, 4, 5, 6, 7];

test("seven items on one page are described as in the vendor's example", () => {
  assert.deepEqual(pageOf(seven, {}), {
    data: seven,
    page_info: {
      current_page: 1,
      total_pages: 1,
      total_item_count: 7,
      page_item_count: 7,
      page_size: 50,
      next_page: null,
      prev_page: null,
      first_page: true,
      last_page: true,
    },
  });
});

test("pages follow one another, 0 is the first, and after the last one there is nothing", () => {
  const look = (page: string) => {
    const { data, page_info: info } = pageOf(seven, { page, per: "3" });
    return [data, info.current_page, info.total_pages, info.prev_page, info.next_page, info.first_page, info.last_page];
  };
  assert.deepEqual(look("0"), [[1, 2, 3], 1, 3, null, 2, true, false]);
  assert.deepEqual(look("2"), [[4, 5, 6], 2, 3, 1, 3, false, false]);
  assert.deepEqual(look("3"), [[7], 3, 3, 2, null, false, true]);
  assert.deepEqual(look("4"), [[], 4, 3, null, null, false, true]);
});

test("bounds are kept, and both faults are named", () => {
  assert.deepEqual(pageOf([], { per: "100" }).data, []);
  assert.throws(
    () => pageOf(seven, { page: "-1", per: "101" }),
    (error) => error instanceof BelfryError && error.status === 422 && error.problems.length === 2,
  );
  for (const per of ["0", "", "x", "1.5", ["1", "2"]]) assert.throws(() => pageOf(seven, { per }), BelfryError);
});
