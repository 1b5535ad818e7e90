// Writes and reads the texts of building models piece by piece: between two of them the engine serves others. Nothing of a text
// is seen before its change is written.

import type { GivenModel, ModelStatements } from "./registry-statements.ts";

export interface ModelTexts {
  /** `change` makes the text the model of the organization; what is left of the one before is removed. */
  write<Result extends { readonly isLeft?: number }>(
    organization: string,
    text: string,
    change: (model: GivenModel) => Promise<Result>,
  ): Promise<Result>;
  /** null: the organization has another one, or none. */
  read(organization: string, version: number): Promise<string | null>;
  /** Removes texts of the organization that were replaced or given up and could not be removed then. false: there were none. */
  removeLeft(organization: string): Promise<boolean>;
  /** Removes what earlier processes have left half written. */
  clear(): Promise<void>;
}

/** Characters. */
const pieceSize = 128 * 1024;

export function createModelTexts(statements: ModelStatements): ModelTexts {
  const end = async (version: number): Promise<void> => {
    while (await statements.endModel(version));
  };
  /** Versions that could not be ended, with their organizations. */
  const left = new Map<number, string>();
  /** What cannot be removed now is removed by whoever needs it gone, or by the next start. */
  const endIfPossible = (organization: string, version: number): Promise<void> =>
    end(version).catch(() => void left.set(version, organization));

  return {
    async write(organization, text, change) {
      if (text.length <= pieceSize) {
        const result = await change({ text });
        if (result.isLeft !== undefined) await endIfPossible(organization, result.isLeft);
        return result;
      }
      const version = await statements.beginModel(organization);
      try {
        let piece = 0;
        for (const each of piecesOf(text)) await statements.addModelPiece(organization, version, piece++, each);
        return await change({ version });
      } finally {
        await endIfPossible(organization, version);
      }
    },
    async read(organization, version) {
      const pieces: string[] = [];
      for (;;) {
        const piece = await statements.modelPiece(organization, version, pieces.length);
        if (piece === null) return null;
        if (piece === undefined) return pieces.join("");
        pieces.push(piece);
      }
    },
    async removeLeft(organization) {
      const own = [...left].flatMap(([version, of]) => (of === organization ? [version] : []));
      for (const version of own) {
        await end(version);
        left.delete(version);
      }
      return own.length > 0;
    },
    async clear() {
      for (const version of await statements.modelsUnderWay()) await end(version);
    },
  };
}

/** None begins or ends within a character. */
function* piecesOf(text: string): Generator<string, void> {
  for (let from = 0, to; from < text.length; from = to) {
    to = from + pieceSize;
    if ((text.charCodeAt(to - 1) & 0xfc00) === 0xd800) to--;
    yield text.slice(from, to);
  }
}
