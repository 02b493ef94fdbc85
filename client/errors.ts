/** Why the service refused a request, in its own words. */
export class ClientError extends Error {
  /** HTTP status */
  readonly status: number;
  /** stable; see the error catalogue of the API */
  readonly code: string;
  readonly #problem: Readonly<Record<string, unknown>>;

  constructor(status: number, code: string, message: string, problem: Record<string, unknown> = {}) {
    super(message);
    this.name = 'ClientError';
    this.status = status;
    this.code = code;
    this.#problem = problem;
  }

  /** the body of the answer as an object, if it is one */
  get problem(): Readonly<Record<string, unknown>> {
    return this.#problem;
  }
}

/** The error that an answer with a status of 400 or more tells. */
export async function errorOf(answer: Response): Promise<ClientError> {
  const text = await answer.text().catch(() => '');
  try {
    const problem = JSON.parse(text);
    const { code, message } = problem.error;
    return new ClientError(answer.status, code, message, problem);
  } catch {
    // not from the service: a proxy, or the store
    return new ClientError(
      answer.status,
      'unknown',
      text.slice(0, 500) || answer.statusText || `HTTP ${answer.status}`,
    );
  }
}
