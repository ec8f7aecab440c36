/** The requests that a backend has answered, by its own count. */
export interface RequestCount {
  /** Without the requests for the count itself. */
  readonly all: number;
  /** Clients that were created or taken over. */
  readonly creates: number;
}

const COUNT = /^xtremepush_access_request_duration_seconds_count\{(?<labels>.*)\} (?<value>\d+)$/gm;

/** @throws Error when the backend does not return its metrics. */
export async function countRequests(endpoint: string, token: string): Promise<RequestCount> {
  const answer = await fetch(`${endpoint}/metrics`, { headers: { authorization: `Bearer ${token}` } });
  if (!answer.ok) throw new Error(`GET /metrics returned ${answer.status}`);
  const counts = [...(await answer.text()).matchAll(COUNT)].map(({ groups }) => ({
    labels: groups?.["labels"] ?? "",
    value: Number(groups?.["value"]),
  }));
  const sum = (isMeant: (labels: string) => boolean) =>
    counts.filter(({ labels }) => isMeant(labels)).reduce((total, { value }) => total + value, 0);
  return {
    all: sum((labels) => !labels.includes('route="/metrics"')),
    creates: sum((labels) => /method="POST",route="[^"]*\/clients",status="20/.test(labels)),
  };
}
