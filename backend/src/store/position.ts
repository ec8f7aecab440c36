/** Where a page of a listing in the order of making ended. */
export interface Position {
  readonly time: Date;
  readonly id: string;
}
