// The one error for a fleet file that does not fit: key, value found, what is accepted.

export class FleetFileError extends Error {
  /** Where in the file: `services[3].taskDefinition`, or the line and column of a syntax error. */
  readonly path: string;
  readonly fileName: string | undefined;

  /**
   * @param path Key inside the fleet file, with indexes.
   * @param message What the value is and what would be accepted.
   */
  constructor(path: string, message: string, fileName?: string) {
    super(`${fileName === undefined ? '' : `${fileName}: `}${path}: ${message}`);
    this.name = 'FleetFileError';
    this.path = path;
    this.fileName = fileName;
  }
}
