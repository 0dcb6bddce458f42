// Where the zips of the functions are, relative to the repository.

export const ARTIFACTS_FOLDER = '.build/';

export function artifactPath(file: string): string {
  return `${ARTIFACTS_FOLDER}${file}.zip`;
}
