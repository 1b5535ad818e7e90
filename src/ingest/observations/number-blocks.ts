// Fresh integers one at a time, drawn from the store in blocks. A restart leaves the rest of a block unused.

const blockSize = 256;

export function createNumberBlocks(allocate: (count: number) => Promise<number>): () => Promise<number> {
  let next = 0;
  let left = 0;
  let refill: Promise<void> | null = null;
  const draw = async (): Promise<void> => {
    next = await allocate(blockSize);
    left = blockSize;
  };
  return async () => {
    while (left === 0) {
      refill ??= draw().finally(() => {
        refill = null;
      });
      await refill;
    }
    left--;
    return next++;
  };
}
