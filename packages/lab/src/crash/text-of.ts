/** The bytes of a name as text: a loop while all are ASCII, which is quicker than a decoder. */
const decoder = new TextDecoder();

export function textOf(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) {
    if (byte > 127) return decoder.decode(bytes);
    text += String.fromCharCode(byte);
  }
  return text;
}
