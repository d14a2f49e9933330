/**
 * Packets on the pipe between grader and sandbox: `[length: uint32 LE] [realm: uint32 LE] [bytes]`,
 * where length counts the bytes. Realm 0 is the program around the realms.
 */
import { Buffer } from "node:buffer";

const HEAD = 8;

/** More than any frame may hold; see the codec's limits. */
export const LARGEST_PACKET = 40 * 1024 * 1024;

export interface Packet {
  realm: number;
  bytes: Buffer;
}

export function packHead(realm: number, length: number): Buffer {
  const head = Buffer.allocUnsafe(HEAD);
  head.writeUInt32LE(length, 0);
  head.writeUInt32LE(realm, 4);
  return head;
}

/** Puts packets together from the pieces in which they arrive. */
export class PacketReader {
  private pieces: Buffer[] = [];
  private held = 0;
  private needed = HEAD;
  private realm = -1;

  /** Takes a piece; returns the packets that it completes. Throws where a length is absurd. */
  push(piece: Buffer): Packet[] {
    this.pieces.push(piece);
    this.held += piece.length;
    const packets: Packet[] = [];
    while (this.held >= this.needed) {
      const bytes = this.take(this.needed);
      if (this.realm < 0) {
        const length = bytes.readUInt32LE(0);
        if (length > LARGEST_PACKET) throw new RangeError("a packet longer than any may be");
        this.realm = bytes.readUInt32LE(4);
        this.needed = length;
      } else {
        packets.push({ realm: this.realm, bytes });
        this.realm = -1;
        this.needed = HEAD;
      }
    }
    return packets;
  }

  private take(length: number): Buffer {
    // One copy for all that waits, however many pieces it came in, and none where it is one piece:
    // a piece may hold thousands of packets.
    if (this.pieces.length > 1) this.pieces = [Buffer.concat(this.pieces)];
    const all = this.pieces[0] ?? Buffer.alloc(0);
    this.pieces = all.length > length ? [all.subarray(length)] : [];
    this.held -= length;
    return all.subarray(0, length);
  }
}
