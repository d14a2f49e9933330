/** From a mail as it was sent to the text that its reader saw (MIME: RFC 2045 to 2049). */

/** Longer mails, mostly digests and newsletters, are cut off after this many characters. */
const LONGEST = 10_000;

const ADDRESS = /[\w.+=%'-]+(?:@|%40)[\w-]+(?:\.[\w-]+)*/g;

/** The text of a mail, without headers and attachments, with every mail address replaced. */
export function mailText(mail: Uint8Array): string {
  return textsOf(Buffer.from(mail).toString("latin1"))
    .join("\n\n")
    .replace(/\r\n?/g, "\n")
    .replace(/[ \t]+$/gm, "")
    .replace(ADDRESS, "someone@example.com")
    .trim()
    .slice(0, LONGEST)
    .replace(/[\ud800-\udbff]$/, "") // half a character
    .trim();
}

/** The texts in one part of a mail, one byte a character until the character set is known. */
function textsOf(part: string): string[] {
  const end = /\r?\n\r?\n/.exec(part);
  const head = part.slice(0, end?.index).replace(/\r?\n[ \t]+/g, " ");
  const body = end ? part.slice(end.index + end[0].length) : "";
  const header = (name: string) => new RegExp(`^${name}:\\s*(.*)$`, "im").exec(head)?.[1] ?? "";
  const content = header("content-type");
  const option = (name: string) => {
    const found = new RegExp(`${name}\\s*=\\s*(?:"([^"]*)"|([^\\s;]+))`, "i").exec(content);
    return found?.[1] ?? found?.[2];
  };
  const type = /^[\w.+-]+\/[\w.+-]+/.exec(content)?.[0].toLowerCase() ?? "text/plain";
  const boundary = option("boundary");
  if (type.startsWith("multipart/") && boundary !== undefined) {
    const [, ...parts] = `\n${body}`.split(`\n--${boundary}`);
    const last = parts.findIndex((inner) => inner.startsWith("--"));
    return parts
      .slice(0, last < 0 ? undefined : last)
      .flatMap((inner) => textsOf(inner.replace(/^[^\n]*\n/, "")));
  }
  if (type === "message/rfc822") return textsOf(body);
  if (!/^(text|multipart)\//.test(type)) return [];
  return [decode(bytesOf(body, header("content-transfer-encoding")), option("charset"))];
}

function bytesOf(body: string, encoding: string): Buffer {
  if (/^base64/i.test(encoding)) return Buffer.from(body, "base64");
  if (!/^quoted-printable/i.test(encoding)) return Buffer.from(body, "latin1");
  const plain = body
    .replace(/[ \t]+$/gm, "")
    .replace(/=\r?\n/g, "")
    .replace(/=([0-9A-Fa-f]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(plain, "latin1");
}

/** What windows-1252 has where Latin-1 has control characters. */
const WINDOWS = "€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ";

/** Mails that name no character set, or one that does not exist, are read as windows-1252. */
function decode(bytes: Buffer, charset = "us-ascii"): string {
  // Spelled out, because versions of Node differ in what they make of windows-1252.
  if (!/^(us-ascii|iso-8859-1|windows-1252)$/i.test(charset))
    try {
      return new TextDecoder(charset).decode(bytes);
    } catch {
      // An invented name: "default_charset".
    }
  return bytes
    .toString("latin1")
    .replace(/[\x80-\x9f]/g, (character) => WINDOWS[character.charCodeAt(0) - 0x80]);
}
