import { crc32 } from "../io/crc32.ts";

/**
 * A PNG file of 8-bit pixels: 1 channel gray, 2 gray and alpha, 3 color, 4 color and alpha.
 * It is stored uncompressed, which every reader takes: small pictures need no more.
 * Format: W3C, "Portable Network Graphics Specification".
 */
export function encodePng(
  pixels: Uint8Array,
  width: number,
  height: number,
  channels: number,
): Uint8Array {
  const colorType = [0, 4, 2, 6][channels - 1];
  const header = [...uint32(width), ...uint32(height), 8, colorType, 0, 0, 0];
  return concat([
    Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a),
    chunk("IHDR", Uint8Array.from(header)),
    chunk("IDAT", zlib(filtered(pixels, width * channels, height))),
    chunk("IEND", new Uint8Array(0)),
  ]);
}

/** Each line of pixels begins with the number of its filter; 0 is none. */
function filtered(pixels: Uint8Array, rowLength: number, height: number): Uint8Array {
  const out = new Uint8Array((rowLength + 1) * height);
  for (let row = 0; row < height; row++)
    out.set(pixels.subarray(row * rowLength, (row + 1) * rowLength), row * (rowLength + 1) + 1);
  return out;
}

/** A zlib stream of stored blocks. */
function zlib(bytes: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = [Uint8Array.of(0x78, 0x01)];
  const longest = 0xffff;
  for (let start = 0; start < bytes.length || start === 0; start += longest) {
    const block = bytes.subarray(start, start + longest);
    const last = start + longest >= bytes.length ? 1 : 0;
    const { length } = block;
    parts.push(
      Uint8Array.of(last, length & 0xff, length >> 8, ~length & 0xff, (~length >> 8) & 0xff),
      block,
    );
  }
  parts.push(uint32(adler32(bytes)));
  return concat(parts);
}

function chunk(type: string, data: Uint8Array): Uint8Array {
  const body = concat([Uint8Array.from(type, (c) => c.charCodeAt(0)), data]);
  return concat([uint32(data.length), body, uint32(crc32(body))]);
}

function adler32(bytes: Uint8Array): number {
  let a = 1;
  let b = 0;
  for (const byte of bytes) {
    a = (a + byte) % 65521;
    b = (b + a) % 65521;
  }
  return ((b << 16) | a) >>> 0;
}

function uint32(value: number): Uint8Array {
  return Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** Bytes as text. Browsers and Node have their own ways; this one is the same in both. */
export function base64(bytes: Uint8Array): string {
  let out = "";
  for (let i = 0; i < bytes.length; i += 3) {
    const three = (bytes[i] << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    out += DIGITS[three >> 18] + DIGITS[(three >> 12) & 63];
    out += i + 1 < bytes.length ? DIGITS[(three >> 6) & 63] : "=";
    out += i + 2 < bytes.length ? DIGITS[three & 63] : "=";
  }
  return out;
}
