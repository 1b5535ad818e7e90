// How far something is, as a bar that a screen reader can read.

export function Progress({ share, name }: { readonly share: number; readonly name: string }) {
  const percent = Math.floor(share * 100);
  return (
    <span
      class="progress"
      role="progressbar"
      aria-label={name}
      aria-valuenow={percent}
      aria-valuemin={0}
      aria-valuemax={100}
    >
      <span style={{ width: `${percent}%` }} />
    </span>
  );
}
