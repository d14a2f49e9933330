// The language itself has no TextEncoder, and the library runs where there is only the language.

/**
 * The bytes of a text in UTF-8: one for ASCII, up to four for others (Pike and Thompson 1993).
 * Half of a surrogate pair is no character: it becomes U+FFFD, as everywhere on the web.
 */
export function encodeUtf8(text: string): Uint8Array {
  const bytes: number[] = [];
  for (const character of text) {
    const point = character.codePointAt(0)!;
    if (point < 0x80) bytes.push(point);
    else if (point < 0x800) bytes.push(0xc0 | (point >> 6), 0x80 | (point & 0x3f));
    else if (point >= 0xd800 && point <= 0xdfff) bytes.push(0xef, 0xbf, 0xbd);
    else {
      if (point < 0x10000) bytes.push(0xe0 | (point >> 12));
      else bytes.push(0xf0 | (point >> 18), 0x80 | ((point >> 12) & 0x3f));
      bytes.push(0x80 | ((point >> 6) & 0x3f), 0x80 | (point & 0x3f));
    }
  }
  return Uint8Array.from(bytes);
}

/**
 * The text that bytes spell in UTF-8. What spells none becomes U+FFFD, one for each attempt at a
 * character, as the WHATWG Encoding Standard has it.
 */
export function decodeUtf8(bytes: ArrayLike<number>): string {
  let text = "";
  for (let i = 0; i < bytes.length; ) {
    const first = bytes[i++];
    const following = first < 0xc2 ? 0 : first < 0xe0 ? 1 : first < 0xf0 ? 2 : first < 0xf5 ? 3 : 0;
    // The second byte must not make a character that has a shorter form, half a surrogate pair,
    // or a number above U+10FFFF.
    let low = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
    let high = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
    let point = first & (0x7f >> (following && following + 1));
    let missing = following;
    while (missing > 0 && bytes[i] >= low && bytes[i] <= high) {
      point = (point << 6) | (bytes[i++] & 0x3f);
      low = 0x80;
      high = 0xbf;
      missing--;
    }
    const valid = missing === 0 && (first < 0x80 || following > 0);
    text += valid ? String.fromCodePoint(point) : "\ufffd";
  }
  return text;
}
