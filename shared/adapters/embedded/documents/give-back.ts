/**
 * Frees what a chunk of a request's body stood in, rather than leave it to the collector, which takes longer over it
 * than we over the octets. Node makes each such chunk in memory of its own; one that stands in another's is let be.
 */
export function giveBack(chunk: Uint8Array): void {
  if (chunk.byteLength === chunk.buffer.byteLength) (chunk.buffer as ArrayBuffer).transfer(0);
}
