/** Does not yield for some tenths of a second. */
export async function busy(): Promise<number> {
  let sum = 0;
  for (let turn = 0; turn < 300_000_000; turn++) sum = (sum + turn) % 1_000_003;
  return Promise.resolve(sum);
}
