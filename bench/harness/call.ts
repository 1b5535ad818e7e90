// One JSON request outside of what is measured.

export async function call<Body>(url: string, key: string, body: unknown, method = "POST"): Promise<Body> {
  const answer = await fetch(url, {
    method,
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}: ${text}`);
  return JSON.parse(text) as Body;
}
