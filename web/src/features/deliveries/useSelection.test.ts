import { expect, test } from 'vitest';
import { nextTick, shallowRef } from 'vue';
import { problemOf } from '../../testing/problemOf.ts';
import { useSelection } from './useSelection.ts';

interface Row {
  id: string;
  status: string;
}

const rowsOf = (...ids: string[]): Row[] => ids.map((id) => ({ id, status: 'failed' }));

function selectionOf(rows: Row[]) {
  const shown = shallowRef<readonly Row[]>(rows);
  return { shown, selection: useSelection(shown, ({ status }) => status === 'failed') };
}

test('all that may be ticked are ticked and unticked together', () => {
  const { selection } = selectionOf([...rowsOf('a', 'b'), { id: 'c', status: 'delivered' }]);
  selection.toggleAll();
  expect([...selection.ids.value]).toEqual(['a', 'b']);
  expect(selection.isAll.value).toBe(true);
  selection.toggle('a');
  expect(selection.isAll.value).toBe(false);
  selection.toggleAll();
  selection.toggleAll();
  expect(selection.selected.value).toEqual([]);
});

test('rows drop out when they are no longer shown, or may no longer be ticked', async () => {
  const { shown, selection } = selectionOf(rowsOf('a', 'b', 'c'));
  selection.toggleAll();
  shown.value = [{ id: 'a', status: 'failed' }, { id: 'b', status: 'delivered' }, ...rowsOf('d')];
  await nextTick();
  expect([...selection.ids.value]).toEqual(['a']);
});

test('each ticked row is acted on once, a few at a time, and refusals are counted', async () => {
  const { selection } = selectionOf(rowsOf(...'abcdefghij'));
  selection.toggleAll();
  const done: string[] = [];
  let running = 0;
  let most = 0;
  const outcome = await selection.run(selection.selected.value, async (id) => {
    most = Math.max(most, ++running);
    await Promise.resolve();
    running -= 1;
    if (id === 'c') throw problemOf('not_retryable');
    done.push(id);
  });
  expect(outcome).toEqual({ total: 10, done: 9, refused: 1 });
  expect(done.toSorted()).toEqual([...'abdefghij']);
  expect(most).toBe(4);
  expect(selection.selected.value).toEqual([]);
  expect(selection.progress.value).toBeNull();
});

test('what is no answer of the API is not taken for a refusal', async () => {
  const { selection } = selectionOf(rowsOf('a'));
  const broken = selection.run(selection.selected.value.concat(rowsOf('a')), () =>
    Promise.reject(new TypeError('broken')),
  );
  await expect(broken).rejects.toThrow('broken');
  expect(selection.progress.value).toBeNull();
});
