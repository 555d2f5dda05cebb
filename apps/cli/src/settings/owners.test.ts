import { expect, test } from 'vitest';
import { type Machine, processOwners, thisMachine } from './owners.ts';

function machine(starts: { readonly [pid: number]: string }, more: Partial<Machine> = {}): Machine {
  return { host: 'bastion/1', boot: 'b1', pids: '4026', startOf: (pid) => starts[pid], ...more };
}

const running = machine({ 10: '100', 11: '200' });
const other = processOwners('n2', running, 11).me;

test('a living process is not dead', () => {
  expect(processOwners('n1', running, 10).isDead(other)).toBe(false);
});

test('a process that is gone is dead, and so is one whose id another has now', () => {
  expect(processOwners('n1', machine({ 10: '100' }), 10).isDead(other)).toBe(true);
  expect(processOwners('n1', machine({ 10: '100', 11: '300' }), 10).isDead(other)).toBe(true);
});

test('of another machine, start or process namespace nothing is known', () => {
  for (const elsewhere of [{ host: 'bastion/2' }, { boot: 'b2' }, { pids: '4027' }, { boot: '' }, { pids: '' }])
    expect(processOwners('n1', machine({ 10: '100' }, elsewhere), 10).isDead(other)).toBe(false);
});

test('what is no id of ours is not dead', () => {
  for (const id of ['', 'process-1', 'a/b/c', 'bastion%2F1/b1/4026/1e3/200/n', 'bastion%2F1/b1/4026/-1/200/n', 'x/x/x/1/2/3/4'])
    expect(processOwners('n1', machine({ 10: '100' }), 10).isDead(id)).toBe(false);
});

test('this process is alive to another of this machine', () => {
  const me = processOwners('n1').me;
  expect(processOwners('n2').isDead(me)).toBe(false);
  expect(thisMachine().startOf(process.pid)).toMatch(process.platform === 'linux' ? /^\d+$/ : /^/);
});
