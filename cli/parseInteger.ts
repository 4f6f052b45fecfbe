import { InvalidArgumentError } from 'commander';

/** A parser of an option's argument that must be a whole number within bounds. */
export function parseInteger(minimum: number, maximum: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (!/^\d+$/.test(text) || number < minimum || number > maximum) {
      throw new InvalidArgumentError(`It must be a number from ${minimum} to ${maximum}.`);
    }
    return number;
  };
}
