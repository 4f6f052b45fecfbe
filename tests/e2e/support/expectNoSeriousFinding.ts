import axe, { type AxeResults } from 'axe-core';
import { expect } from 'vitest';
import { page } from './dashboard.ts';

/** Looks at what is shown, in both themes. */
export async function expectNoSeriousFinding(where: string): Promise<void> {
  await page.evaluate(axe.source);
  for (const colorScheme of ['dark', 'light'] as const) {
    await page.emulateMedia({ colorScheme });
    // Only the contrast differs between the themes.
    const rules = colorScheme === 'dark' ? `{ runOnly: ['color-contrast'] }` : '';
    const { violations } = await page.evaluate<AxeResults>(`axe.run(${rules})`);
    const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
    expect(serious.map(({ id, nodes }) => [where, colorScheme, id, nodes[0]?.html])).toEqual([]);
  }
}
