import { expect, test } from 'vitest';
import { csvLine } from './csv.ts';

test.each([
  [['a', 1, null, ''], 'a,1,,'],
  [['one, two', 'say "no"', 'a\nb'], '"one, two","say ""no""","a\nb"'],
  [['=1+1', '+1', '-1', '@sum'], "'=1+1,'+1,'-1,'@sum"],
  [['=cmd|"/c calc"!A1'], '"\'=cmd|""/c calc""!A1"'],
  [['\t=1', '\r=1', '＝1'], "'\t=1,\"'\r=1\",'＝1"],
  [[-1], '-1'],
])('the cells %j are a line that no spreadsheet runs', (cells, line) => {
  expect(csvLine(cells)).toBe(`${line}\r\n`);
});
