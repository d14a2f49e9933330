import fc from "fast-check";
import { expect, test } from "vitest";
import { LARGEST_PACKET, PacketReader, packHead } from "./pipe.ts";

const packet = (realm: number, bytes: Uint8Array): Buffer =>
  Buffer.concat([packHead(realm, bytes.length), bytes]);

test("packets come out as they went in, however the pipe cuts them", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(2 ** 32 - 1), fc.uint8Array({ maxLength: 50 })), { maxLength: 8 }),
      fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 40 }),
      (sent, cuts) => {
        const stream = Buffer.concat(sent.map(([realm, bytes]) => packet(realm, bytes)));
        const reader = new PacketReader();
        const got: [number, number[]][] = [];
        for (let at = 0, i = 0; at < stream.length; i++) {
          const piece = stream.subarray(at, at + cuts[i % cuts.length]);
          at += piece.length;
          for (const { realm, bytes } of reader.push(piece)) got.push([realm, [...bytes]]);
        }
        expect(got).toEqual(sent.map(([realm, bytes]) => [realm, [...bytes]]));
      },
    ),
    { numRuns: 500 },
  );
});

test("noise gives packets or is refused", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
      try {
        for (const { bytes: one } of new PacketReader().push(Buffer.from(bytes)))
          expect(one.length).toBeLessThanOrEqual(bytes.length);
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError);
      }
    }),
    { numRuns: 1000 },
  );
});

test("a length beyond any frame is refused before anything is kept for it", () => {
  expect(() => new PacketReader().push(packHead(1, LARGEST_PACKET + 1))).toThrow(/longer than any/);
  expect(new PacketReader().push(packHead(1, LARGEST_PACKET))).toEqual([]);
});
