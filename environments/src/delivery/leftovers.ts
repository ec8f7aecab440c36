import { isDeepStrictEqual } from "node:util";
import { type Delivery, withoutWritten, writtenBy } from "../file/delivery";
import { destinationOf } from "./destination-of";
import { isSameDelivery, readOtherRecords } from "./record";

/** What is left to remove of old deliveries: not what another environment delivers there by now. */
export async function leftOf(
  { folder, name }: { readonly folder: string; readonly name: string },
  old: readonly Delivery[],
  deliveries: readonly Delivery[],
): Promise<readonly Delivery[]> {
  if (old.length === 0) return [];
  const others = (await readOtherRecords(folder, name)).map(({ delivery }) => delivery);
  const left = old
    .filter((delivery) => !others.some((other) => isSameDelivery(other, delivery)))
    .filter((delivery) => ![...deliveries, ...others].some((other) => isSameCommand(other, delivery)));
  return withoutKept(left, [...deliveries, ...others]);
}

/** What is left to remove of old deliveries: a variable that still gets a credential changes where it is. */
export function withoutKept(old: readonly Delivery[], deliveries: readonly Delivery[]): readonly Delivery[] {
  const kept = deliveries.flatMap((each) => writtenBy(each));
  return old.flatMap(
    (each) => withoutWritten(each, (own) => !kept.some((other) => isDeepStrictEqual(other, own))) ?? [],
  );
}

/** Whether two deliveries use one command, so that the removal of one would take away what the other has brought. */
function isSameCommand({ stdin: one }: Delivery, { stdin: other }: Delivery): boolean {
  if (one === undefined || other === undefined) return false;
  const isSameRemoval = one.remove !== undefined && isDeepStrictEqual(one.remove, other.remove);
  return isSameRemoval || isDeepStrictEqual(one.command, other.command);
}

/** Whether a delivery is at the place of one of these. */
export function atPlaceOf(deliveries: readonly Delivery[], folder: string): (delivery: Delivery) => boolean {
  const placeOf = (delivery: Delivery) => {
    const { kind, place } = destinationOf(delivery, folder);
    return `${kind} ${place}`;
  };
  const places = new Set(deliveries.map(placeOf));
  return (delivery) => places.has(placeOf(delivery));
}
