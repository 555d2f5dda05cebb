import { expect, test } from 'vitest';
import { budgets, measured } from './budgets.ts';
import { countRoundTrips, type LedgerKind } from './round-trips.ts';

test.each<LedgerKind>(['folder', 's3'])('round trips are within the budget, with a ledger of the kind %s', async (ledger) => {
  const counted = await countRoundTrips(ledger);
  const over = measured
    .filter((of) => counted[of].count > budgets[of].most[ledger])
    .map((of) => ({ of, most: budgets[of].most[ledger], ...counted[of] }));
  expect(over).toEqual([]);
});

test('no count is below what the API makes necessary', async () => {
  const counted = await countRoundTrips('folder');
  expect(measured.filter((of) => counted[of].count < budgets[of].limit)).toEqual([]);
});
