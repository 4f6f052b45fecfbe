/**
 * Whether a number is a whole multiple of another, both taken as the decimal fractions they are written as: 19.99 is one
 * of 0.01, though no binary fraction is either.
 * @param step greater than 0.
 */
export function isMultipleOf(value: number, step: number): boolean {
  if (Number.isSafeInteger(value) && Number.isSafeInteger(step)) return value % step === 0;
  if (!Number.isFinite(value)) return false;
  const [a, b] = [decimal(value), decimal(step)];
  const exponent = Math.min(a.exponent, b.exponent);
  return (a.digits * power(a.exponent - exponent)) % (b.digits * power(b.exponent - exponent)) === 0n;
}

/** The number as `digits` × 10^`exponent`, by the shortest text that reads back as the same number. */
function decimal(value: number): { digits: bigint; exponent: number } {
  const [mantissa = '0', exponent = '0'] = String(value).split('e');
  const [whole = '0', fraction = ''] = mantissa.split('.');
  return { digits: BigInt(whole + fraction), exponent: Number(exponent) - fraction.length };
}

function power(exponent: number): bigint {
  return 10n ** BigInt(exponent);
}
