/** A rollup covers an hour. */
export const HOUR_SECONDS = 3600;
/** The length of a slot, into which an hour is divided; every step of at least this length consists of whole slots. */
export const SLOT_SECONDS = 300;
export const SLOTS = HOUR_SECONDS / SLOT_SECONDS;

/** Each bucket of the histogram ends at 1.04 times where it begins, so that its middle is never more than 2 % off. */
const BUCKET_RATIO = 1.04;

/** SQL for the bucket that an attempt's duration falls into; below a millisecond it is negative. */
export const BUCKET_SQL = `CAST(round(ln(CAST(greatest(duration_ms, 0.5) AS float8)) / ${Math.log(BUCKET_RATIO)}) AS integer)`;

/** The duration that a bucket stands for, in ms, to a tenth. */
export function durationOf(bucket: number): number {
  return bucket < 0 ? 0 : Math.round(BUCKET_RATIO ** bucket * 10) / 10;
}

/** SQL for the number of the slot that a row was created in. */
export const SLOT_SQL = slotSql('created_at');

/** SQL for the number of the slot that a column's time lies in. */
export function slotSql(column: string): string {
  return `CAST(floor(extract(epoch FROM ${column}) / ${SLOT_SECONDS}) AS bigint) % ${SLOTS}`;
}

/** SQL for an array of how many rows there are of each slot, which a column of that name holds. */
export function slotsSql(condition = 'true'): string {
  const counts = Array.from({ length: SLOTS }, (_, n) => `count(*) FILTER (WHERE slot = ${n} AND ${condition})`);
  return `CAST(ARRAY[${counts.join(', ')}] AS integer[])`;
}
