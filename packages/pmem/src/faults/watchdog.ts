/** Thrown when more was asked of a memory than anybody who gets anywhere would ask. */
export class NoProgress extends Error {
  constructor(requests: number) {
    super(`no end after ${requests} requests and reads`);
    this.name = 'NoProgress';
  }
}
