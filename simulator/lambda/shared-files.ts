// Code that several functions have in common, by file name: what is bundled once is compiled once.

const files = new Map<string, string>();

/** @param name As code requires it, with the hash of its content in it: `chunk-HRDPA3SY.js`. */
export function addSharedFile(name: string, text: string): void {
  files.set(name, text);
}

/** CommonJS text of a shared file. */
export function sharedFile(name: string): string | undefined {
  return files.get(name);
}
