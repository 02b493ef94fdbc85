/** A request as the gateway delivers it: path decoded, header names in lower case. */
export interface HttpRequest {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: Record<string, string | undefined>;
  body: Buffer;
  /** values of the route's path parameters */
  parameters: Record<string, string>;
  /** `https://host[:port]` of this service, as the client addresses it */
  origin: string;
}

export interface HttpResponse {
  status: number;
  headers: Record<string, string>;
  /** text, or octets of at most 4 MiB */
  body: string | Uint8Array;
}
