/** Another worker owns the row now, or may: whoever catches this sends nothing more and leaves the row alone. */
export class LeaseLost extends Error {
  constructor() {
    super('the lease is no longer ours');
    this.name = 'LeaseLost';
  }
}
