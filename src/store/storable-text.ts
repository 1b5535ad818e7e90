// Text as every engine gives it back: PostgreSQL has no NUL in a text, and no encoding has half a surrogate pair. Senders and
// clients choose many texts, so neither may be a fault.

/** With U+FFFD for NUL. Whoever looks for such a text finds nothing that was not stored as one. */
export const withoutNul = (text: string): string => (text.includes("\0") ? text.replaceAll("\0", "\ufffd") : text);

/** As it will be read again: with U+FFFD also for halves of surrogate pairs, which every engine writes so. */
export const storableText = (text: string): string => withoutNul(text.toWellFormed());
