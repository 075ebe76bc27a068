/** 36 pixels a side and more than a kilobyte are the least that Face takes: https://learn.microsoft.com/rest/api/face/face-detection-operations/detect */
const side = 36;
const bytesAPixel = 3;
const headerBytes = 54;

/** A black square as a bitmap, in which nothing can be found. */
export function smallImage(): Uint8Array {
  const pixels = side * side * bytesAPixel;
  const image = Buffer.alloc(headerBytes + pixels);
  image.write('BM', 0, 'latin1');
  image.writeUInt32LE(image.length, 2);
  image.writeUInt32LE(headerBytes, 10);
  image.writeUInt32LE(40, 14);
  image.writeInt32LE(side, 18);
  image.writeInt32LE(side, 22);
  image.writeUInt16LE(1, 26);
  image.writeUInt16LE(8 * bytesAPixel, 28);
  image.writeUInt32LE(pixels, 34);
  return image;
}
