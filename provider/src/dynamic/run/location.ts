import type { Properties } from "./wire";

/** Where a resource is: its project, its backend, and which history of that backend's database. */
export interface Location {
  readonly project: string;
  readonly backendId: string;
  /** The backend's epoch: 1 until a restore of its database was announced. */
  readonly epoch: number;
}

/** What a state remembers of the history of its backend. */
export interface Memory {
  readonly epoch: number;
  /** When the client or the grant was last changed; undefined where the state does not say. */
  readonly updatedTime?: string | undefined;
}

/** The outputs that say where a resource is. The first epoch is left out, as in the states of earlier versions. */
export function locationOutputs({ project, backendId, epoch }: Location): Properties {
  return { project, backendId, ...(epoch > 1 && { epoch }) };
}

/** Reads the project and the backend in a state; a resource that is only read has neither. */
export function placeIn({ project, backendId }: Properties): Partial<Location> {
  return {
    ...(typeof project === "string" && { project }),
    ...(typeof backendId === "string" && { backendId }),
  };
}

/** Reads what a state remembers as well; one without an epoch is of the first. */
export function memoryIn(state: Properties): Partial<Location> & Memory {
  const { epoch, updatedTime } = state;
  return {
    ...placeIn(state),
    epoch: typeof epoch === "number" ? epoch : 1,
    updatedTime: typeof updatedTime === "string" ? updatedTime : undefined,
  };
}
