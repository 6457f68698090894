/** The bytes of a name as text; one decoder for all. */
const decoder = new TextDecoder();

export function textOf(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}
