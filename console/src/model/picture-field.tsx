// A picture of a floor or the logo: shown, uploaded, replaced, removed.

import { manages } from "../api/session.ts";
import { addressOf, dropPicture, type PictureKind, pictureOf, putPicture } from "../building/pictures.ts";
import { Problem } from "../parts/problem.tsx";
import { useRun } from "../parts/use-run.ts";
import { bytes } from "../words/bytes.ts";

interface PictureFieldProps {
  readonly kind: PictureKind;
  readonly id: string;
  /** `Logo`, `Plan of floor 2` */
  readonly name: string;
}

export function PictureField({ kind, id, name }: PictureFieldProps) {
  const picture = pictureOf(kind, id);
  const { failure, run } = useRun();
  if (picture === null && !manages.value) return null;
  return (
    <div class="picture-field">
      {picture !== null && <img src={addressOf(picture)} alt={name} />}
      {manages.value && (
        <label class="field">
          <span>{picture === null ? `${name}: upload a picture` : `${name}: replace`}</span>
          <input
            type="file"
            accept="image/png,image/jpeg,image/webp"
            onChange={(event) => {
              const [file] = event.currentTarget.files ?? [];
              event.currentTarget.value = "";
              if (file !== undefined) void run(() => putPicture({ kind, id }, file));
            }}
          />
        </label>
      )}
      {picture !== null && (
        <p class="muted">
          {bytes(picture.size)}{" "}
          {manages.value && (
            <button
              type="button"
              class="button quiet"
              aria-label={`Remove: ${name}`}
              onClick={() => run(() => dropPicture({ kind, id }))}
            >
              Remove
            </button>
          )}
        </p>
      )}
      {picture === null && <p class="muted">PNG, JPEG or WebP, at most 200 kB.</p>}
      <Problem text={failure} />
    </div>
  );
}
