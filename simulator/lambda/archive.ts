// Opens a function's archive that holds one file (APPNOTE.TXT, the ZIP file format).

import { inflateRawSync } from 'node:zlib';

const END_SIGNATURE = 0x06054b50;
const END_BYTES = 22;
const STORED = 0;
const DEFLATED = 8;
/** Before the name in a local header. */
const LOCAL_BYTES = 30;

/** Where the record at the end begins, which says what the archive holds. */
function endOf(archive: Buffer): number | undefined {
  for (let at = archive.length - END_BYTES; at >= 0; at--)
    if (archive.readUInt32LE(at) === END_SIGNATURE) return at;
  return undefined;
}

/** The text of the one file inside; undefined when there are more or fewer, or it cannot be read. */
export function onlyFileOf(archive: Buffer): string | undefined {
  try {
    const end = endOf(archive);
    if (end === undefined || archive.readUInt16LE(end + 10) !== 1) return undefined;
    const entry = archive.readUInt32LE(end + 16);
    const method = archive.readUInt16LE(entry + 10);
    const size = archive.readUInt32LE(entry + 20);
    const local = archive.readUInt32LE(entry + 42);
    const nameBytes = archive.readUInt16LE(local + 26);
    const start = local + LOCAL_BYTES + nameBytes + archive.readUInt16LE(local + 28);
    const data = archive.subarray(start, start + size);
    if (method === STORED) return data.toString();
    return method === DEFLATED ? inflateRawSync(data).toString() : undefined;
  } catch {
    return undefined;
  }
}
