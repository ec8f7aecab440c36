import http from "node:http";

export interface Request {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** The result of a load; times in milliseconds. */
export interface LoadResult {
  readonly perSecond: number;
  readonly times: readonly number[];
}

export interface Load {
  readonly endpoint: string;
  readonly seconds: number;
  readonly connections: number;
  /** Creates the next request; counted from 0. */
  readonly request: (number: number) => Request;
}

/**
 * Sends requests over several connections, each as soon as the previous answer has arrived.
 *
 * @throws Error at the first answer that is not a success, because its speed would mean nothing.
 */
export async function load({ endpoint, seconds, connections, request }: Load): Promise<LoadResult> {
  const agent = new http.Agent({ keepAlive: true, maxSockets: connections });
  const times: number[] = [];
  const start = performance.now();
  const end = start + seconds * 1000;
  let number = 0;
  const worker = async (): Promise<void> => {
    while (performance.now() < end) {
      const begin = performance.now();
      await send(agent, endpoint, request(number++));
      times.push(performance.now() - begin);
    }
  };
  try {
    await Promise.all(Array.from({ length: connections }, worker));
  } finally {
    agent.destroy();
  }
  return { perSecond: times.length / ((performance.now() - start) / 1000), times };
}

function send(agent: http.Agent, endpoint: string, { method, path, headers, body }: Request): Promise<void> {
  return new Promise((resolve, reject) => {
    const sent = http.request(new URL(path, endpoint), { agent, method, headers }, (answer) => {
      const { statusCode = 0 } = answer;
      if (statusCode < 300) answer.resume().once("end", resolve);
      else {
        answer.resume();
        reject(new Error(`${method} ${path} returned ${statusCode}`));
      }
      answer.once("error", reject);
    });
    sent.once("error", reject);
    sent.end(body);
  });
}
