/**
 * Moves the focus to the row after or before the one that has it, in whichever table of the page that is; else to the first row. Its link
 * gets it, so that Enter opens the row. False where there is no table with links.
 */
export function moveInTable(step: 1 | -1): boolean {
  const links = [...document.querySelectorAll('main table.data tbody tr')].flatMap((row) => {
    const link = row.querySelector<HTMLElement>('a[href]');
    return link ? [{ row, link }] : [];
  });
  const focused = document.activeElement?.closest('tr');
  const at = links.findIndex(({ row }) => row === focused);
  const next = links[at < 0 ? 0 : Math.min(links.length - 1, Math.max(0, at + step))];
  next?.link.focus();
  return next !== undefined;
}
