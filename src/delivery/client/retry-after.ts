// Reads a Retry-After header [RFC 9110 §10.2.3]: seconds or a date, in any of the three forms a recipient must take.

const days = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)";
const longDays = "(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day";
const months = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)";
const time = "\\d{2}:\\d{2}:\\d{2}";
const httpDate = new RegExp(
  `^(?:${days}, \\d{2} ${months} \\d{4} ${time} GMT|${longDays}, \\d{2}-${months}-\\d{2} ${time} GMT|${days} ${months} [ \\d]\\d ${time} \\d{4})$`,
);

/** Ms from `now` (epoch ms), or null for a past date and for anything else. Not capped. */
export function readRetryAfter(text: string | null, now: number): number | null {
  if (text === null) return null;
  if (/^\d{1,12}$/.test(text)) return Number(text) * 1000;
  if (!httpDate.test(text)) return null;
  const at = Date.parse(text.endsWith("GMT") ? text : `${text} GMT`);
  return at > now ? at - now : null;
}
