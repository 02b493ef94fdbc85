/** A request as the gateway delivers it: path decoded, header names in lower case. */
export interface HttpRequest {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: Record<string, string | undefined>;
  body: Buffer;
  /** what the row's pattern took out of the path */
  parameters: Record<string, string>;
  /** `https://host[:port]`, as the client knows us */
  origin: string;
}

export interface HttpResponse {
  status: number;
  headers: Record<string, string>;
  /** text, or octets of at most 4 MiB */
  body: string | Uint8Array;
}
