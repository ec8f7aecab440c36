/** Where a page of a listing in the order of creation ended. */
export interface Position {
  readonly time: Date;
  readonly id: string;
}
