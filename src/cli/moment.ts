// A time on the command line, as the server takes it in a body: epoch ms as a number, any other text as ISO 8601.

export const moment = (text: string): string | number => (/^\d+$/.test(text) ? Number(text) : text);
