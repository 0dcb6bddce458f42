// Compares Bottlerocket versions, which are three numbers and nothing else.

const VERSION = /^v?(\d+)\.(\d+)\.(\d+)$/;

function parts(version: string): readonly [number, number, number] {
  const match = VERSION.exec(version);
  if (!match) throw new TypeError(`Cannot compare version "${version}": expected x.y.z`);
  return [Number(match[1]), Number(match[2]), Number(match[3])];
}

export function isVersion(text: string): boolean {
  return VERSION.test(text);
}

/** Negative when `a` is older than `b`, zero when equal, positive when newer. */
export function compareVersions(a: string, b: string): number {
  const [aMajor, aMinor, aPatch] = parts(a);
  const [bMajor, bMinor, bPatch] = parts(b);
  return aMajor - bMajor || aMinor - bMinor || aPatch - bPatch;
}
