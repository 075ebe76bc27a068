import { expect, it } from 'vitest';
import { smallImage } from '../../src/keys/probe-calls.ts';

it('is a bitmap that any reader takes: 36 by 36 black pixels of 24 bits, more than a kilobyte', () => {
  const image = Buffer.from(smallImage());
  expect(image.length).toBe(54 + 36 * 36 * 3);
  expect({
    magic: image.toString('latin1', 0, 2),
    fileBytes: image.readUInt32LE(2),
    reserved: image.readUInt32LE(6),
    pixelsAt: image.readUInt32LE(10),
    headerBytes: image.readUInt32LE(14),
    width: image.readInt32LE(18),
    height: image.readInt32LE(22),
    planes: image.readUInt16LE(26),
    bitsAPixel: image.readUInt16LE(28),
    compression: image.readUInt32LE(30),
    pixelBytes: image.readUInt32LE(34),
  }).toEqual({
    ...{ magic: 'BM', fileBytes: image.length, reserved: 0, pixelsAt: 54, headerBytes: 40, width: 36, height: 36 },
    ...{ planes: 1, bitsAPixel: 24, compression: 0, pixelBytes: 36 * 36 * 3 },
  });
  expect(image.subarray(54).every((byte) => byte === 0)).toBe(true);
});
