/**
 * Detaches a request chunk's buffer at once; waiting for garbage collection held far more memory than the body needs.
 * Node allocates such chunks separately; a chunk that shares its buffer is left unchanged.
 */
export function detachBuffer(chunk: Uint8Array): void {
  if (chunk.byteLength === chunk.buffer.byteLength) (chunk.buffer as ArrayBuffer).transfer(0);
}
